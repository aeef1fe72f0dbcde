"""The case: one view over everything that was settled, and cases one can come back to."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from exports import audit_data, purview_csv
from test_golden import Quiet

from m365timeline.analysis import overview
from m365timeline.case import order
from m365timeline.case.folder import RECORD, NoCaseError, open_case
from m365timeline.pipeline.convert import convert
from m365timeline.schemas.event import PUBLISHED
from m365timeline.schemas.request import Request
from m365timeline.schemas.scope import Scope


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


def run_case(tmp_path, given, name, **options):
    request = Request(
        inputs=[str(path) for path in given], outputs=[tmp_path / name], case=tmp_path / "case", **options
    )
    return convert(request, Quiet())


def export(tmp_path, name, *records):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(purview_csv(list(records)))
    return path


def lines_of(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_a_case_opens_without_its_exports_and_nothing_in_it_is_written(tmp_path):
    first = export(tmp_path, "a.csv", *(audit_data(n) for n in range(1, 9)))
    run_case(tmp_path, [first], "a.jsonl", scope=Scope(operations=("Set-*",)))
    first.unlink()
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "case").rglob("*")}
    with open_case(tmp_path / "case") as case:
        shown = case.query("SELECT event_id, raw FROM events ORDER BY position").fetchall()
        assert case.totals()[0] == case.record.sources[0].segments[0].events == 8
        assert case.record.scope == Scope(operations=("Set-*",))
        temporary = case._temporary.parent
    assert not temporary.exists()
    assert [row[0] for row in shown] == [line["event_id"] for line in lines_of(tmp_path / "a.jsonl")]
    with open_case(tmp_path / "case", scope=Scope()) as case:
        assert case.query("SELECT count(*) FROM events").fetchall() == [(8,)]
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "case").rglob("*")} == files


def test_a_case_moves_with_its_folder(tmp_path):
    run_case(tmp_path, [export(tmp_path, "a.csv", audit_data(1))], "a.jsonl")
    (tmp_path / "case").rename(tmp_path / "elsewhere")
    with open_case(tmp_path / "elsewhere") as case:
        assert len(case.query("SELECT raw FROM events").fetchall()) == 1


def test_exports_given_later_are_added_and_what_is_new_is_said(tmp_path):
    first = export(tmp_path, "b.csv", audit_data(1), audit_data(2))
    assert run_case(tmp_path, [first], "1.jsonl").report.news is None
    first.unlink()
    second = export(tmp_path, "a.csv", audit_data(2), audit_data(3), audit_data(4), audit_data(4))
    outcome = run_case(tmp_path, [second], "2.jsonl")
    news = outcome.report.news
    assert (news.sources, news.events, news.known, news.carried) == (1, 2, 1, 1)
    assert news.in_words() == (
        "New in this case: 1 source with 2 new events, 1 already known; taken from the case, not given again: 1 source."
    )
    assert outcome.exit_code == 0
    before, after = lines_of(tmp_path / "1.jsonl"), lines_of(tmp_path / "2.jsonl")
    assert {line["event_id"] for line in before} < {line["event_id"] for line in after}
    assert len(after) == 4
    manifest = json.loads(outcome.manifest.read_text())
    assert [item["path"] for item in manifest["inputs"]] == ["a.csv", "b.csv"]
    assert len(manifest["arguments"].get("inputs", [])) == 2
    again = run_case(tmp_path, [second], "3.jsonl").report.news
    assert (again.sources, again.events, again.known, again.carried) == (0, 0, 0, 1)
    assert (tmp_path / "3.jsonl").read_bytes() == (tmp_path / "2.jsonl").read_bytes()


def test_a_source_is_known_again_by_its_bytes_wherever_it_lies(tmp_path):
    first = export(tmp_path, "a.csv", audit_data(1))
    run_case(tmp_path, [first], "1.jsonl")
    (tmp_path / "moved").mkdir()
    moved = first.rename(tmp_path / "moved" / "other.csv")
    news = run_case(tmp_path, [moved], "2.jsonl").report.news
    assert (news.sources, news.carried) == (0, 0)
    assert [line["source_file"] for line in lines_of(tmp_path / "2.jsonl")] == ["other.csv"]


def test_a_file_that_changed_is_a_new_source_beside_the_earlier_one(tmp_path):
    first = export(tmp_path, "a.csv", audit_data(1))
    run_case(tmp_path, [first], "1.jsonl")
    export(tmp_path, "a.csv", audit_data(2))
    outcome = run_case(tmp_path, [first], "2.jsonl")
    names = [source.name for source in outcome.report.sources]
    assert names[0] == "a.csv"
    assert re.fullmatch(r"a\.csv \(earlier, sha256 [0-9a-f]{8}\)", names[1])
    assert len(lines_of(tmp_path / "2.jsonl")) == 2


def test_a_conflict_that_comes_later_takes_no_event_its_id(tmp_path):
    first = export(tmp_path, "b.csv", audit_data(1))
    run_case(tmp_path, [first], "1.jsonl")
    second = export(tmp_path, "a.csv", audit_data(1, ObjectId="another"))
    run_case(tmp_path, [first, second], "2.jsonl")
    before = lines_of(tmp_path / "1.jsonl")[0]
    by_source = {line["source_file"]: line for line in lines_of(tmp_path / "2.jsonl")}
    assert by_source["b.csv"]["event_id"] == before["event_id"]
    assert by_source["a.csv"]["event_id"].startswith(before["event_id"] + "~")
    assert "conflicting_duplicate" in by_source["b.csv"]["quality"]


def test_what_was_rejected_stays_in_the_case(tmp_path):
    first = tmp_path / "a.csv"
    first.write_bytes(purview_csv([audit_data(1)]) + b'"torn",1\r\n')
    assert run_case(tmp_path, [first], "1.jsonl").exit_code == 3
    first.unlink()
    outcome = run_case(tmp_path, [export(tmp_path, "b.csv", audit_data(2))], "2.jsonl")
    assert (outcome.exit_code, outcome.report.totals.rejected) == (3, 1)
    rejects = lines_of(tmp_path / "2.jsonl.rejects.jsonl")
    assert rejects[0]["source_file"] == "a.csv"
    assert "raw" not in rejects[0]


@pytest.mark.parametrize("damage", ["lost", "cut"])
def test_a_segment_that_is_lost_or_cut_is_read_anew(tmp_path, damage):
    first = export(tmp_path, "a.csv", audit_data(1))
    run_case(tmp_path, [first], "1.jsonl")
    segment = next((tmp_path / "case" / "segments").glob("*.parquet"))
    if damage == "lost":
        segment.unlink()
        with pytest.raises(NoCaseError, match=r"lacks a segment of a\.csv"):
            open_case(tmp_path / "case")
    else:
        segment.write_bytes(segment.read_bytes()[:-100])
    run_case(tmp_path, [first], "2.jsonl")
    assert (tmp_path / "2.jsonl").read_bytes() == (tmp_path / "1.jsonl").read_bytes()


def test_a_folder_that_is_no_case_or_of_another_version_is_named_as_such(tmp_path):
    with pytest.raises(NoCaseError, match="holds no case"):
        open_case(tmp_path)
    first = export(tmp_path, "a.csv", audit_data(1))
    run_case(tmp_path, [first], "1.jsonl")
    record = tmp_path / "case" / RECORD
    text = record.read_text()
    record.write_text(re.sub('"layout": "[0-9a-f]+"', '"layout": "other"', text))
    with pytest.raises(NoCaseError, match="other columns than this version reads"):
        open_case(tmp_path / "case")
    run_case(tmp_path, [first], "2.jsonl")  # given again, it is read anew
    record.write_text(text[:40])
    with pytest.raises(NoCaseError, match="cannot be read"):
        open_case(tmp_path / "case")


def test_a_run_that_fails_leaves_the_case_as_it_was(tmp_path, monkeypatch):
    run_case(tmp_path, [export(tmp_path, "a.csv", audit_data(1))], "1.jsonl")
    before = (tmp_path / "case" / RECORD).read_bytes()
    (tmp_path / "taken").mkdir()
    monkeypatch.setattr(
        "m365timeline.writers.publish.Publication.publish", lambda *_a: (_ for _ in ()).throw(OSError())
    )
    with pytest.raises(OSError):
        run_case(tmp_path, [export(tmp_path, "b.csv", audit_data(2))], "2.jsonl")
    assert (tmp_path / "case" / RECORD).read_bytes() == before
    assert sorted(path.name for path in (tmp_path / "case").iterdir()) == [RECORD, "segments"]


def test_a_run_that_is_killed_goes_on_where_it_was(tmp_path):
    given = [export(tmp_path, f"{n}.csv", *(audit_data(100 * n + m) for m in range(60))) for n in range(1, 40)]
    command = [
        sys.executable,
        "-m",
        "m365timeline",
        "convert",
        *given,
        "-o",
        "a.jsonl",
        "--case",
        "case",
        "--jobs",
        "1",
    ]
    segments = tmp_path / "case" / "segments"
    for _ in range(3):
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, start_new_session=True)
        had = len(list(segments.glob("*.json")))
        while process.poll() is None and len(list(segments.glob("*.json"))) < had + 3:
            time.sleep(0.01)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    done = {path: path.stat().st_mtime_ns for path in segments.glob("*.json")}
    assert done
    assert not (tmp_path / "a.jsonl").exists() or len(done) == 39
    assert subprocess.run([*command, "--force"], cwd=tmp_path, check=False).returncode == 0
    assert {path: path.stat().st_mtime_ns for path in done} == done
    assert sorted(path.name for path in (tmp_path / "case").iterdir()) == [RECORD, "segments"]
    convert(Request(inputs=list(map(str, given)), outputs=[tmp_path / "b.jsonl"]), Quiet())
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


@pytest.mark.parametrize("at_once", [0, 64 << 20])
def test_rows_come_in_order_whether_they_fit_in_memory_or_not(tmp_path, monkeypatch, at_once):
    """Three exports of the same days, each cut into pieces: by way of temporary files, or read side by side."""
    monkeypatch.setattr(order, "_AT_ONCE", at_once)
    monkeypatch.setattr(order, "_BUCKET_BYTES", 2000)
    monkeypatch.setattr(order, "_BATCH", 7)
    given = [export(tmp_path, f"{n}.csv", *(audit_data(n + 3 * m) for m in range(40))) for n in range(3)]
    given.append(export(tmp_path, "later.csv", *(audit_data(200 + m) for m in range(40))))
    convert(Request(inputs=list(map(str, given)), outputs=[tmp_path / "a.jsonl"]), Quiet())
    lines = lines_of(tmp_path / "a.jsonl")
    assert len(lines) == 160
    keys = [(line["time"], line["source_file"], line["record_number"]) for line in lines]
    assert keys == sorted(keys)


def test_huge_rows_go_in_small_batches_and_none_is_lost(tmp_path, monkeypatch):
    """R32: row groups, buckets and batches follow the bytes of the rows, not their number alone."""
    from m365timeline.case import segments

    given = [
        export(tmp_path, f"{n}.csv", *(audit_data(n + 3 * m, Note="x" * (900 if m % 5 else 9000)) for m in range(40)))
        for n in range(3)
    ]
    convert(Request(inputs=list(map(str, given)), outputs=[tmp_path / "a.jsonl", tmp_path / "a.parquet"]), Quiet())
    seen = []
    original = order._batches

    def watched(tables, columns):
        for batch in original(tables, columns):
            seen.append((batch.num_rows, batch.nbytes))
            yield batch

    for module, name, value in (
        (order, "_AT_ONCE", 0),
        (order, "_BUCKET_BYTES", 100_000),
        (order, "_HEAVY", 20_000),
        (order, "_HUGE", 100),
        (order, "_batches", watched),
        (segments, "_CHARACTERS", 20_000),
    ):
        monkeypatch.setattr(module, name, value)
    convert(Request(inputs=list(map(str, given)), outputs=[tmp_path / "b.jsonl", tmp_path / "b.parquet"]), Quiet())
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()
    assert len(seen) > 20
    assert sum(rows for rows, _ in seen) == 120
    assert all(rows == 1 or size <= 25_000 for rows, size in seen)


def test_one_huge_value_among_absent_ones_asks_for_no_room_for_each():
    """R32: the record of a row with thousands of recipients stands in the first event only."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from m365timeline.writers.strings import Renderer

    values = pa.array(["x" * 5_000_000, *[None] * 8000], pa.string())
    rendered = Renderer().render("raw", values, lambda texts: pc.binary_join_element_wise(texts, "!", ""))
    assert rendered[0].as_py() == "x" * 5_000_000 + "!"
    assert rendered.null_count == 8000
