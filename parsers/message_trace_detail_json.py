"""Message trace detail as JSON: what happened to one message on its way to one recipient.

Where it comes from: ``Get-MessageTraceDetail`` or ``Get-MessageTraceDetailV2`` through ``ConvertTo-Json``, the reporting web
service, Graph ``messageTraces/{id}/getDetailsByRecipient``.

What it looks like: ``Date`` (Graph: ``dateTime``), ``Event``, ``Action``, ``Detail`` (Graph: ``description``) and ``Data``, a
small XML text, beside the ids of the message.
"""

from m365timeline.parsers._mail_objects import MessageTraceDetailObjects
from m365timeline.parsers._objects import JsonParser


class MessageTraceDetailJson(MessageTraceDetailObjects, JsonParser):
    """Message trace detail, one object an event."""

    name = "message_trace_detail_json"
    title = "Message trace detail, JSON"
    origin = "Get-MessageTraceDetail or Get-MessageTraceDetailV2 | ConvertTo-Json; the reporting web service; Graph getDetailsByRecipient"
    marks = "JSON objects with Event, Date (Graph: dateTime), the id of a message and one of Detail, Description, Action, Data"
    time_basis = "UTC by specification: /Date(ms)/, with Z, or without a zone"
    limits = "10 days back (V2: 90); whole seconds; events of one second are not in order"
