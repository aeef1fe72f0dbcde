"""Message tracking as a text of ``Name : value`` lines.

Where it comes from: ``Get-MessageTrackingLog | Format-List > file`` on an Exchange server, console transcripts.

What it looks like: one block an event. ``Timestamp`` is in the local time and culture of the machine that printed it, without saying
so; lists are in braces and cut after four entries.
"""

from typing import Any

from m365timeline.parsers._mail_objects import MessageTrackingObjects
from m365timeline.parsers._objects import ListParser
from m365timeline.parsers._slices import Found
from m365timeline.schemas.record import Issue, Record

_LISTS = ("Recipients", "RecipientStatus", "Reference")


class MessageTrackingList(MessageTrackingObjects, ListParser):
    """Message tracking log, printed as a list (Format-List)."""

    name = "message_tracking_list"
    title = "Message tracking log, printed as a list (Format-List)"
    origin = "Get-MessageTrackingLog | Format-List > file on an Exchange server; console transcripts"
    marks = "blocks of 'Name : value' lines with Timestamp, EventId and Source, and one of MessageSubject, Recipients, InternalMessageId, MessageId"
    time_basis = (
        "local time of the machine that ran the cmdlet, in its culture, without a zone: needs --source-timezone"
    )
    limits = "a picture for reading: lists are cut after four entries, long values wrapped; 1,000 events unless -ResultSize says otherwise"

    def read_object(self, found: Found, number: int) -> Record | Issue:
        """One block; what the console printed in braces is a list again. What it cut off is gone, and flagged by the reader."""
        record = self.record(found, number)
        record.fields |= {name: _items(record.fields[name]) for name in _LISTS if name in record.fields}
        return record


def _items(printed: Any) -> Any:
    if not isinstance(printed, str) or not (printed.startswith("{") and printed.endswith("}")):
        return printed
    return [item for item in printed[1:-1].removesuffix("...").removesuffix("\u2026").split(", ") if item]
