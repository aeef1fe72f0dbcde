r"""What lists of states say stood: rights and rules a list names, beside those the logs tell of.

Method: a list (Get-MailboxPermission, Get-InboxRule and their kin) has no time. It shows that a right or a rule stood when it was
made, and, if it names others of the same mailbox, that one it does not name did not stand then. Inherited rights, denied ones and
those of the owner (``NT AUTHORITY\SELF``) are no access anybody was given; they stand on the sheet Context alone.
"""

from typing import TYPE_CHECKING

import msgspec

from m365timeline.analysis.base import Case, listed
from m365timeline.analysis.mail_rule_steps import INBOX, ORGANIZATION, TRANSPORT
from m365timeline.analysis.people import People, learn_people

if TYPE_CHECKING:
    from m365timeline.schemas.state import State

_SELF = "nt authority\\self"


class Listed(msgspec.Struct):
    """One right or rule that lists name. ``places`` are ``file#record``; ``settings`` those of a rule, by names in lower case."""

    kind: str
    holder: str
    on: str
    right: str
    places: list[str]
    enabled: bool | None = None
    settings: dict[str, str] = msgspec.field(default_factory=dict)


class Standing(msgspec.Struct):
    """Everything lists name by its key, and which files list the rights (or rules) of which mailbox."""

    named: dict[tuple[str, str, str, str], Listed]
    files: dict[tuple[str, str], list[str]]

    def names(self, kind: str, holder: str, on: str, right: str) -> Listed | None:
        """The list's entry of a right or rule, if one has it."""
        return self.named.get((kind, holder, on, right.lower()))

    def lacks(self, kind: str, on: str) -> str | None:
        """Files that list what there was on a mailbox, for something that is not among it; ``None`` if no list is of it."""
        return listed(self.files.get((kind, on), ()), 3, ", ")


def learn_standing(case: Case) -> Standing:
    """Read every list of rights and rules."""
    people = case.once(learn_people)
    found = Standing({}, {})
    for state in case.states():
        for item in _items(state, people):
            found.files.setdefault((item.kind, item.on), []).append(state.source_file)
            if item.right or item.kind in {INBOX, TRANSPORT}:
                known = found.named.setdefault((item.kind, item.holder, item.on, item.right.lower()), item)
                if known is not item:
                    known.places += item.places
    return found


def _items(state: "State", people: People) -> list[Listed]:
    places = [f"{state.source_file}#{state.record_number}"]
    if state.kind == "mailbox_permission":
        return _rights(state, people, places)
    if state.kind not in {"inbox_rule", "transport_rule"}:
        return []
    kind = INBOX if state.kind == "inbox_rule" else TRANSPORT
    scope = (people.of(state.owner) or "") if kind is INBOX else ORGANIZATION
    settings = {name.lower(): text for name, value in state.fields.items() if (text := _text(value))}
    return [Listed(kind, "", scope, state.name or "", places, state.enabled, settings)]


def _rights(state: "State", people: People, places: list[str]) -> list[Listed]:
    holder, owner = people.of(state.holder), people.of(state.owner)
    if owner is None:
        return []
    rights = state.rights
    if holder is None or state.inherited or state.enabled is False or (state.holder or "").lower() == _SELF:
        rights = [""]  # shows that the list is of this mailbox, and no more
    folder = state.name
    return [
        Listed(
            "Folder" if folder else "Send as" if right.lower() == "sendas" else "Mailbox",
            holder or "",
            owner,
            f"{right} on \\{folder.lstrip(chr(92))}" if folder and right else right,
            places,
        )
        for right in rights
    ]


def _text(value: object) -> str:
    if isinstance(value, list):
        return ";".join(filter(None, map(_text, value)))
    return "" if value is None or isinstance(value, dict) else str(value).strip("{}")
