"""Messages in quarantine as JSON: one object a message.

Where it comes from: ``Get-QuarantineMessage | ConvertTo-Json``, and tools that save the answer as it came.

What it looks like: the cmdlet's properties; times are ISO with an offset, recipients a list.
"""

from m365timeline.parsers._mail_objects import QuarantineObjects
from m365timeline.parsers._objects import JsonParser


class QuarantineJson(QuarantineObjects, JsonParser):
    """The quarantine list as objects."""

    name = "quarantine_json"
    title = "Quarantine list, JSON"
    origin = "Get-QuarantineMessage | ConvertTo-Json; tools that save the cmdlet's answer"
    marks = "JSON objects with Identity, ReceivedTime and QuarantineTypes or ReleaseStatus"
    time_basis = "the offset in every value, or milliseconds since 1970 UTC"
    limits = "what has expired (15 to 30 days) or was deleted is gone; 100 or 1,000 objects a page; when a message was released is not in it"
