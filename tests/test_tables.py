"""CSV and JSONL written a column at a time hold what they would hold written a row at a time."""

import csv
import io
import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m365timeline.schemas.arrow import arrow_type, published_schema
from m365timeline.schemas.event import LIST_FIELDS, PUBLISHED, TIME_FIELDS
from m365timeline.writers import check
from m365timeline.writers.check import Span, check_output
from m365timeline.writers.csv_file import CsvWriter
from m365timeline.writers.jsonl_file import JsonlWriter, iso_utc

texts = st.text(
    st.one_of(st.sampled_from("=+-@\t\r\n＝＋－＠'\",|\\/\x00\x1f\x7f\u2028é😀"), st.characters(codec="utf-8")),
    max_size=12,
)
changes = st.fixed_dictionaries({"name": texts, "old": st.none() | texts, "new": st.none() | texts})


def value_of(name):
    kind = arrow_type(name)
    if name in TIME_FIELDS:
        return st.integers(-2_208_988_800_000_000, 253_402_300_799_999_999)
    if name == "changes":
        return st.lists(changes, max_size=3)
    if name in LIST_FIELDS:
        return st.lists(texts, max_size=3)
    if name == "extra":
        return st.dictionaries(texts, st.none() | texts | st.integers(), max_size=3).map(json.dumps)
    if pa.types.is_boolean(kind):
        return st.booleans()
    return st.integers(-(2**63), 2**63 - 1) if pa.types.is_integer(kind) else texts


rows_of_events = st.lists(
    st.fixed_dictionaries(
        {name: value_of(name) if name == "event_id" else st.none() | value_of(name) for name in PUBLISHED}
    ),
    min_size=1,
    max_size=6,
)


def batch_of(rows):
    columns = []
    for name in PUBLISHED:
        values = [row[name] for row in rows]
        kind = arrow_type(name)
        columns.append(pa.array(values, pa.int64()).cast(kind) if name in TIME_FIELDS else pa.array(values, kind))
    return pa.RecordBatch.from_arrays(columns, schema=published_schema())


def written(writer, batch):
    stream = io.BytesIO()
    made = writer(stream)
    for start in range(0, batch.num_rows, 2):  # slices of a batch, as the case hands them out
        made.write(batch.slice(start, 2))
    made.close()
    return stream.getvalue()


def csv_cell(name, value):
    if value is None:
        return ""
    if name in TIME_FIELDS:
        return iso_utc(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if name in LIST_FIELDS:
        value = " | ".join(value)
    elif name == "changes":
        value = " | ".join(f"{change['name']}: {change['old'] or ''} → {change['new'] or ''}" for change in value)
    return "'" + value if value.startswith(tuple("=+-@\t\r\n＝＋－＠'")) else value


@settings(max_examples=40, deadline=None)
@given(rows_of_events)
def test_csv_is_what_the_csv_module_writes(rows):
    batch = batch_of(rows)
    wanted = io.StringIO()
    out = csv.writer(wanted, lineterminator="\r\n")
    out.writerow(CsvWriter.columns)
    out.writerows([csv_cell(name, row[name]) for name in CsvWriter.columns] for row in batch.to_pylist())
    assert written(CsvWriter, batch).decode("utf-8-sig") == wanted.getvalue()


@settings(max_examples=40, deadline=None)
@given(rows_of_events)
def test_a_line_of_jsonl_holds_every_value_and_nothing_absent(rows):
    batch = batch_of(rows)
    lines = written(JsonlWriter, batch).split(b"\n")
    assert lines.pop() == b""
    for row, line in zip(batch.to_pylist(), lines, strict=True):
        wanted = {}
        for name, value in row.items():
            if value is not None:
                wanted[name] = (
                    iso_utc(value) if name in TIME_FIELDS else json.loads(value) if name == "extra" else value
                )
        assert json.loads(line) == wanted
        assert list(json.loads(line)) == list(wanted)


def test_a_column_is_the_same_by_value_and_by_row():
    rows = [dict.fromkeys(PUBLISHED) | {"event_id": f"{n}", "subject": f"a,{n % 7}"} for n in range(3000)]
    various = [row | {"subject": f"a,{n % 7}" if n < 7 else f"b,{n}"} for n, row in enumerate(rows)]
    for made in (rows, various):
        lines = written(JsonlWriter, batch_of(made)).splitlines()
        assert [json.loads(line)["subject"] for line in lines] == [row["subject"] for row in made]


@pytest.mark.parametrize("size", [100, 9_000_000])
def test_a_csv_is_read_back_whatever_its_rows_hold(tmp_path, size):
    rows = [dict.fromkeys(PUBLISHED) | {"event_id": f"id{n}", "subject": '"\r\n,' * (size // 4)} for n in range(3)]
    target = tmp_path / "a.csv"
    data = written(CsvWriter, batch_of(rows))
    target.write_bytes(data)
    check_output(target, target, Span(3, "id0", "id2"))
    target.write_bytes(data[: len(data) - size])
    with pytest.raises(check.BadOutputError):
        check_output(target, target, Span(3, "id0", "id2"))
