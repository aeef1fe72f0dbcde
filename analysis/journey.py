"""The way of one message through the transport service, from the events that bear its network message id.

A message gives a dozen events and more; most are housekeeping. The journey folds them into steps and one sentence.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import msgspec

from m365timeline.schemas.message_columns import squeeze
from m365timeline.schemas.reference import rows

_CATEGORIES = frozenset({"mail_trace", "forwarding"})
_NAMED = 3  # recipients named in the sentence; the others are counted
_ENDS = {
    "send": "sent on to", "deliver": "delivered to", "fail": "failed to", "drop": "dropped for",
    "quarantine": "quarantined for", "defer": "deferred for",
}  # fmt: skip
_FINAL = frozenset(_ENDS) - {"defer"}
_MOVES = {"redirect": "redirected", "resolve": "address resolved"}


class Step(msgspec.Struct):
    """One step: when (µs UTC, ``None`` if unknown), its stage, the operation as logged, and the recipients it names.

    ``noise`` tells housekeeping that a reader may skip. ``place`` is the client's address of a receipt, the server of a
    sending, the related address (the group, the other recipient) of an expansion or redirection; ``found`` what the spam filter and the other agents say.
    """

    time: int | None
    stage: str
    operation: str
    recipients: list[str]
    noise: bool = False
    place: str | None = None
    server: str | None = None
    found: list[str] = msgspec.field(default_factory=list)
    by_rule: bool = False


class Journey(msgspec.Struct, frozen=True):
    """The steps in order of time, and the whole way in one sentence without full stop."""

    steps: list[Step]
    sentence: str


@cache
def _known() -> dict[str, tuple[str, bool]]:
    """Stage and noise of every transport event and delivery status, by squeezed name; events come first."""
    known = {squeeze(row["status"]): (row["stage"], False) for row in rows("delivery_statuses")}
    known.update(
        {
            squeeze(row["code"]): (row["stage"], row["noise"] == "yes")
            for row in rows("transport_events")
            if row["kind"] == "event"
        }
    )
    return known


@cache
def _verdicts() -> dict[str, str]:
    return {row["code"]: row["words"] for row in rows("transport_events") if row["kind"] == "verdict"}


def follow(events: Iterable[Mapping[str, Any]]) -> Journey:
    """Fold the events of one message (rows of the timeline, in order of time) into its journey.

    Uses the fields time, category, operation, recipients, delivery_status, ip, server and extra. Events of other
    categories that bear the same message id (somebody read it) are no part of the way and are passed over.
    """
    steps: list[Step] = []
    for event in events:
        operation = event.get("operation")
        if event.get("category") not in _CATEGORIES or not operation:
            continue
        step = _step(event, str(operation))
        same = steps[-1] if steps else None
        if same is not None and (same.time, same.operation, same.place, same.server) == (
            step.time,
            step.operation,
            step.place,
            step.server,
        ):
            same.recipients += [name for name in step.recipients if name not in same.recipients]
            same.found += [words for words in step.found if words not in same.found]
        else:
            steps.append(step)
    return Journey(steps, _sentence(steps))


def _step(event: Mapping[str, Any], operation: str) -> Step:
    extra = _extra(event.get("extra"))
    last = operation.rpartition(",")[2]  # a summary row logs its statuses in order: the last one stands
    stage, noise = _known().get(squeeze(last), ("", False))
    if stage == "drop" and _is_regular_end(event, extra, operation):
        stage, noise = "end", True
    server = event.get("server")
    related = extra.get("related_recipient_address")
    place = {
        "receive": event.get("ip"),
        "send": server,
        "expand": related,
        "redirect": related,
        "resolve": related,
    }.get(stage)
    by_rule = stage in _MOVES and str(extra.get("source", "")).upper() == "MAILBOXRULE"
    recipients = [str(name) for name in event.get("recipients") or []]
    return Step(event.get("time"), stage, operation, recipients, noise, place, server, _found(extra), by_rule)


def _is_regular_end(event: Mapping[str, Any], extra: Mapping[str, Any], operation: str) -> bool:
    """A copy that was dropped because its group had been expanded, or with a 2xx answer: no loss."""
    said = f"{event.get('delivery_status') or ''} {extra.get('detail') or ''}"
    return "expand" in operation.casefold() or "RESOLVER.GRP.Expanded" in said or said.lstrip().startswith("2")


def _extra(text: Any) -> dict[str, Any]:
    if not isinstance(text, str):
        return {}
    value = msgspec.json.decode(text)
    return {name.replace("-", "_"): item for name, item in value.items()} if isinstance(value, dict) else {}


def _found(extra: Mapping[str, Any]) -> list[str]:
    """Spam verdict, malware and transport rules from the agents' data of an event."""
    data = extra.get("data")
    custom = extra.get("custom_data") or (data.get("CustomData") if isinstance(data, dict) else None)
    if not isinstance(custom, dict):
        return []
    found = [f"scanned as {_verdicts().get(code.upper(), code)}" for code in _values(custom.get("S:SFA"), "sfv")]
    found += [f"malware {name} found" for name in _values(custom.get("S:AMA"), "name")]
    return found + [f"transport rule {rule} matched" for rule in _values(custom.get("S:TRA"), "ruleid")]


