"""JSON Lines: one event a line, every value whole. Fields without a value are left out."""

from datetime import datetime
from typing import Any, BinaryIO, ClassVar

import msgspec

from m365timeline.schemas.event import PUBLISHED, TIME_FIELDS

_encoder = msgspec.json.Encoder()


def iso_utc(moment: datetime) -> str:
    """``2021-03-23T15:45:38Z``, with six fraction digits only where there is a fraction."""
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{moment.microsecond:06d}Z" if moment.microsecond else f"{text}Z"


class JsonlWriter:
    """Times are ISO 8601 UTC; ``extra`` is a nested object; lists are lists."""

    columns: ClassVar[tuple[str, ...]] = PUBLISHED

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, batch: Any) -> None:
        """Append a batch."""
        self._stream.writelines(_encoder.encode(_shaped(row)) + b"\n" for row in batch.to_pylist())

    def close(self) -> list[str]:
        """Nothing is left to do."""
        return []


def _shaped(row: dict[str, Any]) -> dict[str, Any]:
    shaped: dict[str, Any] = {}
    for name, value in row.items():
        if value is None:
            continue
        if name in TIME_FIELDS:
            shaped[name] = iso_utc(value)
        elif name == "extra":
            shaped[name] = msgspec.Raw(value.encode())
        else:
            shaped[name] = value
    return shaped
