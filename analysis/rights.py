"""One entry of a log as steps in the life of rights: who gets or loses what, on what."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from m365timeline.analysis.commands import members, parameters
from m365timeline.analysis.people import People, bare

UNNAMED = "(not named in the log)"
MAILBOX_KINDS = ("Mailbox", "Folder")
SENDING_KINDS = ("Send as", "Send on behalf")
_SCOPES = re.compile(r"Scope:\s*([^,\]]+)")
_RIGHTS = re.compile(r"[;,]\s*")


class Step(msgspec.Struct, kw_only=True):
    """One act on one right. ``verb``: grant, revoke, list (the whole list ``members``, ``old`` the one before if logged)."""

    time: int | None
    positions: list[int]
    by: str
    by_type: str | None
    failed: bool
    kind: str
    verb: str
    holder: str = ""
    on: str = ""
    right: str = ""
    members: list[str] = msgspec.field(default_factory=list)
    old: list[str] | None = None
    before: str | None = None


class _Entry:
    """A row of the timeline with its parameters and changes at hand."""

    def __init__(self, row: Mapping[str, Any], people: People) -> None:
        self.row = row
        self.people = people
        self.given = parameters(row["command"])
        self.new = {item["name"].lower(): item["new"] for item in row["changes"] or ()}
        self.old = {item["name"].lower(): item["old"] for item in row["changes"] or ()}

    def step(self, kind: str, verb: str, **fields: Any) -> Step:
        row = self.row
        return Step(
            time=row["time"], positions=[row["position"]], by=row["actor"] or "(not named)", by_type=row["actor_type"],
            failed=row["outcome"] == "failure", kind=kind, verb=verb, **fields,
        )  # fmt: skip

    def person(self, name: str | None) -> str:
        return self.people.of(name) or UNNAMED

    @property
    def owner(self) -> str:
        """The mailbox a cmdlet worked on."""
        named = self.row["mailbox"] or self.given.get("identity") or self.row["target"]
        return self.person(named)


def read_steps(row: Mapping[str, Any], people: People) -> Iterator[Step]:
    """The steps of one timeline row; none if it is no change of rights."""
    operation = (row["operation"] or "").strip().lower()
    read = _READERS.get(operation)
    if read is not None:
        yield from read(_Entry(row, people), operation)


def _verb(operation: str) -> str:
    return "revoke" if operation.startswith("remove") else "grant"


def _mailbox(entry: _Entry, operation: str) -> Iterator[Step]:
    given = entry.given
    kind, holder = ("Send as", "trustee") if "recipient" in operation else ("Mailbox", "user")
    denied = "deny " if given.get("deny") == "True" else ""
    for right in _RIGHTS.split(given.get("accessrights", "")) or [""]:
        yield entry.step(
            kind,
            _verb(operation),
            holder=entry.person(given.get(holder)),
            on=entry.owner,
            right=denied + (right or "(not named)"),
        )


def _folder(entry: _Entry, operation: str) -> Iterator[Step]:
    identity = entry.given.get("identity") or entry.row["target"] or ""
    owner, _, folder = identity.partition(":\\")
    if not folder:
        owner, _, folder = bare(identity).partition("\\")
    rights = entry.given.get("accessrights") or "(not named)"
    yield entry.step(
        "Folder",
        _verb(operation),
        holder=entry.person(entry.given.get("user")),
        on=entry.person(owner),
        right=f"{rights} on \\{folder}",
    )


def _folder_item(entry: _Entry, operation: str) -> Iterator[Step]:
    rights = entry.new.get("memberrights") or entry.old.get("memberrights") or "(not named)"
    yield entry.step(
        "Folder", _verb(operation), holder=entry.person(entry.row["target"]), on=entry.person(entry.row["mailbox"]),
        right=f"{rights} on {entry.row['folder'] or '(folder not named)'}",
    )  # fmt: skip


def _on_behalf(entry: _Entry, _operation: str) -> Iterator[Step]:
    value = entry.given.get("grantsendonbehalfto")
    if value is None:
        return
    old = entry.old.get("grantsendonbehalfto")
    yield entry.step(
        "Send on behalf",
        "list",
        on=entry.owner,
        right="SendOnBehalf",
        members=members(value),
        old=None if old is None else members(old),
    )


def _role_group(entry: _Entry, operation: str) -> Iterator[Step]:
    group = bare(entry.given.get("identity") or entry.given.get("name") or entry.row["target"] or "(not named)")
    if operation.startswith(("update", "new")):
        right = entry.given.get("roles", "member")
        old: list[str] | None = [] if operation.startswith("new") else None
        yield entry.step(
            "Role group", "list", on=group, right=right, members=members(entry.given.get("members")), old=old
        )
        return
    yield entry.step(
        "Role group", _verb(operation), holder=entry.person(entry.given.get("member")), on=group, right="member"
    )


def _assignment(entry: _Entry, operation: str) -> Iterator[Step]:
    holder = next(
        (entry.given[name] for name in ("user", "app", "securitygroup", "policy", "computer") if name in entry.given),
        None,
    )
    name = (
        entry.given.get("role")
        or entry.given.get("name")
        or entry.given.get("identity")
        or entry.row["target"]
        or "(not named)"
    )
    yield entry.step(
        "Management role", _verb(operation), holder=entry.person(holder), on="the organization", right=bare(name)
    )


def _directory_role(entry: _Entry, operation: str) -> Iterator[Step]:
    role = entry.new.get("role.displayname") or entry.old.get("role.displayname") or "(role not named)"
    yield entry.step(
        "Directory role", _verb(operation), holder=entry.person(entry.row["target"]), on="the directory", right=role
    )


def _consent(entry: _Entry, _operation: str) -> Iterator[Step]:
    permissions = entry.new.get("consentaction.permissions") or ""
    scopes = _scopes(" ".join(_SCOPES.findall(permissions)))
    everyone = entry.new.get("consentcontext.onbehalfofall") == "True" or "AllPrincipals" in permissions
    whose = "everyone in the organization" if everyone else entry.people.name(entry.person(entry.row["actor"])) or ""
    right = scopes or "(permissions not named)"
    app = entry.row["target"] or "(not named)"
    yield entry.step("Application", "grant", holder=app, on=whose, right=right)


def _app_role(entry: _Entry, operation: str) -> Iterator[Step]:
    app = entry.new.get("serviceprincipal.displayname") or entry.old.get("serviceprincipal.displayname")
    role = entry.new.get("approle.value") or entry.old.get("approle.value") or "(role not named)"
    yield entry.step(
        "Application role",
        _verb(operation),
        holder=app or "(application not named)",
        on=entry.row["target"] or "(not named)",
        right=role,
    )


def _delegated(entry: _Entry, operation: str) -> Iterator[Step]:
    name = "delegatedpermissiongrant.scope"
    old, new = _scopes(entry.old.get(name)), _scopes(entry.new.get(name))
    holder = (
        entry.new.get("serviceprincipal.objectid") or entry.old.get("serviceprincipal.objectid") or entry.row["target"]
    )
    verb = "revoke" if _verb(operation) == "revoke" and not new else "grant"
    yield entry.step(
        "Delegated permission", verb, holder=holder or "(application not named)", on=entry.row["target"] or "(not named)",
        right=(old if verb == "revoke" else new) or "(permissions not named)", before=old or None,
    )  # fmt: skip


def _scopes(text: str | None) -> str:
    return ", ".join(dict.fromkeys((text or "").split()))


def _site(entry: _Entry, operation: str) -> Iterator[Step]:
    holder = entry.new.get("siteadmin") or entry.old.get("siteadmin")
    verb = "revoke" if "removed" in operation else "grant"
    yield entry.step(
        "Site administrator",
        verb,
        holder=entry.person(holder),
        on=entry.row["target"] or "(not named)",
        right="site collection administrator",
    )


_READERS: dict[str, Callable[[_Entry, str], Iterator[Step]]] = {
    "add-mailboxpermission": _mailbox, "remove-mailboxpermission": _mailbox,
    "add-recipientpermission": _mailbox, "remove-recipientpermission": _mailbox,
    "add-mailboxfolderpermission": _folder, "set-mailboxfolderpermission": _folder, "remove-mailboxfolderpermission": _folder,
    "addfolderpermissions": _folder_item, "modifyfolderpermissions": _folder_item, "removefolderpermissions": _folder_item,
    "set-mailbox": _on_behalf,
    "add-rolegroupmember": _role_group, "remove-rolegroupmember": _role_group, "update-rolegroupmember": _role_group, "new-rolegroup": _role_group,
    "new-managementroleassignment": _assignment, "remove-managementroleassignment": _assignment,
    "add member to role.": _directory_role, "remove member from role.": _directory_role,
    "add eligible member to role.": _directory_role, "remove eligible member from role.": _directory_role,
    "consent to application.": _consent,
    "add app role assignment to service principal.": _app_role, "remove app role assignment from service principal.": _app_role,
    "add delegated permission grant.": _delegated, "remove delegated permission grant.": _delegated,
    "sitecollectionadminadded": _site, "sitecollectionadminremoved": _site,
}  # fmt: skip
