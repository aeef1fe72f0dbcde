"""CSV for people's tools: UTF-8 with mark, one row an event, lists joined with " | ".

Everything but ``raw`` stands here; the exact record is in the JSONL and Parquet outputs. A value that a spreadsheet
would take for a formula gets a ``'`` in front (remove one leading ``'`` to have the value back).
"""

import csv
import io
from typing import Any, BinaryIO, ClassVar

from m365timeline.schemas.event import LIST_FIELDS, PUBLISHED, TIME_FIELDS
from m365timeline.writers.jsonl_file import iso_utc

_LIVE = tuple("=+-@\t\r\n＝＋－＠'")


class CsvWriter:
    """Writes the header at once, so that an empty timeline is still a table."""

    columns: ClassVar[tuple[str, ...]] = tuple(name for name in PUBLISHED if name != "raw")

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._stream.write(b"\xef\xbb\xbf")
        self._write_rows([list(self.columns)])

    def write(self, batch: Any) -> None:
        """Append a batch."""
        self._write_rows([[_cell(name, row[name]) for name in self.columns] for row in batch.to_pylist()])

    def _write_rows(self, rows: list[list[str]]) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerows(rows)
        self._stream.write(text.getvalue().encode())

    def close(self) -> list[str]:
        """Nothing is left to do."""
        return []


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name in TIME_FIELDS:
        return iso_utc(value)
    if name in LIST_FIELDS:
        text = " | ".join(value)
    elif name == "changes":
        text = " | ".join(f"{change['name']}: {change['old'] or ''} → {change['new'] or ''}" for change in value)
    elif isinstance(value, bool):
        return "true" if value else "false"
    else:
        text = str(value)
    return "'" + text if text.startswith(_LIVE) and not isinstance(value, int) else text
