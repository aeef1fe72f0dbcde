"""Messages in quarantine as CLIXML: one object a message.

Where it comes from: ``Get-QuarantineMessage | Export-Clixml``, and collection scripts that keep objects.

What it looks like: PowerShell's own serialization, root ``Objs``, with the cmdlet's properties; recipients are a list.
"""

from m365timeline.parsers._mail_objects import QuarantineObjects
from m365timeline.parsers._objects import ClixmlParser


class QuarantineClixml(QuarantineObjects, ClixmlParser):
    """The quarantine list as Export-Clixml writes it."""

    name = "quarantine_clixml"
    title = "Quarantine list, CLIXML"
    origin = "Get-QuarantineMessage | Export-Clixml"
    marks = (
        "XML with the root Objs of PowerShell; objects with Identity, ReceivedTime and QuarantineTypes or ReleaseStatus"
    )
    time_basis = "the offset in every value; one without needs --source-timezone"
    limits = "what has expired (15 to 30 days) or was deleted is gone; 100 or 1,000 objects a page; when a message was released is not in it"
