"""A SearchResult.xml that does not tell which audit it is: mostly one without any record.

Where it comes from: a search of the mailbox audit or of the admin audit that found nothing.

What it looks like: ``<SearchResults />`` alone. Both audits write the same; only the mail that brought the file says
which of them was searched, and for which period.
"""

from collections.abc import Iterator

from m365timeline.parsers._xml import EventParser, EventReader, look_at
from m365timeline.parsers.base import Detection, Head
from m365timeline.schemas.record import Issue, Record
from m365timeline.schemas.source import Reader

_NOTE = (
    "The search found nothing. The file does not say whether it searched the mailbox audit or the admin audit, nor for which "
    "period: look at the mail that brought it. No record is no proof that nothing happened."
)


class AuditXmlEmpty(EventParser):
    """SearchResult.xml without a telling Event."""

    name = "audit_xml_empty"
    title = "Mailbox or admin audit log, SearchResult.xml without records"
    origin = "New-MailboxAuditLogSearch or New-AdminAuditLogSearch that found nothing (comes by mail)"
    marks = "XML: the root <SearchResults> and no Event that says which audit it belongs to"
    time_basis = "there is no time"
    limits = "the file does not name the search; the mail that brought it does"
    family = "mailbox_audit"

    def detect(self, head: Head) -> Detection | None:
        """Claim a file with the root of both audits in whose beginning no Event tells them apart."""
        look = look_at(head)
        if look is None or look.kind is not None:
            return None
        return Detection("the root is <SearchResults> and no <Event> tells which audit it is", "no records")

    def records(self, reader: Reader, head: Head) -> Iterator[Record | Issue]:
        """Yield whatever Events follow behind the beginning: mostly none, which the notes say."""
        events = EventReader(reader, self.family, head)
        found = False
        for item in events:
            found = True
            yield item
        self.notes.extend(events.notes())
        if not found:
            self.notes.append(_NOTE)
