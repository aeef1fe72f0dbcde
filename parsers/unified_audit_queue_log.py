"""Audit log of an Exchange server that uploads its records to the unified audit log (hybrid).

Where it comes from: the queue of records on the server's disk, ``.LOG`` files in the audit folder of its ``Logging`` folder.

What it looks like: a line ``#Fields: Timestamp,Server,TenantId,RecordType,Data,…``, then one row a record; ``Data`` holds the
record as a JSON object. The ``CreationTime`` in it is the server's local time (seen an hour off the ``Timestamp``, which states
that it is UTC), so the event has the row's own time.
"""

from m365timeline.parsers._audit_data import audit_record
from m365timeline.parsers._csv import Table
from m365timeline.parsers._csv_block import Row
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers._slices import Slice
from m365timeline.parsers.base import Detection
from m365timeline.schemas.record import Issue, Record

_NEEDED = {"timestamp", "recordtype", "data", "recordid", "operation"}


class UnifiedAuditQueueLog(RowParser):
    """The audit queue of an Exchange server."""

    name = "unified_audit_queue_log"
    title = "Audit queue log of an Exchange server (hybrid)"
    origin = "Exchange Server 2016 and later in a hybrid organization: the audit queue under Logging"
    marks = "#Fields: with Timestamp, RecordType, Data, RecordId and Operation"
    time_basis = (
        "offset stated in Timestamp (Z); CreationTime in the record is the server's local time and is kept beside it"
    )
    limits = "names of system accounts are in the server's language"
    family = "unified_audit_log"
    kind = "audit_data"

    def claim(self, table: Table) -> Detection | None:
        """Claim the log's columns."""
        return (
            Detection("#Fields: names Timestamp, RecordType, Data and RecordId") if set(table.keys) >= _NEEDED else None
        )

    def read_row(self, table: Table, row: Row, number: int) -> Record | Issue:
        """The record in ``Data``, at the time of the row."""
        fields = {key: cell for key, cell in zip(table.keys, row.cells, strict=False) if cell}
        text, time = fields.pop("data", ""), fields.pop("timestamp", "")
        quality = ["unterminated_last_record"] if row.unterminated else []
        record = audit_record(fields, text, Slice(row.raw, row.offset, row.length, row.line), number, quality)
        if isinstance(record, Record) and time:
            record.fields["creationdate"] = time
            if record.data is not None:
                local = record.data.get("CreationTime")
                if local and local != time[:19]:
                    record.fields["creationtime (local)"] = local
                record.data = {**record.data, "CreationTime": time}
        return record
