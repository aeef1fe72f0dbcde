"""Columns and members of Entra exports: one meaning, many spellings and languages (``entra_columns.csv``).

The same value is ``status.errorCode`` in Graph, ``Sign-in error code`` in the portal and ``ResultType`` in Log Analytics.
Names are compared by their letters and digits alone; an inner member is named by the whole way to it.
"""

from collections.abc import Iterable
from functools import cache

from m365timeline.schemas.message_columns import squeeze
from m365timeline.schemas.reference import rows


@cache
def spellings(field: str) -> tuple[str, ...]:
    """The (squeezed) names of a meaning, in order of preference."""
    return tuple(squeeze(row["column"]) for row in rows("entra_columns") if row["field"] == field)


@cache
def _known() -> frozenset[str]:
    return frozenset(squeeze(row["column"]) for row in rows("entra_columns"))


def is_known_column(name: str) -> bool:
    """Whether a column has been seen in an export of Entra, whatever part of Log Analytics' double columns it is."""
    plain = name.partition("#")[0].removesuffix("_dynamic").removesuffix("_string")
    return squeeze(plain) in _known()


def column_of(field: str, names: Iterable[str]) -> str | None:
    """The (squeezed) name among ``names`` that holds a meaning; of several the preferred one."""
    present = frozenset(names)
    return next((name for name in spellings(field) if name in present), None)


def has_all(names: frozenset[str], *fields: str) -> bool:
    """Whether a header holds all these meanings."""
    return all(column_of(field, names) for field in fields)


@cache
def class_of_word(word: str) -> str | None:
    """``success``, ``failure`` or ``interrupted`` from the word of a portal in some language; ``None`` if it is unknown."""
    return {row["word"]: row["class"] for row in rows("entra_words")}.get(word.strip().casefold())
