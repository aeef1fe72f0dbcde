"""Changes in the directory (Entra ID, record type 8): users, roles, groups, applications, consents, domains, devices.

Actor and target are lists of identities (type 1 display name, 2 anything, 3 PUID, 4 service principal names, 5 user
name); ``Kind_<object id>`` among those of type 2 says what the object is. Old and new values are JSON in text.
"""

import re
from typing import Any

import msgspec

from m365timeline.normalizers.actors import is_guid
from m365timeline.normalizers.audit_data.common import known, named, text_of
from m365timeline.normalizers.audit_data.operations import client_of, find, say
from m365timeline.normalizers.audit_data.properties import changes_in, items_of, json_in, object_in
from m365timeline.normalizers.sentences import cut, listed
from m365timeline.schemas.event import Change, Event
from m365timeline.schemas.reference import app_name

KEYS: frozenset[str] = frozenset()

_KIND_AND_ID = re.compile(r"([A-Za-z]+)_([0-9a-fA-F]{8}-[0-9a-fA-F-]{27})")
_SCOPE = re.compile(r"Scope: ([^,\]]*)")
_KINDS = {
    "serviceprincipal": "service_principal",
    "directory": "tenant",
    "company": "tenant",
    "authorizationpolicy": "policy",
}
# Names that say nothing about a change: lists of what follows, and the names of the program that made it.
_NOT_A_CHANGE = frozenset(
    {"Included Updated Properties", "ActorId.ServicePrincipalNames", "SPN", "TargetId.ServicePrincipalNames"}
)
_OTHERS = (
    "Role.DisplayName", "Group.DisplayName", "Application.DisplayName", "Device.DisplayName", "AdministrativeUnit.DisplayName",
    "User.UPN", "ServicePrincipal.DisplayName", "ServicePrincipal.AppId", "Role.TemplateId", "Role.ObjectID", "Group.ObjectID",
    "Application.ObjectID", "Device.ObjectID", "User.ObjectID", "ServicePrincipal.ObjectID",
)  # fmt: skip
# Properties of applications that give or widen access: who can sign in as it, where its tokens go, what it asks for.
_ACCESS = frozenset({"KeyDescription", "Credential", "AppAddress", "RequiredResourceAccess"})


class _Identity(msgspec.Struct):
    """What a list of identities says about one object. ``program_id`` is the application an actor acted through."""

    kind: str | None = None
    object_id: str | None = None
    upn: str | None = None
    name: str | None = None
    program_id: str | None = None


def fill(event: Event, data: dict[str, Any]) -> None:
    """Fill actor, program, target, changes and category of a directory change."""
    extended = named(data.get("ExtendedProperties"))
    details = object_in(extended.get("additionalDetails"))
    event.user_agent = text_of(details.get("User-Agent"))
    event.client_app = client_of(event.user_agent) if event.user_agent else None
    _fill_actor(event, _identity(data.get("Actor")))
    target = _identity(data.get("Target"))
    event.target = target.upn or target.name or known(data.get("ObjectId")) or target.object_id
    operation = find("entra", event.operation or "")
    event.target_type = _target_type(target, extended) or (operation.target_type if operation else None)
    _fill_changes(event, data, details)
    event.category = operation.category if operation else "directory_change"
    if event.category == "directory_change" and any(change.name in _ACCESS for change in event.changes or []):
        event.category = "oauth"
    places = {
        "target": cut(event.target or "(not named)"),
        "other": other_of(event.changes or []),
        "scopes": scopes_of(event),
    }
    event.summary = say(event, operation, **{name: value for name, value in places.items() if value}) + what_changed(
        event
    )


def _identity(value: Any) -> _Identity:
    found = _Identity()
    for item in items_of(value):
        text, kind = known(item.get("ID")), text_of(item.get("Type"))
        if text is None:
            continue
        if kind == "5":
            found.upn = text
        elif kind == "1":
            found.name = text
        elif kind == "2" and found.kind is None and (match := _KIND_AND_ID.fullmatch(text)):
            found.kind, found.object_id = match.group(1), match.group(2)
        elif kind == "2" and is_guid(text) and found.object_id is None and found.program_id is None:
            found.program_id = text
    return found


