"""Fuzz the choice of an encoding and the decoding in windows: every byte can be had back.

See fuzz_kit.py for how to install Atheris and run this.
"""

from fuzz_kit import fuzz


def one_input(data: bytes) -> None:
    """Windows put together are the file, whatever their size."""
    from mutations import MemorySource

    from m365timeline.sources.reader import SourceReader
    from m365timeline.sources.scan import scan

    source = MemorySource(data)
    found = scan(source)
    text = "".join(window.text for window in SourceReader(source, found.encoding).windows(7 + len(data) % 5))
    back = text.encode(found.encoding.codec, found.encoding.errors)
    assert data[found.encoding.bom :].startswith(back)
    assert len(data) - found.encoding.bom - len(back) <= 1


if __name__ == "__main__":
    fuzz(one_input, "m365timeline.sources.encoding", "m365timeline.sources.reader", "m365timeline.sources.scan")
