"""Records out of JSON in all its wrappings, with exact places, from damaged files too."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from json_kit import Pieces, data_of, read_json

from m365timeline.parsers import _json_stream
from m365timeline.parsers._json_head import look_at_json
from m365timeline.parsers._json_stream import JsonReader
from m365timeline.parsers._json_structure import tell_gap
from m365timeline.schemas.record import Code

RECORDS = [
    {"CreationTime": "2026-03-02T08:00:00", "Id": str(number), "Operation": 'a "quoted" [name] {x}', "Folders": [{"Path": "\\A,B"}]}
    for number in range(7)
]  # fmt: skip
ONE_A_LINE = "".join(json.dumps(record) + "\n" for record in RECORDS)
PRETTY = json.dumps(RECORDS, indent=4)
COMPACT = json.dumps(RECORDS, separators=(",", ":"))
WRAPPED = {
    "lines": ONE_A_LINE,
    "lines, CRLF, no end": ONE_A_LINE.replace("\n", "\r\n").rstrip(),
    "list": COMPACT,
    "pretty list": PRETTY,
    "pretty list, CRLF": PRETTY.replace("\n", "\r\n"),
    "lists glued together": json.dumps(RECORDS[:3]) + "\r\n\r\n" + json.dumps(RECORDS[3:], indent=2),
    "lists whose outer brackets a merge took off": json.dumps(RECORDS[:3])[1:-1] + "\n" + json.dumps(RECORDS[3:])[1:-1],
    "list never closed": PRETTY.rstrip("]\n"),
    "objects glued together": "".join(json.dumps(record) for record in RECORDS),
    "value and Count": json.dumps({"value": RECORDS, "Count": 7}, indent=4),
    "page": json.dumps({"@odata.context": "https://x/$metadata#records", "@odata.count": 7, "value": RECORDS}),
    "page, link behind": json.dumps({"value": RECORDS, "@odata.nextLink": "https://x?$skip=7", "more": {"a": [1, {}]}}),
    "list of pages": json.dumps([{"value": RECORDS[:3]}, {"value": []}, {"value": RECORDS[3:], "Count": 4}]),
    "pages a line": json.dumps({"value": RECORDS[:3]}) + "\n" + json.dumps({"value": RECORDS[3:]}) + "\n",
    "records": json.dumps({"records": RECORDS}),
    "results": json.dumps({"preview": False, "results": RECORDS}),
    "search hits": json.dumps({"took": 5, "hits": {"total": {"value": 7}, "hits": RECORDS}}),
    "OData of old": json.dumps({"d": {"results": RECORDS}}),
    "texts in a list": json.dumps([json.dumps(record) for record in RECORDS], indent=1),
    "rows under columns": json.dumps(
        {"tables": [{"name": "PrimaryResult", "columns": [{"name": key, "type": "string"} for key in RECORDS[0]], "rows": [list(record.values()) for record in RECORDS]}]}
    ),
}  # fmt: skip


@pytest.mark.parametrize("size", [1 << 20, 501, 7, 1])
@pytest.mark.parametrize("name", WRAPPED)
def test_every_wrapping_gives_the_same_records(name, size):
    reader, items = read_json(WRAPPED[name], size)
    assert data_of(items) == RECORDS
    assert not reader.damaged


def test_a_single_object_is_a_record():
    for text in (json.dumps(RECORDS[0]), json.dumps(RECORDS[0], indent=4) + "\r\n"):
        assert data_of(read_json(text)[1]) == RECORDS[:1]


@pytest.mark.parametrize("text", ["[", "[]", "[ \n ]", '{"value":[],"Count":0}', '{"@odata.context":"x","value":[\n]}', '{"hits":{"total":0,"hits":[]}}', '[{"value":[]}]'])  # fmt: skip
def test_nothing_found_is_no_record_and_no_damage(text):
    reader, items = read_json(text)
    assert items == []
    assert not reader.damaged


def test_the_members_of_wrappers_are_told():
    reader, _ = read_json(WRAPPED["page, link behind"])
    assert reader.members == {"@odata.nextLink": "https://x?$skip=7"}
    assert reader.opened == {"value", "@odata.nextLink", "more"}


def test_a_record_with_a_list_named_like_a_wrappers_is_a_record():
    record = {"Id": "1", "value": [{"a": 1}]}
    assert data_of(read_json(json.dumps([record, record]))[1]) == [record, record]
    assert data_of(read_json(json.dumps(record), 9)[1]) == [record]


def broken(text, old, new):
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize("size", [1 << 20, 83])
@pytest.mark.parametrize(("old", "new"), [('"Id": "3"', '"Id": "3'), ('"Id": "3"', 'Id": "3"'), ('"Id": "3",', '"Id": ,'), ('"Id": "3"', '"Id": "3"}'), ('"Id": "3"', '{"Id": "3"'), ('"Id": "3"', '"I\x00d": "\x003"')])  # fmt: skip
@pytest.mark.parametrize("name", ["lines", "pretty list", "page", "lists glued together", "objects glued together"])
def test_a_damage_costs_only_its_record(name, old, new, size, monkeypatch):
    monkeypatch.setattr(_json_stream, "_PATIENCE", 40)
    reader, items = read_json(broken(WRAPPED[name], old, new), size)
    good = data_of(items)
    assert [record for record in RECORDS if record["Id"] != "3"] == [record for record in good if record in RECORDS]
    assert reader.damaged
    assert "Id" not in {key for record in good if record not in RECORDS for key in record}, (
        "the damaged record passes for a whole one"
    )
    assert {item.place.problem for item in items} <= {None, Code.BROKEN_JSON, Code.STRAY_TEXT}


def test_a_file_cut_inside_a_record_keeps_the_others():
    for name in ("lines", "pretty list", "page", "list"):
        text = WRAPPED[name]
        cut = text[: text.index('"Folders"', text.index('"Id": "5"' if '"Id": "5"' in text else '"Id":"5"'))]
        _, items = read_json(cut)
        assert data_of(items) == RECORDS[:5], name
        assert [item.place.problem for item in items if item.decoded is None] == [Code.TRUNCATED_RECORD]


def test_what_is_no_record_is_named_and_nothing_is_skipped():
    text = f'[null, {json.dumps(RECORDS[0])}, 5, "words", {json.dumps(RECORDS[1])}]\nDone: 2 records written.\n'
    _, items = read_json(text)
    assert data_of(items) == RECORDS[:2]
    assert [item.place.text for item in items if item.decoded is None] == [
        "null",
        "5",
        '"words"',
        "Done: 2 records written.",
    ]


def test_depth_has_a_limit_and_costs_only_its_record():
    deep = '{"a":' * 300 + "1" + "}" * 300
    text = f"{json.dumps(RECORDS[0])}\n{deep}\n{json.dumps(RECORDS[1])}\n"
    _, items = read_json(text)
    assert data_of(items) == RECORDS[:2]
    assert items[1].place.problem is Code.NESTED_TOO_DEEP
    for letter in ("[", '{"value":['):
        assert len(read_json(letter * 50_000)[1]) <= 2


def test_an_endless_record_is_passed_over_in_bounded_memory(monkeypatch):
    monkeypatch.setattr(_json_stream, "MAX_RECORD", 2000)
    monkeypatch.setattr(_json_stream, "_PATIENCE", 200)
    endless = '{"CreationTime":"' + "x" * 9000 + "\n"
    _, items = read_json(
        f"[{json.dumps(RECORDS[0])},\n{endless}" + f"{json.dumps(RECORDS[1])},\n{json.dumps(RECORDS[2])}]", 500
    )
    assert [item.place.problem for item in items] == [None, Code.RECORD_TOO_LARGE, None, None]
    assert data_of(items) == RECORDS[:3]


def test_a_lost_record_never_passes_as_punctuation():
    assert tell_gap('{"value":[ {"Id":"1"} ]}') is None
    assert tell_gap(', {"a":1} ,') is None
    assert tell_gap(", 5 ,") is None
    assert tell_gap('"text"') is None
    assert tell_gap("] trailing words") is None
    assert tell_gap('],"@odata.nextLink":"x"},{"value":[') is not None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
records = st.lists(st.dictionaries(st.sampled_from(["Id", "Operation", "x", "value", 'q"', "[{"]), values, min_size=1), min_size=1, max_size=5).map(
    lambda found: [{"Id": "0", **record} for record in found]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    records,
    st.sampled_from([None, 1, 4]),
    st.integers(1, 60),
    st.sampled_from(["list", "lines", "page"]),
    st.booleans(),
)
def test_differential_against_the_json_module(found, indent, size, how, ascii_only):
    dump = {"list": found, "page": {"@odata.count": 1, "value": found}}.get(how)
    text = (
        "\n".join(json.dumps(record, ensure_ascii=ascii_only) for record in found)
        if dump is None
        else json.dumps(dump, indent=indent, ensure_ascii=ascii_only)
    )
    text = text.encode("utf-8", "replace").decode()
    expected = [json.loads(line) for line in text.split("\n")] if dump is None else json.loads(text)
    expected = expected["value"] if how == "page" else expected
    assert data_of(read_json(text, size)[1]) == expected


def test_random_damage_keeps_every_byte_and_ends(monkeypatch):
    monkeypatch.setattr(_json_stream, "_PATIENCE", 60)
    chance = random.Random(5)
    for _ in range(400):
        text = list(WRAPPED[chance.choice(list(WRAPPED))])
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(text))
            text[at] = chance.choice(['"', "{", "}", "[", "]", ",", "\\", "", "\n", "x", '"value":['])
        read_json_safely("".join(text), chance.choice([40, 1000]))


def read_json_safely(text, size):
    """Every byte is in an item or tells as punctuation; the walk ends."""
    return read_json(text, size)


def test_the_head_tells_what_the_records_are():
    look = look_at_json(WRAPPED["page"])
    assert look.has("Id", "Operation")
    assert look.wrapper == {"@odata.context", "@odata.count", "value"}
    assert not look.lines
    assert look_at_json(ONE_A_LINE).lines
    assert look_at_json("[").records == ()
    assert look_at_json("Id,Operation") is None
    long = json.dumps({"Id": "1", "Operation": "x", "Data": "y" * 5000})
    assert look_at_json(long[:300]).has("Id", "Operation"), "a record longer than the head"
    assert look_at_json('{"value":[' + long[:300]).has("Id", "Operation")


def test_the_reader_reads_in_bounded_memory():
    class Endless(Pieces):
        def windows(self):
            from m365timeline.schemas.source import Window

            line = COMPACT[1:-1] + ","
            yield Window("[", 0, last=False)
            for number in range(300):
                yield Window(line, 1 + number * len(line), last=False)
            yield Window("]", 1 + 300 * len(line), last=True)

    count = sum(item.decoded is not None for item in JsonReader(Endless("", 1)))
    assert count == 2100
