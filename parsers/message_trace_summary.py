"""Enhanced summary report of a message trace (``MTSummary_*.csv``): one row a message, all recipients in one cell.

Where it comes from: Exchange admin center > Message trace > Enhanced summary report, or ``Start-HistoricalSearch
-ReportType MessageTrace``.

What it looks like: 11 columns from ``origin_timestamp_utc`` to ``delivery_priority``, mostly in UTF-16LE without a mark;
``recipient_status`` packs ``address##status, status;address##status``. Rows are in no order.
"""

from m365timeline.parsers._csv import Table
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers.base import Detection
from m365timeline.schemas.message_columns import squeeze


class MessageTraceSummary(RowParser):
    """The enhanced summary report; each row gives one event for every recipient."""

    name = "message_trace_summary"
    title = "Message trace, enhanced summary report (MTSummary)"
    origin = "Exchange admin center > Message trace > Enhanced summary; Start-HistoricalSearch -ReportType MessageTrace"
    marks = "a header with origin_timestamp_utc and recipient_status"
    time_basis = "UTC, stated in every value (Z) and by the column's name"
    limits = "50,000 or 100,000 messages; Subject cut at 256 characters; client address for the last 10 days only; the newest 24 hours may be missing"
    family = "message_trace_summary"
    kind = "message_trace"

    def claim(self, table: Table) -> Detection | None:
        """Claim the report's columns."""
        spelt = {squeeze(key) for key in table.keys}
        if "recipientstatus" in spelt and {"origintimestamputc", "origintimestamp"} & spelt:
            return Detection("the header has origin_timestamp_utc and recipient_status")
        return None
