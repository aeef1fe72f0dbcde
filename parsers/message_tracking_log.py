r"""Message tracking log of an Exchange server: one row an event of the transport service.

Where it comes from: ``MSGTRK*.LOG`` in the server's folder ``TransportRoles\Logs\MessageTracking``, from Exchange 2007 to
today: transport, mailbox delivery (``MSGTRKMD``), mailbox submission (``MSGTRKMS``), moderation (``MSGTRKMA``).

What it looks like: lines beginning with ``#`` tell software, version, log type, date and, behind ``#Fields:``, the columns.
Each version adds some; a file in which nobody left these lines is told by the number of its columns and its first row.
"""

import re
from collections.abc import Iterator

import msgspec

from m365timeline.parsers._csv import Table
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers.base import Detection, Head
from m365timeline.schemas.columns import FIELDS_MARK
from m365timeline.schemas.message_columns import squeeze
from m365timeline.schemas.record import Issue, Record
from m365timeline.schemas.source import Reader

_FIRST = (
    "date-time", "client-ip", "client-hostname", "server-ip", "server-hostname", "source-context", "connector-id", "source", "event-id",
    "internal-message-id", "message-id",
)  # fmt: skip
_MIDDLE = (
    "recipient-address", "recipient-status", "total-bytes", "recipient-count", "related-recipient-address", "reference",
    "message-subject", "sender-address", "return-path", "message-info",
)  # fmt: skip
_SINCE_2010 = ("directionality", "tenant-id", "original-client-ip", "original-server-ip", "custom-data")
_SINCE_2016 = ("transport-traffic-type", "log-id", "schema-version")
_NETWORK = ("network-message-id",)  # since 2013
# The columns of each version, by their number: for files whose lines beginning with # are gone.
_BY_WIDTH = {
    len(columns): columns
    for columns in (
        _FIRST + _MIDDLE,
        _FIRST + _MIDDLE + _SINCE_2010,
        _FIRST + _NETWORK + _MIDDLE + _SINCE_2010,
        _FIRST + _NETWORK + _MIDDLE + _SINCE_2010 + _SINCE_2016,
    )
}
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?Z")
_NEEDED = {"datetime", "source", "eventid", "internalmessageid", "recipientaddress"}


class MessageTrackingLog(RowParser):
    """The log file itself; each row gives one event for every recipient it names."""

    name = "message_tracking_log"
    title = "Message tracking log of an Exchange server (MSGTRK*.LOG)"
    origin = (
        "Exchange Server 2007 to Subscription Edition: the folder TransportRoles\\Logs\\MessageTracking of every server"
    )
    marks = "lines beginning with #, of which #Fields: names date-time, source, event-id and internal-message-id; or rows of 21, 26, 27 or 30 such columns"
    time_basis = "UTC by specification, stated in every value (Z)"
    limits = "30 days or 1 GB by default, the oldest files deleted first; every server has its own; Subject may be switched off"
    family = "message_tracking"
    kind = "message_tracking"

    def detect(self, head: Head) -> Detection | None:
        """Claim the columns that ``#Fields:`` names, or rows that look like the log's."""
        table = head.table
        if table is None:
            return None
        if columns := _bare_columns(table):
            return Detection(
                f"rows of {len(columns)} columns with time, source and event, without the lines that name them"
            )
        claimed = self.claim(table)
        version = next((line[9:].strip() for line in head.text[:4096].splitlines() if line.startswith("#Version:")), "")
        return claimed and msgspec.structs.replace(claimed, variant=f"version {version}" if version else "")

    def claim(self, table: Table) -> Detection | None:
        """Claim the log's own columns."""
        spelt = {squeeze(key) for key in table.keys}
        if not spelt >= _NEEDED or not table.columns[0].casefold().startswith((FIELDS_MARK, "date-time")):
            return None
        return Detection("#Fields: names date-time, source, event-id and internal-message-id")

    def records(self, reader: Reader, head: Head) -> Iterator[Record | Issue]:
        """Yield a record for every row; the columns of a file without ``#Fields:`` are those of its version."""
        table = head.table
        columns = table and _bare_columns(table)
        if table is None or not columns:
            yield from super().records(reader, head)
            return
        self.notes.append(
            f"The lines that name the columns are missing; rows of {len(columns)} columns are read as the version that has so many."
        )
        yield from self.read_rows(reader, Table(table.delimiter, columns, columns, line_end=table.line_end))


def _bare_columns(table: Table) -> tuple[str, ...] | None:
    """The columns of a file that begins with a row: told by its width, a time, and the words of source and event."""
    columns = _BY_WIDTH.get(len(table.columns))
    if columns is None or table.delimiter != "," or not _TIME.fullmatch(table.columns[0].lstrip("\ufeff")):
        return None
    source, event = table.columns[7], table.columns[8]
    return columns if source.isalpha() and source.isupper() and event.isalpha() and event.isupper() else None
