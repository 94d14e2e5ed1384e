"""An app as the makers of Slack would have it, in Socket Mode, at another address of Slack. Tells what it handles."""

import os
import threading

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

url = os.environ["API_URL"] + "/"
app = App(client=WebClient(token=os.environ["BOT_TOKEN"], base_url=url), process_before_response=True)


def tell(text):
    print(text, flush=True)


@app.command("/deploy")
def deploy(ack, command):
    ack(f"heard {command['text']}")
    tell(f"command {command['text']}")


@app.action({"action_id": "press/0", "type": "block_actions"})
def press(ack, action):
    ack()
    tell(f"action {action['value']}")


@app.event("app_mention")
def mention(event, client):
    posted = client.chat_postMessage(
        channel=event["channel"], text="said", metadata={"event_type": "of_bolt", "event_payload": {"key": "one"}}
    )
    client.chat_update(channel=event["channel"], ts=posted["ts"], text="said again")
    found = client.conversations_history(channel=event["channel"], include_all_metadata=True)
    tell(f"mention {found['messages'][0]['metadata']['event_payload']['key']}")


handler = SocketModeHandler(app, os.environ["APP_TOKEN"], web_client=WebClient(base_url=url), ping_interval=1)
handler.connect()
tell("started")
threading.Event().wait()
