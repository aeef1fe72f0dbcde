"""Transport events: the extended trace report, and the tracking logs of an Exchange server, which hold the same fields.

Facts: Microsoft's pages on message tracking and on the extended report, and real records. The columns may be spelt
``event_id``, ``event-id`` or ``EventId``.

Which address becomes ``ip``: ``original_client_ip``, the client that sent the message; without it ``client_ip``, but only
where a message was received by SMTP. On every other event ``client_ip`` is a server on the way and stays in ``extra``.

``forwarding`` is only what the log proves: the message was redirected or resolved to somebody else, and the source of
the event is an inbox rule (``MAILBOXRULE``). A message that an inbox rule merely created (``RECEIVE``) may be an
automatic answer.
"""

import re
from typing import Any

import msgspec

from m365timeline.normalizers.context import Context
from m365timeline.normalizers.mail import Cells, about, content_of, fill_address, fill_extra, fill_message
from m365timeline.normalizers.sentences import cut
from m365timeline.normalizers.severity import rate
from m365timeline.normalizers.transport import (
    agent_words,
    decode_custom_data,
    event_step,
    judge,
    pair_statuses,
    source_words,
    split_list,
)
from m365timeline.schemas.event import Event
from m365timeline.schemas.record import Record

_CLIENT_TYPE = re.compile(r"\bClientType:([^,;\s]+)")
_RELATED = " (related address "
_KINDS_OF_RECIPIENT = frozenset({"to", "cc", "bcc"})  # stand in the place of a status where a message was received
_RULE_STAGES = frozenset({"redirect", "resolve"})
_TOLD_SOURCES = frozenset({"MAILBOXRULE", "ADMIN", "APPROVAL", "ORAR"})  # the others say nothing about why


def normalize(record: Record, context: Context) -> list[Event]:
    """Turn one transport event into one event for each recipient it names, or one if it names none."""
    cells = Cells(record.fields)
    event = Event(time_meaning="performed")
    fill_message(event, cells, context)
    operation = cells.take("event")
    event.operation = operation.strip() if operation else None
    recipients = split_list(cells.take("recipients") or "")
    statuses = (
        pair_statuses(recipients, cells.take("recipient_status")) if recipients else [cells.take("recipient_status")]
    )
    _fill_places(event, cells)
    rule = (cells.see("source") or "").strip().upper() == "MAILBOXRULE"
    if rule and _stage(event) in _RULE_STAGES:
        event.category = "forwarding"
    rate(event)
    custom = _decode_custom(cells)
    tail = _tail(event, cells, custom)
    record.canonical = content_of(event, cells)
    fill_extra(event, cells)
    return [
        _for_recipient(event, address, status, tail)
        for address, status in zip(recipients or (None,), statuses, strict=True)
    ]


def _stage(event: Event) -> str:
    step = event_step(event.operation) if event.operation else None
    return step.stage if step else ""


def _fill_places(event: Event, cells: Cells) -> None:
    received = (event.operation or "").upper() == "RECEIVE" and (cells.see("source") or "").strip().upper() == "SMTP"
    fill_address(event, cells.take("original_client_ip") or (cells.take("client_ip") if received else None))
    event.server = cells.take("server_hostname") or cells.take("server_ip")
    client_type = _CLIENT_TYPE.search(cells.see("source_context") or "")
    event.client_info = client_type[1] if client_type else None


def _decode_custom(cells: Cells) -> dict[str, Any]:
    text = cells.see("custom_data")
    custom = decode_custom_data(text) if text else None
    if custom is None:
        return {}
    cells.replace("custom_data", custom)
    return custom


def _tail(event: Event, cells: Cells, custom: dict[str, Any]) -> str:
    """The end of the sentence: where from and to, why, for whom, and what the agents found."""
    stage = _stage(event)
    parts = []
    if stage == "receive":
        client = event.ip or cells.see("client_hostname")
        parts += [f" from {cut(client)}"] if client else []
        parts += [f" by {cut(event.server)}"] if event.server else []
    elif stage == "send" and event.server:
        parts.append(f" to {cut(event.server)}")
    related = cells.see("related")
    if related and stage in {"expand", *_RULE_STAGES}:
        parts.append(f"{_RELATED}{cut(related)})")
    source = (cells.see("source") or "").strip().upper()
    if source in _TOLD_SOURCES:
        parts.append(f", caused by {source_words(source)}")
    if event.client_info:
        parts.append(f" (client type {cut(event.client_info)})")
    parts += [f"; {words}" for words in agent_words(custom)]
    return "".join(parts)


def _for_recipient(shared: Event, address: str | None, status: str | None, tail: str) -> Event:
    """The event for one recipient. An expansion names the members as recipients, so they are not what was expanded."""
    event = msgspec.structs.replace(shared, recipients=[address] if address else None, delivery_status=status)
    judgement = judge(event.operation, status)
    said = None if status and status.casefold() in _KINDS_OF_RECIPIENT else status
    event.outcome, event.outcome_raw = judgement.outcome, said or event.operation
    if judgement.failure:
        event.error_code, event.error_text = judgement.failure
    words = (
        "was part of the expansion of a group" if _RELATED in tail and _stage(event) == "expand" else judgement.words
    )
    event.summary = f"{about(event)} {words}{tail}"
    return event
