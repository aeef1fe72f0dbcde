"""Threat Explorer's messages as a text of ``Name : value`` lines.

Where it comes from: the objects behind the portal's list, printed by PowerShell into a file.

What it looks like: one block a message with ``NetworkMessageId``, ``Recipients`` in braces, and ``MailEvents``:
``{@{EventType=OriginalDelivery; Action=Delivered; DeliveryFolder=Inbox}}``. ``Timestamp`` is in the culture of the machine
that printed it, without a zone.
"""

import re

from m365timeline.parsers._objects import ListParser
from m365timeline.parsers._slices import Found, Look
from m365timeline.parsers.base import Detection
from m365timeline.schemas.record import Issue, Record

_DELIVERY = re.compile(r"@\{[^{}]*\bEventType=OriginalDelivery\b[^{}]*\}")
_MEMBERS = (
    ("DeliveryAction", re.compile(r"[{; ]Action=([^;{}]+)")),
    ("OriginalDeliveryLocation", re.compile(r"[{; ]DeliveryFolder=([^;{}]+)")),
)


class ThreatExplorerList(ListParser):
    """The list of messages as Format-List prints it."""

    name = "threat_explorer_list"
    title = "Defender Threat Explorer, printed as a list (Format-List)"
    origin = "the objects behind Microsoft Defender portal > Explorer, printed by PowerShell; console transcripts"
    marks = "blocks of 'Name : value' lines with Timestamp, NetworkMessageId, Recipients and MailEvents"
    time_basis = "not stated (Timestamp, in the culture of the machine that printed it): needs --source-timezone"
    limits = "a picture for reading: lists are cut after four items, long values wrapped; one message can have several blocks"
    family = "threat_explorer"
    kind = "email_event"

    def claim(self, look: Look) -> Detection | None:
        """Claim the list's objects."""
        if not look.has("Timestamp", "NetworkMessageId", "Recipients", "MailEvents"):
            return None
        return Detection("the records have Timestamp, NetworkMessageId, Recipients and MailEvents")

    def read_object(self, found: Found, number: int) -> Record | Issue:
        """One block; recipients lose their braces, and what the first delivery did stands under the names of the CSV."""
        record = self.record(found, number)
        recipients = str(record.fields.get("Recipients", ""))
        if recipients[:1] == "{" and recipients[-1:] == "}":
            record.fields["Recipients"] = recipients[1:-1].split(", ") if recipients != "{}" else []
        delivery = _DELIVERY.search(str(record.fields.get("MailEvents", "")))
        for name, member in _MEMBERS if delivery else ():
            value = member.search(delivery[0]) if delivery else None
            if value is not None:
                record.fields.setdefault(name, value[1].strip())
        return record
