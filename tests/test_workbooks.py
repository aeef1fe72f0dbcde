"""Excel workbooks: every sheet is a table, formulas are text, and nothing of a hostile one is believed."""

import io
import json
import zipfile
from datetime import datetime

import pytest
from exports import audit_data, purview_csv
from helpers import read_events
from openpyxl import Workbook

from m365timeline.parsers.sharepoint_audit_report import SharePointAuditReport

HEADER = ["Site Id", "Item Id", "User Id", "Document Location", "Occurred (GMT)", "Event"]


def saved(*sheets):
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def converted(run, tmp_path, data, code=0, name="book.xlsx"):
    (tmp_path / name).write_bytes(data)
    done = run("convert", name, "-o", "out.jsonl", "--force")
    assert done.returncode == code, done.stdout + done.stderr
    if code == 2:
        return done.stderr.decode(), []
    manifest = json.loads((tmp_path / "out.jsonl.manifest.json").read_bytes())
    return manifest, [json.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()]


def test_a_log_saved_as_workbook_gives_the_events_of_the_log(run, tmp_path):
    import csv

    data = purview_csv([audit_data(number) for number in (1, 2, 3)])
    rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
    _, plain = converted(run, tmp_path, data, name="log.csv")
    manifest, events = converted(run, tmp_path, saved(("AuditLog", rows)))
    assert [event["event_id"] for event in events] == [event["event_id"] for event in plain]
    assert events[0]["source_file"] == "book.xlsx!AuditLog"
    (item,) = manifest["inputs"]
    assert item["origin_sha256"]
    assert sum(item["bytes_by_kind"].values()) == item["bytes"]


def test_title_rows_real_dates_and_formulas(run, tmp_path):
    row = [
        "{s}",
        "{i}",
        "Tom Okafor <i:0#.f|membership|tom@x.example>",
        "docs/=1+1.xlsx",
        datetime(2026, 3, 9, 8, 31, 17),
        "View",
    ]
    sheet = [["Audit Report", None], [], HEADER, row, [*row[:3], '=HYPERLINK("x")', *row[4:]]]
    manifest, events = converted(run, tmp_path, saved(("Report Data 1", sheet)))
    assert [event["time"] for event in events] == ["2026-03-09T08:31:17Z"] * 2
    assert events[0]["actor"] == "tom@x.example"
    assert events[1]["target"] == '=HYPERLINK("x")'
    assert any("Audit Report" in decision for decision in manifest["inputs"][0]["decisions"])


def test_every_sheet_is_answered(run, tmp_path):
    good = [HEADER, ["{s}", "{i}", "tom", "a", datetime(2026, 3, 9), "Delete"]]
    manifest, events = converted(
        run, tmp_path, saved(("One", good), ("Empty", []), ("Notes", [["a", "b"], ["c", "d"]] * 30))
    )
    assert len(events) == 1
    assert {item["path"]: item["status"] for item in manifest["inputs"]} == {
        "book.xlsx!One": "read",
        "book.xlsx!Notes": "skipped",
    }


def test_days_since_1899_are_a_time():
    text = "Site Id,Item Id,User Id,Document Location,Occurred (GMT),Event\r\ns,i,tom,a,43788.75,SecRoleBindUpdate\r\n"
    _, _, (event,) = read_events(text.encode(), SharePointAuditReport)
    assert (event.time, event.time_basis, event.category) == (1574186400000000, "utc_by_specification", "permission")


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml"])
def test_a_declaration_of_a_document_type_is_refused(run, tmp_path, part):
    made, hostile = zipfile.ZipFile(io.BytesIO(saved(("S", [HEADER])))), io.BytesIO()
    with zipfile.ZipFile(hostile, "w") as archive:
        for info in made.infolist():
            data = made.read(info)
            archive.writestr(
                info.filename, b'<!DOCTYPE x [<!ENTITY e "boom">]>' + data if info.filename == part else data
            )
    words, _ = converted(run, tmp_path, hostile.getvalue(), code=2)
    assert "declares a document type" in words


def test_a_damaged_workbook_is_named(run, tmp_path):
    made, broken = zipfile.ZipFile(io.BytesIO(saved(("S", [HEADER])))), io.BytesIO()
    with zipfile.ZipFile(broken, "w") as archive:
        for info in made.infolist():
            archive.writestr(info.filename, b"<broken" if info.filename.endswith("sheet1.xml") else made.read(info))
    words, _ = converted(run, tmp_path, broken.getvalue(), code=2)
    assert "damaged or protected by a password" in " ".join(words.split())


def test_a_sheet_that_lies_about_its_size_costs_nothing(run, tmp_path):
    made, lying = (
        zipfile.ZipFile(io.BytesIO(saved(("S", [HEADER, ["s", "i", "tom", "a", datetime(2026, 3, 9), "View"]])))),
        io.BytesIO(),
    )
    with zipfile.ZipFile(lying, "w") as archive:
        for info in made.infolist():
            archive.writestr(info.filename, made.read(info).replace(b'ref="A1:F2"', b'ref="A1:XFD1048576"'))
    _, events = converted(run, tmp_path, lying.getvalue())
    assert len(events) == 1
