"""Message trace rows: one message and recipient (the cmdlets, the portal), or one message with all its recipients.

Facts: Microsoft's pages on Get-MessageTrace, Get-MessageTraceV2 and the enhanced summary report, and real rows. The
sender is the address the message bears; whether its owner sent it is not in a trace.
"""

import msgspec

from m365timeline.normalizers.context import Context
from m365timeline.normalizers.mail import Cells, about, content_of, fill_address, fill_extra, fill_message
from m365timeline.normalizers.severity import rate
from m365timeline.normalizers.transport import split_list, split_recipient_status, status_step
from m365timeline.schemas.event import Event
from m365timeline.schemas.record import Record

# What tells one row of the cmdlets from another, whatever query found it.
_CONTENT = frozenset({
    "network_message_id", "message_id", "time", "sender", "recipients", "status", "event", "subject", "original_client_ip", "client_ip",
    "to_ip", "size",
})  # fmt: skip
_MOST_EVENTS = 20_000  # of one row: a message to more recipients than any server takes at once


def normalize(record: Record, context: Context) -> list[Event]:
    """Turn a trace row into its event, a summary row into one event for each recipient."""
    cells = Cells(record.fields)
    event = Event(time_meaning="received")
    fill_message(event, cells, context)
    # FromIP is the sending server of incoming mail and blank for outgoing mail; original_client_ip the sender's own client.
    fill_address(event, cells.take("original_client_ip") or cells.take("client_ip"))
    if cells.has("recipient_status"):
        packed = cells.take("recipient_status")
        record.canonical = content_of(event, cells)
        fill_extra(event, cells)
        entries = split_recipient_status(packed) if packed else []
        events = [
            _for_recipient(event, address, statuses) for address, statuses in entries[:_MOST_EVENTS] or [(None, [])]
        ]
        return events + ([_for_the_rest(event, entries[_MOST_EVENTS:])] if len(entries) > _MOST_EVENTS else [])
    recipients = cells.take("recipients")
    event.recipients = list(split_list(recipients)) if recipients else None
    status = cells.take("status") or cells.take("event")
    record.canonical = content_of(event, cells, _CONTENT)
    fill_extra(event, cells)
    _fill_status(event, [status.strip()] if status else [])
    return [event]


def _for_recipient(shared: Event, address: str | None, statuses: list[str]) -> Event:
    event = msgspec.structs.replace(shared, recipients=[address] if address else None)
    _fill_status(event, statuses)
    return event


def _for_the_rest(shared: Event, entries: list[tuple[str | None, list[str]]]) -> Event:
    """One event for the recipients beyond the last that gets one of its own; each one's status stands in ``raw`` of the first."""
    event = msgspec.structs.replace(shared, recipients=[address for address, _ in entries if address])
    event.summary = (
        f"{about(shared)} went to {len(entries):,} more recipients; what became of each stands in the record"
    )
    rate(event)
    return event


def _fill_status(event: Event, statuses: list[str]) -> None:
    """Outcome and sentence from the last status: the ones before it are the way there."""
    if not statuses:
        event.summary = f"{about(event)} is in the trace; what became of it is not in the export"
        rate(event)
        return
    last = statuses[-1]
    event.operation = event.delivery_status = ", ".join(statuses)
    event.outcome_raw = last
    step = status_step(last)
    if step is None:
        event.summary = f"{about(event)} has the status {last}"
    elif step.stage == "drop" and any(_stage(status) == "expand" for status in statuses):
        event.summary = (
            f"{about(event)} was expanded to the members of a group; the copy to the group itself ended there"
        )
    else:
        event.outcome = step.outcome
        event.summary = f"{about(event)} {step.words}"
    rate(event)


def _stage(status: str) -> str:
    step = status_step(status)
    return step.stage if step else ""
