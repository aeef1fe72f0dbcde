"""Findings: rules evaluated over the timeline, grouped so that one attack is one line, with the rows behind each.

Method: every rule is turned into SQL over the normalized events; all rules about single events, counts and sequences are
judged in one pass, rules about rhythms in one small query each. What no rule matches may still be an attack, and what
one matches may be somebody's work: a finding says where to look.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from m365timeline.analysis import patterns
from m365timeline.analysis.conditions import Surroundings, has
from m365timeline.analysis.rule_files import Rule
from m365timeline.analysis.rule_keys import BETWEEN
from m365timeline.analysis.rule_words import in_words
from m365timeline.schemas.event import SEVERITIES
from m365timeline.schemas.findings import EVIDENCE, Finding, Findings
from m365timeline.schemas.words import counted

MOST_OF_A_RULE = 100  # findings of one rule that are listed, those with the most events first
_NAMED = 4  # names in a cell, the others are counted
_CHUNK = 2000

_DOMAINS = """
SELECT DISTINCT domain FROM (
  SELECT split_part(lower(mailbox), '@', 2) AS domain FROM events WHERE mailbox LIKE '%_@_%' AND coalesce(category, '') <> 'mail_trace'
  UNION SELECT split_part(lower(actor), '@', 2) FROM events WHERE actor LIKE '%_@_%' AND actor NOT LIKE '%#%'
    AND actor_type IN ('regular', 'admin') AND category NOT IN ('signin', 'signin_failed', 'mail_trace', 'alert')
    AND workload IN ('Exchange', 'AzureActiveDirectory')
  UNION SELECT lower(tenant) FROM events WHERE tenant LIKE '%_._%')
WHERE regexp_full_match(domain, '[a-z0-9][a-z0-9.-]*[.][a-z0-9-]+') ORDER BY domain"""
_ADDRESSES = "SELECT DISTINCT lower(ip) FROM events WHERE ip IS NOT NULL ORDER BY 1"
_GROUPS = """
SELECT rule, key, count(DISTINCT position) AS events, min(us) AS first, max(us) AS last, coalesce(min(position, {most}) FILTER (WHERE shown), [min(position)]) AS positions,
  count(DISTINCT value) AS different, max(note) AS note, count(DISTINCT lower(actor)) AS actors
FROM finding_found GROUP BY rule, key
QUALIFY row_number() OVER (PARTITION BY rule ORDER BY count(DISTINCT position) DESC, key) <= {listed}
ORDER BY rule, key"""
_FOLDED = "SELECT rule, count(DISTINCT key) FROM finding_found GROUP BY rule"
_ACTORS = """
SELECT rule, key, actor FROM (SELECT rule, key, min(actor) AS actor, count(*) AS n FROM finding_found WHERE actor IS NOT NULL GROUP BY rule, key, lower(actor))
QUALIFY row_number() OVER (PARTITION BY rule, key ORDER BY n DESC, actor) <= {named}
ORDER BY rule, key, n DESC, actor"""
_PRESENT = (f"SELECT DISTINCT {patterns.OP} FROM events", "SELECT DISTINCT category FROM events")
_DETAILS = "SELECT position, coalesce(actor, actor_id), summary, coalesce(target, mailbox), ip FROM events WHERE position IN ({})"


class Queryable(Protocol):
    """A case, as far as the rules may see it."""

    def query(self, text: str) -> Any:
        """Run a statement over the view ``events`` (every event field, and ``position``); the result has ``.fetchall()``."""


def find(case: Queryable, rules: Sequence[Rule]) -> Findings:
    """Apply the rules to a case. Leaves the table ``finding_found`` (rule number, position, …) in it until the next call.

    Raises TooLittleMemoryError.
    """
    try:
        return _found(case, rules)
    finally:  # the memory is wanted by what follows
        for table in ("finding_base", "finding_hits"):
            case.query(f"DROP TABLE IF EXISTS {table}")


def _found(case: Queryable, rules: Sequence[Rule]) -> Findings:
    around = _surroundings(case, rules)
    operations, categories = (frozenset(row[0] for row in case.query(text).fetchall()) for text in _PRESENT)
    numbered = [(number, rule) for number, rule in enumerate(rules) if _may_match(rule, operations, categories)]
    for text in _statements(numbered, around):
        case.query(text)
    result = Findings(rules=len(rules))
    for number, count in case.query(_FOLDED).fetchall():
        if count > MOST_OF_A_RULE:
            result.folded[rules[number].id] = count - MOST_OF_A_RULE
    result.marked = case.query("SELECT count(DISTINCT position) FROM finding_found WHERE shown").fetchall()[0][0]
    result.found = sorted(_findings(case, rules), key=_urgency)
    return result


def _may_match(rule: Rule, operations: frozenset[str], categories: frozenset[str]) -> bool:
    """Whether the case holds what a rule and each of its later steps look at: what cannot match need not be asked for."""
    return all(
        (not step.operations or any(patterns.op_of(name) in operations for name in step.operations))
        and (not step.categories or not categories.isdisjoint(step.categories))
        for step in (rule, *rule.then)
    )


def _statements(rules: list[tuple[int, Rule]], around: Surroundings) -> Iterable[str]:
    yield from patterns.TABLES
    if not rules:
        return
    yield patterns.base([rule for _, rule in rules], around)
    yield from patterns.singles([(number, rule) for number, rule in rules if rule.single], around)
    yield from patterns.hits(
        [(number, rule) for number, rule in rules if rule.count or rule.then or rule.unless], around
    )
    for number, rule in rules:
        if rule.count:
            yield patterns.counted(number, rule)
        elif rule.unless:
            yield patterns.alone(number, rule)
        elif rule.then:
            yield from patterns.sequence(number, rule, around)
        elif rule.first_seen:
            yield patterns.first_seen(number, rule, around)
        elif rule.volume:
            yield patterns.volume(number, rule, around)


def _surroundings(case: Queryable, rules: Sequence[Rule]) -> Surroundings:
    """The organization's domains (of mailboxes and of accounts that changed things) and, if a rule asks, all addresses."""
    wanted = [step.when for rule in rules for step in rule.selections()]
    domains = (
        [row[0] for row in case.query(_DOMAINS).fetchall()] if any(has(part, "outside") for part in wanted) else []
    )
    addresses = (
        [row[0] for row in case.query(_ADDRESSES).fetchall()] if any(has(part, "network") for part in wanted) else []
    )
    return Surroundings(domains=domains, addresses=addresses)


