"""Rules over several events, as queries: counts in a window, sequences, first-seen values, days far above a rhythm.

``finding_hits`` holds one row for each event a rule looks at: tag (rule and step), key, value, position, us (µs UTC).
``finding_found`` collects what each rule found: rule, key, position, us, value, note, and ``shown``: whether the row is among
those the finding points at. A spray of ten thousand attempts points at the first attempt on each account, not at all of them. An event without a time takes part
in single-event rules only: nobody knows what it was before or after.
"""

from collections.abc import Iterator, Sequence

from m365timeline.analysis.conditions import Surroundings, to_sql
from m365timeline.analysis.rule_files import Rule, Selection, rule_fields, span
from m365timeline.analysis.rule_keys import BETWEEN, bare_columns, key_part, loose_key, quote, whole_key

MACHINES = ("system", "microsoft")
DAY = 86_400_000_000
_AT_ONCE = 20
ENDS = "row_number() OVER (PARTITION BY {0} ORDER BY us, position) = 1 OR row_number() OVER (PARTITION BY {0} ORDER BY us DESC, position DESC) = 1"

TABLES = (
    "CREATE OR REPLACE TEMP TABLE finding_hits (tag INTEGER, key VARCHAR, value VARCHAR, also VARCHAR, items BIGINT, actor VARCHAR, position BIGINT, us BIGINT)",
    "CREATE OR REPLACE TEMP TABLE finding_found (rule INTEGER, key VARCHAR, value VARCHAR, actor VARCHAR, position BIGINT, us BIGINT, note BIGINT, shown BOOLEAN)",
)
BASE_FIELDS = ("actor", "item_count", "category", "operation", "outcome")
_WIDE = ("raw", "extra", "command", "changes")  # kept only for the events whose rules ask for them
OP = "rtrim(lower(trim(operation)), '. ')"
_PREPARED = f"""SELECT *, epoch_us(time) AS us, {OP} AS op,
  coalesce(actor_type, '') IN {MACHINES!r} AS machine, coalesce(outcome, '') = 'failure' AS failed, {bare_columns()} FROM events"""


def op_of(name: str) -> str:
    """An operation of a rule as ``OP`` writes those of events."""
    return name.casefold().rstrip(". ")


def base(rules: Sequence[Rule], around: Surroundings) -> str:
    """The one pass over the case: the events some rule looks at, with the fields the rules use."""
    steps = [(step, rule_fields(rule)) for rule in rules for step in rule.selections()]
    wanted = set(BASE_FIELDS).union(*(fields for _, fields in steps))
    columns = [f'"{name}"' for name in sorted(wanted - set(_WIDE))]
    for name in sorted(wanted & set(_WIDE)):
        gate = _any_of([step for step, fields in steps if name in fields], around)
        columns.append(f'CASE WHEN {gate} THEN "{name}" END AS "{name}"')
    gate = _any_of([step for step, _ in steps], around)
    return f"""CREATE OR REPLACE TEMP TABLE finding_base AS
SELECT position, us, op, machine, failed, {", ".join(columns)} FROM ({_PREPARED}) WHERE {gate}"""


def _any_of(selections: Sequence[Selection], around: Surroundings) -> str:
    """A cheap test that lets through every event one of the selections means, and not many others."""
    operations = {op_of(name) for step in selections for name in step.operations}
    categories = {name for step in selections if not step.operations for name in step.categories}
    others = [selects(step, around) for step in selections if not step.operations and not step.categories]
    gates = [
        f"{name} IN ({', '.join(map(quote, sorted(values)))})"
        for name, values in (("op", operations), ("category", categories))
        if values
    ]
    return " OR ".join([*gates, *dict.fromkeys(others)]) or "false"


def selects(selection: Selection, around: Surroundings) -> str:
    """SQL that is true for the events a selection means; the cheap tests first, the others only where they hold."""
    gate = []
    if selection.operations:
        gate.append(_operations(selection))
    if selection.categories:
        gate.append(_categories(selection))
    if not selection.machines:
        gate.append("NOT machine")
    if not selection.failures:
        gate.append("NOT failed")
    if selection.when is None:
        return f"coalesce({' AND '.join(gate)}, false)"
    condition = to_sql(selection.when, around)
    return f"(CASE WHEN {' AND '.join(gate)} THEN {condition} ELSE false END)" if gate else condition


def hits(rules: Sequence[tuple[int, Rule]], around: Surroundings) -> Iterator[str]:
    """What counts and sequences look at."""
    found = [
        (selection, _hit(number, rule, step, around))
        for number, rule in rules
        for step, selection in enumerate(rule.selections())
    ]
    yield from _together("finding_hits", found, around)


def _hit(number: int, rule: Rule, step: int, around: Surroundings) -> str:
    value, also = _values(rule)
    return f"""SELECT * FROM (SELECT {tag_of(number, step)}, {_key_of(rule, step)} AS key, {value}, {also}, coalesce(item_count, 1), actor, position, us
  FROM finding_some WHERE {selects(rule.selections()[step], around)}) WHERE key IS NOT NULL"""


