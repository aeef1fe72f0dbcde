"""What was in a message: a link (EmailUrlInfo) or an attachment (EmailAttachmentInfo). One row is one link or one file."""

from m365timeline.normalizers.context import Context
from m365timeline.normalizers.email_event import fill_defender, threats
from m365timeline.normalizers.mail import Cells, fill_extra, within
from m365timeline.normalizers.sentences import cut, listed
from m365timeline.normalizers.severity import rate
from m365timeline.schemas.event import Event
from m365timeline.schemas.record import Record

_CONTENT = frozenset(
    {
        "network_message_id",
        "time",
        "recipients",
        "url",
        "urllocation",
        "filename",
        "sha256",
        "reportid",
        "urlchainid",
        "urlchainposition",
    }
)


def normalize(record: Record, context: Context) -> list[Event]:
    """Turn one link or attachment into its event."""
    cells = Cells(record.fields)
    event = Event(time_meaning="received")
    record.canonical = fill_defender(event, cells, context, _CONTENT)
    url, name = cells.named("url"), cells.named("filename")
    message = (
        "the message" if event.subject is None and event.sender is None and not event.recipients else within(event)
    )
    if message == "the message" and event.network_message_id:
        message = f"the message with the network id {event.network_message_id}"
    if url is not None:
        event.target, event.target_type = url, "url"
        where = cells.named("urllocation")
        event.summary = f"The link {cut(url)} was in {message}" + (f" ({cut(where)})" if where else "")
    else:
        event.target, event.target_type = name, "file"
        digest = cells.named("sha256")
        event.summary = f"The attachment {cut(name or '(not named)')} was in {message}" + (
            f" (SHA-256 {digest})" if digest else ""
        )
    fill_extra(event, cells)
    rate(event)
    if found := threats(cells):
        event.summary += f"; threats found: {cut(listed(found))}"
        event.severity = "medium"
    return [event]
