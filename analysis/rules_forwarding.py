"""Rules & forwarding: which rules and forwardings were set, what would they have done, and when did they end?

Method: steps of one rule (by mailbox and name, or by the id a client logs) over cmdlets and clients, put in order; settings are
carried from step to step. Forwarding of a mailbox is a life of its own. Where traces are supplied, mail to the addresses named is
counted.

What the logs cannot show: rules older than the supplied records; rules a client keeps to itself; what a rule really did with a
message, unless a trace tells.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Any

import msgspec

from m365timeline.analysis.base import SERVICES, Case, at, lasted, listed
from m365timeline.analysis.mail_rule_steps import FORWARDING, INBOX, ORGANIZATION, TRANSPORT, RuleStep, read_rule_steps
from m365timeline.analysis.mail_rule_words import does, known_settings, signs, targets
from m365timeline.analysis.people import People, learn_people
from m365timeline.analysis.standing import Listed, Standing, learn_standing
from m365timeline.schemas.sheets import Sheet, SheetColumn, SheetRow, sheet_row
from m365timeline.schemas.words import counted

SHEET = Sheet(
    title="Rules & forwarding",
    about="rules and forwardings, each with its whole life",
    method="Records that create, change, switch or remove an inbox rule, a transport rule, a journal rule or the forwarding of a mailbox, put in order for each of them over cmdlets and clients; an act that two logs write down is one. Rules that only a list of rules names stand behind the others. What a rule would have done is read from its parameters, not observed; mail to the addresses it names is counted in the traces supplied.",
    absence="A rule that is not listed may be older than the supplied records, or set by a client that logs nothing. An empty Ended means that no record supplied ends it. No mail counted means that the traces supplied have none, or that no trace is supplied.",
    empty="no record on the timeline sets a rule or a forwarding.",
    columns=(
        SheetColumn(title="Mailbox / scope"),
        SheetColumn(title="Kind", widest=20),
        SheetColumn(title="Rule", widest=30, about="Its name in quotes; blank names are shown as they are."),
        SheetColumn(title="State", widest=36),
        SheetColumn(title="What it would have done", kind="wrapped"),
        SheetColumn(title="Signs", kind="wrapped"),
        SheetColumn(title="First seen (UTC)", kind="date"),
        SheetColumn(title="By", widest=36),
        SheetColumn(title="Set in", kind="row"),
        SheetColumn(title="From IP", widest=26),
        SheetColumn(title="Through", widest=26),
        SheetColumn(title="Ended (UTC)", kind="date"),
        SheetColumn(title="Ended by", widest=36),
        SheetColumn(title="Ended in", kind="row"),
        SheetColumn(title="Stood", widest=16),
        SheetColumn(title="Life", kind="wrapped", about="Every step in order."),
        SheetColumn(title="Mail sent on, as traces tell", kind="wrapped"),
        SheetColumn(title="First such mail", kind="row"),
        SheetColumn(
            title="Lists of rules",
            kind="wrapped",
            about="Whether a list among the inputs (Get-InboxRule, Get-TransportRule) names this rule. Lists have no time.",
        ),
    ),
    frozen=3,
)


class Life(msgspec.Struct):
    """One rule from its first step to its last. ``settings`` as they stood when it did most: before an end emptied them."""

    steps: list[RuleStep]
    settings: dict[str, str] = msgspec.field(default_factory=dict)
    lists: list[str] = msgspec.field(default_factory=list)

    @property
    def ended(self) -> RuleStep | None:
        """The step that ended it."""
        last = self.steps[-1]
        return last if last.verb == "removed" else None


class Traced(msgspec.Struct):
    """Mail to one address as the traces tell: messages, first and last time, position of the first."""

    messages: int
    first: int | None
    last: int | None
    position: int


def rows(case: Case) -> Iterator[SheetRow]:
    """One row for each rule and each forwarding, in the order they are first seen; what services set stands last."""
    people = case.once(learn_people)
    standing = case.once(learn_standing)
    lives = list(_lives(read_rule_steps(case)))
    alone = _join_lists(lives, standing)
    own = people.domains({key for key in map(people.of, people.mailboxes) if key})
    every = [*(life.settings for life in lives), *(entry.settings for entry in alone)]
    sent = _traced(case, set(chain.from_iterable(targets(settings) for settings in every)))
    for life in sorted(lives, key=lambda item: item.steps[0].by_type in SERVICES):
        yield _row(life, people, own, sent, standing)
    for entry in alone:
        yield _listed_row(entry, people, own, sent)


def _join_lists(lives: list[Life], standing: Standing) -> list[Listed]:
    """Note on the last life of each rule which lists name it; returns the rules that only lists name."""
    last = {
        (life.steps[0].kind, life.steps[0].scope, life.steps[0].name.lower()): life
        for life in lives
        if not life.steps[0].failed
    }
    alone = []
    for entry in standing.named.values():
        life = last.get((entry.kind, entry.on, entry.right.lower()))
        if life is not None:
            life.lists += entry.places
        elif entry.kind in {INBOX, TRANSPORT}:
            alone.append(entry)
    return alone


def _lives(steps: list[RuleStep]) -> Iterator[Life]:
    open_lives: dict[Any, Life] = {}
    names: dict[tuple[str, str], str] = {}
    ended: list[Life] = []
    for step in steps:
        if step.rule_id and step.name:
            names[step.scope, step.rule_id] = step.name
        name = step.name or names.get((step.scope, step.rule_id or ""), step.rule_id or "")
        step.name = name
        if step.failed:
            ended.append(Life([step], _set(step.settings)))
            continue
        key = (step.kind, step.scope, name.lower())
        life = open_lives.get(key)
        if life is None or (step.verb == "created" and life.steps[-1].verb == "created"):
            if life is not None:
                ended.append(life)
            life = open_lives[key] = Life([])
        life.steps.append(step)
        if step.verb == "removed":
            life.settings = life.settings or _set(step.old)
            ended.append(open_lives.pop(key))
        else:
            life.settings |= _set(step.settings)
    yield from sorted([*ended, *open_lives.values()], key=lambda item: item.steps[0].positions[0])


def _set(settings: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in settings.items() if value != ""}


def _traced(case: Case, addresses: set[str]) -> dict[str, Traced]:
    if not addresses:
        return {}
    case.keep("rule_targets", {"address": sorted(addresses)})
    found = case.rows(
        """SELECT address, count(DISTINCT coalesce(network_message_id, message_ids[1], event_id)) AS messages,
        epoch_us(min(time)) AS first, epoch_us(max(time)) AS last, min(position) AS position
        FROM (SELECT position, time, event_id, network_message_id, message_ids, unnest(recipients) AS recipient FROM events
              WHERE category IN ('mail_trace', 'forwarding') AND recipients IS NOT NULL)
        JOIN rule_targets ON lower(recipient) = address GROUP BY address"""
    )
    return {row["address"]: Traced(row["messages"], row["first"], row["last"], row["position"]) for row in found}


def _row(life: Life, people: People, own: set[str], sent: dict[str, Traced], standing: Standing) -> SheetRow:
    first, end = life.steps[0], life.ended
    found = signs(first.name, first.kind, life.settings, own)
    reached = [(address, sent[address]) for address in targets(life.settings) if address in sent]
    started = first if first.verb in {"created", "changed"} else None
    values = (
        first.scope if first.scope == ORGANIZATION else people.name(first.scope), first.kind,
        None if first.kind == FORWARDING else f'"{first.name}"', _state(life),
        does(first.kind, life.settings, whole=first.verb == "created") or "The log does not say what it would do", listed(found, between="\n"),
        first.time, first.by, first.positions[0], first.ip, listed((step.path for step in life.steps), between=", "),
        end and end.time, end and end.by, end and end.positions[0],
        lasted(end.time - first.time) if end and started and end.time is not None and first.time is not None else None,
        "\n".join(f"{at(step.time)} {step.verb} by {step.by}" + (f" from {step.ip}" if step.ip else "") for step in life.steps),
        "\n".join(_mail(address, item) for address, item in reached) or None, reached[0][1].position if reached else None,
        _on_lists(life, standing),
    )  # fmt: skip
    service = first.by_type in SERVICES
    severity = "info" if service else "low" if first.failed else "high" if found else "medium"
    return sheet_row(values, sorted({place for step in life.steps for place in step.positions}), severity)


def _on_lists(life: Life, standing: Standing) -> str | None:
    if life.lists:
        return f"Named by {listed(life.lists, 3, ', ')}"
    first = life.steps[0]
    lacking = standing.lacks(first.kind, first.scope)
    if lacking is None or first.failed:
        return None
    return f"Not named by {lacking}, which lists the rules there: it did not stand when that list was made"


def _listed_row(entry: Listed, people: People, own: set[str], sent: dict[str, Traced]) -> SheetRow:
    """A rule that a list names and no record tells of."""
    found = signs(entry.right, entry.kind, entry.settings, own)
    reached = [(address, sent[address]) for address in targets(entry.settings) if address in sent]
    state = {True: "Stood, switched on,", False: "Stood, switched off,", None: "Stood"}[entry.enabled]
    values = (
        entry.on if entry.on == ORGANIZATION else people.name(entry.on), entry.kind, f'"{entry.right}"',
        f"{state} when the list was made; no record supplied creates or changes it",
        does(entry.kind, known_settings(entry.settings)) or "The list does not say what it would do", listed(found, between="\n"),
        *(None,) * 10, "\n".join(_mail(address, item) for address, item in reached) or None, reached[0][1].position if reached else None,
        f"Named by {listed(entry.places, 3, ', ')}",
    )  # fmt: skip
    return sheet_row(values, (), "high" if found and entry.enabled is not False else "medium")


def _mail(address: str, item: Traced) -> str:
    return f"{counted(item.messages, 'message')} to {address}, first {at(item.first)}, last {at(item.last)}"


def _state(life: Life) -> str:
    last = life.steps[-1]
    if last.failed:
        return "Attempt failed: nothing changed, as far as the log says"
    older = (
        ""
        if life.steps[0].verb == "created" or life.steps[0].kind == FORWARDING
        else "; when it was created is not in the supplied logs"
    )
    if last.verb == "removed":
        return f"Removed{older}"
    return f"{'Switched off' if last.verb == 'switched off' else 'Stands'}; no record removes it{older}"
