"""The case: one view over everything that was settled, and cases one can come back to."""

import json

from exports import audit_data, purview_csv
from test_golden import Quiet

from m365timeline.analysis import overview
from m365timeline.pipeline.convert import convert
from m365timeline.schemas.event import PUBLISHED
from m365timeline.schemas.request import Request


def test_the_view_of_events_shows_what_the_outputs_show(tmp_path, monkeypatch):
    export = tmp_path / "a.csv"
    export.write_bytes(purview_csv([audit_data(n) for n in (3, 1, 2, 2)] + [audit_data(1, ObjectId="another")]))
    seen = []
    original = overview.make_overview

    def looking(case):
        rows = case.query("SELECT * FROM events ORDER BY position").to_arrow_table()
        seen.extend(rows.to_pylist())
        return original(case)

    monkeypatch.setattr(overview, "make_overview", looking)
    convert(Request(inputs=[str(export)], outputs=[tmp_path / "a.jsonl"]), Quiet())
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_bytes().splitlines()]
    assert [row["position"] for row in seen] == [1, 2, 3, 4]
    assert [row["event_id"] for row in seen] == [line["event_id"] for line in lines]
    for row, line in zip(seen, lines, strict=True):
        for name in PUBLISHED:
            if name in {"time", "extra"}:
                continue
            assert row[name] == line.get(name), name
        assert row["time"].strftime("%Y-%m-%dT%H:%M:%SZ") == line["time"]
    assert any("~" in line["event_id"] for line in lines)


def test_the_view_of_events_of_an_empty_case_has_every_field(tmp_path, monkeypatch):
    export = tmp_path / "a.csv"
    export.write_bytes(purview_csv([]))
    seen = []
    original = overview.make_overview
    monkeypatch.setattr(
        overview,
        "make_overview",
        lambda case: (seen.append(case.query("SELECT * FROM events").to_arrow_table()), original(case))[1],
    )
    convert(Request(inputs=[str(export)], outputs=[tmp_path / "a.jsonl"]), Quiet())
    assert seen[0].num_rows == 0
    assert tuple(seen[0].column_names) == ("position", *PUBLISHED)
