"""The other sheets, and the file as a whole."""

import io
import re
import shutil
import subprocess
import zipfile
from datetime import timedelta
from xml.etree import ElementTree as ET

import pyarrow as pa
import pytest
from workbooks import (
    NOON,
    SCHEMA,
    cells,
    event,
    full_report,
    make_report,
    sheet,
    style_of,
    timeline_rows,
    titles,
    workbook,
)

from m365timeline.analysis.completeness import FLAG_WARNINGS
from m365timeline.schemas.event import CATEGORIES, OUTCOMES, TIME_BASES, TIME_MEANINGS
from m365timeline.schemas.record import Code, Issue
from m365timeline.schemas.reference import rows as reference
from m365timeline.schemas.report import SourceReport
from m365timeline.writers.xlsx import XlsxWriter, container


def test_sheets_in_order_and_what_is_left_out():
    issue = Issue(code=Code.BROKEN_JSON, reason="Cut.", source_file="a.csv", record_number=1)
    with_rejects, _ = workbook([event()], issues=[issue])
    without, _ = workbook([event()])
    assert titles(with_rejects) == ["Summary", "Timeline", "Sources", "Rejected", "Legend"]
    assert titles(without) == ["Summary", "Timeline", "Sources", "Legend"]
    assert "Rejected (left out)" in cells(sheet(without, "Summary")).values()
    assert "Rejected (left out)" not in cells(sheet(with_rejects, "Summary")).values()


def test_summary_tells_the_figures_warnings_and_scope():
    parts, _ = workbook([event(), event()], full_report())
    texts = [str(value) for value in cells(sheet(parts, "Summary")).values()]
    assert "= 2 converted + 1 rejected" in texts
    assert "= 2 on the timeline + 0 duplicates folded + 0 out of scope" in texts
    assert texts.count("balances") == 2
    assert any(text.endswith("a.csv: Cut there.") for text in texts)
    assert not any("No export." in text for text in texts)
    assert "user: amy" in texts
    assert any("verify MANIFEST" in text for text in texts)


def test_summary_says_when_figures_do_not_balance():
    report = full_report()
    report.totals.records = 4
    parts, _ = workbook([event(), event()], report)
    texts = [str(value) for value in cells(sheet(parts, "Summary")).values()]
    assert "DOES NOT BALANCE" in texts
    assert any("do not balance" in text for text in texts)


def test_summary_has_native_charts_over_its_tables():
    parts, _ = workbook([event(), event()], full_report())
    charts = [data.decode() for name, data in parts.items() if name.startswith("xl/charts/chart")]
    assert len(charts) == 6
    assert sum('grouping val="stacked"' in chart for chart in charts) == 1
    assert all("'Summary'!$C$" in chart for chart in charts)
    empty, _ = workbook([event()])
    assert not any("chart" in name for name in empty)


def test_sources_have_hash_size_decisions_and_warnings():
    parts, _ = workbook([event(), event()], full_report())
    found = cells(sheet(parts, "Sources"))
    header = {found[f"{chr(65 + number)}1"]: chr(65 + number) for number in range(17)}
    assert "/" not in str(found), (
        "where the evidence lay is told by the manifest: the workbook is the same wherever it lies"
    )
    assert found[header["SHA-256"] + "2"] == "ab" * 32
    assert found[header["Size (bytes)"] + "2"] == 7
    assert found[header["Decisions"] + "2"] == "Encoding utf-8: why."
    assert found[header["Warnings"] + "2"] == "Cut there."
    assert found[header["Bytes"] + "2"] == "5 event\n2 blank"
    assert found[header["Status"] + "3"] == "skipped"
    assert found[header["First (UTC)"] + "2"] == 45352.5


def test_small_sheets_hold_hostile_names_as_texts():
    name = "=1+1\x07_x0041_\udc80\r.csv"
    parts, _ = workbook(
        [event()],
        make_report(sources=[SourceReport(name=name)]),
        [Issue(code=Code.UNKNOWN_FORMAT, reason="?", source_file=name)],
    )
    assert cells(sheet(parts, "Sources"))["A2"] == "=1+1\\x07_x0041_\\x80\\x0d.csv"
    assert style_of(parts, "Sources", "A2").get("quotePrefix") == "1"
    assert cells(sheet(parts, "Rejected"))["A2"] == "=1+1\x07_x0041_\\udc80\r.csv"


