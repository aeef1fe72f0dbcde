"""The mailbox audit of Exchange as a text of ``Name : value`` lines.

Where it comes from: ``Search-MailboxAuditLog -ShowDetails | Format-List * > file``; Hawk (``.txt``).

What it looks like: one block an entry. ``SourceItems`` shows at most four ids; ``LastAccessed`` is local time in the culture
of the machine that ran it, without a zone.
"""

from m365timeline.parsers._exchange_objects import MailboxAuditObjects
from m365timeline.parsers._objects import ListParser


class MailboxAuditList(MailboxAuditObjects, ListParser):
    """Mailbox audit as Format-List prints it."""

    name = "mailbox_audit_list"
    title = "Mailbox audit log, Search-MailboxAuditLog as a list"
    origin = "Search-MailboxAuditLog -ShowDetails | Format-List * > file; Hawk (text files)"
    marks = (
        "blocks of 'Name : value' lines with LastAccessed and one of Operation, MailboxGuid, MailboxResolvedOwnerName"
    )
    time_basis = "local time of the machine that printed it, in its culture, without a zone: needs --source-timezone"
    limits = "a picture for reading: long values are wrapped, lists cut after four items, the items of deletions and moves are ids only"
