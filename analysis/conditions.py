"""The condition language of rules: a tree of tests on the fields of an event, turned into SQL and into words.

A leaf names a ``field``, a ``change`` (a changed property or a cmdlet's parameter) or an ``extra`` key, and one test or more;
``all``, ``any`` and ``not`` put leaves together. An absent value passes no test but ``exists = false``. Texts are compared
without case. Values reach SQL as quoted literals made here, never as text of a rule file.
"""

import ipaddress
import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from m365timeline.analysis.mail_folders import folder_names, leads_to
from m365timeline.analysis.rule_keys import key_fields, key_part, key_problem, named, parameter, quote
from m365timeline.schemas.event import LIST_FIELDS, PUBLISHED

MOST_PARTS, DEEPEST, MOST_VALUES, LONGEST_VALUE = 400, 12, 1000, 1000
_FLAGS = frozenset({"actor_is_owner", "external_access", "throttled"})
_NUMBERS = frozenset({"port", "asn", "size_bytes", "item_count", "record_number", "duplicates"})
_UNTESTED = frozenset({"time", "time_end", "changes", "line", "offset", "length", "also_in"})
TEXTS = frozenset(PUBLISHED) - _FLAGS - _NUMBERS - _UNTESTED - LIST_FIELDS
TESTS = (
    "is_", "contains", "starts", "ends", "matches", "well_known", "exists", "at_least", "at_most", "network", "outside",
)  # fmt: skip
_NAME = re.compile(r"[A-Za-z0-9_.*\- \[\]:]{1,100}")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")

Texts = str | list[str]


class Test(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, rename={"is_": "is"}):
    """Tests on one value; all that are given must pass. A list means: one of these."""

    is_: str | int | bool | list[str] | None = None
    contains: Texts | None = None
    starts: Texts | None = None
    ends: Texts | None = None
    matches: str | None = None
    well_known: Texts | None = None
    exists: bool | None = None
    at_least: float | None = None
    at_most: float | None = None
    network: Texts | None = None
    outside: bool | None = None

    def given(self) -> list[str]:
        """The names of the tests that are given."""
        return [name for name in TESTS if getattr(self, name) is not None]


class Condition(Test, kw_only=True, forbid_unknown_fields=True, rename={"is_": "is", "not_": "not"}):
    """A leaf or a combination. ``new`` and ``old`` test a change's values; tests beside ``change`` are tests of ``new``.

    ``same`` names keys (see rule_keys): the first has the same value as one of the others. ``words`` say what the condition
    means where its parts are no sentence for an analyst.
    """

    all: list["Condition"] | None = None
    any: list["Condition"] | None = None
    not_: "Condition | None" = None
    field: str | None = None
    change: Texts | None = None
    extra: str | None = None
    same: list[str] | None = None
    words: str | None = None
    new: Test | None = None
    old: Test | None = None


class Surroundings(msgspec.Struct, kw_only=True):
    """What a condition is judged against: the organization's own mail domains, and all addresses of the logs."""

    domains: Sequence[str] = ()
    addresses: Sequence[str] = ()


def listed(value: Any) -> list[Any]:
    """One value or several, as a list."""
    return list(value) if isinstance(value, list) else [value]


# --- is it well made? -------------------------------------------------------------------------------------------------


def problems(condition: Condition | None, where: str = "when", depth: int = 1) -> Iterator[str]:
    """What is wrong with a condition, each with the place where it stands."""
    if condition is None:
        return
    if depth == 1 and _size(condition) > MOST_PARTS:
        yield f"{where} has more than {MOST_PARTS} parts."
        return
    kinds = [
        name
        for name in ("all", "any", "not_", "field", "change", "extra", "same")
        if getattr(condition, name) is not None
    ]
    if len(kinds) != 1:
        yield f"{where} needs exactly one of all, any, not, field, change, extra, same; it has {', '.join(kinds) or 'none'}."
        return
    kind = kinds[0]
    if kind == "same":
        keys = condition.same or []
        yield from (f"{where}.same: {text}" for text in map(key_problem, keys) if text)
        if len(keys) < 2:
            yield f"{where}.same needs two keys or more."
        return
    if kind in {"all", "any", "not_"}:
        if condition.given() or condition.new or condition.old:
            yield f"{where}: tests stand beside a field, change or extra, not beside {kind.rstrip('_')}."
        inner = [condition.not_] if condition.not_ is not None else (condition.all or condition.any or [])
        if not inner:
            yield f"{where}.{kind} is empty."
        for number, part in enumerate(inner):
            yield from problems(part, f"{where}.{kind.rstrip('_')}[{number}]", depth + 1)
        return
    yield from _leaf_problems(condition, kind, where)


