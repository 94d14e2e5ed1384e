// An app as the makers of Slack would have it, in Socket Mode, at another address of Slack. Tells what it handles.
const { createRequire } = require("module");
const load = createRequire(`${process.env.PEERS}/node/`);
const { App, SocketModeReceiver, LogLevel } = load("@slack/bolt");

const clientOptions = { slackApiUrl: `${process.env.API_URL}/` };
const receiver = new SocketModeReceiver({
  appToken: process.env.APP_TOKEN,
  installerOptions: { clientOptions },
  logLevel: LogLevel.ERROR,
});
const app = new App({ token: process.env.BOT_TOKEN, receiver, clientOptions, logLevel: LogLevel.ERROR });

app.command("/deploy", async ({ command, ack }) => {
  await ack(`heard ${command.text}`);
  console.log(`command ${command.text}`);
});
app.action(/press/, async ({ action, ack }) => {
  await ack();
  console.log(`action ${action.value}`);
});
app.event("app_mention", async ({ event, client }) => {
  const posted = await client.chat.postMessage({
    channel: event.channel,
    text: "said",
    metadata: { event_type: "of_bolt", event_payload: { key: "one" } },
  });
  await client.chat.update({ channel: event.channel, ts: posted.ts, text: "said again" });
  const found = await client.conversations.history({ channel: event.channel, include_all_metadata: true });
  console.log(`mention ${found.messages[0].metadata.event_payload.key}`);
});
app.start().then(() => console.log("started"));
