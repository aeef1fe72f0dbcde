"""A finding: one rule, one actor, one target, and the timeline rows that made the rule match."""

from datetime import UTC, datetime

import msgspec

EVIDENCE = 25  # rows a finding names; the count says how many there are


class Finding(msgspec.Struct, kw_only=True):
    """What one rule found about one actor and one target.

    ``severity`` is the rule's, and says how soon to look, not whether somebody is guilty. ``first`` and ``last`` are
    microseconds UTC, ``None`` where no event has a time. ``positions`` are the first rows of the timeline that made the
    rule match (numbered from 1), ``events`` how many there are in all.
    """

    rule: str
    title: str
    severity: str
    who: str | None
    what: str
    target: str | None
    first: int | None
    last: int | None
    events: int
    reasons: str
    positions: list[int]
    attack: list[str] = msgspec.field(default_factory=list)
    why: str = ""
    check: list[str] = msgspec.field(default_factory=list)
    false_positives: list[str] = msgspec.field(default_factory=list)


class Findings(msgspec.Struct, kw_only=True):
    """Everything the rules found, gravest first and then oldest first.

    ``rules`` is how many rules ran, ``marked`` how many rows of the timeline carry a finding. ``folded`` says how many
    findings of a rule are not listed because it has too many (rule id → number). ``not_run`` are rules that could not be
    applied to these logs, each with the reason.
    """

    found: list[Finding] = msgspec.field(default_factory=list)
    rules: int = 0
    marked: int = 0
    folded: dict[str, int] = msgspec.field(default_factory=dict)
    not_run: list[tuple[str, str]] = msgspec.field(default_factory=list)


def minute(us: int) -> str:
    """A time for a sentence, to the minute: ``2024-03-01 17:05 UTC``."""
    return f"{datetime.fromtimestamp(us // 1_000_000, UTC):%Y-%m-%d %H:%M} UTC"
