"""What Defender or an administrator did with a message after its delivery: the table EmailPostDeliveryEvents.

``ActionType`` says what it was (Phish ZAP, Malware ZAP, Manual remediation, ...), ``Action`` what was done, ``ActionTrigger``
who started it. A removal means that the message had been in the mailbox until then.
"""

from m365timeline.normalizers.context import Context
from m365timeline.normalizers.email_event import fill_defender, threats
from m365timeline.normalizers.mail import Cells, fill_extra, within
from m365timeline.normalizers.sentences import cut, listed
from m365timeline.schemas.event import Event
from m365timeline.schemas.record import Record

_CONTENT = frozenset({
    "network_message_id", "message_id", "time", "recipients", "action", "actiontype", "actiontrigger", "actionresult", "reportid",
})  # fmt: skip
_OUTCOMES = {"success": "success", "succeeded": "success", "ok": "success", "error": "failure", "failed": "failure"}


def normalize(record: Record, context: Context) -> list[Event]:
    """Turn one action into its event."""
    cells = Cells(record.fields)
    event = Event(time_meaning="performed")
    record.canonical = fill_defender(event, cells, context, _CONTENT)
    action, trigger = cells.take("action"), cells.named("actiontrigger")
    event.operation = cells.named("actiontype") or action
    event.delivery_status = action
    event.outcome_raw = cells.named("actionresult")
    event.outcome = _OUTCOMES.get((event.outcome_raw or "").strip().casefold(), "unknown")
    event.actor = None  # the sender did not do this
    event.target, event.target_type = event.message_ids[0] if event.message_ids else event.network_message_id, "message"
    done = f"{cut(event.operation or 'an action that is not named')} on {within(event)}"
    details = [f"action: {cut(action)}"] if action and action != event.operation else []
    details += [f"started by: {cut(trigger)}"] if trigger else []
    details += [f"result: {cut(event.outcome_raw)}"] if event.outcome_raw else []
    details += [f"threats: {cut(listed(found))}"] if (found := threats(cells)) else []
    location = cells.named("deliverylocation")
    details += [f"location: {cut(location)}"] if location else []
    event.summary = f"After delivery: {done}" + (f" ({'; '.join(details)})" if details else "")
    fill_extra(event, cells)
    event.severity = "medium"  # a message that had to be taken out of a mailbox deserves a look
    return [event]
