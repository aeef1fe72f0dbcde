"""States in words: what a rule does, who may do what in a mailbox, what a device is. Nothing is said on when or by whom."""

from typing import Any

from m365timeline.normalizers.audit_data.common import flag, known
from m365timeline.normalizers.sentences import cut, listed
from m365timeline.normalizers.transport import is_lost
from m365timeline.schemas.message_columns import squeeze
from m365timeline.schemas.record import Record
from m365timeline.schemas.state import State
from m365timeline.schemas.state_columns import columns_of

_ENABLED = {"enabled": True, "disabled": False}
_NOTHING = frozenset({"", "False", "false", "{}", "[]", "None", "0"})


class _Properties:
    """The properties of one object by meaning."""

    def __init__(self, kind: str, fields: dict[str, Any]) -> None:
        self._kind = kind
        self._values: dict[str, tuple[str, str]] = {}
        for name, value in fields.items():
            text = _text(value)
            if text is not None and not is_lost(text):
                self._values.setdefault(squeeze(name), (name, text))

    def first(self, field: str) -> str | None:
        return next((self._values[name][1] for name in columns_of(self._kind, field) if name in self._values), None)

    def said(self, field: str) -> list[str]:
        """``MoveToFolder: RSS Feeds`` for every property of a meaning that says something; a plain yes is its name."""
        found = [self._values[name] for name in columns_of(self._kind, field) if name in self._values]
        return [
            name if text in {"True", "true"} else f"{name}: {cut(text, 100)}"
            for name, text in found
            if text not in _NOTHING
        ]


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        return "; ".join(filter(None, map(_text, value))) or None
    if isinstance(value, dict):
        return next(
            (text for key in ("PrimarySmtpAddress", "DisplayName", "Name", "value") if (text := _text(value.get(key)))),
            None,
        )
    text = known(value)
    if text is None:
        return None
    return "; ".join(part.strip() for part in text.strip("{} ").split(";")) or None  # one spelling for lists


def describe(record: Record) -> State:
    """Turn one row of a list into a state."""
    properties = _Properties(record.kind, record.fields)
    lost = any(isinstance(value, str) and is_lost(value) for value in record.fields.values())
    state = State(
        kind=record.kind, owner=properties.first("owner"), name=properties.first("name"), fields={key: value for key, value in record.fields.items() if value not in (None, "")},
        quality=[*record.quality, *(["details_lost"] if lost else [])], record_number=record.number, line=record.line, offset=record.offset,
        length=record.length, raw=record.raw,
    )  # fmt: skip
    word = properties.first("enabled")
    state.enabled = _ENABLED.get(word.casefold(), flag(word)) if word else None
    {"mailbox_permission": _permission, "mobile_device": _device, "exported_item": _exported}.get(record.kind, _rule)(
        state, properties
    )
    return state


def _rule(state: State, properties: _Properties) -> None:
    """What a rule does and when: forwarding first, because it takes mail out of sight."""
    forwards, actions, conditions = (properties.said(name) for name in ("forwards", "action", "condition"))
    state.holder = "; ".join(text.partition(": ")[2] for text in forwards) or None
    state.rights = forwards + actions
    what = "Transport rule" if state.kind == "transport_rule" else "Inbox rule"
    whose = f" of {state.owner}" if state.owner and state.kind == "inbox_rule" else ""
    switched = {True: "enabled", False: "disabled", None: "not said whether it is enabled"}[state.enabled]
    when = f", if {listed(conditions, 4)}" if conditions else ""
    does = listed(state.rights, 6) if state.rights else "no action that the list names"
    state.summary = f'{what} "{cut(state.name or "", 80)}"{whose} ({switched}): {does}{when}'


def _permission(state: State, properties: _Properties) -> None:
    """A right, a denied right and an inherited one are three different things."""
    state.holder = properties.first("holder")
    rights = properties.first("rights") or ""
    state.rights = [right.strip() for right in rights.replace(";", ",").split(",") if right.strip()]
    denied = (properties.first("denied") or "").casefold() in {"true", "deny"}
    state.enabled = not denied
    where = f" on the folder {cut(state.name, 60)}" if state.name else ""
    state.inherited = flag(properties.first("inherited"))
    inherited = " (inherited)" if state.inherited else ""
    verb = "is denied" if denied else "has"
    state.summary = f"{state.holder or 'Somebody not named'} {verb} {listed(state.rights) or 'a right not named'} in the mailbox {state.owner or '(not named)'}{where}{inherited}"


def _device(state: State, properties: _Properties) -> None:
    """A device and when it was seen, in the words of the list: its times are not said to be of any zone."""
    client, seen = properties.said("client"), properties.said("seen")
    state.summary = (
        f"Device {cut(state.name or '(not named)', 60)} of {state.owner or '(not named)'}: {listed(client + seen, 6)}"
    )


def _exported(state: State, properties: _Properties) -> None:
    """An item a search found and exported, in the words of its report: the report does not name the zone of its times."""
    state.holder = properties.first("holder")
    place = properties.first("place")
    told = [*properties.said("seen"), *properties.said("client")]
    where = f" at {cut(place, 100)}" if place else ""
    said = f": {listed(told, 6)}" if told else ""
    state.summary = f'Item "{cut(state.name or "", 80)}" by {state.holder or "somebody not named"}, exported from {state.owner or "(not named)"}{where}{said}'
