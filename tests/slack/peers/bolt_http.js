// An app as the makers of Slack would have it, that takes requests on PORT and answers a command.
const { createRequire } = require("module");
const load = createRequire(`${process.env.PEERS}/node/`);
const { App, LogLevel } = load("@slack/bolt");

const app = new App({
  token: process.env.BOT_TOKEN,
  signingSecret: process.env.SIGNING_SECRET,
  clientOptions: { slackApiUrl: `${process.env.API_URL}/` },
  logLevel: LogLevel.ERROR,
});
app.command("/changeover", async ({ ack }) => ack("heard"));
app.start({ port: Number(process.env.PORT), host: "127.0.0.1" }).then(() => console.log("started"));
