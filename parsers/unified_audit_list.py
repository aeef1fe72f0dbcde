"""Unified audit log as text, the way Format-List prints it.

Where it comes from: ``Search-UnifiedAuditLog | Format-List | Out-File``, console transcripts, Hawk's ``.txt`` files.

What it looks like: blocks of ``Name : value`` lines with ``RecordType``, ``CreationDate``, ``UserIds``, ``Operations`` and
``AuditData``, set apart by blank lines. Long values are wrapped or cut: what can be read of AuditData is read.
"""

from m365timeline.parsers._objects import ListParser
from m365timeline.parsers._unified_audit import UnifiedAuditObjects


class UnifiedAuditList(UnifiedAuditObjects, ListParser):
    """The unified audit log printed as a list."""

    name = "unified_audit_list"
    title = "Unified audit log, printed as a list (Format-List)"
    origin = "Search-UnifiedAuditLog | Format-List | Out-File; console transcripts; Hawk (.txt)"
    marks = "blocks of 'Name : value' lines with AuditData, or with CreationDate, UserIds and Operations"
    limits = "a picture of the records for reading: long values are wrapped or cut, lists shortened; ask for CSV, JSON or CLIXML"
