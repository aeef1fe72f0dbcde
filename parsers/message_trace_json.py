"""Message trace as JSON: one object a message and recipient.

Where it comes from: ``Get-MessageTrace`` or ``Get-MessageTraceV2`` through ``ConvertTo-Json``, the reporting web service
(OData), Graph ``admin/exchange/tracing/messageTraces``, and tools that save their answers.

What it looks like: the cmdlets' properties, or Graph's (``receivedDateTime``). ``Received`` is UTC: as ``/Date(ms)/``, with Z,
or, from the web service, without any zone. Members such as ``Received@data.type`` only name the type of another.
"""

from m365timeline.parsers._mail_objects import MessageTraceObjects
from m365timeline.parsers._objects import JsonParser


class MessageTraceJson(MessageTraceObjects, JsonParser):
    """Message trace as JSON."""

    name = "message_trace_json"
    title = "Message trace, JSON"
    origin = "Get-MessageTrace or Get-MessageTraceV2 | ConvertTo-Json; the reporting web service; Graph messageTraces; tools that save their answers"
    marks = "JSON objects with SenderAddress, RecipientAddress and Received (Graph: receivedDateTime)"
    time_basis = "UTC by specification: /Date(ms)/, with Z, or without a zone"
    limits = "1,000 or 5,000 objects a page; 10 days back (V2: 90); objects at the border of two pages come twice"
