"""Other records of diagnostic settings: requests to Microsoft Graph, activity in Azure, provisioning, and what has no module of its own."""

from m365timeline.normalizers.audit_data.common import text_of, whole
from m365timeline.normalizers.audit_data.operations import client_of, say
from m365timeline.normalizers.context import Context
from m365timeline.normalizers.entra_fields import Facts
from m365timeline.normalizers.sentences import cut, who
from m365timeline.normalizers.severity import rate
from m365timeline.schemas.event import Event
from m365timeline.schemas.record import Record
from m365timeline.schemas.reference import app_name

_OUTCOMES = {"success": "success", "succeeded": "success", "failure": "failure", "failed": "failure"}


def normalize(record: Record, context: Context) -> list[Event]:
    """Turn one record into its event: named as logged, nothing more claimed than it says."""
    facts = Facts(record.fields)
    event = Event(workload="AzureActiveDirectory", category="other", outcome="unknown", actor_type="unknown")
    facts.fill_time(event, context)
    event.record_type = facts.see("log")
    event.operation = facts.take("operation") or event.record_type
    event.record_id = facts.see("id")
    event.correlation_id = facts.see("correlation_id")
    event.actor = facts.see("upn") or facts.see("user_name") or facts.see("principal_name")
    event.actor_id = facts.see("user_id") or facts.see("principal_id")
    event.app_id = facts.take("app_id")
    event.app_name = facts.take("app_name") or (app_name(event.app_id) if event.app_id else None)
    facts.fill_address(event)
    event.user_agent = facts.take("user_agent")
    event.client_app = client_of(event.user_agent) if event.user_agent else None
    _say(event, facts)
    rate(event)
    facts.fill_extra(event)
    return [event]


def _say(event: Event, facts: Facts) -> None:
    """A request to Graph says method, address and answer; other records are named."""
    if facts.value_of("OperationNameValue") is not None:
        _say_azure(event, facts)
        return
    method, address = text_of(facts.value_of("requestMethod")), text_of(facts.value_of("requestUri"))
    if method is None or address is None:
        event.quality = [*(event.quality or []), "unknown_operation"]
        event.summary = say(event, None)
        return
    status = whole(facts.value_of("responseStatusCode"))
    event.target, event.target_type = address, "application"
    event.outcome_raw = None if status is None else str(status)
    event.outcome = "unknown" if status is None else "success" if 200 <= status < 400 else "failure"
    answer = f"; answered {status}" if status is not None else ""
    event.summary = f"{who(event)} called Microsoft Graph: {cut(method, 10)} {cut(address)}{answer}"


def _say_azure(event: Event, facts: Facts) -> None:
    """What somebody did to resources of Azure: the operation, the resource and how it ended."""
    event.workload, event.record_type = "Azure", "AzureActivity"
    event.record_id = text_of(facts.value_of("EventDataId"))
    event.operation = text_of(facts.value_of("OperationNameValue"))
    event.actor = event.actor or text_of(facts.value_of("Caller"))
    event.target = text_of(facts.value_of("_ResourceId")) or text_of(facts.value_of("ResourceGroup"))
    event.outcome_raw = text_of(facts.value_of("ActivityStatusValue"))
    event.outcome = _OUTCOMES.get((event.outcome_raw or "").casefold(), "unknown")
    on = f" on {cut(event.target)}" if event.target else ""
    ended = f" ({cut(event.outcome_raw, 40)})" if event.outcome_raw else ""
    event.summary = f"{who(event)} called Azure: {cut(event.operation or '', 100)}{on}{ended}"
