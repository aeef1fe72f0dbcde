"""When the logs are blind: auditing bypassed for an account, switched off for a mailbox, or stopped by throttling.

Method: ``Set-MailboxAuditBypassAssociation`` and ``Set-Mailbox -AuditEnabled`` that worked, from one entry to the next; after a record
marked as throttled, the 24 hours for which Exchange may log no mail access of that mailbox.
"""

from typing import Any

import msgspec

from m365timeline.analysis.base import DAY, SECOND, Case, at
from m365timeline.analysis.commands import parameters
from m365timeline.analysis.people import People, learn_people

BYPASS, OFF, THROTTLED = "auditing bypassed", "auditing switched off", "logging throttled"


class Blind(msgspec.Struct, kw_only=True):
    """A time in which silence proves nothing. ``account``: what it did is not logged; ``mailbox``: what was done there is not."""

    kind: str
    account: str | None = None
    mailbox: str | None = None
    start: int | None = None
    end: int | None = None
    by: str = ""
    positions: list[int] = msgspec.field(default_factory=list)

    def covers(self, time: int | None) -> bool:
        """Whether a time lies in it."""
        return (
            time is not None
            and self.start is not None
            and self.start <= time
            and (self.end is None or time <= self.end)
        )

    @property
    def words(self) -> str:
        """The window in words."""
        return f"{self.kind} from {at(self.start)} to {at(self.end) if self.end is not None else 'the end of the supplied logs, as far as they say'}"


def learn_blind(case: Case) -> list[Blind]:
    """Every blind time, in order of its begin."""
    people = case.once(learn_people)
    found = [*_switched(case, people), *_throttled(case, people)]
    return sorted(found, key=lambda item: item.positions[0])


def _switched(case: Case, people: People) -> list[Blind]:
    open_times: dict[tuple[str, str], Blind] = {}
    ended: list[Blind] = []
    rows = list(
        case.rows(
            """SELECT position, epoch_us(time) AS time, actor, outcome, mailbox, target, command FROM events
        WHERE category = 'audit_config' AND time IS NOT NULL
        AND (operation ILIKE 'set-mailboxauditbypassassociation' OR (operation ILIKE 'set-mailbox' AND command ILIKE '%-AuditEnabled:%')) ORDER BY position"""
        )
    )
    failed = {
        row["time"] // SECOND for row in rows if row["outcome"] == "failure"
    }  # another log may not tell the outcome
    for row in rows:
        if row["time"] // SECOND in failed:
            continue
        given = parameters(row["command"])
        value = given.get("auditbypassenabled", given.get("auditenabled"))
        kind = BYPASS if "auditbypassenabled" in given else OFF
        key = (kind, people.of(given.get("identity") or row["mailbox"] or row["target"]) or "")
        blind_now = value == ("True" if kind == BYPASS else "False")
        known = open_times.get(key)
        if known is None and blind_now:
            bypassed = kind == BYPASS
            open_times[key] = Blind(
                kind=kind, account=key[1] if bypassed else None, mailbox=None if bypassed else key[1], start=row["time"],
                by=row["actor"] or "", positions=[row["position"]],
            )  # fmt: skip
        elif known is not None:
            known.positions.append(row["position"])
            if not blind_now:
                known.end = row["time"]
                ended.append(open_times.pop(key))
        elif ended and ended[-1].end is not None and row["time"] - ended[-1].end < SECOND:
            ended[-1].positions.append(row["position"])  # the same act in another log
    return [*ended, *open_times.values()]


def _throttled(case: Case, people: People) -> list[Blind]:
    rows = case.rows("SELECT position, epoch_us(time) AS time, mailbox FROM events WHERE throttled ORDER BY position")
    found: dict[Any, Blind] = {}
    for row in rows:
        mailbox = people.of(row["mailbox"])
        known = found.get(mailbox)
        if known is not None and known.covers(row["time"]):
            known.end = row["time"] + DAY
            known.positions.append(row["position"])
            continue
        if known is not None:
            found[mailbox, known.positions[0]] = known
        end = None if row["time"] is None else row["time"] + DAY
        found[mailbox] = Blind(kind=THROTTLED, mailbox=mailbox, start=row["time"], end=end, positions=[row["position"]])
    return list(found.values())
