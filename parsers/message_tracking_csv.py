"""Message tracking as the cmdlet gives it: one row an event of the transport service.

Where it comes from: ``Get-MessageTrackingLog`` through ``Export-Csv`` on an
Exchange server, mostly with columns cut by the script.

What it looks like: the fields of the log file in CamelCase. Unlike the log file, ``Timestamp`` is in the local time of the
machine that ran the cmdlet, in its culture, and does not say so. ``Recipients`` and three other columns are lists, which
``Export-Csv`` replaces by the name of their type unless the script joined them.
"""

from m365timeline.parsers._csv import Table
from m365timeline.parsers._mail_objects import TRACKED, TRACKED_MAIL
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers.base import Detection
from m365timeline.schemas.message_columns import squeeze


class MessageTrackingCsv(RowParser):
    """The cmdlet's rows, whatever columns are left of them."""

    name = "message_tracking_csv"
    title = "Message tracking log, Get-MessageTrackingLog as CSV"
    origin = "Get-MessageTrackingLog | Export-Csv on an Exchange server"
    marks = "a header with Timestamp, EventId and Source, and one of MessageSubject, Recipients, InternalMessageId, MessageId"
    time_basis = (
        "local time of the machine that ran the cmdlet, in its culture, without a zone: needs --source-timezone"
    )
    limits = "1,000 rows unless -ResultSize says otherwise; whole seconds; lists (recipients, their statuses) are lost unless the script joined them"
    family = "message_tracking"
    kind = "message_tracking"

    def claim(self, table: Table) -> Detection | None:
        """Claim the cmdlet's columns."""
        spelt = {squeeze(key) for key in table.keys}
        if not spelt >= TRACKED or not spelt & TRACKED_MAIL or "timestamp" not in table.keys:
            return None
        return Detection(
            "the header has Timestamp, EventId and Source", "remote session" if "runspaceid" in spelt else ""
        )
