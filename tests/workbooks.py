"""Write a workbook and read it back as raw XML: a library that reads workbooks would hide what is tested."""

import io
import re
import zipfile
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pyarrow as pa

from m365timeline.schemas.arrow import arrow_type
from m365timeline.schemas.event import CATEGORIES
from m365timeline.schemas.report import Count, Overview, RunReport, SourceReport, Totals
from m365timeline.writers.xlsx import XlsxWriter

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
SCHEMA = pa.schema([(name, arrow_type(name)) for name in XlsxWriter.columns])
NOON = datetime(2024, 3, 1, 12, 0, 0, tzinfo=UTC)


def event(**fields):
    return {
        "event_id": "e1",
        "time": NOON,
        "severity": "info",
        "summary": "Amy did it",
        "source_file": "a.csv",
        "record_number": 1,
        **fields,
    }


def make_report(events=1, **fields):
    return RunReport(version="1.2.3", totals=Totals(events=events, timeline=events), **fields)


def workbook(events, report=None, issues=(), **options):
    """Write events; returns (parts by name, notes)."""
    stream = io.BytesIO()
    writer = XlsxWriter(stream, report or make_report(len(events)), lambda: iter(issues), **options)
    if events:
        writer.write(pa.RecordBatch.from_pylist(events, schema=SCHEMA))
    notes = writer.close()
    with zipfile.ZipFile(stream) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}, notes


def sheet(parts, title):
    """The part of a sheet, found by its name as Excel finds it."""
    book = ET.fromstring(parts["xl/workbook.xml"])
    relations = ET.fromstring(parts["xl/_rels/workbook.xml.rels"])
    targets = {relation.get("Id"): relation.get("Target") for relation in relations}
    for entry in book.iter(f"{MAIN}sheet"):
        if entry.get("name") == title:
            target = targets[entry.get("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id")]
            return ET.fromstring(parts["xl/" + target.removeprefix("/xl/")])
    raise KeyError(title)


def titles(parts):
    return [entry.get("name") for entry in ET.fromstring(parts["xl/workbook.xml"]).iter(f"{MAIN}sheet")]


def decoded(text):
    """What Excel shows for a text in a file."""
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)


def cells(tree):
    """The cells of a sheet by reference: texts as str, numbers as float, empty ones as None."""
    result = {}
    for cell in tree.iter(f"{MAIN}c"):
        text, value = cell.find(f"{MAIN}is/{MAIN}t"), cell.find(f"{MAIN}v")
        result[cell.get("r")] = (
            decoded(text.text or "") if text is not None else float(value.text) if value is not None else None
        )
    return result


def timeline_rows(parts, title="Timeline"):
    """The rows of the timeline as dicts by column title."""
    found = cells(sheet(parts, title))
    names = {
        reference.rstrip("0123456789"): text
        for reference, text in found.items()
        if reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "1"
    }
    count = max(int(re.sub("[A-Z]", "", reference)) for reference in found)
    return [{name: found.get(f"{column}{row}") for column, name in names.items()} for row in range(2, count + 1)]


def one(**fields):
    parts, _ = workbook([event(**fields)])
    return timeline_rows(parts)[0]


def style_of(parts, title, place):
    """The cell format (xf element) of a cell."""
    number = next(int(cell.get("s")) for cell in sheet(parts, title).iter(f"{MAIN}c") if cell.get("r") == place)
    return ET.fromstring(parts["xl/styles.xml"]).find(f"{MAIN}cellXfs")[number]


def number_format(parts, title, place):
    wanted = style_of(parts, title, place).get("numFmtId")
    own = {
        item.get("numFmtId"): item.get("formatCode")
        for item in ET.fromstring(parts["xl/styles.xml"]).iter(f"{MAIN}numFmt")
    }
    return own.get(wanted, wanted)


def full_report():
    us = 1_709_294_400_000_000
    overview = Overview(
        days=["2024-03-01", "2024-03-02"], categories=list(CATEGORIES), by_day=[list(range(len(CATEGORIES)))] * 2,
        severities=[Count(name="info", events=2, first=us, last=us)], by_category=[Count(name="rule", events=2)],
        users=[Count(name="=amy", events=2, first=us, last=us)], mailboxes=[Count(name="joe", events=1)], addresses=[Count(name="192.0.2.1", events=2)],
        operations=[Count(name="Send", events=2)],
    )  # fmt: skip
    sources = [
        SourceReport(name="a.csv", sha256="ab" * 32, size=7, format="unified_audit_csv", records=3, converted=2, rejected=1, events=2, bytes_by_kind={"event": 5, "blank": 2}, warnings=["Cut there."], decisions=["Encoding utf-8: why."], first_time=us, last_time=us),
        SourceReport(name="read me.txt", status="skipped", warnings=["No export."]),
    ]  # fmt: skip
    totals = Totals(inputs=2, records=3, converted=2, rejected=1, events=2, timeline=2)
    return RunReport(
        version="1.2.3", zone="Europe/Vienna", scope={"user": "amy"}, sources=sources, totals=totals, overview=overview
    )