def _size(condition: Condition, depth: int = 1) -> int:
    if depth > DEEPEST:
        return MOST_PARTS + 1
    inner = [*(condition.all or []), *(condition.any or []), *([condition.not_] if condition.not_ else [])]
    return 1 + sum(_size(part, depth + 1) for part in inner)


def _leaf_problems(leaf: Condition, kind: str, where: str) -> Iterator[str]:
    if leaf.field is not None and (leaf.field not in PUBLISHED or leaf.field in _UNTESTED):
        yield f"{where}: {leaf.field!r} is no field that can be tested; see `m365timeline schema`."
        return
    names = listed(leaf.change if kind == "change" else leaf.extra if kind == "extra" else leaf.field)
    yield from (f"{where}: {name!r} is no name of a {kind}." for name in names if not _NAME.fullmatch(name))
    if kind != "change" and (leaf.new or leaf.old):
        yield f"{where}: new and old belong to a change."
    if kind != "change" and not leaf.given():
        yield f"{where}: no test is given ({', '.join(name.rstrip('_') for name in TESTS)})."
    if leaf.field in _FLAGS and (leaf.given() not in (["is_"], ["exists"]) or not isinstance(leaf.is_, bool | None)):
        yield f"{where}: {leaf.field} can only be tested by is = true, is = false or exists."
    for test, place in ((leaf, where), (leaf.new, f"{where}.new"), (leaf.old, f"{where}.old")):
        if test is not None:
            yield from _test_problems(test, place)


def _test_problems(test: Test, where: str) -> Iterator[str]:
    for name in ("is_", "contains", "starts", "ends", "network", "matches", "well_known"):
        values = listed(getattr(test, name))
        texts = [value for value in values if isinstance(value, str)]
        if not values or len(values) > MOST_VALUES:
            yield f"{where}.{name.rstrip('_')} takes 1 to {MOST_VALUES:,} values."
        if any(len(text) > LONGEST_VALUE or _CONTROL.search(text) for text in texts):
            yield f"{where}.{name.rstrip('_')}: a value is longer than {LONGEST_VALUE:,} characters or holds control characters."
        elif name in {"contains", "starts", "ends", "matches"} and "" in texts:
            yield f"{where}.{name} is empty and would match everything; use exists."
    if test.matches is not None:
        try:
            pc.match_substring_regex(pa.array([""]), test.matches)
        except pa.ArrowInvalid as error:
            yield f"{where}.matches is no RE2 pattern: {error}."
    for text in listed(test.well_known) if test.well_known is not None else []:
        if text not in folder_names():
            yield f"{where}.well_known: {text!r} is no well-known folder ({', '.join(folder_names())})."
    for text in listed(test.network) if test.network is not None else []:
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError:
            yield f"{where}.network: {text!r} is no network (10.0.0.0/8, 2001:db8::/32)."


# --- as SQL -----------------------------------------------------------------------------------------------------------


def to_sql(condition: Condition, around: Surroundings) -> str:
    """A condition as a SQL expression over the columns of an event that is true or false, never null."""
    if condition.all is not None:
        return "(" + " AND ".join(to_sql(part, around) for part in condition.all) + ")"
    if condition.any is not None:
        return "(" + " OR ".join(to_sql(part, around) for part in condition.any) + ")"
    if condition.not_ is not None:
        return f"(NOT {to_sql(condition.not_, around)})"
    if condition.same is not None:
        first, *others = map(key_part, condition.same)
        return f"coalesce({first} IN ({', '.join(others)}), false)"
    if condition.change is not None:
        return _change_sql(condition, around)
    if condition.extra is not None:
        path = "$." + ".".join(f'"{part}"' for part in condition.extra.split("."))
        return _tests_sql(condition, f"json_extract_string(extra, {quote(path)})", around)
    name = condition.field or ""
    column = f'"{name}"'
    if name in LIST_FIELDS:
        if condition.exists is not None:
            return f"((coalesce(len({column}), 0) > 0) = {condition.exists})"
        return f"(coalesce(len(list_filter({column}, lambda x: {_tests_sql(condition, 'x', around)})), 0) > 0)"
    if name in _FLAGS:
        if condition.exists is not None:
            return f"(({column} IS NOT NULL) = {condition.exists})"
        return f"coalesce({column} = {condition.is_}, false)"
    return _tests_sql(condition, f"CAST({column} AS VARCHAR)" if name in _NUMBERS else column, around)


