"""Every format, by its name: whatever its cells and values hold, each record is an event, a state or a reject, at its place.

A format that is registered and has no small export here (a sample, or one of ``mutations.SEEDS``) makes these tests fail.
"""

import copy
import json
from functools import cache

import pytest
from exports import write
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from mutations import MAPS, MemorySource, check, read, seeds_of

from m365timeline.parsers import FORMATS, open_parser
from m365timeline.parsers._objects import JsonParser
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers.base import Head
from m365timeline.sources.scan import scan

SEEDS = seeds_of()
TABLES = [name for name in FORMATS if isinstance(open_parser(name), RowParser)]
OBJECTS = [name for name in FORMATS if isinstance(open_parser(name), JsonParser)]
quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])

texts = st.text(st.characters(codec="utf-8"), max_size=30)
bits = st.one_of(
    texts.map(str.encode),
    st.binary(max_size=12),
    st.sampled_from([b'"', b"\r", b"\n\n", b"\0", b"{", b"]}", b"<Event ", b"-->", b" : "]),
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
)


def test_R59_every_format_has_a_small_export():
    assert set(SEEDS) == set(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
@quick
@given(data=st.data())
def test_R59_any_bytes_in_any_place_of_any_format(name, data):
    seed = data.draw(st.sampled_from(SEEDS[name]))
    start = data.draw(st.integers(0, len(seed)))
    end = data.draw(st.integers(start, min(len(seed), start + 300)))
    check(seed[:start] + data.draw(bits) + seed[end:])


@cache
def header_of(name):
    """The columns of a format's first table; what stands before them."""
    data = SEEDS[name][0]
    found = scan(MemorySource(data))
    head = Head(found.head, found.encoding)
    first = head.text.index(head.table.columns[0].removeprefix("#Fields: ").split(" ")[0])
    begun = head.text.rfind("\n", 0, first) + 1
    return head.table, head.text[:begun].lstrip("\ufeff"), head.text[begun:].split("\n", 1)[0].lstrip("\ufeff") + "\n"


@pytest.mark.parametrize("name", TABLES)
@quick
@given(data=st.data())
def test_R59_any_text_in_any_cell_of_any_table(name, data):
    table, before, header = header_of(name)
    width = len(table.columns)
    rows = data.draw(st.lists(st.lists(texts, min_size=width, max_size=width), min_size=1, max_size=4))
    assume(not any(row[0].strip().casefold().startswith(("#", *table.keys[:1])) for row in rows))
    for row in rows:
        row[-1] += "x"  # a row of blanks is none
    lines = (
        write(rows)
        if table.delimiter == ","
        else "".join(table.delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) + "\r\n" for row in rows)
    )
    parser, _, gathered, ranges = read((before + header + lines).encode())
    assert parser.name == name
    assert gathered.records == len(rows)
    assert not [issue for issue in gathered.issues if issue.code.value not in {"no_content", "broken_json"}], (
        "a row that is whole is read"
    )
    assert sum(ranges.counts.values()) == len((before + header + lines).encode())


def first_record(name):
    for data in SEEDS[name]:
        found = scan(MemorySource(data))
        look = Head(found.head, found.encoding).json
        if look is not None and look.records and read(json.dumps(look.first).encode()) is not None:
            return look.first
    return None


@pytest.mark.parametrize("name", [name for name in OBJECTS if name != "json_empty"])
@quick
@given(data=st.data())
def test_R59_any_value_of_any_member_of_any_object(name, data):
    first = first_record(name)
    assert first is not None
    records = [first]
    for _ in range(data.draw(st.integers(1, 3))):
        record = copy.deepcopy(first)
        for key in data.draw(st.lists(st.sampled_from(sorted(first)), max_size=4, unique=True)):
            record[key] = data.draw(values)
        records.append(record)
    for text in ("\n".join(json.dumps(item) for item in records) + "\n", json.dumps(records, indent=1)):
        parser, _, gathered, _ = read(text.encode())
        assert parser.name == name
        assert gathered.records == len(records)


def test_the_map_of_the_tests_fits_what_it_is_for():
    assert len(MAPS) == 2
    assert read(SEEDS["mapped_json"][0])[0].name == "mapped_json"
