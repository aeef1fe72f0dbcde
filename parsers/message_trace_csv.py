"""Message trace as CSV: one row a message and recipient.

Where it comes from: ``Get-MessageTrace`` (retired) and ``Get-MessageTraceV2`` through ``Export-Csv``, mostly with columns
cut by the script; the result list of the admin center; lists made by other tools or by hand.

What it looks like: ``Received``, ``SenderAddress``, ``RecipientAddress`` and any of ``Status``, ``Subject``, ``FromIP``,
``ToIP``, ``Size``, ``MessageId``, ``MessageTraceId``. The older cmdlet adds ``StartDate`` and ``EndDate``: the window that
was asked for, never the time of anything. Times are UTC in the culture of the exporting computer, without a zone.
"""

from m365timeline.parsers._csv import Table
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers.base import Detection
from m365timeline.schemas.message_columns import message_columns, squeeze

_OWN = {"received", "senderaddress", "recipientaddress"}
_FIRST_VERSION = {"organization", "startdate", "enddate", "index", "pscomputername", "runspaceid", "psshowcomputername"}
# Columns of other exports that also hold a time, a sender and a recipient.
_FOREIGN = {
    "auditdata",
    "reportid",
    "quarantinetypes",
    "quarantinereason",
    "releasestatus",
    "released",
    "emaildirection",
    "threattypes",
    "threats",
    "urldomain",
    "url",
    "filename",
    "deliveryaction",
    "deliverylocation",
    "latestdeliverylocation",
    "actiontrigger",
    "dlpcompliancerule",
    "verdicttype",
}


class MessageTraceCsv(RowParser):
    """Message trace rows, whatever columns are left of them."""

    name = "message_trace_csv"
    title = "Message trace, CSV"
    origin = "Get-MessageTrace or Get-MessageTraceV2 | Export-Csv; Exchange admin center > Message trace > Export results; lists made from them"
    marks = "a header with Received, SenderAddress and RecipientAddress, or a list of mail with time, sender, recipient and status or message id"
    time_basis = "UTC by specification (Received); unknown in lists of the portal or made by hand unless the column says GMT or UTC"
    limits = "1,000 or 5,000 rows a page; 10 days back (V2: 90); rows at the border of two pages come twice; Subject may be cut"
    family = "message_trace"
    kind = "message_trace"

    def claim(self, table: Table) -> Detection | None:
        """Claim the cmdlet's columns, or a list of mail that says what became of each message."""
        columns = message_columns(table.keys)
        spelt = {squeeze(key) for key in table.keys}
        if not {"time", "sender", "recipients"} <= columns.keys() or "recipient_status" in columns or spelt & _FOREIGN:
            return None
        if "event" in columns and ({"source", "detail", "action", "data"} & columns.keys() or "datetimeutc" in spelt):
            return None  # one row an event on the way, not one row a message
        if spelt >= _OWN:
            return Detection(
                "the header has Received, SenderAddress and RecipientAddress",
                "V1" if spelt & _FIRST_VERSION else "V2 or a subset",
            )
        if not {"status", "event", "message_id", "network_message_id"} & columns.keys():
            return None
        names = ", ".join(repr(columns[field]) for field in ("time", "sender", "recipients"))
        return Detection(
            f"the header has {names} and says what became of the message or names it", "portal or hand-made list"
        )