def _change_sql(condition: Condition, around: Surroundings) -> str:
    names = listed(condition.change)
    tests = [test for test in (condition if condition.given() else None, condition.new) if test is not None]
    both = [_tests_sql(test, "c.new", around) for test in tests]
    if condition.old is not None:
        both.append(_tests_sql(condition.old, "c.old", around))
    inside = " AND ".join([f"({named(names)})", *both])
    changed = f"coalesce(len(list_filter(changes, lambda c: {inside})), 0) > 0"
    if condition.old is not None:  # a command line does not say what stood before
        return f"({changed})"
    given = [
        " AND ".join(_tests_sql(test, parameter(name), around) for test in tests) or f"{parameter(name)} IS NOT NULL"
        for name in names
        if "*" not in name
    ]
    # The command line speaks where the log holds no property of that name.
    unnamed = f"coalesce(len(list_filter(changes, lambda c: {named(names)})), 0) = 0"
    return f"({changed} OR ({unnamed} AND ({' OR '.join(given) or 'false'})))"


def _tests_sql(test: Test, value: str, around: Surroundings) -> str:
    parts = [_test_sql(name, getattr(test, name), value, around) for name in test.given()]
    return "(" + " AND ".join(parts) + ")"


def _test_sql(name: str, wanted: Any, value: str, around: Surroundings) -> str:
    low = f"lower({value})"
    if name == "exists":
        return f"((coalesce({value}, '') <> '') = {wanted})"
    if name == "outside":
        return _outside_sql(low, around, wanted)
    if name in {"at_least", "at_most"}:
        return f"coalesce(TRY_CAST({value} AS DOUBLE) {'>=' if name == 'at_least' else '<='} {float(wanted)!r}, false)"
    if name == "matches":
        return f"coalesce(regexp_matches({value}, {quote(wanted)}, 'i'), false)"
    if name == "well_known":
        return f"coalesce(regexp_matches({value}, {quote(leads_to(listed(wanted)))}, 'i'), false)"
    if name == "network":
        inside = addresses_in(around.addresses, listed(wanted))
        return f"coalesce({low} IN ({', '.join(map(quote, inside))}), false)" if inside else "false"
    texts = [quote(str(text).casefold()) for text in listed(wanted)]
    if name == "is_":
        return f"coalesce({low} IN ({', '.join(texts)}), false)"
    function = {"contains": "contains", "starts": "starts_with", "ends": "suffix"}[name]
    return "coalesce(" + " OR ".join(f"{function}({low}, {text})" for text in texts) + ", false)"


def _outside_sql(low: str, around: Surroundings, wanted: bool) -> str:
    """Whether a text names a mail address outside the organization's domains; never, if no domain is known."""
    if not around.domains:
        return "false"
    own = ", ".join(map(quote, around.domains))
    found = f"regexp_extract_all({low}, '@([a-z0-9][a-z0-9.-]*[a-z0-9])', 1)"
    foreign = f"coalesce(len(list_filter({found}, lambda d: d NOT IN ({own}))), 0) > 0"
    return f"({foreign})" if wanted else f"(coalesce(len({found}), 0) > 0 AND NOT ({foreign}))"


def addresses_in(addresses: Sequence[str], networks: Sequence[str]) -> list[str]:
    """Those of the addresses that lie in one of the networks."""
    wanted = [ipaddress.ip_network(text, strict=False) for text in networks]
    found = []
    for text in addresses:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            continue
        if any(address.version == network.version and address in network for network in wanted):
            found.append(text)
    return found


def has(condition: Condition | None, test: str) -> bool:
    """Whether a test of that name stands anywhere in a condition."""
    if condition is None:
        return False
    inner = [*(condition.all or []), *(condition.any or []), *([condition.not_] if condition.not_ else [])]
    own = [condition, *(part for part in (condition.new, condition.old) if part is not None)]
    return any(getattr(part, test) is not None for part in own) or any(has(part, test) for part in inner)


def condition_fields(condition: Condition | None) -> set[str]:
    """The event fields a condition needs."""
    if condition is None:
        return set()
    inner = [*(condition.all or []), *(condition.any or []), *([condition.not_] if condition.not_ else [])]
    found = {name for part in inner for name in condition_fields(part)}
    found |= {name for key in condition.same or [] for name in key_fields(key)}
    if condition.change is not None:
        found |= {"changes", "command"}
    if condition.extra is not None:
        found.add("extra")
    return found | ({condition.field} if condition.field else set())
