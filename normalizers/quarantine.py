"""A message in quarantine, as the list stood when it was exported: Get-QuarantineMessage, the portal's list.

Facts: real records. One event, when the message was received and quarantined; whether it was released is the state of the
list, not a time. ``Identity`` begins with the network message id.
"""

from m365timeline.normalizers.actors import is_guid
from m365timeline.normalizers.context import Context
from m365timeline.normalizers.mail import Cells, about, content_of, fill_extra, fill_message, network_message_id
from m365timeline.normalizers.sentences import cut, listed
from m365timeline.normalizers.severity import rate
from m365timeline.normalizers.transport import split_list, status_step
from m365timeline.schemas.event import Event
from m365timeline.schemas.record import Record

_CONTENT = frozenset(
    {"identity", "message_id", "time", "sender", "recipients", "subject", "releasestatus", "releasedby"}
)
_STATES = {
    "RELEASED": " and had been released when the list was made", "NOTRELEASED": " and had not been released when the list was made",
    "REQUESTED": "; its release had been asked for when the list was made", "DENIED": "; its release had been denied when the list was made",
    "APPROVED": "; its release had been approved when the list was made",
}  # fmt: skip
_GRAVE = ("phish", "malware")


def normalize(record: Record, context: Context) -> list[Event]:
    """Turn one quarantined message into its event."""
    cells = Cells(record.fields)
    event = Event(time_meaning="received")
    fill_message(event, cells, context)
    if event.tenant is not None and is_guid(event.tenant):
        event.tenant, event.tenant_id = None, event.tenant
    identity = cells.named("identity") or ""
    if event.network_message_id is None and "\\" in identity:
        event.network_message_id = network_message_id(identity.partition("\\")[0])
    event.recipients = list(split_list((cells.take("recipients") or "").strip("{}").replace(", ", ";"))) or None
    record.canonical = content_of(event, cells, _CONTENT)
    state = cells.named("releasestatus") or cells.named("status") or _released(cells)
    event.delivery_status = event.outcome_raw = state
    event.operation = "Quarantine"
    step = status_step(state) if state else None
    event.outcome = step.outcome if step else "unknown"
    kind = cells.named("type") or ", ".join(cells.words("quarantinetypes")) or cells.named("quarantinereason")
    policy = cells.named("policyname")
    event.summary = (
        f"{about(event)} was received; it stands in the quarantine list" + (f" as {cut(kind)}" if kind else "")
        + (f" (policy {cut(policy)})" if policy else "") + _state_words(cells, state)
    )  # fmt: skip
    fill_extra(event, cells)
    rate(event)
    event.severity = "medium" if any(word in (kind or "").casefold() for word in _GRAVE) else "low"
    return [event]


def _released(cells: Cells) -> str | None:
    text = (cells.named("released") or "").casefold()
    return {"true": "RELEASED", "false": "NOTRELEASED"}.get(text)


def _state_words(cells: Cells, state: str | None) -> str:
    if state is None:
        return "; whether it was released is not in the list"
    by = cells.words("releasedby")
    words = _STATES.get(state.strip().upper(), f"; its state when the list was made: {cut(state)}")
    return words + (f" (by {cut(listed(by))})" if by else "")
