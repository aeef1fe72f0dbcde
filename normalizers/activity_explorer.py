"""An activity of Purview's Activity Explorer: a match of data loss prevention, a label, a file on a device.

Facts: the reader of one public tool. ``ActivityId`` is the name of the operation, ``Activity`` the same in words. Who did what to which
item is said; what the policy answered stands in ``PolicyMatchInfo`` and is named where it is there.
"""

from typing import Any

from m365timeline.normalizers.audit_data.operations import find
from m365timeline.normalizers.context import Context
from m365timeline.normalizers.mail import Cells, content_of, fill_address, fill_extra, fill_message, plain_id
from m365timeline.normalizers.sentences import cut, listed
from m365timeline.normalizers.severity import rate
from m365timeline.schemas.event import Event
from m365timeline.schemas.record import Record

_FAMILIES = ("protection", "sharepoint", "teams")


def normalize(record: Record, context: Context) -> list[Event]:
    """Turn one activity into its event."""
    cells = Cells(record.fields)
    event = Event(time_meaning="performed")
    fill_message(event, cells, context)
    record.canonical = content_of(event, cells)
    event.record_id, event.workload = cells.named("recordidentity"), cells.named("workload")
    words = cells.named("activity")
    event.operation, event.outcome = cells.named("activityid") or words, "unknown"
    event.actor, event.actor_type = cells.named("user"), "regular" if cells.named("user") else "unknown"
    fill_address(event, cells.named("clientip"))
    _fill_mail(event, record.fields.get("EmailInfo"))
    event.target = cells.named("itemname") or cells.named("filepath")
    event.target_type = "message" if event.message_ids or event.subject else "file" if event.target else None
    policy = record.fields.get("PolicyMatchInfo")
    event.category = "alert" if policy else _category(event.operation or "")
    event.summary = f"{event.actor or 'Somebody'}: {cut(words or event.operation or 'an activity that is not named')}"
    event.summary += f" on {cut(event.target or event.subject or '')}" if event.target or event.subject else ""
    event.summary += _answer(policy)
    fill_extra(event, cells)
    rate(event)
    return [event]


def _category(operation: str) -> str:
    known = (find(family, operation) for family in _FAMILIES)
    return next((row.category for row in known if row is not None), "other")


def _fill_mail(event: Event, info: Any) -> None:
    if not isinstance(info, dict):
        return
    sender, subject, message_id, receivers = (
        info.get(name) for name in ("Sender", "Subject", "MessageID", "Receivers")
    )
    event.sender = sender if isinstance(sender, str) and sender else None
    event.subject = subject if isinstance(subject, str) and subject else None
    if isinstance(message_id, str) and message_id:
        event.message_ids = [plain_id(message_id)]
    if isinstance(receivers, list):
        event.recipients = [item for item in receivers if isinstance(item, str)] or None


def _answer(policy: Any) -> str:
    if not isinstance(policy, dict):
        return ""
    named = {name: policy.get(name) for name in ("RuleName", "PolicyName", "PolicyMode")}
    parts = [f"rule {cut(str(named['RuleName']))}"] if named["RuleName"] else []
    parts += [f"policy {cut(str(named['PolicyName']))}"] if named["PolicyName"] else []
    parts += [f"mode {cut(str(named['PolicyMode']))}"] if named["PolicyMode"] else []
    actions = policy.get("RuleActions")
    parts += (
        [f"actions {cut(listed([str(item) for item in actions]))}"] if isinstance(actions, list) and actions else []
    )
    return f" ({'; '.join(parts)})" if parts else ""
