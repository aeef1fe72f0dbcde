"""The administrator audit of Exchange, as the file SearchResult.xml.

Where it comes from: ``New-AdminAuditLogSearch``, "Export the admin audit log" and "Export the external admin audit log" in
the Exchange admin center; the file arrives as attachment of a mail, on premises (2010 to today) and, in the past, from
Exchange Online.

What it looks like: root ``SearchResults`` without namespace, flat ``Event`` elements with ``Cmdlet`` and ``Caller``, below
them ``CmdletParameters`` and, where the log level is Verbose, ``ModifiedProperties``.
"""

from collections.abc import Iterator

from m365timeline.parsers._xml import EventParser, EventReader, look_at
from m365timeline.parsers.base import Detection, Head
from m365timeline.schemas.record import Issue, Record
from m365timeline.schemas.source import Reader


class AdminAuditXml(EventParser):
    """Admin audit, SearchResult.xml."""

    name = "admin_audit_xml"
    title = "Admin audit log, SearchResult.xml"
    origin = "New-AdminAuditLogSearch; Exchange admin center > Auditing > Export the admin audit log, also the external one (comes by mail)"
    marks = "XML: <SearchResults> with <Event Cmdlet=… Caller=…>; not the file name, which the mailbox audit shares"
    time_basis = "offset stated in every time (zone of the server that ran the search); whole seconds"
    limits = (
        "at most 10 MB a file; values are cut at 1,024 characters, files at 64 bytes; cmdlets beginning with Get-, Search- "
        "and Test- are not logged; old values only where the log level is Verbose"
    )
    family = "admin_audit"
    splittable = True

    def detect(self, head: Head) -> Detection | None:
        """Claim a file whose first telling Event names a cmdlet or its caller."""
        look = look_at(head)
        if look is None or look.kind != self.family:
            return None
        return Detection(
            "<Event> has the attributes Cmdlet or Caller",
            "" if "OriginatingServer" in look.names else "without servers, as Exchange 2010 writes it",
        )

    def records(self, reader: Reader, head: Head) -> Iterator[Record | Issue]:
        """Yield a record for every Event."""
        events = EventReader(reader, self.family, head)
        yield from events
        self.notes.extend(events.notes())
        self.sequential = not events.stands_alone()
