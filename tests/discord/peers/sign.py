"""Signs what it reads as Discord does, by PyNaCl, and says what discord-interactions thinks of it: a line of JSON in, a line out."""

import json
import sys

from discord_interactions import verify_key
from nacl.signing import SigningKey

key = SigningKey(bytes(range(32)))
public = key.verify_key.encode().hex()

for line in sys.stdin:
    asked = json.loads(line)
    body = bytes.fromhex(asked["body"])
    if "signature" in asked:
        print(json.dumps({"good": verify_key(body, asked["signature"], asked["time"], public)}), flush=True)
    else:
        signature = key.sign(asked["time"].encode() + body).signature.hex()
        print(json.dumps({"signature": signature, "public": public}), flush=True)
