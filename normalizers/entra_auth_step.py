"""One step of a sign-in: an event of its own that names the sign-in, never a sign-in itself (it would count twice)."""

from m365timeline.normalizers.audit_data.common import flag
from m365timeline.normalizers.context import Context
from m365timeline.normalizers.entra_fields import Facts
from m365timeline.normalizers.sentences import cut
from m365timeline.normalizers.severity import rate
from m365timeline.schemas.event import Event
from m365timeline.schemas.record import Record

OPERATION = "Authentication step"


def normalize(record: Record, context: Context) -> list[Event]:
    """Turn one row into its event. ``correlation_id`` is the request id: the record id of the sign-in."""
    facts = Facts(record.fields)
    event = Event(
        workload="AzureActiveDirectory", operation=OPERATION, category="other", actor_type="unknown", outcome="unknown"
    )
    facts.fill_time(event, context)
    event.correlation_id = facts.take("id")
    event.outcome_raw = facts.take("step_succeeded")
    succeeded = flag(event.outcome_raw)
    if succeeded is not None:
        event.outcome = "success" if succeeded else "failure"
    method, detail, result = facts.see("step_method"), facts.see("step_detail"), facts.see("step_result")
    words = cut(method or "a method that is not named", 60) + (f" ({cut(detail, 60)})" if detail else "")
    verdict = {True: "succeeded", False: "did not succeed", None: "is logged"}[succeeded]
    event.error_text = result if succeeded is False else None
    event.summary = f"Step of the sign-in {event.correlation_id or '(not named)'}: {words} {verdict}" + (
        f": {cut(result)}" if result else ""
    )
    rate(event)
    facts.fill_extra(event)
    return [event]
