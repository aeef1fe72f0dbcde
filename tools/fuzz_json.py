"""Fuzz the decoding of AuditData: what the json module accepts is decoded with the same keys, and nothing raises.

See fuzz_kit.py for how to install Atheris and run this.
"""

import json

from fuzz_kit import fuzz


def one_input(data: bytes) -> None:
    """Whatever is decoded has canonical bytes; an object without doubts decodes as the json module decodes it."""
    from m365timeline.parsers._json import decode_object

    text = data.decode("utf-8", "surrogateescape")
    decoded = decode_object(text)
    if decoded is None:
        return
    assert isinstance(json.loads(decoded.canonical), dict)
    if not decoded.flags and "." not in text and "e" not in text.lower():
        assert decoded.data == json.loads(text)


if __name__ == "__main__":
    fuzz(one_input, "m365timeline.parsers._json")
