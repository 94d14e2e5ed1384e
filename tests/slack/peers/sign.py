"""Signs what it reads as Slack does, by Slack's own SDK: a line of JSON in, a line out."""

import hashlib
import hmac
import json
import sys

from slack_sdk.signature import SignatureVerifier

for line in sys.stdin:
    asked = json.loads(line)
    secret, time, body = asked["secret"], asked["timestamp"], bytes.fromhex(asked["body"])
    try:
        signature = SignatureVerifier(secret).generate_signature(timestamp=time, body=body)
    except UnicodeDecodeError:
        # The SDK signs text only; these bytes are signed as it would, if it took them.
        base = b"v0:" + time.encode() + b":" + body
        signature = "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    print(json.dumps({"signature": signature}), flush=True)
