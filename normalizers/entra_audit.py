"""Changes in the directory from the Entra audit log: who changed what, with old and new values.

Facts: Microsoft's directoryAudit resource type and the exports of portal, Graph, diagnostic settings and Log Analytics. The
operations are those of the unified log's record type 8 and have the same words (``operations.csv``).
"""

from typing import Any

from m365timeline.normalizers.actors import read_actor
from m365timeline.normalizers.addresses import clean_address
from m365timeline.normalizers.audit_data.common import known, text_of
from m365timeline.normalizers.audit_data.entra import other_of, scopes_of, type_word, what_changed
from m365timeline.normalizers.audit_data.operations import client_of, find, say
from m365timeline.normalizers.audit_data.properties import items_of, object_in, unwrap
from m365timeline.normalizers.context import Context
from m365timeline.normalizers.entra_fields import Facts, content_of
from m365timeline.normalizers.sentences import cut
from m365timeline.normalizers.severity import rate
from m365timeline.schemas.entra_columns import class_of_word
from m365timeline.schemas.event import Change, Event
from m365timeline.schemas.record import Record
from m365timeline.schemas.reference import app_name

_NOT_A_CHANGE = frozenset({"Included Updated Properties", "TargetId.ServicePrincipalNames"})
_ACCESS = frozenset({"KeyDescription", "Credential", "AppAddress", "RequiredResourceAccess"})


def normalize(record: Record, context: Context) -> list[Event]:
    """Turn one directory audit record into its event."""
    facts = Facts(record.fields)
    event = Event(workload="AzureActiveDirectory", outcome="unknown")
    facts.fill_time(event, context)
    event.record_id, event.correlation_id = facts.take("id"), facts.take("correlation_id")
    event.operation = facts.take("operation")
    _fill_outcome(event, facts)
    _fill_actor(event, object_in(facts.value("initiator")))
    event.actor = event.actor or facts.see("user_name")
    if event.ip_raw is None:
        facts.fill_address(event)
    targets = items_of(facts.value("targets"))
    details = {
        text_of(item.get("key")) or "": text_of(item.get("value")) or "" for item in items_of(facts.value("details"))
    }
    event.user_agent = facts.see("user_agent") or details.get("User-Agent") or None
    event.client_app = client_of(event.user_agent) if event.user_agent else None
    event.changes = _changes(targets) or None
    event.tenant_id = facts.see("tenant_id")
    _say(event, targets)
    rate(event)
    record.canonical = content_of(event, event.operation, event.target, event.correlation_id)
    facts.fill_extra(event)
    return [event]


def _fill_outcome(event: Event, facts: Facts) -> None:
    event.outcome_raw = facts.take("result")
    kind = class_of_word(event.outcome_raw) if event.outcome_raw else None
    event.outcome = kind if kind in {"success", "failure"} else "unknown"
    event.error_text = (facts.see("reason") or facts.see("failure")) if event.outcome == "failure" else None


def _fill_actor(event: Event, initiator: dict[str, Any]) -> None:
    """A user, or a program that acted for itself."""
    user, app = object_in(initiator.get("user")), object_in(initiator.get("app"))
    event.app_id, event.app_name = known(app.get("appId")), known(app.get("displayName"))
    name = known(user.get("userPrincipalName")) or known(user.get("displayName"))
    if name or known(user.get("id")):
        actor = read_actor(name or "", "")
        event.actor, event.actor_type, event.actor_id = actor.name, actor.kind, known(user.get("id"))
    elif app:
        event.actor, event.actor_type = event.app_name or event.app_id, "service_principal"
        event.actor_id = known(app.get("servicePrincipalId"))
    else:
        event.actor_type = "unknown"
    address = known(user.get("ipAddress"))
    if address:
        cleaned = clean_address(address)
        event.ip, event.port, event.ip_raw = cleaned.ip, cleaned.port, address
    if event.app_id and not event.app_name:
        event.app_name = app_name(event.app_id)


def _changes(targets: list[dict[str, Any]]) -> list[Change]:
    """Modified properties of all targets; names that only list what follows are left out."""
    changes = []
    for target in targets:
        for item in items_of(target.get("modifiedProperties")):
            name = text_of(item.get("displayName"))
            old, new = unwrap(text_of(item.get("oldValue")) or ""), unwrap(text_of(item.get("newValue")) or "")
            if name and name not in _NOT_A_CHANGE and (old is not None or new is not None):
                changes.append(Change(name, old, new))
    return changes


def _name_of(target: dict[str, Any]) -> str | None:
    return known(target.get("userPrincipalName")) or known(target.get("displayName")) or known(target.get("id"))


def _say(event: Event, targets: list[dict[str, Any]]) -> None:
    """Category, target and sentence."""
    first: dict[str, Any] = targets[0] if targets else {}
    operation = find("entra", event.operation or "")
    event.target = _name_of(first)
    kind = text_of(first.get("type"))
    event.target_type = (type_word(kind) if kind else None) or (operation.target_type if operation else None)
    event.category = operation.category if operation else "directory_change"
    if event.category == "directory_change" and any(change.name in _ACCESS for change in event.changes or []):
        event.category = "oauth"
    others = [name for target in targets[1:] if (name := _name_of(target))]
    other = other_of(event.changes or []) or (cut(others[0]) if others else "")
    places = {"target": cut(event.target) if event.target else "", "other": other, "scopes": scopes_of(event)}
    event.summary = say(event, operation, **{name: value for name, value in places.items() if value}) + what_changed(
        event
    )
