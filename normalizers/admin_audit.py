"""A record of the administrator audit: who ran which cmdlet on what, with which parameters.

Attributes of SearchResult.xml and properties of Search-AdminAuditLog are the same under a few names; both are read.
"""

import re
from typing import Any

from m365timeline.normalizers.actors import read_actor
from m365timeline.normalizers.addresses import clean_address
from m365timeline.normalizers.command_text import read_command
from m365timeline.normalizers.context import Context
from m365timeline.normalizers.exchange import cmdlet_category, fill_admin, is_cut
from m365timeline.normalizers.exchange_fields import Fields, content_of_entry, content_of_rows, fill_time, is_type_name
from m365timeline.normalizers.sentences import cut
from m365timeline.normalizers.severity import rate
from m365timeline.schemas.event import Change, Event
from m365timeline.schemas.record import Record

_ALIASES = {
    "Cmdlet": ("CmdletName", "Operation"),
    "RunDate": ("RunDate(UTC)",),
    "ClientIP": ("ClientIPAddress", "CientIPAddress"),
}
_OUTCOMES = {True: "success", False: "failure", None: "unknown"}


def normalize(record: Record, context: Context) -> list[Event]:
    """Turn one admin-audit record into its event."""
    fields = Fields(record.fields, _ALIASES)
    event = Event(workload="Exchange", time_meaning="run")
    fill_time(event, fields.take("RunDate"), context, utc="RunDate(UTC)" in record.fields)
    event.operation = fields.take("Cmdlet")
    _fill_outcome(event, fields)
    _fill_actor(event, fields)
    _fill_origin(event, fields)
    event.changes = _changes(fields.rows("ModifiedProperties")) or _joined_changes(fields)
    caller = fields.see("Caller")
    target = fields.take_exact("ObjectModified")  # a rule may be named with one blank
    parameters = _fill_command(event, fields, target)
    event.actor_is_owner = _is_owner(event, caller, target)
    if event.actor == caller:
        fields.take("Caller")
    if any(is_cut(value or "") for change in event.changes or () for value in (change.old, change.new)):
        event.quality = [*dict.fromkeys([*(event.quality or []), "truncated_value"])]
    rate(event)
    if event.severity == "low" and "details_lost" in (event.quality or []):
        event.severity = "medium"  # what was lost may be a forwarding
    changes = [(change.name, change.old or "", change.new or "") for change in event.changes or ()]
    told = {"caller": caller, "target": target, "parameters": parameters, "changes": changes, "outcome": event.outcome}
    record.canonical = content_of_entry(event, told) or content_of_rows(record.fields)
    event.extra = fields.extra()
    return [event]


def _fill_command(event: Event, fields: Fields, target: str | None) -> dict[str, str]:
    """Fill what the cmdlet did; its parameters are those of the list, or read from the line a report wrote."""
    line = fields.take("FullCommand")
    listed = _names_only(fields)
    parameters = read_command(line) if line else _parameters(fields.rows("CmdletParameters"))
    fill_admin(event, event.operation or "", target, parameters)
    if line:
        event.command = line
        if event.outcome == "unknown":
            event.summary = f"{event.summary} (the report does not say whether it worked)"
    if "CmdletParameters" in fields.lost or listed:
        named = f"parameters {cut(', '.join(listed))}; their values" if listed else "its parameters"
        event.summary = f"{event.summary} ({named} were lost in the export)"
        event.command = None
        if listed:  # that a parameter was given tells what kind of change it was, though not which
            event.category = cmdlet_category(event.operation or "", dict.fromkeys(listed, "?"))
        event.quality = [*(event.quality or []), "details_lost"]
    return parameters


def _names_only(fields: Fields) -> list[str]:
    """Names of the parameters where a list was printed: ``{Identity, ForwardingSmtpAddress…}`` has no values."""
    text = fields.see("CmdletParameters") or ""
    if not (text.startswith("{") and text.endswith("}")):
        return []
    return [name.strip() for name in re.split(r"[,…]|\.\.\.", text[1:-1]) if name.strip()]


def _joined_changes(fields: Fields) -> list[Change] | None:
    """Changes of a simplified report: three ``;`` lists, read only where they run parallel."""
    texts = [fields.see(name) for name in ("ModifiedProperties", "OldValue", "NewValue")]
    if texts[0] is None or is_type_name(texts[0]) or texts[0].startswith("{"):
        return None
    names, old, new = (text.split(";") if text else [] for text in texts)
    if not all(len(values) in {0, len(names)} for values in (old, new)):
        return None
    return [
        Change(name.strip(), old[index] or None if old else None, new[index] or None if new else None)
        for index, name in enumerate(names)
        if name.strip()
    ] or None


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
