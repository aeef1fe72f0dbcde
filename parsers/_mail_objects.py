"""What objects of message traces, message tracking and the quarantine look like, whatever they are wrapped in."""

from m365timeline.parsers._objects import ObjectParser
from m365timeline.parsers._slices import Found, Look
from m365timeline.parsers.base import Detection
from m365timeline.schemas.message_columns import squeeze
from m365timeline.schemas.record import Issue, Record

_OWN = {"senderaddress", "recipientaddress"}
_DETAIL = {"detail", "description", "data", "action"}
TRACKED = {"timestamp", "eventid", "source"}
TRACKED_MAIL = {"messagesubject", "recipients", "internalmessageid", "messageid", "serverhostname"}


class MessageTraceObjects(ObjectParser):
    """Message trace objects, whatever members are left of them and however they are wrapped."""

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


class QuarantineObjects(ObjectParser):
    """Quarantined messages, however they are wrapped."""

    family = "quarantine"
    kind = "quarantine"

    def claim(self, look: Look) -> Detection | None:
        """Claim objects of the quarantine."""
        if not look.has("Identity", "ReceivedTime") or not {"QuarantineTypes", "ReleaseStatus"} & look.keys:
            return None
        return Detection("the records have Identity, ReceivedTime and the state of a quarantined message")


class MessageTraceDetailObjects(ObjectParser):
    """Events of one message's way to one recipient, however they are wrapped."""

    family = "message_trace_detail"
    kind = "message_trace_detail"

    def claim(self, look: Look) -> Detection | None:
        """Claim the cmdlets' or Graph's objects."""
        spelt = {squeeze(name) for name in look.keys}
        if "event" not in spelt or not {"date", "datetime"} & spelt or not {"messagetraceid", "messageid"} & spelt:
            return None
        return Detection("the records have Event, a date and the id of a message") if spelt & _DETAIL else None


class MessageTrackingObjects(ObjectParser):
    """Events of an Exchange server's transport as the cmdlet gives them, however they are wrapped."""

    family = "message_tracking"
    kind = "message_tracking"

    def claim(self, look: Look) -> Detection | None:
        """Claim the cmdlet's objects."""
        spelt = {squeeze(name) for name in look.keys}
        if not spelt >= TRACKED or not spelt & TRACKED_MAIL:
            return None
        return Detection(
            "the records have Timestamp, EventId and Source", "remote session" if "runspaceid" in spelt else ""
        )
