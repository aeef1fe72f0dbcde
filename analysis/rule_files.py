"""Rules as data: TOML files of rules, read and checked.

Rule files may come from anywhere. They hold no code and no SQL; their size, number, nesting and patterns are bounded, and
regular expressions are RE2's, which take time linear in the text. What is wrong is said with file, rule and place.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from m365timeline.analysis.conditions import Condition, condition_fields, problems
from m365timeline.analysis.rule_keys import key_fields, key_problem
from m365timeline.schemas.event import CATEGORIES

LARGEST_FILE, MOST_FILES, MOST_RULES = 512 * 1024, 500, 2000
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ATTACK = re.compile(r"T\d{4}(\.\d{3})?")
_SPAN = re.compile(r"([1-9]\d{0,3})([mhd])")
_UNITS = {"m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}


class RuleFileError(Exception):
    """A rule file cannot be used; the message says which, where and why."""


class Selection(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which events are meant. Everything given must hold; operations and categories are compared without case.

    ``machines`` takes in what Microsoft's service accounts do, ``failures`` what is logged as failed.
    """

    operations: list[str] = []
    categories: list[str] = []
    when: Condition | None = None
    machines: bool = False
    failures: bool = False


class Step(Selection, kw_only=True, forbid_unknown_fields=True):
    """A later step of a sequence: at most ``within`` after at least ``after`` events of the step before, same key.

    ``after_distinct`` is the least number of different actors among these.
    """

    by: list[str]
    within: str
    after: int = 1
    after_distinct: int = 0


class Unless(Selection, kw_only=True, forbid_unknown_fields=True):
    """What takes an event out again: another event with the same key, at most ``within`` before or after."""

    by: list[str]
    within: str


