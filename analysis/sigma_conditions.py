"""Conditions of Sigma rules as conditions of ours: field names mapped, wildcards and modifiers kept exactly."""

import re
from collections.abc import Callable
from typing import Any

from m365timeline.analysis.conditions import Condition
from m365timeline.schemas.reference import rows

_DEEPEST = 60
Kept = Callable[[str], str | None]


class NotMappedError(Exception):
    """A Sigma rule that cannot be taken over exactly; the message is the reason."""


def to_condition(item: Any, kept: Kept, depth: int = 0) -> Condition:
    """A parsed Sigma condition as ours. ``kept`` finds a source field of these logs by its name. Raises NotMappedError."""
    from sigma.conditions import (
        ConditionAND,
        ConditionFieldEqualsValueExpression,
        ConditionNOT,
        ConditionOR,
        ConditionValueExpression,
    )

    if depth > _DEEPEST:
        raise NotMappedError("its condition is nested too deeply")
    if isinstance(item, ConditionFieldEqualsValueExpression):
        return _field(item.field, item.value, kept)
    if isinstance(item, ConditionValueExpression):
        return _valued({"field": "raw"}, item.value, keyword=True)
    if isinstance(item, (ConditionAND, ConditionOR, ConditionNOT)):
        inner = [to_condition(part, kept, depth + 1) for part in item.args if part is not None]
        if not inner:
            raise NotMappedError("a part of its condition is empty")
        if isinstance(item, ConditionNOT):
            return Condition(not_=inner[0])
        if len(inner) == 1:
            return inner[0]
        return Condition(all=inner) if isinstance(item, ConditionAND) else _any(inner)
    raise NotMappedError(f"its condition has a part of an unknown kind ({type(item).__name__})")


def _any(parts: list[Condition]) -> Condition:
    """One of several; equal tests of one field are one list."""
    fields = {part.field for part in parts}
    if (
        len(fields) == 1
        and None not in fields
        and all(part.given() == ["is_"] and isinstance(part.is_, str) for part in parts)
    ):
        return Condition(field=parts[0].field, is_=[str(part.is_) for part in parts])
    return Condition(any=parts)


def _field(name: str, value: Any, kept: Kept) -> Condition:
    """One test of one Sigma field."""
    known = _known().get(name.casefold())
    if known is None:
        path = kept(name)
        if path is None:
            raise NotMappedError(
                f"the field {name!r} has no counterpart among the fields of an event, and no record here has it"
            )
        return _valued({"extra": path}, value)
    kind, field = known
    if kind == "outcome":
        return Condition(any=[_valued({"field": field}, value), _valued({"field": f"{field}_raw"}, value)])
    if field == "operation":
        return _operation(value)
    return _valued({"field": field}, value)


def _operation(value: Any) -> Condition:
    """The directory's operations are logged with a final full stop and written without one, and the other way round."""
    from sigma.types import SigmaString

    parts = [part for part in value.s if isinstance(part, str)] if type(value) is SigmaString else []
    if parts and len(parts) == len(value.s):
        text = "".join(parts).rstrip(". ")
        return Condition(field="operation", is_=[text, f"{text}."])
    return _valued({"field": "operation"}, value)


def _known() -> dict[str, tuple[str, str]]:
    return {row["sigma"]: (row["kind"], row["name"]) for row in rows("sigma_fields")}


def _valued(leaf: dict[str, Any], value: Any, *, keyword: bool = False) -> Condition:
    """A leaf with the test a Sigma value stands for."""
    from sigma import types

    if isinstance(value, types.SigmaExpansion):
        return Condition(any=[_valued(leaf, part, keyword=keyword) for part in value.values])
    if isinstance(value, types.SigmaString):
        return Condition(**leaf, **_text(value, keyword=keyword))
    if isinstance(value, (types.SigmaBool, types.SigmaNumber)):
        text = str(value.to_plain()).casefold()
        return Condition(**leaf, contains=text) if keyword else Condition(**leaf, is_=text)
    if isinstance(value, types.SigmaNull):
        return Condition(**leaf, exists=False)
    if isinstance(value, types.SigmaExists):
        return Condition(**leaf, exists=bool(value))
    if isinstance(value, types.SigmaRegularExpression):
        return Condition(**leaf, matches=_pattern(value))
    if isinstance(value, types.SigmaCIDRExpression):
        return Condition(**leaf, network=str(value))
    if isinstance(value, types.SigmaCompareExpression):
        return _compared(leaf, value)
    raise NotMappedError(f"it uses {type(value).__name__}, which is not supported")


def _text(value: Any, *, keyword: bool) -> dict[str, Any]:
    """A Sigma string with its wildcards as the simplest of our tests."""
    from sigma.types import Placeholder, SigmaCasedString, SpecialChars

    parts = list(value.s)
    if any(isinstance(part, Placeholder) for part in parts):
        raise NotMappedError("it uses a placeholder, which nothing here fills")
    many = SpecialChars.WILDCARD_MULTI
    if keyword:
        parts = [many, *parts, many]
    core = parts[1 if parts and parts[0] == many else 0 : -1 if len(parts) > 1 and parts[-1] == many else None]
    cased = isinstance(value, SigmaCasedString)
    if not cased and all(isinstance(part, str) for part in core):
        text = "".join(core)
        start, end = bool(parts) and parts[0] == many, len(parts) > 1 and parts[-1] == many
        if not text:
            return {"exists": bool(parts)}
        return {("contains" if end else "ends") if start else ("starts" if end else "is_"): text}
    signs = {many: ".*", SpecialChars.WILDCARD_SINGLE: "."}
    pattern = "".join(re.escape(part) if isinstance(part, str) else signs[part] for part in parts)
    return {"matches": f"(?s{'-i' if cased else ''}:^{pattern}$)"}


def _pattern(value: Any) -> str:
    """Sigma's expressions tell case apart unless they say otherwise; ours do not."""
    flags = {flag.name for flag in value.flags}
    on = "".join(letter for name, letter in (("MULTILINE", "m"), ("DOTALL", "s")) if name in flags)
    off = "" if "IGNORECASE" in flags else "-i"
    return f"(?{on}{off}:{value.regexp.to_plain(regex=True)})"


def _compared(leaf: dict[str, Any], value: Any) -> Condition:
    from sigma.types import CompareOperators

    number = float(value.number.to_plain())
    if value.op == CompareOperators.NEQ:
        return Condition(not_=Condition(**leaf, at_least=number, at_most=number))
    if value.op == CompareOperators.GTE:
        return Condition(**leaf, at_least=number)
    if value.op == CompareOperators.LTE:
        return Condition(**leaf, at_most=number)
    if value.op not in {CompareOperators.GT, CompareOperators.LT}:
        raise NotMappedError(f"it compares by {value.op.name}, which is not supported")
    wide = Condition(**leaf, at_least=number) if value.op == CompareOperators.GT else Condition(**leaf, at_most=number)
    equal = Condition(**leaf, at_least=number, at_most=number)
    return Condition(all=[wide, Condition(not_=equal)])


def gate(condition: Condition) -> list[str]:
    """The operations without one of which the condition cannot hold; empty if it does not name any."""
    for part in [condition, *(condition.all or [])]:
        if part.field == "operation" and part.given() == ["is_"]:
            return [str(part.is_)] if not isinstance(part.is_, list) else part.is_
    return []
