"""Message trace as a text of ``Name : value`` lines.

Where it comes from: ``Get-MessageTrace`` or ``Get-MessageTraceV2 | Format-List > file``, console transcripts, mails to a helpdesk.

What it looks like: one block a message and recipient. ``Received`` is UTC in the culture of the machine that printed it.
"""

from m365timeline.parsers._mail_objects import MessageTraceObjects
from m365timeline.parsers._objects import ListParser


class MessageTraceList(MessageTraceObjects, ListParser):
    """Message trace as Format-List prints it."""

    name = "message_trace_list"
    title = "Message trace, printed as a list (Format-List)"
    origin = "Get-MessageTrace or Get-MessageTraceV2 | Format-List > file; console transcripts"
    marks = "blocks of 'Name : value' lines with SenderAddress, RecipientAddress and Received"
    time_basis = (
        "UTC by specification, in the culture of the machine that printed it; --date-order where no date proves it"
    )
    limits = "a picture for reading: long subjects are wrapped, blanks at line ends lost; 10 days back (V2: 90)"
