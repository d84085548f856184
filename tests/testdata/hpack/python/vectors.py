"""Reads a conversation from stdin (see make.ts) and writes the bytes of PyPI's hpack for it, after it has
checked that it decodes scaletool's bytes to the same fields."""

import json
import sys

import hpack


def tell(story):
    encoder, decoder = hpack.Encoder(), hpack.Decoder()
    blocks = []
    for step in story["steps"]:
        if "tableBytes" in step:
            encoder.header_table_size = step["tableBytes"]
            continue
        fields = [(n.encode("latin1"), v.encode("latin1")) for n, v in step["fields"]]
        # (name, value, sensitive)
        coded = encoder.encode([(n, v, n == b"authorization") for n, v in fields])
        blocks.append(coded.hex())
        ours = [(bytes(n), bytes(v)) for n, v in decoder.decode(bytes.fromhex(step["ours"]), raw=True)]
        if ours != fields:
            sys.exit(f"{story['name']}: scaletool's block {step['ours']} is {ours}")
    return blocks


json.dump({story["name"]: tell(story) for story in json.load(sys.stdin)}, sys.stdout)
