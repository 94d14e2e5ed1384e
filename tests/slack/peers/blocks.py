"""Holds blocks against Slack's own SDK: a line with a list of blocks in, "good" or what is wrong with them out."""

import json
import sys

from slack_sdk.models.blocks import Block

for line in sys.stdin:
    try:
        blocks = json.loads(line)
        parsed = Block.parse_all(blocks)
        assert len(parsed) == len(blocks) and all(parsed), "a block is not known"
        assert 1 <= len(blocks) <= 50, "a message has 1 to 50 blocks"
        for block in parsed:
            block.validate_json()
        # What the SDK reads and writes again is what was meant.
        assert [block.to_dict()["type"] for block in parsed] == [block["type"] for block in blocks]
        print("good", flush=True)
    except Exception as error:
        print(f"{type(error).__name__}: {error}".replace("\n", " "), flush=True)
