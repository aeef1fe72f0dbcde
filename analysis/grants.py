"""Rights as intervals: who was given what on which mailbox, folder, role or directory, from when until when, by whom.

Method: each cmdlet or directory entry that gives, changes or takes a right is a step; steps of one right are put in order, and
a step that two logs write down (same second, same right) is one. Lists (send on behalf, members of a role group) are logged
whole: only the comparison with the list before says who came and who went.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from m365timeline.analysis.base import SECOND, SERVICES, Case
from m365timeline.analysis.people import People, learn_people
from m365timeline.analysis.rights import UNNAMED, Step, read_steps
from m365timeline.analysis.standing import Standing, learn_standing

_REPLACED = frozenset({"Folder", "Application"})  # a new value takes the place of the old one
_CONSENT = re.compile(r"ClientId:\s*([^,\]\s]+)")


class Interval(msgspec.Struct, kw_only=True):
    """A right from one moment to another. ``granted`` and ``revoked`` are its steps; ``None``: not in the logs.

    ``listed``: the right was first seen on a list whose earlier state is not in the logs, so that it may be older.
    ``lists`` are the lists of states (``file#record``) that name it; a right that only they name has no step.
    ``uses`` counts what the holder did with it, ``first_use`` and ``last_use`` are (time, position).
    """

    kind: str
    holder: str
    on: str
    right: str
    granted: Step | None = None
    revoked: Step | None = None
    steps: list[Step] = msgspec.field(default_factory=list)
    listed: bool = False
    failed: bool = False
    before: str | None = None
    uses: int = 0
    first_use: tuple[int | None, int] | None = None
    last_use: tuple[int | None, int] | None = None
    lists: list[str] = msgspec.field(default_factory=list)

    def holds_at(self, time: int | None) -> bool:
        """Whether the right stood at a time, as far as the logs say."""
        if self.failed or time is None:
            return False
        start = self.granted.time if self.granted else None
        end = self.revoked.time if self.revoked else None
        return (start is None or start <= time) and (end is None or time <= end)

    @property
    def positions(self) -> list[int]:
        """The events it rests on."""
        return sorted({position for step in self.steps for position in step.positions})


class Grants(msgspec.Struct):
    """Every interval, in order of its first step, and the window the records of administration cover (µs, or ``None``)."""

    intervals: list[Interval]
    covered: tuple[int | None, int | None]
    records: int
    _by_pair: dict[tuple[str, str], list[Interval]] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        for item in self.intervals:
            self._by_pair.setdefault((item.holder, item.on), []).append(item)

    def between(self, holder: str, on: str, kinds: Collection[str]) -> list[Interval]:
        """What one person held on another's mailbox; nothing is known of a person no log names."""
        if holder == UNNAMED:
            return []
        return [item for item in self._by_pair.get((holder, on), ()) if item.kind in kinds]


def learn_grants(case: Case) -> Grants:
    """Rebuild every right of a case."""
    people = case.once(learn_people)
    found = list(
        case.rows(
            """SELECT position, epoch_us(time) AS time, operation, actor, actor_type, outcome, mailbox, target, folder, command, changes
            FROM events WHERE category IN ('permission', 'role', 'oauth') OR (operation ILIKE 'set-mailbox' AND command ILIKE '%GrantSendOnBehalfTo%')
            ORDER BY position"""
        )
    )
    steps = _fold(step for row in found for step in read_steps(row, people))
    apps = _applications(found)
    for step in steps:
        step.holder = apps.get(step.holder, step.holder)
    window = next(
        case.rows(
            """SELECT epoch_us(min(time)) AS first, epoch_us(max(time)) AS last, count(*) AS records FROM events
            WHERE record_type LIKE '1 %' OR source_type LIKE 'admin_audit%'"""
        )
    )
    intervals = _join_lists(_intervals(steps, people), case.once(learn_standing))
    return Grants(intervals, (window["first"], window["last"]), window["records"])


def _applications(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Names of applications by the id of their service principal, from the consents that name both."""
    named = {}
    for row in rows:
        if row["target"] and (row["operation"] or "").lower().startswith("consent"):
            for item in row["changes"] or ():
                named.update(dict.fromkeys(_CONSENT.findall(item["new"] or ""), row["target"]))
    return named


def _fold(steps: Iterable[Step]) -> list[Step]:
    """Steps in order; what two logs write of one act becomes one step.

    A step whose time is not settled, or whose holder its log has lost, joins the only step that is otherwise like it.
    """
    folded: dict[Any, Step] = {}
    alike: dict[Any, list[Step]] = {}
    for step in sorted(steps, key=lambda step: (step.holder == UNNAMED, step.time is None)):
        what = (step.verb, step.kind, step.on, step.holder, step.right, tuple(step.members))
        known = _only(step, alike.get(what[:3], ()))
        if known is None:
            key = (step.positions[0] if step.time is None else -(step.time // SECOND), what)
            known = folded.setdefault(key, step)
            if known is step:
                alike.setdefault(what[:3], []).append(step)
        if known is not step:
            known.positions += step.positions
            known.by = max(known.by, step.by, key=len)
            known.old = known.old or step.old
    return sorted(folded.values(), key=lambda step: min(step.positions))


def _only(step: Step, others: Sequence[Step]) -> Step | None:
    """The one step, if there is exactly one, that a step without time or holder must be."""
    if step.time is not None and step.holder != UNNAMED:
        return None
    found = [
        other
        for other in others
        if other.time is not None
        and (step.time is None or other.time // SECOND == step.time // SECOND)
        and (
            step.holder == UNNAMED
            or (other.holder, other.right, other.members) == (step.holder, step.right, step.members)
        )
    ]
    return found[0] if len(found) == 1 else None


def _intervals(steps: list[Step], people: People) -> list[Interval]:
    finished: list[Interval] = []
    standing: dict[Any, Interval] = {}
    lists: dict[tuple[str, str], list[str]] = {}
    for step in steps:
        for single in _singles(step, lists, people):
            finished += _apply(single, standing)
    finished += standing.values()
    return sorted(finished, key=lambda item: item.positions[0])


def _join_lists(intervals: list[Interval], standing: Standing) -> list[Interval]:
    """Note on the last interval of each right which lists name it; rights that only lists name stand behind the others."""
    last = {(item.kind, item.holder, item.on, item.right.lower()): item for item in intervals if not item.failed}
    alone = []
    for key, entry in standing.named.items():
        if not entry.holder:
            continue
        item = last.get(key)
        if item is None:
            item = Interval(kind=entry.kind, holder=entry.holder, on=entry.on, right=entry.right)
            alone.append(item)
        item.lists += entry.places
    return [*intervals, *alone]


def _singles(step: Step, lists: dict[tuple[str, str], list[str]], people: People) -> Iterator[Step]:
    """A list as what it gave and took, compared with the list before."""
    if step.verb != "list":
        yield step
        return
    if step.failed:
        yield msgspec.structs.replace(step, verb="grant", holder="; ".join(step.members) or "(an empty list)")
        return
    before = lists.get((step.kind, step.on))
    if before is None and step.old is not None:
        before = [key for name in step.old if (key := people.of(name))]
    now = [key for name in step.members if (key := people.of(name))]
    lists[step.kind, step.on] = now
    for holder in now:
        if before is None or holder not in before:
            yield msgspec.structs.replace(step, verb="grant" if before is not None else "first list", holder=holder)
    for holder in before or ():
        if holder not in now:
            yield msgspec.structs.replace(step, verb="revoke", holder=holder)


def _apply(step: Step, standing: dict[Any, Interval]) -> list[Interval]:
    """Carry one step out; returns the intervals it ends."""
    replaced = step.kind in _REPLACED
    key = (step.kind, step.holder, step.on, "" if replaced else step.right.lower())
    made = Interval(kind=step.kind, holder=step.holder, on=step.on, right=step.right, granted=step, steps=[step])
    if step.failed:
        made.failed = True
        return [made]
    if step.verb == "revoke" and key not in standing and step.kind == "Delegated permission":
        same = [other for other in standing if other[0] == step.kind and other[2] == step.on]
        key = same[0] if len(same) == 1 else key  # the log of a removal may name the application alone
    known = standing.get(key)
    if step.verb == "revoke":
        if known is None:
            return [
                Interval(kind=step.kind, holder=step.holder, on=step.on, right=step.right, revoked=step, steps=[step])
            ]
        del standing[key]
        known.revoked = step
        known.steps.append(step)
        return [known]
    if known is None:
        made.listed = step.verb == "first list"
        made.before = step.before
        standing[key] = made
        return []
    if replaced and known.right != step.right:
        known.revoked = step
        known.steps.append(step)
        made.before = known.right
        standing[key] = made
        return [known]
    known.steps.append(step)  # given again
    return []


def is_service(step: Step | None) -> bool:
    """Whether one of Microsoft's own services did it."""
    return step is not None and step.by_type in SERVICES
