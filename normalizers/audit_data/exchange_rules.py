"""Inbox rules made, changed or removed by Outlook's own client: ``UpdateInboxRules``.

The rule stands in ``OperationProperties``. Exchange writes name, condition and actions when a rule is added; a rule that
is modified or removed is mostly logged by its id alone. Bursts of such records are a client synchronizing its rules.
Rules made in the browser or with PowerShell are admin records (``New-InboxRule``).
"""

import json
import re
from functools import lru_cache
from typing import Any

from m365timeline.normalizers.audit_data.common import known, named
from m365timeline.normalizers.sentences import cut, listed, tried, who
from m365timeline.schemas.event import Change, Event

_VERBS = {
    "add": ("created", "create"), "create": ("created", "create"), "modify": ("changed", "change"),
    "update": ("changed", "change"), "set": ("changed", "change"), "remove": ("removed", "remove"),
    "delete": ("removed", "remove"), "enable": ("switched on", "switch on"), "disable": ("switched off", "switch off"),
}  # fmt: skip
_EMPTY = frozenset({"", "{}", "[]", "null"})
_FORWARDS = re.compile(
    r"(?:^|[;,|])\s*(?:forward|redirect)", re.IGNORECASE
)  # at the beginning of an action, not in a folder's name
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")


def fill_rule_update(event: Event, data: dict[str, Any]) -> str:
    """Fill target, category and changes; returns the sentence. ``forwarding`` if an action forwards or redirects."""
    properties = named(data.get("OperationProperties"))
    verb = _spoken(properties.get("RuleOperation", "")).partition(" ")[0]
    name = properties.get("RuleName") or None  # never stripped: a rule named with a blank is a known trick
    event.target = name or known(properties.get("RuleId"))
    event.target_type = "rule"
    event.item_count = None
    actions, forwards = _actions(properties.get("RuleActions", ""))
    event.category = "forwarding" if forwards else "rule"
    removed = verb in {"remove", "delete"}
    if event.outcome != "failure":
        event.changes = [
            Change(key, value if removed else None, None if removed else value)
            for key, value in properties.items()
            if key != "RuleOperation" and value not in _EMPTY
        ] or None
    condition = properties.get("RuleCondition", "")
    past, attempt = _VERBS.get(verb, ("updated", "update"))
    where = f" in the mailbox of {event.mailbox}" if event.mailbox else ""
    if event.actor_is_owner:
        where = " in their own mailbox"
    does = f": {', '.join(actions)}" if actions else ""
    when = f"; for mail where {cut(condition, 160)}" if condition not in _EMPTY else ""
    if not does and not when and not removed:
        does = "; the log does not say what the rule does"
    return f"{who(event)} {tried(event, past, attempt)} {_rule(event, name)}{where} from an Outlook client{does}{when}"


def _rule(event: Event, name: str | None) -> str:
    if name is None:
        return f"the inbox rule with the id {event.target}" if event.target else "an inbox rule"
    return f'the inbox rule "{cut(name, 60)}"' if name.strip() else "an inbox rule with a blank name"


def _actions(text: str) -> tuple[list[str], bool]:
    """The actions in words, and whether one of them forwards or redirects.

    ``RuleActions`` is JSON such as ``[{"ActionType": "Forward", "Recipients": […]}]``; any other text is shown as logged.
    """
    if text in _EMPTY:
        return [], False
    try:
        actions = json.loads(text)
    except (ValueError, RecursionError):
        actions = None
    if isinstance(actions, dict):
        actions = [actions]
    if not isinstance(actions, list) or not all(isinstance(each, dict) for each in actions):
        return [cut(text, 160)], _FORWARDS.search(text) is not None
    words = [_action(each) for each in actions]
    return words, any(each.startswith(("forward", "redirect")) for each in words)


def _action(action: dict[str, Any]) -> str:
    kind = known(action.get("ActionType")) or known(action.get("Type"))
    details: list[str] = []
    for key, value in action.items():
        if key not in {"ActionType", "Type"}:
            details.extend(text for each in (value if isinstance(value, list) else [value]) if (text := _plain(each)))
    return f"{_spoken(kind) if kind else 'unnamed action'} {cut(listed(details), 120)}".rstrip()


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(text for each in value.values() if (text := _plain(each)))
    return known(value) or ""


@lru_cache(maxsize=1024)
def _spoken(name: str) -> str:
    """``ForwardAsAttachment`` as words: ``forward as attachment``."""
    return " ".join(_WORD.findall(name)).lower() or name
