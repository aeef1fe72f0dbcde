"""The mailbox audit of Exchange as JSON: one object an entry.

Where it comes from: ``Search-MailboxAuditLog -ShowDetails`` through ``ConvertTo-Json``; tools such as DFIR-O365RC and Hawk,
which append list to list, a lone entry as a bare object.

What it looks like: the properties of the audit entry; ``SourceItems`` keeps its ids, subjects and folders unless the depth
of the export cut them to text. ``LastAccessed`` is milliseconds since 1970 (PowerShell 5) or ISO with an offset (7).
"""

from m365timeline.parsers._exchange_objects import MailboxAuditObjects
from m365timeline.parsers._objects import JsonParser


class MailboxAuditJson(MailboxAuditObjects, JsonParser):
    """Mailbox audit as ConvertTo-Json writes it."""

    name = "mailbox_audit_json"
    title = "Mailbox audit log, Search-MailboxAuditLog as JSON"
    origin = "Search-MailboxAuditLog -ShowDetails | ConvertTo-Json; DFIR-O365RC (MailboxAuditLog_*.json); Hawk (Exchange_Mailbox_Audit.json)"
    marks = "JSON objects with LastAccessed and one of Operation, MailboxGuid, MailboxResolvedOwnerName"
    time_basis = "milliseconds since 1970 UTC, or the offset in every value; without either it needs --source-timezone"
    limits = "PowerShell 5 cuts times to milliseconds, so its entries do not fold with those of SearchResult.xml; depth 2 loses the items"
