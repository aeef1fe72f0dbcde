"""The audit report of a SharePoint site collection: a workbook with a title above the table."""

import io
import zipfile
from typing import Any

from openpyxl import Workbook

from sample_story.cast import PEOPLE
from sample_story.ids import at, guid

Record = dict[str, Any]
_HEADER = [
    "Site Id",
    "Item Id",
    "Item Type",
    "User Id",
    "Document Location",
    "Occurred (GMT)",
    "Event",
    "Custom Event Name",
    "Event Source",
    "Source Name",
    "Event Data",
    "App Id",
]
_EVENTS = {
    "FileDownloaded": "View",
    "FileAccessed": "View",
    "FileModified": "Update",
    "FileDeleted": "Delete",
    "FileUploaded": "Update",
}


def files(records: list[Record]) -> dict[str, bytes]:
    """Write the report on the finance library: name to bytes."""
    chosen = [
        record for record in records if record["Operation"] in _EVENTS and "Suppliers" in str(record.get("ObjectId"))
    ]
    return {"sharepoint_audit_report/Run_a_custom_report.xlsx": _workbook(chosen)}


def _workbook(records: list[Record]) -> bytes:
    people = {person.upn.casefold(): person for person in PEOPLE.values()}
    book = Workbook()
    sheet = book.active
    sheet.title = "Report Data 1"
    sheet.append(["Audit Report"])
    sheet.append([])
    sheet.append(_HEADER)
    for record in records:
        person = people[record["UserId"].casefold()]
        user = f"{person.name} <i:0#.f|membership|{person.upn.lower()}>"
        place = str(record["ObjectId"]).partition(".com/")[2]
        time = at(record["CreationTime"]).replace(tzinfo=None)
        sheet.append(
            [
                "{" + guid("site") + "}",
                "{" + guid(place) + "}",
                "Document",
                user,
                place,
                time,
                _EVENTS[record["Operation"]],
                None,
                "SharePoint",
                None,
                None,
                None,
            ]
        )
    return _without_clock(book)


def _without_clock(book: Workbook) -> bytes:
    """Save a workbook with no time of its making in it: the same bytes on every run."""
    moment = at("2026-03-20T09:00:00").replace(tzinfo=None)
    first, last = io.BytesIO(), io.BytesIO()
    book.properties.creator, book.properties.created = "SharePoint", moment
    book.save(first)
    with zipfile.ZipFile(first) as made, zipfile.ZipFile(last, "w") as archive:
        for info in made.infolist():
            data = made.read(info)
            if info.filename == "docProps/core.xml":
                start, end = data.index(b"<dcterms:modified"), data.index(b"</dcterms:modified>") + 19
                data = data[:start] + data[end:]
            archive.writestr(zipfile.ZipInfo(info.filename, (2026, 3, 20, 9, 0, 0)), data)
    return last.getvalue()
