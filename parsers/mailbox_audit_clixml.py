"""The mailbox audit of Exchange as CLIXML: one object an entry.

Where it comes from: ``Search-MailboxAuditLog -ShowDetails | Export-Clixml``; Hawk (folder XML).

What it looks like: PowerShell's own serialization, root ``Objs``, with all that the cmdlet knows: lists stay lists and
``LastAccessed`` keeps its offset and its seven digits. The most faithful of the cmdlet's wrappings.
"""

from m365timeline.parsers._exchange_objects import MailboxAuditObjects
from m365timeline.parsers._objects import ClixmlParser


class MailboxAuditClixml(MailboxAuditObjects, ClixmlParser):
    """Mailbox audit as Export-Clixml writes it."""

    name = "mailbox_audit_clixml"
    title = "Mailbox audit log, Search-MailboxAuditLog as CLIXML"
    origin = "Search-MailboxAuditLog -ShowDetails | Export-Clixml; Hawk (folder XML)"
    marks = "XML with the root Objs of PowerShell; objects with LastAccessed and one of Operation, MailboxGuid, MailboxResolvedOwnerName"
    time_basis = "the offset in every value; one without needs --source-timezone"
    limits = "without -ShowDetails an entry only says when somebody other than the owner was last there"
