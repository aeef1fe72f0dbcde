"""The Message journeys sheet: one row a message, its way through the transport service in one sentence."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec
import pyarrow as pa

from m365timeline.schemas.journeys import MessageJourney
from m365timeline.writers.xlsx.grid import Column
from m365timeline.writers.xlsx.moments import moments

TITLE = "Message journeys"
REST = "whole in the JSONL/Parquet output, in the events of this message"
ABSENT = "no message trace was supplied."
_BATCH = 1024
_TIME = pa.timestamp("us", tz="UTC")
_SCHEMA = pa.schema([
    ("first", _TIME), ("last", _TIME), ("sender", pa.string()), ("recipients", pa.string()), ("subject", pa.string()), ("sentence", pa.string()),
    ("events", pa.int64()), ("sources", pa.string()), ("message_id", pa.string()), ("network_message_id", pa.string()),
])  # fmt: skip


def _column(title: str, name: str, kind: str = "text", widest: int = 40, about: str = "") -> Column:
    values = (lambda batch: moments(batch.column(name))) if kind == "date" else (lambda batch: batch.column(name))
    return Column(title=title, kind=kind, values=values, widest=widest, about=about)


COLUMNS = (
    _column("First (UTC)", "first", "date"), _column("Last (UTC)", "last", "date"), _column("Sender", "sender", widest=34),
    _column("Subject", "subject", widest=44), _column("Journey", "sentence", "wrapped", 60), _column("Recipients", "recipients", widest=50),
    _column("Events", "events", "number"), _column("From", "sources", widest=40), _column("Message-ID", "message_id", widest=44),
    _column("Network message id", "network_message_id", widest=38),
)  # fmt: skip


def batches(journeys: Iterable[MessageJourney]) -> Iterator[Any]:
    """The journeys as Arrow batches."""
    remaining = iter(journeys)
    while rows := [_row(journey) for journey in islice(remaining, _BATCH)]:
        yield pa.RecordBatch.from_pylist(rows, schema=_SCHEMA)


def _row(journey: MessageJourney) -> dict[str, Any]:
    row = msgspec.structs.asdict(journey)
    return {**row, "recipients": " | ".join(journey.recipients) or None, "sources": ", ".join(journey.sources)}
