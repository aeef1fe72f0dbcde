"""Rules in words: when a rule matches, as a sentence for analysts."""

from collections.abc import Sequence
from typing import Any

from m365timeline.analysis.conditions import Condition, Test, listed
from m365timeline.analysis.rule_files import Rule, Selection, Step

_SHOWN, _LONGEST = 12, 100
_WORDS = {
    "is_": "is", "contains": "contains", "starts": "begins with", "ends": "ends with", "matches": "matches",
    "well_known": "leads to the folder",
    "at_least": "is at least", "at_most": "is at most", "network": "lies in",
}  # fmt: skip


def in_words(rule: Rule) -> str:
    """When the rule matches, in one or two sentences."""
    text = f"Matches when {_selection(rule)}"
    if rule.count:
        part = rule.count
        many = f"at least {part.at_least:,} such events" if part.at_least > 1 else "such events"
        if part.items:
            many += f" with at least {part.items:,} items in them"
        if part.distinct:
            many += f" with at least {part.distinct_at_least:,} different values of {part.distinct}"
        if part.also:
            many += f" and {part.also_at_least:,} of {part.also}"
        return f"{text}; {many} with the same {_and(part.by)} within {part.within}."
    if rule.then:
        steps = [f"then, within {step.within}" + _after(step) + f", {_selection(step)}" for step in rule.then]
        new = ""
        if rule.first_seen:
            new = f" ({rule.first_seen.of} for the first time, after at least {rule.first_seen.earlier:,} earlier events on {rule.first_seen.days:,} days)"
        return f"{text}{new}; {'; '.join(steps)}; all with the same {_and(rule.by)}."
    if rule.first_seen:
        part_ = rule.first_seen
        of = f" for this {_and(part_.by)}" if part_.by else ""
        return f"{text} and {part_.of} was never logged before{of}, with at least {part_.earlier:,} earlier events on {part_.days:,} days."
    if rule.volume:
        size = rule.volume
        return f"{text}: at least {size.at_least:,} on one day for the same {_and(size.by)}, and {size.times:g} times the median of its earlier days (at least {size.days:,})."
    if rule.unless:
        return f"{text}; but not where, within {rule.unless.within} before or after and with the same {_and(rule.unless.by)}, {_selection(rule.unless)}."
    return text + "."


def _after(step: Step) -> str:
    if step.after_distinct > 1:
        return f" of at least {step.after:,} of these by {step.after_distinct:,} different actors"
    return f" of at least {step.after:,} of these" if step.after > 1 else ""


def _selection(selection: Selection) -> str:
    parts = []
    if selection.operations:
        parts.append(f"the operation is {_or(selection.operations)}")
    if selection.categories:
        parts.append(f"the category is {_or(selection.categories)}")
    if selection.when is not None:
        parts.append(condition_words(selection.when))
    if selection.failures:
        parts.append("whether it worked or not")
    if selection.machines:
        parts.append("whoever did it, service accounts too")
    return " and ".join(parts)


def condition_words(condition: Condition, *, inner: bool = False) -> str:
    """A condition in words: its own, if it has any."""
    if condition.words is not None:
        return condition.words
    if condition.all is not None:
        text = " and ".join(condition_words(part, inner=True) for part in condition.all)
        return f"({text})" if inner and len(condition.all) > 1 else text
    if condition.any is not None:
        text = " or ".join(condition_words(part, inner=True) for part in condition.any)
        return f"({text})" if len(condition.any) > 1 else text
    if condition.not_ is not None:
        return f"not ({condition_words(condition.not_)})"
    if condition.same is not None:
        first, *others = condition.same
        return f"{_and([first])} is the same as {_or([_and([name]) for name in others])}"
    if condition.change is not None:
        return _change(condition)
    return _tests(condition.field or f"the logged field {condition.extra}", condition)


def _change(condition: Condition) -> str:
    name = f"{_or(listed(condition.change))}"
    parts = [_tests("", test).strip() for test in (condition, condition.new) if test is not None and test.given()]
    text = f"{name} was set" + (f" to a value that {' and '.join(parts)}" if parts else "")
    return text + (f", from one that {_tests('', condition.old).strip()}" if condition.old else "")


def _tests(name: str, test: Test) -> str:
    return " and ".join(f"{name} {_test(kind, getattr(test, kind))}" for kind in test.given())


def _test(kind: str, wanted: Any) -> str:
    if kind == "exists":
        return "is given" if wanted else "is empty"
    if kind == "outside":
        return "names an address outside the organization's domains" if wanted else "names own addresses only"
    if isinstance(wanted, bool):
        return f"is {str(wanted).lower()}"
    if isinstance(wanted, float):
        return f"{_WORDS[kind]} {wanted:g}"
    if kind == "matches" and len(wanted) > _LONGEST:
        return f"{_WORDS[kind]} {wanted[:_LONGEST]}…"
    return f"{_WORDS[kind]} {_or(listed(wanted))}"


def _or(values: Sequence[Any]) -> str:
    texts = [str(value) for value in values]
    shown = ", ".join(texts[:_SHOWN]) + (f" … ({len(texts):,} in all)" if len(texts) > _SHOWN else "")
    return shown if len(texts) == 1 else f"one of: {shown}"


def _and(names: Sequence[str]) -> str:
    return (
        " and ".join(name.replace("name:", "name of ").replace("change:", "changed ") for name in names)
        or "organization"
    )