def _together(table: str, found: Sequence[tuple[Selection, str]], around: Surroundings) -> Iterator[str]:
    """Several queries as one statement: each statement has its price, and all of them look at the few events some may mean."""
    for start in range(0, len(found), _AT_ONCE):
        some = found[start : start + _AT_ONCE]
        gate = _any_of([selection for selection, _ in some], around)
        yield (
            f"INSERT INTO {table}\nWITH finding_some AS MATERIALIZED (SELECT * FROM finding_base WHERE {gate})\n"
            + "\nUNION ALL ".join(text for _, text in some)
        )


def tag_of(rule: int, step: int) -> int:
    """The number of a rule's step among the hits."""
    return rule * 32 + step


def _key_of(rule: Rule, step: int) -> str:
    if rule.count:
        return whole_key(rule.count.by)
    if rule.unless:
        return f"coalesce({whole_key(rule.unless.by)}, '')"
    return whole_key(rule.then[step - 1].by if step else rule.by)


def _values(rule: Rule) -> tuple[str, str]:
    """SQL of the values whose variety a count looks at; where an event can be taken out, of the key of its finding."""
    if rule.unless:
        return loose_key(rule.group), "CAST(NULL AS VARCHAR)"
    names = (rule.count.distinct, rule.count.also) if rule.count else (None, None)
    value, also = (key_part(name) if name else "CAST(NULL AS VARCHAR)" for name in names)
    return value, also


def _operations(selection: Selection) -> str:
    return f"op IN ({', '.join(quote(op_of(name)) for name in selection.operations)})"


def _categories(selection: Selection) -> str:
    return f"category IN ({', '.join(map(quote, selection.categories))})"


def singles(rules: Sequence[tuple[int, Rule]], around: Surroundings) -> Iterator[str]:
    """Every event that rules about single events select."""
    found = [
        (rule, f"SELECT {number}, {loose_key(rule.group)}, NULL, actor, position, us, NULL, true FROM finding_some WHERE {selects(rule, around)}")
        for number, rule in rules
    ]  # fmt: skip
    yield from _together("finding_found", found, around)


def counted(number: int, rule: Rule) -> str:
    """The events that lie in a window with enough of them, or with enough different values."""
    part = rule.count
    if part is None:
        raise ValueError(f"{rule.id} counts nothing")
    width = span(part.within)
    before = f"(PARTITION BY key ORDER BY us RANGE BETWEEN {width} PRECEDING AND CURRENT ROW)"
    after = f"(PARTITION BY key ORDER BY us RANGE BETWEEN CURRENT ROW AND {width} FOLLOWING)"
    numbers = {"n": ("count(*)", part.at_least), "i": ("sum(items)", part.items)}
    if part.distinct:
        numbers["d"] = ("count(DISTINCT value)", part.distinct_at_least)
    if part.also:
        numbers["a"] = ("count(DISTINCT also)", part.also_at_least)
    counts = ", ".join(f"{text} OVER {before} AS {name}" for name, (text, _) in numbers.items())
    enough = " AND ".join(f"{name} >= {least}" for name, (_, least) in numbers.items())
    shown = (
        "row_number() OVER (PARTITION BY key, value ORDER BY us, position) = 1" if part.distinct else ENDS.format("key")
    )
    return f"""INSERT INTO finding_found
SELECT {number}, key, value, actor, position, us, NULL, {shown} FROM (
  SELECT *, bool_or({enough}) OVER {after} AS inside FROM (
    SELECT *, {counts} FROM finding_hits WHERE tag = {tag_of(number, 0)} AND us IS NOT NULL))
WHERE inside"""


def alone(number: int, rule: Rule) -> str:
    """The events near which nothing takes them out again."""
    if rule.unless is None:
        raise ValueError(f"{rule.id} takes nothing out")
    width = span(rule.unless.within)
    near = f"(PARTITION BY key ORDER BY us RANGE BETWEEN {width} PRECEDING AND {width} FOLLOWING)"
    return f"""INSERT INTO finding_found
SELECT {number}, value, NULL, actor, position, us, NULL, true FROM (
  SELECT *, count(*) FILTER (WHERE tag = {tag_of(number, 1)}) OVER {near} AS others FROM finding_hits WHERE tag IN ({tag_of(number, 0)}, {tag_of(number, 1)}))
WHERE tag = {tag_of(number, 0)} AND (others = 0 OR us IS NULL)"""