def _fill_changes(event: Event, data: dict[str, Any], details: dict[str, Any]) -> None:
    """Changed properties; in some years they came in ``additionalDetails`` instead, cut into numbered pieces."""
    piece = object_in(details.get("b")) or details
    listed_there = json_in(piece.get("targetUpdatedProperties"))
    changes = changes_in(data.get("ModifiedProperties")) or changes_in(listed_there)
    event.changes = [change for change in changes if change.name not in _NOT_A_CHANGE] or None
    if event.outcome == "failure":
        event.error_text = next(
            (change.new for change in changes if change.name.startswith("MethodExecutionResult")), None
        )


def _fill_actor(event: Event, actor: _Identity) -> None:
    """A program that acts for itself is better known by its display name than by ``ServicePrincipal_<id>``."""
    event.actor_id = actor.object_id or event.actor_id
    user = event.actor or ""
    if (
        actor.upn is None
        and actor.name
        and (user.startswith("ServicePrincipal_") or is_guid(user) or user in {"", "Certificate"})
    ):
        event.actor = actor.name
    elif not user:
        event.actor = actor.upn
    event.app_id = event.app_id or actor.program_id
    if event.app_id and not event.app_name:
        event.app_name = (actor.name if actor.program_id == event.app_id else None) or app_name(event.app_id)


def _target_type(target: _Identity, extended: dict[str, str]) -> str | None:
    return type_word(target.kind or extended.get("extendedAuditEventCategory") or "")


def type_word(kind: str) -> str | None:
    """The kind of a directory object as ``Event.target_type`` says it."""
    kind = kind.casefold()
    return _KINDS.get(kind, kind) or None


def other_of(changes: list[Change]) -> str:
    """The role, group, application or device an operation is about beside its target."""
    values = {change.name: change.new or change.old for change in changes}
    return next((cut(value) for name in _OTHERS if (value := values.get(name))), "")


def scopes_of(event: Event) -> str:
    """The permissions a record names: ``: Mail.Read, User.Read``; before and after where it names both."""
    changes = {change.name: change for change in event.changes or []}
    for_all = " for everyone in the organization" if _is_true(changes.get("ConsentContext.OnBehalfOfAll")) else ""
    consent, grant = changes.get("ConsentAction.Permissions"), changes.get("DelegatedPermissionGrant.Scope")
    if consent is not None:
        before, arrow, after = (consent.new or consent.old or "").partition("=>")
        old, new = (_SCOPE.findall(before), _SCOPE.findall(after)) if arrow else ([], _SCOPE.findall(before))
        return for_all + _before_and_after(" ".join(old).split(), " ".join(new).split())
    if grant is not None:
        return for_all + _before_and_after((grant.old or "").split(), (grant.new or "").split())
    for name in ("AppRole.Value", "AppRole.DisplayName"):
        if name in changes:
            return f"{for_all}: {cut(changes[name].new or changes[name].old or '')}"
    return for_all


def _is_true(change: Change | None) -> bool:
    return change is not None and change.new == "True"


def _before_and_after(old: list[str], new: list[str]) -> str:
    old, new = list(dict.fromkeys(old)), list(dict.fromkeys(new))
    if old and new:
        return f": {listed(old, 12)} before, {listed(new, 12)} after"
    return f": {listed(old or new, 12)}" if old or new else ""


def what_changed(event: Event) -> str:
    """For updates the names of the changed properties; values can be long or secret and stand in their own column."""
    operation = (event.operation or "").casefold()
    if not operation.startswith(("update", "set")) or not event.changes:
        return ""
    names = list(
        dict.fromkeys(
            change.name for change in event.changes if not change.name.startswith(("TargetId.", "MethodExecution"))
        )
    )
    return f" ({listed(names, 4)})" if names else ""
