"""Records out of text as Format-List prints it: wrapped values, places, what is lossy is said."""

import json
import random

import pytest
from json_kit import Pieces

from m365timeline.parsers._format_list import ListReader, look_at_list
from m365timeline.schemas.record import Code


def block(number, width=40):
    data = json.dumps({"Id": str(number), "Text": "x" * 100}, separators=(",", ":"))
    lines = [data[start : start + width] for start in range(0, len(data), width)]
    return (
        f"RecordType   : ExchangeAdmin\r\nCreationDate : 3/9/2026 8:00:0{number} AM\r\nEmpty        :\r\nUserIds      : a: b\r\n"
        "AuditData    : " + ("\r\n" + " " * 15).join(lines) + "\r\nMembers      : {one, two...}\r\n"
    )  # fmt: skip


FILE = "\ufeff\r\n\r\n" + "\r\n".join(block(number) for number in range(1, 5)) + "\r\n\r\n"


def read(text, size=1 << 20):
    reader = ListReader(Pieces(text, size))
    items = list(reader)
    data = text.encode()
    position = 0
    for item in [*items, None]:
        start = len(data) if item is None else item.place.offset
        assert not data[position:start].decode().strip("\ufeff \t\r\n")
        if item is not None:
            position = start + item.place.length
            assert data[start:position].decode() == item.place.text
            assert item.place.line == 1 + data[:start].count(b"\n")
    return items


@pytest.mark.parametrize("size", [1 << 20, 97, 5])
@pytest.mark.parametrize("text", [FILE, FILE.replace("\r\n", "\n"), FILE.rstrip()])
def test_blocks_become_records(text, size):
    items = read(text, size)
    assert [item.decoded.data["CreationDate"] for item in items] == [f"3/9/2026 8:00:0{n} AM" for n in range(1, 5)]
    first = items[0].decoded
    assert first.data["AuditData"] == '{"Id":"1","Text":"%s"}' % ("x" * 100)
    assert first.data["UserIds"] == "a: b"
    assert first.data["Empty"] == ""
    assert first.flags == ["wrapped_value", "truncated_value"]


def test_json_printed_over_lines_with_blank_ones_is_one_value():
    text = 'Operations : X\nAuditData  : {\n               "Id": "1",\n\n               "B": 2\n             }\nIdentity   : 1\n'
    (item,) = read(text)
    assert item.decoded.data["AuditData"] == '{  "Id": "1",  "B": 2}'
    assert item.decoded.data["Identity"] == "1"


def test_a_name_that_comes_again_begins_the_next_record():
    items = read("A : 1\nB : 2\nA : 3\nB : 4\n")
    assert [item.decoded.data for item in items] == [{"A": "1", "B": "2"}, {"A": "3", "B": "4"}]


def test_text_around_the_records_is_named():
    items = read("PS C:\\> Search-UnifiedAuditLog | fl\n\nName : a\nSize : 1\n\nDone.\n")
    assert [item.place.problem for item in items] == [Code.STRAY_TEXT, None, Code.STRAY_TEXT]


def test_the_head_tells_the_names():
    assert look_at_list(FILE).has("RecordType", "AuditData")
    assert look_at_list(FILE[:200]).has("RecordType", "AuditData"), "a block longer than the head"
    heading = "****\r\nWindows PowerShell transcript start\r\nMachine: PC7 (Windows)\r\nPS C:\\> Search-UnifiedAuditLog | fl\r\n\r\n"
    assert look_at_list(heading + FILE[3:]).records[0]["RecordType"] == "ExchangeAdmin", "a transcript"
    assert look_at_list('{"a" : 1}') is None
    assert look_at_list("a,b\n1,2\n") is None


def test_random_damage_keeps_every_byte_and_ends():
    chance = random.Random(3)
    for _ in range(300):
        text = list(FILE[1:])
        for _ in range(chance.randint(1, 5)):
            text[chance.randrange(len(text))] = chance.choice(["\n", ":", " ", "", "\r\n\r\n", "x", " : "])
        read("".join(text), chance.choice([60, 5000]))
