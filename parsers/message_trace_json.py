"""Message trace as JSON: one object a message and recipient.

Where it comes from: ``Get-MessageTrace`` or ``Get-MessageTraceV2`` through ``ConvertTo-Json``, the reporting web service
(OData), Graph ``admin/exchange/tracing/messageTraces``, and tools that save their answers.

What it looks like: the cmdlets' properties, or Graph's (``receivedDateTime``). ``Received`` is UTC: as ``/Date(ms)/``, with Z,
or, from the web service, without any zone. Members such as ``Received@data.type`` only name the type of another.
"""

from m365timeline.parsers._objects import JsonParser
from m365timeline.parsers._slices import Found, Look
from m365timeline.parsers.base import Detection
from m365timeline.schemas.message_columns import squeeze
from m365timeline.schemas.record import Issue, Record

_OWN = {"senderaddress", "recipientaddress"}


class MessageTraceJson(JsonParser):
    """Message trace objects, whatever members are left of them."""

    name = "message_trace_json"
    title = "Message trace, JSON"
    origin = "Get-MessageTrace or Get-MessageTraceV2 | ConvertTo-Json; the reporting web service; Graph messageTraces; tools that save their answers"
    marks = "JSON objects with SenderAddress, RecipientAddress and Received (Graph: receivedDateTime)"
    time_basis = "UTC by specification: /Date(ms)/, with Z, or without a zone"
    limits = "1,000 or 5,000 objects a page; 10 days back (V2: 90); objects at the border of two pages come twice"
    family = "message_trace"
    kind = "message_trace"

    def claim(self, look: Look) -> Detection | None:
        """Claim the cmdlets' or Graph's objects."""
        spelt = {squeeze(name) for name in look.keys}
        if not spelt >= _OWN or not {"received", "receiveddatetime"} & spelt or "quarantinetypes" in spelt:
            return None
        if "__metadata" in look.keys:
            variant = "reporting web service"
        elif "receiveddatetime" in spelt:
            variant = "Graph"
        else:
            variant = "V1" if {"organization", "startdate", "index"} & spelt else "V2 or a subset"
        return Detection("the records have SenderAddress, RecipientAddress and a time of receipt", variant)

    def read_object(self, found: Found, number: int) -> Record | Issue:
        """One object, without the members that only name types."""
        record = self.record(found, number)
        record.fields = {
            name: value for name, value in record.fields.items() if not name.endswith(("@data.type", "@odata.type"))
        }
        return record
