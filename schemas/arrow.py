"""Events as Arrow columns: the shape of segments, and of everything that is written from them."""

from collections.abc import Sequence
from functools import cache
from typing import Any, get_args, get_type_hints

import pyarrow as pa
from msgspec.structs import astuple

from m365timeline.schemas.event import PUBLISHED, TIME_FIELDS, Change, Event

# Arrow's own allocators keep what they once had; the system's gives it back, which keeps a long run small.
pa.set_memory_pool(pa.system_memory_pool())

# Known only when the whole case is known, so not stored in segments.
DERIVED = ("source_file", "source_sha256", "duplicates", "also_in")
STORED = tuple(name for name in Event.__struct_fields__ if name not in DERIVED)

# Columns with few different values; long or unique ones are stored plainly.
FEW_VALUES = [
    "source_type", "workload", "record_type", "time_basis", "time_meaning", "operation", "category", "severity", "outcome",
    "outcome_raw", "error_code", "error_text", "actor", "actor_id", "actor_type", "logon_type", "mailbox", "mailbox_id",
    "target_type", "ip", "client_app", "client_info", "user_agent", "app_id", "app_name", "device_os", "server", "country",
    "direction", "delivery_status", "access_type", "tenant_id", "tenant", "folder",
]  # fmt: skip
# Long texts whose smallest and largest value help no reader to skip anything.
WIDE = frozenset({"raw", "extra", "summary", "command", "changes"})


@cache
def arrow_type(name: str) -> Any:
    """The Arrow type of an event field."""
    if name in TIME_FIELDS or name == "time_day_first":
        return pa.timestamp("us", tz="UTC")
    if name == "content":
        return pa.binary()
    if name == "part":
        return pa.int32()
    shape = get_args(get_type_hints(Event, include_extras=True)[name])[0]
    inner = next(part for part in get_args(shape) if part is not type(None))
    return {
        str: pa.string(),
        int: pa.int64(),
        bool: pa.bool_(),
        list[str]: pa.list_(pa.string()),
        list[Change]: _changes(),
    }[inner]


def _changes() -> Any:
    return pa.list_(pa.struct([("name", pa.string()), ("old", pa.string()), ("new", pa.string())]))


@cache
def stored_schema() -> Any:
    """Schema of a segment."""
    return pa.schema([(name, arrow_type(name)) for name in STORED])


@cache
def published_schema() -> Any:
    """Schema of the outputs: every published field, in order."""
    return pa.schema([(name, arrow_type(name)) for name in PUBLISHED])


_BLOCK = 256  # events turned into columns together: few enough to be still in the processor's cache
_NOT_STORED = frozenset(map(Event.__struct_fields__.index, DERIVED))


class Columns:
    """Events being gathered as columns. Turning rows into columns is cheap only while the rows are fresh."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._values: list[list[Any]] = [[] for _ in Event.__struct_fields__]
        self._height = 0

    def __len__(self) -> int:
        return self._height + len(self._events)

    def add(self, events: Sequence[Event]) -> int:
        """Take the events of a record; returns how many there are. They must not change any more."""
        waiting = self._events
        waiting.extend(events)
        if len(waiting) < _BLOCK:
            return self._height + len(waiting)
        self._turn()
        return self._height

    def _turn(self) -> None:
        if self._events:
            for column, values in zip(self._values, zip(*map(astuple, self._events), strict=True), strict=True):
                column.extend(values)
        self._height += len(self._events)
        self._events = []

    def take_batch(self) -> Any:
        """Everything gathered, as one record batch of the stored schema; begins anew."""
        self._turn()
        stored = [values for index, values in enumerate(self._values) if index not in _NOT_STORED]
        self._values, self._height = [[] for _ in Event.__struct_fields__], 0
        arrays = [_column(name, values) for name, values in zip(STORED, stored, strict=True)]
        return pa.RecordBatch.from_arrays(arrays, schema=stored_schema())


def _column(name: str, values: list[Any]) -> Any:
    kind = arrow_type(name)
    if values[:1] == values[-1:] == [None] and values.count(None) == len(values):  # comparing each with None is dear
        return pa.nulls(len(values), kind)
    if name in TIME_FIELDS or name == "time_day_first":
        return pa.array(values, pa.int64()).cast(kind)
    if name == "changes":
        return pa.array(
            [None if rows is None else [(change.name, change.old, change.new) for change in rows] for rows in values],
            kind,
        )
    return pa.array(values, kind)
