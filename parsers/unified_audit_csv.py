"""Unified audit log as CSV, in every shape that carries the AuditData object.

Where it comes from: the Purview portal (old and new), ``Search-UnifiedAuditLog | Export-Csv`` (with ``#TYPE`` line, with
remoting columns, with ``;``, in UTF-16), tools that save the same columns, files merged by hand, Excel re-saves, Splunk.

What it looks like: one row a record; a column ``AuditData`` (oldest portal form: ``Time,User,Action,Detail``) holds the
record as a JSON object; the other columns repeat parts of it under names that differ from tool to tool.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from m365timeline.parsers._audit_data import audit_record, wrapper_fields
from m365timeline.parsers._csv import Table
from m365timeline.parsers._csv_block import Row
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers._slices import Slice
from m365timeline.parsers._spill import CELL, Torn, put_together, units
from m365timeline.parsers.base import Detection
from m365timeline.schemas.record import Issue, Record
from m365timeline.schemas.source import Reader

_OLDEST = {"time", "user", "action", "detail"}
_OLD = {"date", "user", "activity", "item", "detail"}
_COMPANIONS = {
    "creationdate", "recordid", "recordtype", "operation", "operations", "userid", "userids", "identity", "resultindex",
    "_raw", "_time", "createddatetime", "id", "timestamp", "actiontype", "reportid", "timegenerated", "timegenerated [utc]",
}  # fmt: skip
_SHORTENED = re.compile(r"[0-9][.,]?[0-9]*E\+[0-9]{1,3}")  # 1,23E+15
_SAMPLE = 500  # rows of a part looked at for signs that concern the whole file
SHORTENED = "Saved again by a spreadsheet: long numbers were shortened (1.23E+15) and cannot be restored."
RESAVED = "Saved again by a spreadsheet (True became TRUE): dates and long cells may have been changed; ask for the original file."
QUESTION_MARKS = "Some records hold runs of question marks: if the export was written as ASCII, these were letters, and they are lost."


@cache
def _data_column(columns: tuple[str, ...]) -> str | None:
    keys = set(columns)
    for name in ("auditdata", "raweventdata"):
        if name in keys:
            return name
    return "detail" if keys >= _OLDEST or keys >= _OLD else None


class UnifiedAuditCsv(RowParser):
    """The CSV forms of the unified audit log."""

    name = "unified_audit_csv"
    title = "Unified audit log, CSV"
    origin = (
        "Purview portal > Audit > Export; Search-UnifiedAuditLog | Export-Csv; Graph auditLog/queries saved as CSV; Defender advanced "
        "hunting CloudAppEvents; Microsoft-Extractor-Suite, Hawk, PwC Office-365-Extractor, PAX and Splunk saving the same columns"
    )
    marks = "a header with the column AuditData, or RawEventData (oldest portal form: Time, User, Action, Detail)"
    time_basis = (
        "UTC by specification (AuditData.CreationTime); the column CreationDate is used only where AuditData is lost"
    )
    limits = "portal 50,000 rows (Premium 1,000,000); cmdlet 5,000 a call, 50,000 a session; the same record may come several times"
    family = "unified_audit_log"
    kind = "audit_data"

    def claim(self, table: Table) -> Detection | None:
        """Claim a header that has the record column."""
        column = _data_column(table.keys)
        if column is None:
            return None
        if column != "detail" and len(table.keys) > 1 and not set(table.keys) & _COMPANIONS:
            return None
        return Detection(f"the header has the column {table.columns[table.keys.index(column)]!r}", variant_of(table))

    def __init__(self) -> None:
        super().__init__()
        self._torn: Torn | None = None  # what the row just read may be the first piece of

    def read_rows(self, reader: Reader, table: Table) -> Iterator[Record | Issue]:
        """Yield a record for every row; rows that a spreadsheet tore apart are put together again where they make a record."""
        pending = yield from put_together(super().read_rows(reader, table), self._take_torn)
        self.sequential |= pending

    def _take_torn(self) -> Torn | None:
        torn, self._torn = self._torn, None
        return torn

    def read_row(self, table: Table, row: Row, number: int) -> Record | Issue:
        """A row without readable AuditData keeps its wrapper columns."""
        column = _data_column(table.keys)
        fields: dict[str, Any] = dict(zip(table.keys, row.cells, strict=False))
        text = fields.pop(column) if column else ""
        if column == "detail" and not text.lstrip().startswith(
            "{"
        ):  # the oldest form says it in words, without a record
            fields["detail"], text = text, ""
        if number <= _SAMPLE:
            self._note_signs(fields, row.raw)
        if "resultindex" in fields:
            self.result_sets.note(fields["resultindex"], fields.get("resultcount"))
        if "auditlogrecordtype" in fields:
            fields = wrapper_fields(fields)
        quality = ["unterminated_last_record"] if row.unterminated else []
        record = audit_record(fields, text, Slice(row.raw, row.offset, row.length, row.line), number, quality)
        if isinstance(record, Record) and "cell_limit" in record.quality and units(text) == CELL:
            self._torn = Torn(record, table, text)
        return record

    def _note_signs(self, fields: dict[str, str], raw: str) -> None:
        """Signs of a re-save or of a lossy encoding that concern the whole file."""
        if "???" in raw:
            self._note(QUESTION_MARKS)
        if fields.get("isvalid") == "TRUE":
            self._note(RESAVED)
        if "E+" in raw and any(_SHORTENED.fullmatch(cell) for cell in fields.values()):
            self._note(SHORTENED)

    def _note(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)


def variant_of(table: Table) -> str:
    """Which of the known shapes a header is, in words."""
    keys = set(table.keys)
    if "raweventdata" in keys:
        return "Defender CloudAppEvents"
    if "auditlogrecordtype" in keys:
        return "Graph auditLog/queries"
    if "_raw" in keys or "splunk_server" in keys:
        return "exported from Splunk"
    if {"recordid", "operation", "userid"} <= keys:
        return "Purview portal"
    if "resultindex" in keys:
        return "Search-UnifiedAuditLog" + (", remote session" if "runspaceid" in keys else "")
    if keys >= _OLDEST or keys >= _OLD:
        return "portal, oldest form"
    if {"creationdate", "userids", "operations"} <= keys:
        return "portal, old form (4 columns)" if len(keys) == 4 else "selected columns"
    return "selected columns"
