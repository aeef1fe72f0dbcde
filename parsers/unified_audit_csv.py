"""Unified audit log as CSV, in every shape that carries the AuditData object.

Where it comes from: the Purview portal (old and new), ``Search-UnifiedAuditLog | Export-Csv`` (with ``#TYPE`` line, with
remoting columns, with ``;``, in UTF-16), tools that save the same columns, files merged by hand, Excel re-saves, Splunk.

What it looks like: one row a record; a column ``AuditData`` (oldest portal form: ``Time,User,Action,Detail``) holds the
record as a JSON object; the other columns repeat parts of it under names that differ from tool to tool.
"""

import csv
import io
import re
from functools import cache

from m365timeline.parsers._csv import Table
from m365timeline.parsers._csv_block import Row
from m365timeline.parsers._json import Decoded, decode_object, too_deep
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers._salvage import Salvaged, salvage
from m365timeline.parsers.base import Detection
from m365timeline.schemas.record import Code, Issue, Record

_OLDEST = {"time", "user", "action", "detail"}
_OLD = {"date", "user", "activity", "item", "detail"}
_COMPANIONS = {
    "creationdate", "recordid", "recordtype", "operation", "operations", "userid", "userids", "identity", "resultindex",
    "_raw", "_time", "createddatetime", "id",
}  # fmt: skip
_SAYS_WHAT = ("operation", "operations", "action", "activity")
_CELL = (32_759, 32_767)  # characters an Excel cell holds: the limit, and where tools cut to stay below it
_SHORTENED = re.compile(r"[0-9][.,]?[0-9]*E\+[0-9]{1,3}")  # 1,23E+15
_SAMPLE = 500  # rows of a part looked at for signs that concern the whole file
SHORTENED = "Saved again by a spreadsheet: long numbers were shortened (1.23E+15) and cannot be restored."
RESAVED = "Saved again by a spreadsheet (True became TRUE): dates and long cells may have been changed; ask for the original file."
QUESTION_MARKS = "Some records hold runs of question marks: if the export was written as ASCII, these were letters, and they are lost."


@cache
def _data_column(columns: tuple[str, ...]) -> str | None:
    keys = set(columns)
    if "auditdata" in keys:
        return "auditdata"
    return "detail" if keys >= _OLDEST or keys >= _OLD else None


class UnifiedAuditCsv(RowParser):
    """The CSV forms of the unified audit log."""

    name = "unified_audit_csv"
    title = "Unified audit log, CSV"
    origin = (
        "Purview portal > Audit > Export; Search-UnifiedAuditLog | Export-Csv; tools and Splunk saving the same columns"
    )
    marks = "a header with the column AuditData (oldest portal form: Time, User, Action, Detail)"
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
        if column == "auditdata" and len(table.keys) > 1 and not set(table.keys) & _COMPANIONS:
            return None
        return Detection(f"the header has the column {table.columns[table.keys.index(column)]!r}", variant_of(table))

    def read_row(self, table: Table, row: Row, number: int) -> Record | Issue:
        """A row without readable AuditData keeps its wrapper columns."""
        column = _data_column(table.keys)
        fields = dict(zip(table.keys, row.cells, strict=False))
        text = fields.pop(column) if column else ""
        if column == "detail" and not text.lstrip().startswith(
            "{"
        ):  # the oldest form says it in words, without a record
            fields["detail"], text = text, ""
        if number <= _SAMPLE:
            self._note_signs(fields, row.raw)
        self._note_result_set(fields)
        decoded: Decoded | Salvaged | None = decode_object(text) if text else None
        quality = ["unterminated_last_record"] if row.unterminated else []
        if decoded is None:
            decoded, text, flags = _read_damaged(text, fields.get("_raw", ""))
            quality += flags
            if text and decoded is None:
                fields["auditdata"] = text
            known = decoded is not None and isinstance(decoded.data.get("Operation"), str)
            if not known and not any(fields.get(key) for key in _SAYS_WHAT):
                return self._reject(row, number, text)
        return Record(
            kind=self.kind,
            fields=fields,
            data=decoded.data if decoded else None,
            canonical=decoded.canonical if decoded else None,
            number=number,
            line=row.line,
            offset=row.offset,
            length=row.length,
            raw=row.raw,
            quality=quality + (decoded.flags if decoded else []),
            salvage=decoded.told if isinstance(decoded, Salvaged) else None,
        )

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

    def _note_result_set(self, fields: dict[str, str]) -> None:
        index, count = fields.get("resultindex"), fields.get("resultcount")
        if index and count and index.isdecimal() and count.isdecimal():
            self.result_sets.add(int(index), int(count))

    def _reject(self, row: Row, number: int, text: str) -> Issue:
        code = Code.NO_CONTENT if not text.strip() else Code.NESTED_TOO_DEEP if too_deep(text) else Code.BROKEN_JSON
        reason = {
            Code.NO_CONTENT: "The row holds no AuditData and no operation: nothing says what was done.",
            Code.NESTED_TOO_DEEP: "AuditData is nested more than 200 levels deep, as no real record is, and no other column says what was done.",
            Code.BROKEN_JSON: "AuditData is not a readable JSON object and no other column says what was done. Ask for this record again, as JSON if possible.",
        }[code]
        return Issue(
            code=code,
            reason=reason,
            record_number=number,
            line=row.line,
            offset=row.offset,
            length=row.length,
            column="AuditData",
            raw=row.raw,
        )


def _read_damaged(text: str, raw: str) -> tuple[Decoded | Salvaged | None, str, list[str]]:
    """What can be read of damaged AuditData, or of the copy in Splunk's ``_raw``; the text it was read from; flags."""
    if text.strip():
        flags = ["cell_limit"] if len(text) in _CELL else []
        salvaged = salvage(text)
        if salvaged is None:
            flags.append("nested_too_deep" if too_deep(text) else "damaged_audit_data")
        return salvaged, text, flags
    copy = _record_in(raw)
    decoded = (decode_object(copy) or salvage(copy)) if copy else None
    return (decoded, copy, ["read_from_raw"]) if decoded else (None, text, ["wrapper_only"])


def _record_in(raw: str) -> str:
    """The AuditData in Splunk's ``_raw``: that text itself, or a cell of it, which may be cut."""
    if not raw or raw.lstrip().startswith("{"):
        return raw
    cells = next(csv.reader(io.StringIO(raw, newline="")), [])
    return next((cell for cell in cells if cell.lstrip().startswith("{")), "")


def variant_of(table: Table) -> str:
    """Which of the known shapes a header is, in words."""
    keys = set(table.keys)
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
