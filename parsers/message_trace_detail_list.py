"""Message trace detail as a text of ``Name : value`` lines.

Where it comes from: ``Get-MessageTraceDetail`` or ``Get-MessageTraceDetailV2 | Format-List > file``, console transcripts.

What it looks like: one block an event. ``Date`` is UTC in the culture of the machine that printed it.
"""

from m365timeline.parsers._mail_objects import MessageTraceDetailObjects
from m365timeline.parsers._objects import ListParser


class MessageTraceDetailList(MessageTraceDetailObjects, ListParser):
    """Message trace detail, printed as a list (Format-List)."""

    name = "message_trace_detail_list"
    title = "Message trace detail, printed as a list (Format-List)"
    origin = "Get-MessageTraceDetail or Get-MessageTraceDetailV2 | Format-List > file; console transcripts"
    marks = "blocks of 'Name : value' lines with Event, Date, the id of a message and one of Detail, Action, Data"
    time_basis = (
        "UTC by specification, in the culture of the machine that printed it; --date-order where no date proves it"
    )
    limits = "a picture for reading: long values are wrapped, blanks at line ends lost; 10 days back (V2: 90)"
