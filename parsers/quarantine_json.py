"""Messages in quarantine as JSON: one object a message.

Where it comes from: ``Get-QuarantineMessage | ConvertTo-Json``, and tools that save the answer as it came.

What it looks like: the cmdlet's properties; times are ISO with an offset, recipients a list.
"""

from m365timeline.parsers._objects import JsonParser
from m365timeline.parsers._slices import Look
from m365timeline.parsers.base import Detection


class QuarantineJson(JsonParser):
    """The quarantine list as objects."""

    name = "quarantine_json"
    title = "Quarantine list, JSON"
    origin = "Get-QuarantineMessage | ConvertTo-Json; tools that save the cmdlet's answer"
    marks = "JSON objects with Identity, ReceivedTime and QuarantineTypes or ReleaseStatus"
    time_basis = "the offset in every value, or milliseconds since 1970 UTC"
    limits = "what has expired (15 to 30 days) or was deleted is gone; 100 or 1,000 objects a page; when a message was released is not in it"
    family = "quarantine"
    kind = "quarantine"

    def claim(self, look: Look) -> Detection | None:
        """Claim objects of the quarantine."""
        if not look.has("Identity", "ReceivedTime") or not {"QuarantineTypes", "ReleaseStatus"} & look.keys:
            return None
        return Detection("the records have Identity, ReceivedTime and the state of a quarantined message")
