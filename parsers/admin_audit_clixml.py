"""The administrator audit of Exchange as CLIXML: one object a cmdlet that was run.

Where it comes from: ``Search-AdminAuditLog | Export-Clixml``; Hawk (folder XML).

What it looks like: PowerShell's own serialization, root ``Objs``; ``CmdletParameters`` and ``ModifiedProperties`` stay lists of
names and values, ``RunDate`` keeps its offset.
"""

from m365timeline.parsers._exchange_objects import AdminAuditObjects
from m365timeline.parsers._objects import ClixmlParser


class AdminAuditClixml(AdminAuditObjects, ClixmlParser):
    """Admin audit as Export-Clixml writes it."""

    name = "admin_audit_clixml"
    title = "Admin audit log, Search-AdminAuditLog as CLIXML"
    origin = "Search-AdminAuditLog | Export-Clixml; Hawk (folder XML)"
    marks = "XML with the root Objs of PowerShell; objects with Caller and CmdletName"
    time_basis = "the offset in every value; one without needs --source-timezone"
    limits = "values are cut at 1,024 characters, files at 64 bytes; 1,000 entries a search unless -ResultSize says otherwise"
