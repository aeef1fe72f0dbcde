"""Events as Arrow columns: the shape of segments, and of everything that is written from them."""

from collections.abc import Sequence
from functools import cache
from operator import attrgetter
from typing import Any, get_args, get_type_hints

import pyarrow as pa

from m365timeline.schemas.event import PUBLISHED, TIME_FIELDS, Change, Event

# Arrow's own allocators keep what they once had; the system's gives it back, which keeps a long run small.
pa.set_memory_pool(pa.system_memory_pool())

# Known only when the whole case is known, so not stored in segments.
DERIVED = ("source_file", "source_sha256", "duplicates", "also_in")
STORED = tuple(name for name in Event.__struct_fields__ if name not in DERIVED)


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


_stored_values = attrgetter(*STORED)


def to_batch(events: Sequence[Event]) -> Any:
    """Turn events into one record batch of the stored schema."""
    columns = zip(*map(_stored_values, events), strict=True)
    return pa.RecordBatch.from_arrays(
        [_column(name, values) for name, values in zip(STORED, columns, strict=True)], schema=stored_schema()
    )


def _column(name: str, values: tuple[Any, ...]) -> Any:
    kind = arrow_type(name)
    if values.count(None) == len(values):
        return pa.nulls(len(values), kind)
    if name in TIME_FIELDS or name == "time_day_first":
        return pa.array(values, pa.int64()).cast(kind)
    if name == "changes":
        return pa.array(
            [None if rows is None else [(change.name, change.old, change.new) for change in rows] for rows in values],
            kind,
        )
    return pa.array(values, kind)
