"""A record of the administrator audit: who ran which cmdlet on what, with which parameters.

Attributes of SearchResult.xml and properties of Search-AdminAuditLog are the same under a few names; both are read.
"""

from typing import Any

from m365timeline.normalizers.actors import read_actor
from m365timeline.normalizers.addresses import clean_address
from m365timeline.normalizers.context import Context
from m365timeline.normalizers.exchange import fill_admin, is_cut
from m365timeline.normalizers.exchange_fields import Fields, fill_time
from m365timeline.normalizers.severity import rate
from m365timeline.schemas.event import Change, Event
from m365timeline.schemas.record import Record

_ALIASES = {"Cmdlet": ("CmdletName", "Operation"), "ClientIP": ("ClientIPAddress", "CientIPAddress")}
_OUTCOMES = {True: "success", False: "failure", None: "unknown"}


def normalize(record: Record, context: Context) -> list[Event]:
    """Turn one admin-audit record into its event."""
    fields = Fields(record.fields, _ALIASES)
    event = Event(workload="Exchange", time_meaning="run")
    fill_time(event, fields.take("RunDate"), context)
    event.operation = fields.take("Cmdlet")
    _fill_outcome(event, fields)
    _fill_actor(event, fields)
    _fill_origin(event, fields)
    event.changes = _changes(fields.rows("ModifiedProperties"))
    parameters = _parameters(fields.rows("CmdletParameters"))
    caller = fields.see("Caller")
    target = fields.take_exact("ObjectModified")  # a rule may be named with one blank
    fill_admin(event, event.operation or "", target, parameters)
    event.actor_is_owner = _is_owner(event, caller, target)
    if event.actor == caller:
        fields.take("Caller")
    if any(is_cut(value or "") for change in event.changes or () for value in (change.old, change.new)):
        event.quality = [*dict.fromkeys([*(event.quality or []), "truncated_value"])]
    rate(event)
    event.extra = fields.extra()
    return [event]


def _fill_outcome(event: Event, fields: Fields) -> None:
    """Succeeded decides; Error is often absent from failures, and says ``None`` where there is none."""
    event.outcome_raw = fields.see("Succeeded")
    event.outcome = _OUTCOMES[fields.take_flag("Succeeded")]
    if fields.see("Error") not in {None, "None"}:
        event.error_text = fields.take("Error")


def _fill_actor(event: Event, fields: Fields) -> None:
    actor = read_actor(fields.see("Caller") or "")
    event.actor, event.actor_type, event.on_behalf_of = actor.name, actor.kind, actor.on_behalf_of
    event.external_access = fields.take_flag("ExternalAccess")


def _fill_origin(event: Event, fields: Fields) -> None:
    event.server = fields.take("OriginatingServer")
    address = fields.take("ClientIP")
    if address is not None:
        cleaned = clean_address(address)
        event.ip, event.port, event.ip_raw = cleaned.ip, cleaned.port, address
    session = fields.take("SessionId")
    event.session_id = session.strip("{}").lower() if session else None
    event.app_id = fields.take("ClientAppId") or fields.take("AppId")


def _changes(rows: list[dict[str, Any]]) -> list[Change] | None:
    return [Change(row.get("Name") or "?", row.get("OldValue"), row.get("NewValue")) for row in rows] or None


def _parameters(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Parameters by name; a name that comes twice keeps both values, as lists do in this log."""
    found: dict[str, str] = {}
    for row in rows:
        name, value = row.get("Name"), row.get("Value") or ""
        if isinstance(name, str) and name:
            found[name] = f"{found[name]};{value}" if name in found else value
    return found


def _is_owner(event: Event, caller: str | None, target: str | None) -> bool | None:
    r"""Whether the caller's full name is that of the mailbox (``<owner>\<rule>``); different names prove nothing."""
    if caller is None or event.mailbox is None:
        return None
    owner = (target or "").partition("\\")[0].casefold()
    same = caller.casefold() == owner or ("@" in caller and caller.casefold() == event.mailbox.casefold())
    return True if same else None
