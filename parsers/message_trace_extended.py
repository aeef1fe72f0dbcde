"""Extended report of a message trace (``MTDetail_*.csv``): one row an event of the transport service.

Where it comes from: Exchange admin center > Message trace > Extended report, or ``Start-HistoricalSearch -ReportType
MessageTraceDetail``.

What it looks like: 27 columns from ``date_time_utc`` to ``custom_data``, mostly in UTF-16LE without a mark; the columns
of the message tracking log with ``_`` instead of ``-``. About 16 rows a message.
"""

from m365timeline.parsers._csv import Table
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers.base import Detection
from m365timeline.schemas.message_columns import squeeze


class MessageTraceExtended(RowParser):
    """The extended report; each row gives one event for every recipient it names."""

    name = "message_trace_extended"
    title = "Message trace, extended report (MTDetail)"
    origin = "Exchange admin center > Message trace > Extended; Start-HistoricalSearch -ReportType MessageTraceDetail"
    marks = "a header with date_time_utc and event_id"
    time_basis = "UTC, stated in every value (Z) and by the column's name"
    limits = "50,000 or 100,000 messages; Subject cut at 256 characters; the newest 24 hours may be missing"
    family = "message_trace_extended"
    kind = "message_tracking"

    def claim(self, table: Table) -> Detection | None:
        """Claim the report's columns."""
        spelt = {squeeze(key) for key in table.keys}
        return Detection("the header has date_time_utc and event_id") if {"datetimeutc", "eventid"} <= spelt else None