class Count(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """At least so many events of one key within a time.

    With ``distinct``, also at least so many different values of a field, with ``also`` those of another field; with
    ``items``, at least so many items (messages) in these events.
    """

    by: list[str]
    within: str
    at_least: int = 1
    items: int = 0
    distinct: str | None = None
    distinct_at_least: int = 1
    also: str | None = None
    also_at_least: int = 1


class FirstSeen(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A value of ``of`` that ``by`` never had before in the supplied logs, where there is a rhythm to compare with.

    In a sequence it narrows the first step to such events.

    ``earlier`` is the least number of earlier events with a value, ``days`` the least number of earlier days they lie on.
    """

    of: str
    by: list[str]
    earlier: int = 20
    days: int = 3


class Volume(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A day with at least ``at_least`` events and ``times`` the median of that key's earlier days, of which there are ``days``."""

    by: list[str]
    at_least: int
    times: float = 5.0
    days: int = 3


class Rule(Selection, kw_only=True, forbid_unknown_fields=True):
    """One rule: which events it looks at, how they are put together, and what to tell the analyst."""

    id: str
    title: str
    severity: Literal["high", "medium", "low"]
    why: str
    check: list[str]
    attack: list[str] = []
    false_positives: list[str] = []
    group: list[str] = msgspec.field(default_factory=lambda: ["name:actor", "name:object"])
    count: Count | None = None
    by: list[str] = []
    then: list[Step] = []
    unless: Unless | None = None
    first_seen: FirstSeen | None = None
    volume: Volume | None = None

    @property
    def single(self) -> bool:
        """Whether it looks at each event alone."""
        return not (self.count or self.then or self.unless or self.first_seen or self.volume)

    def selections(self) -> list[Selection]:
        """The rule's own events and those of its later steps."""
        return [self, *self.then, *([self.unless] if self.unless else [])]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    rule: list[Rule] = []


def rule_fields(rule: Rule) -> set[str]:
    """The event fields a rule needs, for its conditions and its keys."""
    found = {name for step in rule.selections() for name in condition_fields(step.when)}
    for key in rule_keys(rule):
        found |= key_fields(key)
    return found


def rule_keys(rule: Rule) -> list[str]:
    """All keys a rule names."""
    keys = [*rule.group, *rule.by, *(key for step in rule.then for key in step.by)]
    for part in (rule.unless, rule.count, rule.first_seen, rule.volume):
        keys += part.by if part is not None else []
    if rule.count:
        keys += filter(None, [rule.count.distinct, rule.count.also])
    if rule.first_seen:
        keys.append(rule.first_seen.of)
    return keys


def span(text: str) -> int:
    """Microseconds of a time span such as ``30m``, ``24h``, ``7d``. Raises ValueError."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no time span; write 30m, 24h or 7d")
    return int(found[1]) * _UNITS[found[2]]


def own_rules() -> list[Rule]:
    """The rules that come with the program. Raises RuleFileError if one is wrong, which a test excludes."""
    return read_rules([Path(__file__).with_name("rules")])


def read_rules(folders: Sequence[Path]) -> list[Rule]:
    """All rules of the ``.toml`` files in the folders (or of single files), in the order of their names.

    Raises RuleFileError: a file is too large, no TOML or holds a rule that is wrong, or two rules have the same id.
    """
    rules: list[Rule] = []
    seen: dict[str, Path] = {}
    for path in rule_files(folders):
        for rule in _read(path):
            if rule.id in seen:
                raise RuleFileError(f"{path}: the rule id {rule.id!r} stands also in {seen[rule.id]}. Rename one.")
            seen[rule.id] = path
            rules.append(rule)
    if len(rules) > MOST_RULES:
        raise RuleFileError(f"{len(rules):,} rules; at most {MOST_RULES:,} can run at once. Give fewer files.")
    return rules


def rule_files(folders: Sequence[Path]) -> list[Path]:
    """The files that ``--rules`` names, those of a folder in order of their names. Raises RuleFileError."""
    files: list[Path] = []
    for folder in folders:
        if not folder.exists():
            raise RuleFileError(f"{folder}: no such file or folder.")
        files += sorted(folder.rglob("*.toml")) if folder.is_dir() else [folder]
    if len(files) > MOST_FILES:
        raise RuleFileError(f"{len(files):,} rule files; at most {MOST_FILES:,} are read. Give a smaller folder.")
    return files


def _read(path: Path) -> list[Rule]:
    with path.open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise RuleFileError(f"{path}: larger than {LARGEST_FILE:,} bytes, which no rule file is.")
    try:
        rules = msgspec.convert(tomllib.loads(data.decode("utf-8")), _File).rule
    except UnicodeDecodeError as error:
        raise RuleFileError(f"{path}: no UTF-8 text (byte {error.start}).") from error
    except tomllib.TOMLDecodeError as error:
        raise RuleFileError(f"{path}: no valid TOML: {error}.") from error
    except msgspec.ValidationError as error:
        raise RuleFileError(f"{path}: {error}.") from error
    except RecursionError as error:
        raise RuleFileError(f"{path}: nested too deeply.") from error
    for number, rule in enumerate(rules, 1):
        for problem in _problems(rule):
            raise RuleFileError(f"{path}: rule {number} ({rule.id[:80]!r}): {problem}")
    return rules


def _problems(rule: Rule) -> Iterator[str]:
    if not _ID.fullmatch(rule.id):
        yield "the id is made of small letters, digits and single hyphens."
    if not all(text.strip() for text in (rule.title, rule.why, *rule.check)) or not rule.check:
        yield "title, why and check must say something."
    yield from (
        f"{name!r} is no ATT&CK technique (T1114 or T1114.003)." for name in rule.attack if not _ATTACK.fullmatch(name)
    )
    kinds = [name for name in ("count", "then", "unless", "first_seen", "volume") if getattr(rule, name)]
    if len(kinds) > 1 and kinds != ["then", "first_seen"]:
        yield f"{' and '.join(kinds)} cannot stand in one rule."
    if rule.then and not rule.by:
        yield "a sequence needs `by`, the key that its steps share."
    if rule.by and not rule.then:
        yield "`by` belongs to a sequence; for others it stands inside count, first_seen or volume."
    for step in rule.selections():
        if not (step.operations or step.categories or step.when):
            yield "it selects nothing: give operations, categories or when."
        yield from (f"{name!r} is no category." for name in step.categories if name not in CATEGORIES)
        yield from problems(step.when)
    yield from _key_problems(rule)


def _key_problems(rule: Rule) -> Iterator[str]:
    spans = [step.within for step in rule.then] + [part.within for part in (rule.count, rule.unless) if part]
    yield from filter(None, map(key_problem, rule_keys(rule)))
    for text in spans:
        try:
            span(text)
        except ValueError as error:
            yield f"{error}."
