"""Risk detections of Identity Protection: what it held against a sign-in or a user, and what became of that."""

from m365timeline.normalizers.audit_data.common import text_of
from m365timeline.normalizers.context import Context
from m365timeline.normalizers.entra_fields import Facts, content_of
from m365timeline.normalizers.sentences import cut
from m365timeline.normalizers.severity import rate
from m365timeline.schemas.event import Event
from m365timeline.schemas.record import Record

OPERATION = "User Risk Detection"


def normalize(record: Record, context: Context) -> list[Event]:
    """Turn one detection into its event, at the time of the activity it is about."""
    facts = Facts(record.fields)
    event = Event(
        workload="IdentityProtection", operation=OPERATION, category="alert", outcome="unknown", actor_type="unknown"
    )
    facts.fill_time(event, context)
    event.record_id, event.correlation_id = facts.take("id"), facts.take("correlation_id")
    event.actor = facts.take("upn") or facts.see("user_name")
    event.actor_id = facts.take("user_id")
    facts.fill_address(event)
    event.country = facts.see("country")
    kind, level, state = (text_of(facts.value_of(name)) for name in ("riskEventType", "riskLevel", "riskState"))
    event.outcome_raw = state
    place = ", ".join(filter(None, (facts.see("city"), event.country)))
    event.summary = (
        f"Identity Protection reported {cut(kind or 'a risk', 60)} for {event.actor or event.actor_id or 'an unnamed account'}"
        + (f" from {cut(place, 60)}" if place else "")
        + (f"; level {level}" if level else "")
        + (f", state {state}" if state else "")
    )
    rate(event)
    record.canonical = content_of(event, kind, state)
    facts.fill_extra(event)
    return [event]
