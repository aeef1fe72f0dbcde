"""Message trace detail as JSON: what happened to one message on its way to one recipient.

Where it comes from: ``Get-MessageTraceDetail`` or ``Get-MessageTraceDetailV2`` through ``ConvertTo-Json``, the reporting web
service, Graph ``messageTraces/{id}/getDetailsByRecipient``.

What it looks like: ``Date`` (Graph: ``dateTime``), ``Event``, ``Action``, ``Detail`` (Graph: ``description``) and ``Data``, a
small XML text, beside the ids of the message.
"""

from m365timeline.parsers._objects import JsonParser
from m365timeline.parsers._slices import Look
from m365timeline.parsers.base import Detection
from m365timeline.schemas.message_columns import squeeze

_TOLD = {"detail", "description", "data", "action"}


class MessageTraceDetailJson(JsonParser):
    """Message trace detail, one object an event."""

    name = "message_trace_detail_json"
    title = "Message trace detail, JSON"
    origin = "Get-MessageTraceDetail or Get-MessageTraceDetailV2 | ConvertTo-Json; the reporting web service; Graph getDetailsByRecipient"
    marks = "JSON objects with Event, Date (Graph: dateTime), the id of a message and one of Detail, Description, Action, Data"
    time_basis = "UTC by specification: /Date(ms)/, with Z, or without a zone"
    limits = "10 days back (V2: 90); whole seconds; events of one second are not in order"
    family = "message_trace_detail"
    kind = "message_trace_detail"

    def claim(self, look: Look) -> Detection | None:
        """Claim the cmdlets' or Graph's objects."""
        spelt = {squeeze(name) for name in look.keys}
        if "event" not in spelt or not {"date", "datetime"} & spelt or not {"messagetraceid", "messageid"} & spelt:
            return None
        return Detection("the records have Event, a date and the id of a message") if spelt & _TOLD else None
