"""A message as Defender saw it: the table EmailEvents, the same list from Threat Explorer.

Facts: Microsoft's description of the advanced-hunting schema, and real records. One row is one message to one recipient;
``DeliveryAction`` is what was done at first, the latest location where the message is now. Threats found in a message that
reached the mailbox deserve a look, so such a row is never mere information.
"""

from m365timeline.normalizers.context import Context
from m365timeline.normalizers.mail import Cells, about, content_of, fill_address, fill_extra, fill_message
from m365timeline.normalizers.sentences import cut, listed
from m365timeline.normalizers.severity import rate
from m365timeline.normalizers.transport import split_list, status_step
from m365timeline.schemas.event import Event
from m365timeline.schemas.record import Record

_CONTENT = frozenset({
    "network_message_id", "message_id", "time", "sender", "recipients", "status", "subject", "reportid", "deliverylocation",
    "latestdeliverylocation",
})  # fmt: skip
_STOPPED = frozenset({"fail", "drop", "quarantine"})


def normalize(record: Record, context: Context) -> list[Event]:
    """Turn one message and recipient into its event."""
    cells = Cells(record.fields)
    event = Event(time_meaning="received")
    record.canonical = fill_defender(event, cells, context, _CONTENT)
    fill_address(event, cells.take("original_client_ip"))
    action = cells.take("status") or cells.take("action")
    event.operation = event.delivery_status = event.outcome_raw = action
    step = status_step(action) if action else None
    event.outcome = step.outcome if step else "unknown"
    words = (
        step.words
        if step
        else f"has the delivery action {cut(action)}"
        if action
        else "passed; what became of it is not in the export"
    )
    event.summary = about(event) + f" {words}" + _location(cells) + _threat_words(cells)
    fill_extra(event, cells)
    rate(event)
    if threats(cells):
        event.severity = "low" if step is not None and step.stage in _STOPPED else "medium"
    return [event]


def fill_defender(event: Event, cells: Cells, context: Context, content: frozenset[str]) -> bytes:
    """Fill what every row on a message has; returns what the row says apart from the query that found it."""
    fill_message(event, cells, context)
    event.recipients = list(split_list(cells.take("recipients") or "")) or None
    return content_of(event, cells, content)


def threats(cells: Cells) -> list[str]:
    """What Defender found in the message: Phish, Malware, Spam, ..."""
    return cells.words("threattypes") or cells.words("threats") or cells.words("verdicttype")


def _threat_words(cells: Cells) -> str:
    found = threats(cells)
    if not found:
        return ""
    by = cells.words("detectionmethods") or cells.words("detectiontechnologies") or cells.words("eventtype")
    return f"; threats found: {cut(listed(found))}" + (f" (by {cut(listed(by), 200)})" if by else "")


def _location(cells: Cells) -> str:
    first = cells.named("deliverylocation") or cells.named("originaldeliverylocation")
    latest = cells.named("latestdeliverylocation")
    if latest and latest != first:
        return (
            f" (first {cut(first)}, when the list was made {cut(latest)})"
            if first
            else f" ({cut(latest)} when the list was made)"
        )
    return f" ({cut(first)})" if first else ""
