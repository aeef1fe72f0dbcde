"""Message trace as CLIXML: one object a message and recipient.

Where it comes from: ``Get-MessageTrace`` or ``Get-MessageTraceV2 | Export-Clixml``, and collection scripts that keep objects.

What it looks like: PowerShell's own serialization, root ``Objs``, with the cmdlet's properties; ``Received`` is UTC.
"""

from m365timeline.parsers._mail_objects import MessageTraceObjects
from m365timeline.parsers._objects import ClixmlParser


class MessageTraceClixml(MessageTraceObjects, ClixmlParser):
    """Message trace as Export-Clixml writes it."""

    name = "message_trace_clixml"
    title = "Message trace, CLIXML"
    origin = "Get-MessageTrace or Get-MessageTraceV2 | Export-Clixml"
    marks = "XML with the root Objs of PowerShell; objects with SenderAddress, RecipientAddress and Received"
    time_basis = "UTC by specification, with Z or without a zone"
    limits = "1,000 or 5,000 objects a page; 10 days back (V2: 90); objects at the border of two pages come twice"
