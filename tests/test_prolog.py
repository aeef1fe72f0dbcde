"""Long gaps and long comments: found, told piece by piece, and nothing inside them read."""

import pytest
from bad_kit import END, XML, box, ual
from mutations import check, read

from m365timeline.parsers._prolog import behind_prolog
from m365timeline.schemas.source import Window

MB = 1 << 20


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("\ufeff \n<?xml version='1.0'?><!-- a -> -- b --><SearchResults>", "<SearchResults>"),
        ("<!-- <!DOCTYPE r> --><!DOCTYPE r><r/>", "<!DOCTYPE r><r/>"),
        ("<!-- a --><!-- b", ""),
        ("<!-->--><a>", "<a>"),
        ("<!", "<!"),
    ],
)
def test_what_follows_the_comments_is_found_wherever_windows_end(text, rest, size):
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    windows = [Window(piece, 0, number == len(pieces) - 1) for number, piece in enumerate(pieces)]
    assert behind_prolog(windows) == rest


@pytest.mark.parametrize(
    "between",
    [
        ("<!-- " + "x" * MB + " -->\n") * 9,
        " " * (9 * MB),
        "<!-- " + box(9) * 60_000 + " -->",
        "</SearchResults>\n<SearchResults>\n" * 200_000,
    ],
    ids=["comments", "blanks", "events in a comment", "roots"],
)
@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le"])
def test_R1_nothing_in_a_long_gap_is_a_record_and_every_byte_is_told(between, codec):
    mark = "\ufeff" if codec != "utf-8" else ""
    data = (mark + XML + box(1) + between + box(2) + END).encode(codec)
    assert check(data)[1] == 2
    _, _, gathered, ranges = read(data)
    too_long = between.startswith("<!-- ") and between.count("-->") == 1  # no longer than a record may be
    assert [issue.code.value for issue in gathered.issues] == ["record_too_large"] * (too_long and codec != "utf-8")
    assert [event.offset for event in gathered.events][1] > len(between)
    assert sum(ranges.counts.values()) == len(data)


def test_R1_millions_of_blank_rows_are_blank():
    data = ual(1) + b"\r\n" * (5 * MB) + b"," * 100 + b"\r\n" + ual(2)[len(ual()) :]
    _, _, gathered, ranges = read(data)
    assert len(gathered.events) == 2
    assert ranges.counts["blank"] > 10 * MB


def test_R25_an_event_in_a_comment_inside_an_endless_event_is_not_read():
    inner = "<!-- " + box(9) * 60_000 + " -->"
    _, _, gathered, _ = read((XML + box(1) + box(3, inside=inner) + box(2) + END).encode())
    assert [event.record_id for event in gathered.events] == [None, None]
    assert [issue.code.value for issue in gathered.issues] == ["record_too_large"]
    assert len(gathered.issues[0].reason) > 50
