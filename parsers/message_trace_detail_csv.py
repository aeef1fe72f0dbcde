"""Message trace detail as CSV: what happened to one message on its way to one recipient.

Where it comes from: ``Get-MessageTraceDetail`` and ``Get-MessageTraceDetailV2`` through ``Export-Csv``.

What it looks like: ``Date``, ``Event``, ``Action``, ``Detail`` and ``Data`` beside the ids of the message; ``Data`` is a
small XML text. Several events bear the same second and may stand in any order.
"""

from m365timeline.parsers._csv import Table
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers.base import Detection
from m365timeline.schemas.message_columns import message_columns, squeeze


class MessageTraceDetailCsv(RowParser):
    """Message trace detail, one row an event."""

    name = "message_trace_detail_csv"
    title = "Message trace detail, CSV"
    origin = "Get-MessageTraceDetail or Get-MessageTraceDetailV2 | Export-Csv"
    marks = "a header with Date, Event, one of Detail, Action and Data, and MessageTraceId or MessageId"
    time_basis = "UTC by specification (Date)"
    limits = "10 days back (V2: 90); whole seconds; events of one second are not in order"
    family = "message_trace_detail"
    kind = "message_trace_detail"

    def claim(self, table: Table) -> Detection | None:
        """Claim the cmdlet's columns."""
        columns = message_columns(table.keys)
        spelt = {squeeze(key) for key in table.keys}
        if not {"date", "event"} <= spelt or "auditdata" in spelt:
            return None
        if not {"detail", "action", "data"} & columns.keys() or not {"messagetraceid", "messageid"} & spelt:
            return None
        return Detection(
            "the header has Date, Event and what was done, beside the id of a message",
            "V1" if {"startdate", "runspaceid"} & spelt else "",
        )
