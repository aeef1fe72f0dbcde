"""The mailbox audit of Exchange, as the file SearchResult.xml.

Where it comes from: ``New-MailboxAuditLogSearch`` or "Export mailbox audit logs" in the Exchange admin center; the file
arrives as attachment of a mail, on premises (2010 SP1 to today) and, in the past, from Exchange Online.

What it looks like: root ``SearchResults`` without namespace, flat ``Event`` elements with a ``MailboxGuid``; nearly all
data are attributes. Written in UTF-16 without mark by some versions. A search without details gives one Event a mailbox
that says only when somebody other than the owner was last there.
"""

from collections.abc import Iterator

from m365timeline.parsers._xml import EventParser, EventReader, look_at
from m365timeline.parsers.base import Detection, Head
from m365timeline.schemas.record import Issue, Record
from m365timeline.schemas.source import Reader

_SUMMARY = frozenset({"MailboxGuid", "Owner", "LastAccessed"})


class MailboxAuditXml(EventParser):
    """Mailbox audit, SearchResult.xml."""

    name = "mailbox_audit_xml"
    title = "Mailbox audit log, SearchResult.xml"
    origin = "New-MailboxAuditLogSearch; Exchange admin center > Auditing > Export mailbox audit logs (comes by mail)"
    marks = "XML: <SearchResults> with <Event MailboxGuid=… LastAccessed=…>; not the file name, which the admin audit shares"
    time_basis = (
        "offset stated in every time (zone of the server that ran the search); the time is that of the audit entry"
    )
    limits = (
        "a search that finds 50,000 records or more fails; the admin center exports access by non-owners only; folder "
        "accesses of a delegate are merged over 24 hours; split searches overlap"
    )
    family = "mailbox_audit"
    splittable = True

    def detect(self, head: Head) -> Detection | None:
        """Claim a file whose first telling Event names a mailbox and no cmdlet."""
        look = look_at(head)
        if look is None or look.kind != self.family:
            return None
        details = bool(look.names - _SUMMARY)
        return Detection(
            "<Event> has the attribute MailboxGuid", "details" if details else "summary only (search without details)"
        )

    def records(self, reader: Reader, head: Head) -> Iterator[Record | Issue]:
        """Yield a record for every Event."""
        events = EventReader(reader, self.family, head)
        yield from events
        self.notes.extend(events.notes())
        self.sequential = not events.stands_alone()
