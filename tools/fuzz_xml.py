"""Fuzz the reader of SearchResult.xml: slices, Events and the account of every byte.

See fuzz_kit.py for how to install Atheris and run this.
"""

from fuzz_kit import fuzz

HEADS = (b"<SearchResults>", b'<SearchResults><Event MailboxGuid="g" Owner="a" ', b"\xff\xfe", b"")


def one_input(data: bytes) -> None:
    """The first byte chooses the beginning."""
    from mutations import check

    if data:
        check(HEADS[data[0] % len(HEADS)] + data[1:])


if __name__ == "__main__":
    fuzz(
        one_input,
        "m365timeline.parsers._xml",
        "m365timeline.parsers._xml_events",
        "m365timeline.parsers._xml_slices",
        "m365timeline.pipeline.ranges",
    )
