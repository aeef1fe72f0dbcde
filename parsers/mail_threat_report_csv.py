"""Mail that Defender for Office 365 stopped or marked, as CSV: one row a message, recipient and finding.

Where it comes from: ``Get-MailDetailATPReport | Export-Csv``.

What it looks like: ``Date``, ``MessageId``, ``MessageTraceId``, ``SenderAddress``, ``RecipientAddress``, ``EventType`` (which
protection found it), ``VerdictType`` (what it is), ``Action``, ``FileName``. Known from Microsoft's description of the cmdlet
alone: no file was at hand. The names are compared by their letters, so that ``Message ID`` is the same column.
"""

from m365timeline.parsers._csv import Table
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers.base import Detection
from m365timeline.schemas.message_columns import message_columns, squeeze


class MailThreatReportCsv(RowParser):
    """The report's rows."""

    name = "mail_threat_report_csv"
    title = "Defender for Office 365, report on mail with threats, CSV"
    origin = "Get-MailDetailATPReport | Export-Csv"
    marks = "a header with Date, RecipientAddress, EventType and VerdictType"
    time_basis = "not stated (Date): needs --source-timezone"
    limits = "known from Microsoft's description of the columns, not from a file; one message can have several rows"
    family = "mail_threat_report"
    kind = "email_event"

    def claim(self, table: Table) -> Detection | None:
        """Claim the report's columns."""
        spelt = {squeeze(key) for key in table.keys}
        if (
            not {"time", "recipients"} <= message_columns(table.keys).keys()
            or not {"eventtype", "verdicttype"} <= spelt
        ):
            return None
        return Detection("the header has a date, recipients, EventType and VerdictType")
