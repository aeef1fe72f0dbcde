"""Message trace detail: what happened to one message on its way to one recipient.

Facts: Microsoft's pages on Get-MessageTraceDetail and its successor, and real rows. ``Detail`` is free text, ``Data`` a
small XML text; several events bear the same second and come in any order.

Which address becomes ``ip``: ``FromIP`` where a script added it, else ``ClientIP`` of a receive event, else ``CIP``, the
address that connected, as the spam filter noted it.
"""

from typing import Any

from m365timeline.normalizers.context import Context
from m365timeline.normalizers.mail import Cells, about, content_of, fill_address, fill_extra, fill_message
from m365timeline.normalizers.sentences import cut
from m365timeline.normalizers.severity import rate
from m365timeline.normalizers.trace_properties import read_properties
from m365timeline.normalizers.transport import agent_words, decode_custom_data, event_step, judge, split_list
from m365timeline.schemas.event import Event
from m365timeline.schemas.record import Record


def normalize(record: Record, context: Context) -> list[Event]:
    """Turn one row of a message trace detail into its event."""
    cells = Cells(record.fields)
    event = Event(time_meaning="performed")
    fill_message(event, cells, context)
    operation = cells.take("event")
    event.operation = operation.strip() if operation else None
    event.recipients = list(split_list(cells.take("recipients") or "")) or None
    record.canonical = content_of(event, cells)
    properties = _decode_data(cells)
    _fill_places(event, cells, properties)
    detail = cells.see("detail")
    judgement = judge(event.operation, detail)
    event.outcome, event.outcome_raw = judgement.outcome, event.operation
    if judgement.failure:
        event.error_code, event.error_text = judgement.failure
    told = detail is None or judgement.words != judge(event.operation, None).words
    more = "" if told else f": {cut(detail or '', 160)}"
    found = "".join(f"; {words}" for words in _agent_words(properties))
    event.summary = f"{about(event)} {judgement.words}{more}{found}"
    fill_extra(event, cells)
    rate(event)
    return [event]


def _decode_data(cells: Cells) -> dict[str, Any]:
    """Decode the XML, and the agents' data in it; what is no such XML stays text."""
    text = cells.see("data")
    properties: dict[str, Any] | None = read_properties(text) if text else None
    if properties is None:
        return {}
    custom = properties.get("CustomData")
    if isinstance(custom, str):
        properties["CustomData"] = decode_custom_data(custom) or custom
    cells.replace("data", properties)
    return properties


def _fill_places(event: Event, cells: Cells, properties: dict[str, Any]) -> None:
    values = {name.casefold(): value for name, value in properties.items() if isinstance(value, str) and value.strip()}
    step = event_step(event.operation) if event.operation else None
    client = values.get("clientip") if step and step.stage == "receive" else None
    fill_address(event, cells.take("original_client_ip") or client or values.get("cip"))
    event.server = values.get("serverhostname")


def _agent_words(properties: dict[str, Any]) -> list[str]:
    custom = properties.get("CustomData")
    if isinstance(custom, dict):
        return agent_words(custom)
    return agent_words({"S:SFA": properties})
