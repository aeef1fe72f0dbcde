"""Message tracking as JSON: one object an event of the transport service.

Where it comes from: ``Get-MessageTrackingLog`` through ``ConvertTo-Json`` on an Exchange server.

What it looks like: the cmdlet's properties. ``Timestamp`` is milliseconds since 1970 (PowerShell 5) or ISO with an offset (7);
``Recipients`` and ``RecipientStatus`` are lists, ``EventData`` names and values.
"""

from m365timeline.parsers._mail_objects import MessageTrackingObjects
from m365timeline.parsers._objects import JsonParser


class MessageTrackingJson(MessageTrackingObjects, JsonParser):
    """Message tracking log, Get-MessageTrackingLog as JSON."""

    name = "message_tracking_json"
    title = "Message tracking log, Get-MessageTrackingLog as JSON"
    origin = "Get-MessageTrackingLog | ConvertTo-Json on an Exchange server"
    marks = "JSON objects with Timestamp, EventId and Source, and one of MessageSubject, Recipients, InternalMessageId, MessageId"
    time_basis = "milliseconds since 1970 UTC, or the offset in every value; without either it needs --source-timezone"
    limits = "1,000 events unless -ResultSize says otherwise; PowerShell 5 cuts times to milliseconds; depth 2 loses EventData"
