"""The map: the user's word on what the columns of a table mean that no parser knows.

A map is a small TOML file (docs/maps.md). It is read and checked whole before anything else is opened; whatever is wrong
with it is said in words with the key it concerns. Its text is part of the manifest and of every segment it made.
"""

import re
import tomllib
from functools import cache
from typing import Any

import msgspec

from m365timeline.schemas.columns import normalize_column
from m365timeline.schemas.event import CATEGORIES, OUTCOMES, TIME_MEANINGS, field_rows
from m365timeline.schemas.zones import zone_named

ALIASES = {"address": "ip", "result": "outcome_raw", "user": "actor"}
# Set by the program itself from the file, the record or other fields.
_NOT_TO_MAP = frozenset({
    "event_id", "source_type", "time", "time_raw", "time_basis", "time_end", "time_meaning", "severity", "port", "ip_raw",
    "source_file", "source_sha256", "record_number", "line", "offset", "length", "duplicates", "also_in", "quality", "extra",
    "raw", "changes", "category", "outcome",
})  # fmt: skip
_SECTIONS = ("name", "time", "fields", "constants", "category", "outcome")
_TIME_KEYS = ("column", "format", "zone", "order", "meaning")
_NAMED_FORMATS = ("epoch", "epoch_ms")
_DIRECTIVES = frozenset("YmdHMSfyIpzbBj%")


class BadMappingError(Exception):
    """The map cannot be used; the message says which key and why."""


class TimeColumn(msgspec.Struct, frozen=True):
    """Where the time stands (several columns are joined with a blank) and how it is written."""

    columns: tuple[str, ...]
    format: str | None = None
    zone: str | None = None
    order: str | None = None
    meaning: str | None = None


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    """A checked map, column names normalized as headers are.

    ``fields`` gives the columns of each event field; the first that is filled counts. ``categories`` are by operation,
    ``outcomes`` by result, both without case. ``text`` is the map as the user wrote it.
    """

    name: str
    text: str
    time: TimeColumn
    fields: dict[str, tuple[str, ...]]
    constants: dict[str, str]
    categories: dict[str, str]
    outcomes: dict[str, str]

    def missing(self, names: frozenset[str]) -> list[str]:
        """The columns of the map that a table with these (normalized) columns lacks."""
        lost = [name for name in self.time.columns if name not in names]
        return lost + [" or ".join(group) for group in self.fields.values() if not names & set(group)]


@cache
def field_kinds() -> dict[str, str]:
    """The event fields a map may fill, with their type in words."""
    return {row["name"]: row["type"] for row in field_rows() if row["name"] not in _NOT_TO_MAP}


def read_mapping(text: str) -> Mapping:
    """Read and check a map. Raises BadMappingError."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadMappingError(f"it is no TOML: {error}") from None
    _only(data, _SECTIONS, "")
    if not isinstance(data.get("name"), str) or not data["name"].strip():
        raise BadMappingError('name: give the map a name, for example name = "vpn"; it tells its records from others')
    constants = _constants(_table(data, "constants"))
    return Mapping(
        name=data["name"].strip(), text=text, time=_time(_table(data, "time")), fields=_fields(_table(data, "fields")), constants=constants,
        categories=_closed(_table(data, "category"), "category", CATEGORIES), outcomes=_closed(_table(data, "outcome"), "outcome", OUTCOMES),
    )  # fmt: skip


def _table(data: dict[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name, {})
    if not isinstance(value, dict):
        raise BadMappingError(f"{name}: a section [{name}] is expected, not a single value")
    return value


def _only(table: dict[str, Any], known: tuple[str, ...], section: str) -> None:
    for key in table:
        if key not in known:
            raise BadMappingError(f"{section}{key}: there is no such key; known here: {', '.join(known)}")


def _time(table: dict[str, Any]) -> TimeColumn:
    _only(table, _TIME_KEYS, "time.")
    if "column" not in table:
        raise BadMappingError("time.column: say which column holds the time; a list without times is no timeline")
    values = {key: table.get(key) for key in _TIME_KEYS[1:]}
    for key, value in values.items():
        if value is not None and not isinstance(value, str):
            raise BadMappingError(f"time.{key}: a text in quotes is expected, not {value!r}")
    if values["zone"] is not None and zone_named(values["zone"]) is None:
        raise BadMappingError(f"time.zone: there is no time zone {values['zone']!r}; examples: UTC, Europe/Berlin")
    for key, words in (("order", ("dmy", "mdy")), ("meaning", TIME_MEANINGS)):
        if values[key] is not None and values[key] not in words:
            raise BadMappingError(f"time.{key}: {values[key]!r} is none of {', '.join(words)}")
    if values["format"] is not None:
        _check_format(values["format"])
        if values["order"] is not None:
            raise BadMappingError("time.order: the format already says where day and month stand; leave one out")
    return TimeColumn(_columns(table["column"], "time.column"), **values)


def _check_format(pattern: str) -> None:
    """The directives of ``strptime`` that need no locale but English, and the names of counted seconds."""
    if pattern in _NAMED_FORMATS:
        return
    used = re.findall(r"%(.?)", pattern.replace("%%", ""))
    for letter in used:
        if letter not in _DIRECTIVES:
            raise BadMappingError(
                f"time.format: %{letter} is not known; use {', '.join(_NAMED_FORMATS)} or a pattern such as %d.%m.%Y %H:%M:%S"
            )
    if not ({"Y", "y"} & set(used) and {"d", "j"} & set(used)):
        raise BadMappingError(f"time.format: {pattern!r} names no whole date; example: %d.%m.%Y %H:%M:%S")


def _columns(value: Any, key: str) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name.strip() for name in names):
        raise BadMappingError(f"{key}: the name of a column in quotes is expected, or a list of names")
    return tuple(map(normalize_column, names))


def _field(key: str, section: str) -> str:
    name = ALIASES.get(key, key)
    if name not in field_kinds():
        raise BadMappingError(
            f"{section}.{key}: no event field of this name can be filled by a map; `m365timeline schema` lists the fields"
        )
    return name


def _fields(table: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    fields: dict[str, tuple[str, ...]] = {}
    for key, value in table.items():
        name = _field(key, "fields")
        if name in fields:
            raise BadMappingError(f"fields.{key}: {name} is mapped twice")
        fields[name] = _columns(value, f"fields.{key}")
    return fields


def _constants(table: dict[str, Any]) -> dict[str, str]:
    closed = {"category": CATEGORIES, "outcome": OUTCOMES}
    constants: dict[str, str] = {}
    for key, value in table.items():
        if not isinstance(value, str):
            raise BadMappingError(f"constants.{key}: a text in quotes is expected, not {value!r}")
        if key in closed:
            if value not in closed[key]:
                raise BadMappingError(f"constants.{key}: {value!r} is none of {', '.join(closed[key])}")
            constants[key] = value
            continue
        name = _field(key, "constants")
        if field_kinds()[name] != "text":
            raise BadMappingError(f"constants.{key}: only fields that hold a text can be given a fixed value")
        constants[name] = value
    return constants


def _closed(table: dict[str, Any], section: str, words: tuple[str, ...]) -> dict[str, str]:
    for key, value in table.items():
        if value not in words:
            raise BadMappingError(f"{section}.{key}: {value!r} is none of {', '.join(words)}")
    return {key.strip().casefold(): value for key, value in table.items()}
