"""An app as the makers of Slack would have it, that takes requests on PORT and answers a command."""

import os

from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

client = AsyncWebClient(token=os.environ["BOT_TOKEN"], base_url=os.environ["API_URL"] + "/")
app = AsyncApp(client=client, signing_secret=os.environ["SIGNING_SECRET"])


@app.command("/changeover")
async def changeover(ack):
    await ack("heard")


async def tell(_):
    print("started", flush=True)


application = app.web_app(path="/slack/events")
application.on_startup.append(tell)
web.run_app(application, host="127.0.0.1", port=int(os.environ["PORT"]), print=None, access_log=None)
