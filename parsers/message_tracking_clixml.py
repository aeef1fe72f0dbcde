"""Message tracking as CLIXML: one object an event of the transport service.

Where it comes from: ``Get-MessageTrackingLog | Export-Clixml`` on an Exchange server.

What it looks like: PowerShell's own serialization, root ``Objs``, with the cmdlet's properties; ``Timestamp`` has the offset of the
machine that ran the cmdlet, ``Recipients`` and ``RecipientStatus`` are whole lists.
"""

from m365timeline.parsers._mail_objects import MessageTrackingObjects
from m365timeline.parsers._objects import ClixmlParser


class MessageTrackingClixml(MessageTrackingObjects, ClixmlParser):
    """Message tracking log, Get-MessageTrackingLog as CLIXML."""

    name = "message_tracking_clixml"
    title = "Message tracking log, Get-MessageTrackingLog as CLIXML"
    origin = "Get-MessageTrackingLog | Export-Clixml on an Exchange server"
    marks = "XML with the root Objs of PowerShell; objects with Timestamp, EventId and Source, and one of MessageSubject, Recipients, InternalMessageId, MessageId"
    time_basis = "the offset in every value; without one it needs --source-timezone"
    limits = "1,000 events unless -ResultSize says otherwise"
