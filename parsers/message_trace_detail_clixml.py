"""Message trace detail as CLIXML: what happened to one message on its way to one recipient.

Where it comes from: ``Get-MessageTraceDetail`` or ``Get-MessageTraceDetailV2 | Export-Clixml``, and collection scripts that keep objects.

What it looks like: PowerShell's own serialization, root ``Objs``, with the cmdlet's properties; ``Date`` is UTC, ``Data`` a small XML text.
"""

from m365timeline.parsers._mail_objects import MessageTraceDetailObjects
from m365timeline.parsers._objects import ClixmlParser


class MessageTraceDetailClixml(MessageTraceDetailObjects, ClixmlParser):
    """Message trace detail, CLIXML."""

    name = "message_trace_detail_clixml"
    title = "Message trace detail, CLIXML"
    origin = "Get-MessageTraceDetail or Get-MessageTraceDetailV2 | Export-Clixml"
    marks = "XML with the root Objs of PowerShell; objects with Event, Date, the id of a message and one of Detail, Action, Data"
    time_basis = "UTC by specification, with Z or without a zone"
    limits = "10 days back (V2: 90); whole seconds; events of one second are not in order"
