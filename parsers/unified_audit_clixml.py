"""Unified audit log as CLIXML.

Where it comes from: ``Search-UnifiedAuditLog | Export-Clixml``; Hawk's ``XML`` folders.

What it looks like: ``<Objs>`` in PowerShell's namespace, one ``<Obj>`` a record, whose ``AuditData`` holds the record as text.
"""

from m365timeline.parsers._objects import ClixmlParser
from m365timeline.parsers._unified_audit import UnifiedAuditObjects


class UnifiedAuditClixml(UnifiedAuditObjects, ClixmlParser):
    """The unified audit log as PowerShell keeps objects."""

    name = "unified_audit_clixml"
    title = "Unified audit log, CLIXML"
    origin = "Search-UnifiedAuditLog | Export-Clixml; Hawk (folders XML)"
    marks = "XML: <Objs> of PowerShell, whose objects have AuditData"
    limits = "none of its own: texts are complete; nested objects beyond -Depth are cut"
