"""The conservation laws, on exports that are mixed, cut and changed at random."""

import json
import tempfile
from pathlib import Path

from exports import audit_data, cmdlet_csv, purview_csv
from hypothesis import given, settings
from hypothesis import strategies as st
from test_golden import Quiet

from m365timeline.pipeline.convert import NothingReadableError, convert
from m365timeline.schemas.request import Request
from m365timeline.schemas.scope import Scope

HEADER = purview_csv([])


def run(files, **options):
    with tempfile.TemporaryDirectory() as folder:
        inputs = Path(folder) / "in"
        inputs.mkdir()
        for name, data in files.items():
            (inputs / name).write_bytes(data)
        target = Path(folder) / "out.jsonl"
        try:
            outcome = convert(Request(inputs=[str(inputs)], outputs=[target], **options), Quiet())
        except NothingReadableError:
            return None, []
        return outcome.report, [json.loads(line) for line in target.read_bytes().splitlines()]


numbers = st.lists(st.integers(1, 12), max_size=10)


@settings(max_examples=25, deadline=None)
@given(st.lists(numbers, min_size=1, max_size=3), st.sampled_from([None, "192.0.2.0/24", "203.0.113.1"]))
def test_every_record_is_on_the_timeline_or_counted(files, address):
    data = {
        f"{index}.csv": (purview_csv if index % 2 else lambda rows: cmdlet_csv(rows, lambda row: row["CreationTime"]))(
            [audit_data(n) for n in group]
        )
        for index, group in enumerate(files)
    }
    report, events = run(data, scope=Scope(addresses=(address,) if address else ()))
    totals = report.totals
    assert totals.records == totals.converted == sum(map(len, files))
    assert totals.events == totals.timeline + totals.duplicates + totals.out_of_scope
    distinct = {n for group in files for n in group}
    assert totals.duplicates == totals.records - len(distinct)
    assert totals.timeline == len(events) == (0 if address == "203.0.113.1" else len(distinct))
    assert [event["time"] for event in events] == sorted(event["time"] for event in events)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damage_is_accounted_for(data):
    whole = purview_csv([audit_data(n, Subject='a "quoted" value\nwith a line') for n in range(1, 6)])
    where = data.draw(st.integers(len(HEADER), len(whole) - 1))
    change = data.draw(st.sampled_from(["cut", "delete", "insert", "flip", "double"]))
    damaged = {
        "cut": whole[:where],
        "delete": whole[:where] + whole[where + 1 :],
        "insert": whole[:where] + data.draw(st.sampled_from([b'"', b"\n", b"\x00", b"\xff", b","])) + whole[where:],
        "flip": whole[:where] + bytes([whole[where] ^ 0x20]) + whole[where + 1 :],
        "double": whole[:where] + whole[len(HEADER) :],
    }[change]
    report, events = run({"x.csv": damaged})
    totals = report.totals
    assert totals.records == totals.converted + totals.rejected
    assert totals.events == totals.timeline + totals.duplicates
    assert len(events) == totals.timeline
    assert all(damaged[event["offset"] : event["offset"] + event["length"]] for event in events)
    complete = damaged.count(b'}",,\r\n')
    if change == "cut":
        assert totals.converted in {complete, complete + 1}, "what stands whole before the cut is read"
    elif change != "double":
        assert totals.converted >= 3, "one change spoils one record, or two where it joins them"


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 5), st.text(min_size=1, max_size=12), st.text(max_size=20))
def test_unknown_fields_are_kept(number, key, value):
    report, events = run({"x.csv": purview_csv([audit_data(number, **{"Zz" + key: value})])})
    if report.totals.rejected == 0 and "lone_surrogate" not in events[0].get("quality", []):
        assert events[0]["extra"]["Zz" + key] == value
