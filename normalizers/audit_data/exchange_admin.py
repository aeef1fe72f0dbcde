"""Cmdlets run against Exchange (record type 1): what was set, on which object, by whom.

``changes`` holds the parameters that set something: not those that choose the object or steer the run (``Identity``,
``Force``, ``DomainController``, …), nothing for cmdlets that remove or ask, nothing for a cmdlet that failed. What stood
before is known only where the organization logs verbosely (``ModifiedProperties``). The whole list stays in ``extra``.
"""

import re
from functools import lru_cache
from typing import Any

from m365timeline.normalizers.audit_data.common import flag, named, text_of
from m365timeline.normalizers.exchange import fill_admin
from m365timeline.schemas.event import Change, Event

KEYS = frozenset({"ObjectId", "OriginatingServer"})

_STEERING = frozenset({
    "identity", "mailbox", "confirm", "whatif", "force", "domaincontroller", "erroraction", "warningaction", "informationaction",
    "ignoredefaultscope", "ignoredehydratedflag", "alwaysdeleteoutlookrulesblob", "asjob", "verbose", "debug",
})  # fmt: skip
_SETS_NOTHING = ("remove-", "get-", "search-", "test-", "export-")
_WRITTEN = re.compile(r"""-([A-Za-z]\w*)(?::\s*|\s+(?!-[A-Za-z])|$)("(?:[^"]|"")*"|'(?:[^']|'')*'|[^\s"']*)""")


def fill(event: Event, data: dict[str, Any]) -> None:
    """Fill category, target, mailbox, command, changes and the sentence."""
    get = data.get
    event.external_access = flag(get("ExternalAccess"))
    event.server = (text_of(get("OriginatingServer")) or "").strip() or None
    raw = get("Parameters")
    parameters = _written(raw) if type(raw) is str else named(raw)
    described = _describe(
        event.operation or "", text_of(get("ObjectId")), tuple(parameters.items()), event.actor or event.actor_id,
        event.on_behalf_of, event.outcome,
    )  # fmt: skip
    event.category, event.summary = described.category, described.summary
    event.target, event.target_type, event.mailbox = described.target, described.target_type, described.mailbox
    event.command = described.command
    if described.quality:
        event.quality = [*(event.quality or []), *described.quality]
    modified = get("ModifiedProperties")
    event.changes = _modified(modified) if modified else described.changes
    if event.mailbox and event.actor and "@" in event.mailbox and event.mailbox.casefold() == event.actor.casefold():
        event.actor_is_owner = True


@lru_cache(maxsize=4096)
def _describe(
    cmdlet: str,
    target: str | None,
    parameters: tuple[tuple[str, str], ...],
    actor: str | None,
    behalf: str | None,
    outcome: str | None,
) -> Event:
    """What depends on the text alone: Exchange's own maintenance runs the same cmdlets every day."""
    event = Event(actor=actor, on_behalf_of=behalf, outcome=outcome)
    sets = outcome != "failure" and not cmdlet.casefold().startswith(_SETS_NOTHING)
    steering = _steering(tuple(name for name, _ in parameters)) if sets else ()
    changes = [Change(name, None, value) for name, value in parameters if name not in steering] if sets else []
    event.changes = changes  # so that fill_admin looks for none
    fill_admin(event, cmdlet, target, dict(parameters))
    event.changes = changes or None
    return event


@lru_cache(maxsize=4096)
def _steering(names: tuple[str, ...]) -> frozenset[str]:
    """Of the names of parameters those that set nothing."""
    return frozenset(name for name in names if name.casefold() in _STEERING)


def _written(text: str) -> dict[str, str]:
    """Read parameters logged as one text: ``-Name "foo" -Enabled:$true``. A switch without value is ``True``."""
    result: dict[str, str] = {}
    for name, value in _WRITTEN.findall(text):
        plain = value
        if value[:1] in {'"', "'"}:
            plain = value[1:-1].replace(value[0] * 2, value[0])
        elif value.casefold() in {"$true", "$false", ""}:
            plain = "False" if value.casefold() == "$false" else "True"
        result[name] = f"{result[name]}; {plain}" if name in result else plain
    return result


def _modified(value: Any) -> list[Change] | None:
    changes = [
        Change(name, text_of(each.get("OldValue")), text_of(each.get("NewValue")))
        for each in (value if isinstance(value, list) else [])
        if isinstance(each, dict) and (name := text_of(each.get("Name"))) is not None
    ]
    return changes or None
