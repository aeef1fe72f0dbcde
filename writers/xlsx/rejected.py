"""The Rejected sheet: everything that did not become an event, where it stands, why, and what it says."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pyarrow as pa

from m365timeline.schemas.record import Issue
from m365timeline.writers.xlsx.grid import Column

TITLE = "Rejected"
REST = "whole in the source at this offset"
ABSENT = "everything was read."
_BATCH = 1024
_SCHEMA = pa.schema([
    ("source_file", pa.string()), ("record_number", pa.int64()), ("line", pa.int64()), ("offset", pa.int64()), ("length", pa.int64()),
    ("code", pa.string()), ("reason", pa.string()), ("raw", pa.string()),
])  # fmt: skip


def _column(title: str, name: str, kind: str = "text", widest: int = 40) -> Column:
    return Column(title=title, kind=kind, values=lambda batch: batch.column(name), widest=widest)


COLUMNS = (
    _column("Source", "source_file", widest=50), _column("Record", "record_number", "number"), _column("Line", "line", "number"),
    _column("Offset", "offset", "number"), _column("Length", "length", "number"), _column("Code", "code"),
    _column("Reason", "reason", "wrapped", 60), _column("Raw text", "raw", widest=60),
)  # fmt: skip


def batches(issues: Iterator[Issue]) -> Iterator[Any]:
    """The issues as Arrow batches."""
    while rows := [_row(issue) for issue in islice(issues, _BATCH)]:
        yield pa.RecordBatch.from_pylist(rows, schema=_SCHEMA)


def _row(issue: Issue) -> dict[str, Any]:
    row = {name: getattr(issue, name) for name in _SCHEMA.names}
    return {name: _whole(value) if isinstance(value, str) else value for name, value in row.items()}


def _whole(text: str) -> str:
    """A text without lone surrogates, which stand for bytes that are no text: they are shown as escapes."""
    return str(text).encode("utf-8", "backslashreplace").decode()
