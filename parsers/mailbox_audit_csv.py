"""The mailbox audit of Exchange as CSV: one row an entry.

Where it comes from: ``Search-MailboxAuditLog -ShowDetails`` through ``Export-Csv``, directly or by a script; the script of
Microsoft's support article on mailbox audit logs (``AuditLogResults*.csv``).

What it looks like: the properties of the audit entry, 55 of them from Exchange Online, some 40 on premises, 15 from the
support script. ``LastAccessed`` is the local time of the machine that ran it, in its culture, without a zone. The lists
``SourceItems`` and ``SourceFolders`` come as the name of their type; what they held is lost unless the columns ending in
``List`` are there.
"""

from m365timeline.parsers._csv import Table
from m365timeline.parsers._exchange_rows import ExchangeRowParser
from m365timeline.parsers.base import Detection

_ENTRY = {"operation", "mailboxguid", "mailboxresolvedownername", "mailboxownerupn"}


class MailboxAuditCsv(ExchangeRowParser):
    """Mailbox audit as Export-Csv writes it."""

    name = "mailbox_audit_csv"
    title = "Mailbox audit log, Search-MailboxAuditLog as CSV"
    origin = (
        "Search-MailboxAuditLog -ShowDetails | Export-Csv; Microsoft's support script Run-MailboxAuditLogSearcher.ps1"
    )
    marks = "a header with LastAccessed and one of Operation, MailboxGuid, MailboxResolvedOwnerName"
    time_basis = "local time of the machine that exported it, in its culture, without a zone: needs --source-timezone"
    limits = (
        "whole seconds; the items of deletions and moves are lost in the lists (System.Collections…) or joined with bare commas; "
        "the support script leaves out folder accesses and all but the first item"
    )
    family = "mailbox_audit"
    kind = "mailbox_audit"

    def claim(self, table: Table) -> Detection | None:
        """Claim the properties of audit entries."""
        keys = set(table.keys)
        if "lastaccessed" not in keys or not keys & _ENTRY or keys & {"auditdata", "caller"}:
            return None
        if "operation" not in keys:
            variant = "summary only (search without details)"
        elif "crossmailboxop" in keys:
            variant = "Microsoft's support script"
        else:
            variant = (
                "Exchange Online" if keys & {"operationproperties", "clientappid"} else "on premises, or chosen columns"
            )
        return Detection("the header has LastAccessed and names a mailbox or an operation", variant)