def test_rejected_rows():
    issues = [
        Issue(
            code=Code.BROKEN_QUOTE,
            reason=f"Why {number}",
            source_file="a.csv",
            record_number=number,
            line=number + 1,
            offset=number * 7,
            length=6,
            raw="=x\x00",
        )
        for number in range(2500)
    ]
    parts, _ = workbook([event()], issues=issues, sheet_rows=2000)
    assert [title for title in titles(parts) if title.startswith("Rejected")] == ["Rejected", "Rejected 2"]
    first, second = cells(sheet(parts, "Rejected")), cells(sheet(parts, "Rejected 2"))
    assert [first[f"{column}1"] for column in "ABCDEFGH"] == [
        "Source",
        "Record",
        "Line",
        "Offset",
        "Length",
        "Code",
        "Reason",
        "Raw text",
    ]
    assert [first[f"{column}3"] for column in "ABCDEFGH"] == ["a.csv", 1, 2, 7, 6, "broken_quote", "Why 1", "=x\x00"]
    assert second["B501"] == 2499


def test_legend_explains_every_column_word_and_flag():
    parts, _ = workbook([event()])
    texts = set(cells(sheet(parts, "Legend")).values())
    assert set(timeline_rows(parts)[0]) <= texts
    assert {row["flag"] for row in reference("quality_flags")} <= texts
    assert {*CATEGORIES, *OUTCOMES, *TIME_BASES, *TIME_MEANINGS} <= texts


def test_every_flag_that_is_warned_of_is_explained():
    assert set(FLAG_WARNINGS) <= {row["flag"] for row in reference("quality_flags")}


def test_equal_input_gives_equal_bytes_however_it_is_cut_into_batches():
    batch = pa.RecordBatch.from_pylist(
        [event(event_id=str(number), summary=f"did {number % 7}", actor=f"user{number}") for number in range(2500)],
        schema=SCHEMA,
    )
    results = []
    for size in (2500, 2500, 999):
        stream = io.BytesIO()
        writer = XlsxWriter(stream, full_report(), lambda: iter(()))
        for start in range(0, 2500, size):
            writer.write(batch.slice(start, size))
        writer.close()
        results.append(stream.getvalue())
    assert results[0] == results[1] == results[2]


def test_no_clock_value_in_the_file():
    stream = io.BytesIO()
    XlsxWriter(stream, make_report(0), lambda: iter(())).close()
    with zipfile.ZipFile(stream) as file:
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = file.read("docProps/core.xml").decode()
    assert set(re.findall(r"\d{4}-\d\d-\d\dT[^<]*", core)) == {"1980-01-01T00:00:00Z"}
    assert "m365timeline" in core


def test_every_part_is_named_and_well_formed():
    parts, _ = workbook([event(), event()], full_report())
    types = ET.fromstring(parts["[Content_Types].xml"])
    named = {entry.get("PartName").lstrip("/") for entry in types if entry.get("PartName")}
    assert named <= set(parts)
    assert {name for name in parts if name.startswith("xl/worksheets/sheet")} <= named
    for data in parts.values():
        ET.fromstring(data)


def test_failing_writes_are_raised():
    class Full(io.BytesIO):
        def write(self, data):
            if self.tell() + len(data) > 30_000:
                raise OSError(28, "No space left on device")
            return super().write(data)

    batch = pa.RecordBatch.from_pylist([event(event_id=str(number) * 9) for number in range(5000)], schema=SCHEMA)

    def run():
        writer = XlsxWriter(Full(), make_report(), lambda: iter(()))
        for _ in range(50):
            writer.write(batch)
        writer.close()

    with pytest.raises(OSError, match="No space left"):
        run()


def test_the_container_reaches_past_four_gigabytes(monkeypatch):
    monkeypatch.setattr(container, "LARGEST", 300)
    stream = io.BytesIO()
    made = container.Container(stream)
    for number in range(20):
        made.add(f"part{number}.xml", b"<x/>" * number)
    made.close()
    with zipfile.ZipFile(stream) as file:
        assert [file.read(f"part{number}.xml") for number in range(20)] == [b"<x/>" * number for number in range(20)]
    with pytest.raises(ValueError, match="a member may have"):
        container.Container(io.BytesIO()).add("x", b"x" * 301)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_reads_the_same_rows(tmp_path):
    events = [
        event(event_id=f"id{number}", summary="=1+1\n_x0041_ <&>", time=NOON + timedelta(seconds=number))
        for number in range(1234)
    ]
    path = tmp_path / "case.xlsx"
    with path.open("w+b") as stream:
        writer = XlsxWriter(stream, full_report(), lambda: iter(()))
        writer.write(pa.RecordBatch.from_pylist(events, schema=SCHEMA))
        writer.close()
    to_csv = "csv:Text - txt - csv (StarCalc):9,34,76,1,,0,false,true,false,false,false,2"
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", to_csv, "--outdir", str(tmp_path), str(path)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    text = next(tmp_path.glob("*.csv")).read_text(encoding="utf-8")
    assert re.findall(r"\bid\d+\b", text) == [f"id{number}" for number in range(1234)]
    assert "2024-03-01 12:20:33\t2024-03-01 13:20:33\t" in text
    assert text.count('"=1+1\n_x0041_ <&>"') == 1234