def _values(agents: Any, wanted: str) -> list[str]:
    found = []
    for agent in agents if isinstance(agents, list) else [agents]:
        for name, value in agent.items() if isinstance(agent, dict) else ():
            if name.casefold() == wanted and value:
                found += value if isinstance(value, list) else [value]
    return list(dict.fromkeys(found))


def _sentence(steps: list[Step]) -> str:
    clauses: list[str] = []
    receipts = [step for step in steps if step.stage == "receive"]
    first = next((step for step in receipts if step.place or step.server), receipts[0] if receipts else None)
    for step in steps:
        if step is first or step.stage != "receive":  # a message is received again at every hop
            clauses += filter(None, [_clause(step)])
        clauses += step.found
    ended = {name for step in steps if step.stage in _FINAL for name in step.recipients}
    for stage, words in _ENDS.items():
        names = dict.fromkeys(name for step in steps if step.stage == stage for name in step.recipients)
        left = [name for name in names if stage != "defer" or name not in ended]
        if left:
            clauses.append(f"{words} {_named(left)}")
    clauses += _removals(steps)
    return ", ".join(dict.fromkeys(clauses)) or "nothing on its way is logged"


def _removals(steps: list[Step]) -> list[str]:
    """What was done after the delivery, by what did it: ``then Phish ZAP for a@x.example, b@x.example``."""
    names: dict[str, dict[str, None]] = {}
    for step in steps:
        if step.stage == "remove":
            names.setdefault(step.operation, {}).update(dict.fromkeys(step.recipients))
    return [f"then {operation} for {_named(list(found))}" for operation, found in names.items()]


def _clause(step: Step) -> str | None:
    if step.noise:
        return None
    if step.stage == "receive":
        return (
            "received" + (f" from {step.place}" if step.place else "") + (f" by {step.server}" if step.server else "")
        )
    if step.stage == "expand":
        if step.place and ";" not in step.place:
            return f"group {step.place} expanded to {len(step.recipients)} recipient{'' if len(step.recipients) == 1 else 's'}"
        return f"group expanded ({_named(step.recipients)})"
    if step.stage in _MOVES:
        names = [*step.recipients, *([f"related address {step.place}"] if step.place else [])]
        return f"{_MOVES[step.stage]}{' by an inbox rule' if step.by_rule else ''} ({_named(names)})"
    return None


def _named(names: list[str]) -> str:
    if not names:
        return "an unnamed recipient"
    if len(names) <= _NAMED:
        return ", ".join(names)
    return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"
