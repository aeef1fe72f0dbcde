"""Who was in whose mailbox without owning it, grouped, with the right behind each way in.

Method: one pass over the events whose record says that the actor is not the owner. An act that two logs write down (same
second, same operation, same person, mailbox) counts once: of each second, the file with the most entries counts. Entries whose time
is not settled count only as far as there are more of them than of those with a time.
"""

from collections import Counter
from typing import Any

import msgspec

from m365timeline.analysis.base import SECOND, SERVICES, Case
from m365timeline.analysis.grants import Grants, learn_grants
from m365timeline.analysis.people import People, learn_people
from m365timeline.analysis.rights import MAILBOX_KINDS, SENDING_KINDS, UNNAMED
from m365timeline.schemas.sheets import MOST_POSITIONS

CATEGORIES = ("mailbox_access", "message_read", "message_send", "message_delete", "message_modify")


class Access(msgspec.Struct, kw_only=True):
    """One way in: an actor, a mailbox, a logon type, a client and an address. Times in microseconds UTC.

    ``acts`` counts what was done by operation, each act once; ``events`` counts the timeline rows, of which ``positions``
    are the first.
    """

    actor: str
    mailbox: str
    logon_type: str | None
    client: str | None
    ip: str | None
    service: bool
    external: bool | None
    first: int | None = None
    last: int | None = None
    acts: Counter[str] = msgspec.field(default_factory=Counter)
    by_category: Counter[str] = msgspec.field(default_factory=Counter)
    sessions: set[str] = msgspec.field(default_factory=set)
    names: set[str] = msgspec.field(default_factory=set)
    positions: list[int] = msgspec.field(default_factory=list)
    events: int = 0
    untimed: Counter[Any] = msgspec.field(default_factory=Counter)


def learn_access(case: Case) -> list[Access]:
    """Every way in, people first, in order of their first event; marks the uses of each right on the way."""
    people, grants = case.once(learn_people), case.once(learn_grants)
    groups: dict[Any, Access] = {}
    waiting = _Second(groups)
    found = case.rows(
        """SELECT position, epoch_us(time) AS time, operation, category, actor, actor_type, external_access, mailbox, logon_type,
        coalesce(client_app, app_name) AS client, ip, session_id, source_file
        FROM events WHERE actor_is_owner = false AND mailbox IS NOT NULL ORDER BY position"""
    )
    for row in found:
        access = _group(row, groups, people)
        _count(row, access)
        waiting.add(row, access)
        _mark(row, access, grants)
    waiting.settle()
    for access in groups.values():
        _add_untimed(access)
    return sorted(groups.values(), key=lambda item: (item.service, item.positions[0]))


def _group(row: dict[str, Any], groups: dict[Any, Access], people: People) -> Access:
    service = row["actor_type"] in SERVICES
    actor = people.of(row["actor"]) or UNNAMED
    mailbox = people.of(row["mailbox"]) or ""
    key = (actor, mailbox, service) if service else (actor, mailbox, row["logon_type"], row["client"], row["ip"])
    access = groups.get(key)
    if access is None:
        access = groups[key] = Access(
            actor=actor, mailbox=mailbox, logon_type=row["logon_type"], client=row["client"], ip=row["ip"], service=service,
            external=row["external_access"], first=row["time"],
        )  # fmt: skip
    return access


def _count(row: dict[str, Any], access: Access) -> None:
    access.last = row["time"] if row["time"] is not None else access.last
    access.events += 1
    access.external = access.external or row["external_access"]
    access.names.add(row["actor"] or "")
    if row["session_id"]:
        access.sessions.add(row["session_id"])
    if len(access.positions) < MOST_POSITIONS:
        access.positions.append(row["position"])


class _Second:
    """The entries of the current second, until it is known which file wrote down the most."""

    def __init__(self, groups: dict[Any, Access]) -> None:
        self._groups = groups
        self._second: int | None = None
        self._seen: Counter[Any] = Counter()
        self._of: dict[int, Access] = {}

    def add(self, row: dict[str, Any], access: Access) -> None:
        what = (
            row["operation"] or "last access by somebody the search did not name",
            row["category"],
            row["source_file"],
        )
        if row["time"] is None:
            access.untimed[what] += 1
            return
        second = row["time"] // SECOND
        if second != self._second:
            self.settle()
            self._second = second
        self._of[id(access)] = access
        self._seen[id(access), *what] += 1

    def settle(self) -> None:
        """Count the acts of the second."""
        most: dict[Any, int] = {}
        for (access, operation, category, _source), count in self._seen.items():
            key = (access, operation, category)
            most[key] = max(most.get(key, 0), count)
        for (access, operation, category), count in most.items():
            self._of[access].acts[operation] += count
            self._of[access].by_category[category] += count
        self._seen.clear()
        self._of.clear()


def _add_untimed(access: Access) -> None:
    """Entries whose time is not settled may be those of another log once more: only what goes beyond these counts."""
    for (operation, category, _source), count in access.untimed.items():
        more = count - access.acts[operation]
        if more > 0:
            access.acts[operation] += more
            access.by_category[category] += more


def _mark(row: dict[str, Any], access: Access, grants: Grants) -> None:
    """Count the event as a use of every right that would have allowed it."""
    if access.service:
        return
    kinds = SENDING_KINDS if row["category"] == "message_send" else MAILBOX_KINDS
    for interval in grants.between(access.actor, access.mailbox, kinds):
        if interval.holds_at(row["time"]):
            interval.uses += 1
            interval.first_use = interval.first_use or (row["time"], row["position"])
            interval.last_use = (row["time"], row["position"])
