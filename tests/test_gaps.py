"""A reader of objects cannot lose text: what it leaves between two of them is accounted for by the same function, or rejected."""

import json

import pytest
from json_kit import Pieces, read_json
from mutations import check

from m365timeline.parsers import _slices
from m365timeline.parsers._clixml import ClixmlReader
from m365timeline.parsers._format_list import ListReader
from m365timeline.parsers._json_stream import JsonReader
from m365timeline.parsers._labelled import LabelReader
from m365timeline.parsers._slices import Found, Gaps, ObjectReader
from m365timeline.parsers._xml_slices import Slicer
from m365timeline.parsers.unified_audit_json import UnifiedAuditJson
from m365timeline.schemas.record import Code

# One quote too many made a key of what is between the quotes: brackets in it counted for one side and not for the other.
PARITY = '{"value":[{""{{""[]}]""}}"":[\\]'
RECORD = {"CreationTime": "2026-03-02T08:00:00", "Id": "1", "Operation": "x", "Workload": "Exchange", "RecordType": 2, "UserId": "a"}  # fmt: skip


class Careless(ObjectReader):
    """Takes lines that begin with ``+`` for objects and forgets everything else, in several ways."""

    def _read(self, block, *, last):
        position = 0
        while (end := block.text.find("\n", position) + 1) or (last and position < len(block.text)):
            end = end or len(block.text)
            if block.text.startswith("+", position):
                yield Found(block.cut(position, end))
            position = end
        block.move(position if not last else position // 2)  # and of the end it leaves the half


def walk(gaps, text, size):
    class OfThese(Careless):
        pass

    OfThese.gaps = gaps
    reader = OfThese(Pieces(text, size))
    found = list(reader)
    data, position = text.encode(), 0
    for item in [*found, None]:
        start = len(data) if item is None else item.place.offset
        assert gaps.tell(data[position:start].decode()) is not None
        if item is not None:
            position = start + item.place.length
            assert data[start:position].decode() == item.place.text
            assert item.place.line == 1 + data[:start].count(b"\n")
    return reader, [item.place for item in found]


@pytest.mark.parametrize("size", [1 << 20, 11, 1])
@pytest.mark.parametrize("reader", [JsonReader, ClixmlReader, ListReader, LabelReader, Slicer])
def test_R1_what_a_reader_passes_over_is_rejected_with_its_place(reader, size):
    text = "\ufeff \r\nÄ lost line\r\n+ an object\n\n\n  Id : 2\n<Obj></Obj>\n+ another\n{}\nthe end\n"
    careless, places = walk(reader.gaps, text, size)
    assert [(place.problem, place.text.strip()) for place in places] == [
        (Code.STRAY_TEXT, "Ä lost line"),
        (None, "+ an object"),
        (Code.STRAY_TEXT, "Id : 2\n<Obj></Obj>"),
        (None, "+ another"),
        (Code.STRAY_TEXT, "{}\nthe end"),
    ]
    assert careless.damaged
    assert all(place.reason for place in places if place.problem)


def test_R1_only_blanks_between_objects_are_no_damage():
    careless, places = walk(ListReader.gaps, "\n+ one\n \n\n+ two\n\n", 3)
    assert [place.problem for place in places] == [None, None]
    assert not careless.damaged


def test_R1_a_gap_is_never_kept_whole_however_long_it_is(monkeypatch):
    monkeypatch.setattr(_slices, "_LONGEST_GAP", 100)
    gaps = Gaps(lambda text: text, "stray")
    _, places = walk(
        gaps,
        "\n" * 5000 + "+ one\n" + "x" * 90 + "\n" + "+ two\n" + "\n" * 500 + "\n".join("y" * 9 for _ in range(60)),
        50,
    )
    assert [place.problem for place in places if place.problem is None or place.text.startswith("x")] == [None, None]
    assert sum(place.length for place in places if place.problem is Code.STRAY_TEXT) >= 60 * 9
    assert max(place.length for place in places) <= 200


@pytest.mark.parametrize("size", [1 << 20, 7, 1])
def test_R1_a_stray_quote_that_turns_keys_inside_out_loses_nothing(size):
    _, items = read_json(PARITY, size)
    assert any(item.place.problem for item in items)


def test_R1_a_long_page_around_few_records_is_accounted_for():
    """What is behind the list is longer than the account looks at in one piece."""
    for filler in ([1] * 2_500_000, "x" * 5_000_000):
        page = json.dumps({"value": [RECORD], "more": filler, "last": 1}).encode()
        assert check(page)[:2] == (UnifiedAuditJson.name, 1)
    zeros = json.dumps([RECORD]).encode() + b"\0" * 9_000_000
    assert check(zeros)[:2] == (UnifiedAuditJson.name, 1)


def test_R33_brackets_alone_cost_no_time_and_are_no_export():
    assert check(b"[" * 60_000) is None
