"""Unified audit log as CSV, in every shape that carries the AuditData object.

Where it comes from: the Purview portal (old and new), ``Search-UnifiedAuditLog | Export-Csv`` (with ``#TYPE`` line, with
remoting columns, with ``;``, in UTF-16), tools that save the same columns, files merged by hand, Excel re-saves, Splunk.

What it looks like: one row a record; a column ``AuditData`` (oldest portal form: ``Time,User,Action,Detail``) holds the
record as a JSON object; the other columns repeat parts of it under names that differ from tool to tool.
"""

from m365timeline.parsers._csv import Row, Table
from m365timeline.parsers._json import decode_object
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers.base import Detection
from m365timeline.schemas.record import Code, Issue, Record

_OLDEST = {"time", "user", "action", "detail"}
_OLD = {"date", "user", "activity", "item", "detail"}
_COMPANIONS = {
    "creationdate", "recordid", "recordtype", "operation", "operations", "userid", "userids", "identity", "resultindex",
    "_raw", "_time", "createddatetime", "id",
}  # fmt: skip


def _data_column(table: Table) -> str | None:
    keys = set(table.keys)
    if "auditdata" in keys:
        return "auditdata"
    return "detail" if keys >= _OLDEST or keys >= _OLD else None


class UnifiedAuditCsv(RowParser):
    """The CSV forms of the unified audit log."""

    name = "unified_audit_csv"
    title = "Unified audit log, CSV"
    origin = "Purview portal > Audit > Export; Search-UnifiedAuditLog | Export-Csv; tools and Splunk saving the same columns"
    marks = "a header with the column AuditData (oldest portal form: Time, User, Action, Detail)"
    time_basis = "UTC by specification (AuditData.CreationTime); the column CreationDate is used only where AuditData is lost"
    limits = "portal 50,000 rows (Premium 1,000,000); cmdlet 5,000 a call, 50,000 a session; the same record may come several times"
    family = "unified_audit_log"
    kind = "audit_data"

    def claim(self, table: Table) -> Detection | None:
        """Claim a header that has the record column."""
        column = _data_column(table)
        if column is None:
            return None
        if column == "auditdata" and len(table.keys) > 1 and not set(table.keys) & _COMPANIONS:
            return None
        return Detection(f"the header has the column {table.columns[table.keys.index(column)]!r}", variant_of(table))

    def read_row(self, table: Table, row: Row, number: int) -> Record | Issue:
        """A row without readable AuditData keeps its wrapper columns."""
        column = _data_column(table)
        fields = dict(zip(table.keys, row.cells, strict=False))
        text = fields.pop(column) if column else ""
        quality = ["unterminated_last_record"] if row.unterminated else []
        decoded = decode_object(text) if text else None
        if decoded is None:
            quality.append("damaged_audit_data" if text.strip() else "wrapper_only")
            if text:
                fields["auditdata"] = text
            if not any(fields.get(key) for key in ("operation", "operations", "action", "activity")):
                return self._reject(row, number, text)
        self._note_result_set(fields)
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
        )

    def _note_result_set(self, fields: dict[str, str]) -> None:
        index, count = fields.get("resultindex"), fields.get("resultcount")
        if index and count and index.isdecimal() and count.isdecimal():
            self.result_sets.add(int(index), int(count))

    def _reject(self, row: Row, number: int, text: str) -> Issue:
        reason = (
            "AuditData is not a readable JSON object and no other column says what was done. Ask for this record again, as JSON if possible."
            if text.strip()
            else "The row holds no AuditData and no operation: nothing says what was done."
        )
        return Issue(
            code=Code.BROKEN_JSON if text.strip() else Code.NO_CONTENT,
            reason=reason,
            record_number=number,
            line=row.line,
            offset=row.offset,
            length=row.length,
            column="AuditData",
            raw=row.raw,
        )


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