def sequence(number: int, rule: Rule, around: Surroundings) -> list[str]:
    """The events of complete sequences: forward to the first last step of each actor, then back to what led to it."""
    last = len(rule.then)
    opening = f"SELECT * FROM finding_hits WHERE tag = {tag_of(number, 0)} AND us IS NOT NULL"
    if rule.first_seen:
        opening += f" AND position IN (SELECT position FROM ({_first_seen(number, rule, around)}))"
    text = [_step_table(0, opening)]
    for index, step in enumerate(rule.then, 1):
        first = (
            " QUALIFY row_number() OVER (PARTITION BY key, actor ORDER BY us, position) = 1" if index == last else ""
        )
        before = f"(PARTITION BY key ORDER BY us RANGE BETWEEN {span(step.within)} PRECEDING AND CURRENT ROW)"
        text.append(
            _step_table(
                index,
                f"""SELECT * EXCLUDE (n, d) FROM (
  SELECT *, count(*) FILTER (WHERE tag = {tag_of(number, index - 1)}) OVER {before} AS n,
    count(DISTINCT actor) FILTER (WHERE tag = {tag_of(number, index - 1)}) OVER {before} AS d FROM (
    SELECT * FROM finding_step_{index - 1} UNION ALL SELECT * FROM finding_hits WHERE tag = {tag_of(number, index)} AND us IS NOT NULL))
WHERE tag = {tag_of(number, index)} AND n >= {step.after} AND d >= {step.after_distinct}{first}""",
            )
        )
    for index in range(last - 1, -1, -1):
        after = (
            f"(PARTITION BY key ORDER BY us RANGE BETWEEN CURRENT ROW AND {span(rule.then[index].within)} FOLLOWING)"
        )
        text.append(
            _step_table(
                index,
                f"""SELECT * EXCLUDE (n) FROM (
  SELECT *, count(*) FILTER (WHERE tag = {tag_of(number, index + 1)}) OVER {after} AS n
  FROM (SELECT * FROM finding_step_{index} UNION ALL SELECT * FROM finding_step_{index + 1}))
WHERE tag = {tag_of(number, index)} AND n > 0""",
            )
        )
    every = " UNION ALL ".join(f"SELECT * FROM finding_step_{index}" for index in range(last + 1))
    shown = ENDS.format("key, tag, actor")
    text.append(
        f"INSERT INTO finding_found SELECT {number}, key, value, actor, position, us, tag - {tag_of(number, 0)}, {shown} FROM ({every})"
    )
    return text


def _step_table(index: int, query: str) -> str:
    return f"CREATE OR REPLACE TEMP TABLE finding_step_{index} AS {query}"


def first_seen(number: int, rule: Rule, around: Surroundings) -> str:
    """The first event with a value its key never had, if there is a rhythm of earlier days; note: the earlier events."""
    return f"INSERT INTO finding_found {_first_seen(number, rule, around)}"


def _first_seen(number: int, rule: Rule, around: Surroundings) -> str:
    part = rule.first_seen
    if part is None:
        raise ValueError(f"{rule.id} looks for nothing new")
    return f"""
WITH days AS (
  SELECT {whole_key(part.by)} AS key, {key_part(part.of)} AS value, us // {DAY} AS day, count(*) AS n,
    min(position) AS position, min(us) AS us, arg_min(actor, position) AS actor
  FROM finding_base WHERE us IS NOT NULL AND {selects(rule, around)} GROUP BY 1, 2, 3),
rhythm AS (
  SELECT key, day, sum(sum(n)) OVER earlier AS events, count(*) OVER earlier AS days FROM days WHERE key IS NOT NULL AND value IS NOT NULL
  GROUP BY key, day WINDOW earlier AS (PARTITION BY key ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)),
firsts AS (SELECT * FROM days WHERE key IS NOT NULL AND value IS NOT NULL QUALIFY row_number() OVER (PARTITION BY key, value ORDER BY day, position) = 1)
SELECT {number} AS rule, f.key || {quote(BETWEEN)} || f.value AS key, f.value, f.actor, f.position, f.us, r.events, true
FROM firsts f JOIN rhythm r ON r.key = f.key AND r.day = f.day WHERE r.events >= {part.earlier} AND r.days >= {part.days}"""


def volume(number: int, rule: Rule, around: Surroundings) -> str:
    """The events of days far above the median of the key's earlier days; note: that median."""
    part = rule.volume
    if part is None:
        raise ValueError(f"{rule.id} measures nothing")
    chosen = f"SELECT {whole_key(part.by)} AS key, us // {DAY} AS day, actor, position, us FROM finding_base WHERE us IS NOT NULL AND {selects(rule, around)}"
    return f"""INSERT INTO finding_found
WITH chosen AS ({chosen}),
days AS (SELECT key, day, count(*) AS n FROM chosen WHERE key IS NOT NULL GROUP BY ALL),
rhythm AS (SELECT *, median(n) OVER earlier AS usual, count(*) OVER earlier AS known FROM days
  WINDOW earlier AS (PARTITION BY key ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
SELECT {number}, c.key || {quote(BETWEEN)} || c.day, NULL, c.actor, c.position, c.us, CAST(r.usual AS BIGINT), {ENDS.format("c.key, c.day")}
FROM chosen c JOIN rhythm r ON r.key = c.key AND r.day = c.day
WHERE r.known >= {part.days} AND r.n >= {part.at_least} AND r.n >= {float(part.times)!r} * r.usual"""
