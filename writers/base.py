"""The contract every writer keeps, and which writer a file name asks for."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Protocol

from m365timeline.schemas.journeys import MessageJourney
from m365timeline.schemas.notes import Notes
from m365timeline.schemas.record import Issue
from m365timeline.schemas.report import RunReport
from m365timeline.schemas.sheets import Answer

Issues = Callable[[], Iterator[Issue]]
Messages = Callable[[], Iterator[MessageJourney]]
Answers = Callable[[], Iterable[Answer]]


class Writer(Protocol):
    """Writes ordered batches of events (Arrow record batches of ``columns``) to a stream."""

    columns: ClassVar[tuple[str, ...]]

    def write(self, batch: Any) -> None:
        """Append a batch."""

    def close(self) -> list[str]:
        """Finish the file; the stream stays open. Returns notes worth telling the user (cells cut, sheets split)."""


EXTENSIONS = (".xlsx", ".csv", ".jsonl", ".parquet")


def open_writer(
    target: Path,
    stream: BinaryIO,
    report: RunReport,
    issues: Issues,
    messages: Messages,
    answers: Answers,
    notes: Notes | None = None,
) -> Writer:
    """The writer for a file name's extension; only one that asks for the analyses pays for them.

    Raises KeyError for an unknown extension.
    """
    extension = target.suffix.lower()
    if extension == ".xlsx":
        from m365timeline.writers.xlsx import XlsxWriter

        return XlsxWriter(stream, report, issues, messages, answers, notes=notes)
    if extension == ".csv":
        from m365timeline.writers.csv_file import CsvWriter

        return CsvWriter(stream)
    if extension == ".jsonl":
        from m365timeline.writers.jsonl_file import JsonlWriter

        return JsonlWriter(stream)
    if extension == ".parquet":
        from m365timeline.writers.parquet_file import ParquetWriter

        return ParquetWriter(stream)
    raise KeyError(extension)