def _findings(case: Queryable, rules: Sequence[Rule]) -> list[Finding]:
    groups = case.query(_GROUPS.format(most=EVIDENCE, listed=MOST_OF_A_RULE)).fetchall()
    actors: dict[tuple[int, str], list[str]] = {}
    for number, key, actor in case.query(_ACTORS.format(named=_NAMED)).fetchall():
        actors.setdefault((number, key), []).append(actor)
    details = _details(case, sorted({group[5][0] for group in groups}))
    found = []
    for number, key, events, first, last, positions, different, note, people in groups:
        rule = rules[number]
        actor, summary, target, ip = details.get(positions[0], (None, None, None, None))
        names = actors.get((number, key), [actor] if actor else [])
        found.append(
            Finding(
                rule=rule.id, title=rule.title, severity=rule.severity, who=_listed(names, people), what=_what(summary, events),
                target=target, first=first, last=last, events=events, reasons=_reasons(rule, key, events, different, note, ip),
                positions=list(positions), attack=rule.attack, why=rule.why, check=rule.check, false_positives=rule.false_positives,
            )
        )  # fmt: skip
    return found


def _details(case: Queryable, positions: list[int]) -> dict[int, tuple[Any, ...]]:
    found: dict[int, tuple[Any, ...]] = {}
    for start in range(0, len(positions), _CHUNK):
        wanted = ", ".join(map(str, positions[start : start + _CHUNK]))
        found.update({row[0]: row[1:] for row in case.query(_DETAILS.format(wanted)).fetchall()})
    return found


def _listed(names: Sequence[str], people: int) -> str | None:
    more = people - len(names)
    return (", ".join(names) + (f" and {more:,} more" if more > 0 else "")) or None


def _what(summary: str | None, events: int) -> str:
    """What the first row says; a finding of several rows says how many follow."""
    first = summary or "An event without a sentence"
    return first if events == 1 else f"{first} (the first of {events:,} rows)"


def _reasons(rule: Rule, key: str, events: int, different: int, note: int | None, ip: str | None) -> str:
    parts = key.split(BETWEEN)
    said = in_words(rule)
    if rule.count:
        values = f", {different:,} different values of {rule.count.distinct}" if rule.count.distinct else ""
        return f"{counted(events, 'event')} for {', '.join(parts)}{values}. {said}"
    if rule.then:
        return f"{counted(events, 'event')} in this order for {', '.join(parts)}. {said}"
    if rule.first_seen:
        return f"{rule.first_seen.of} {parts[-1]} was never logged for {', '.join(parts[:-1]) or 'this organization'} in {counted(note or 0, 'earlier event')} of the supplied logs. {said}"
    if rule.volume:
        return f"{counted(events, 'event')} on that day, {note or 0:,} on an ordinary earlier day. {said}"
    return said + (f" The first came from {ip}." if ip else "")


def _urgency(finding: Finding) -> tuple[int, bool, int, str, int]:
    return (
        SEVERITIES.index(finding.severity),
        finding.first is None,
        finding.first or 0,
        finding.rule,
        finding.positions[0],
    )
