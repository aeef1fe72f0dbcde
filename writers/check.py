"""Reading an output back before it is published: does it hold the rows it should, from the first to the last?

The workbook is read from its raw XML, not by the library that made it.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import msgspec
from pyarrow import ArrowInvalid

from m365timeline.schemas.failure import FailedError
from m365timeline.schemas.words import counted
from m365timeline.writers.csv_file import COLUMNS, HEADER

_BLOCK = 1 << 20
_EVENT_ID = "Event id"
_SHEET = re.compile(rb'<sheet [^>]*?name="(Timeline(?: \d+)?)"[^>]*?r:id="([^"]+)"')
_RELATION = re.compile(rb"<Relationship [^>]*>")
_ROW = re.compile(rb"<row .*?</row>", re.DOTALL)
_CELL = re.compile(rb'<c r="([A-Z]+)\d+"[^>]*?(?:/>|>(.*?)</c>)', re.DOTALL)
_TEXT = re.compile(rb"<t[^>]*>(.*?)</t>", re.DOTALL)


class Span(msgspec.Struct, frozen=True):
    """How many rows, and the event ids of the first and the last; ``None`` if there is no row."""

    rows: int
    first: str | None = None
    last: str | None = None


class BadOutputError(FailedError):
    """An output, read back, does not hold what was written: a bug or a failing disk. The message says what."""

    words = "{what}; no output was written. The disk may be failing: try another one. If it happens there too: This is a defect of m365timeline: please report it with a smaller input that shows it."


def check_output(target: Path, written: Path, wanted: Span) -> None:
    """Read an output back; ``target`` says what it is, ``written`` where it is now. Raises BadOutputError, OSError."""
    read = {".jsonl": _jsonl, ".csv": _csv, ".parquet": _parquet, ".xlsx": _xlsx}[target.suffix.lower()]
    try:
        found = read(written)
    except (ValueError, KeyError, IndexError, csv.Error, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise BadOutputError(
            f"{target}: what was written cannot be read back ({type(error).__name__}: {error})"
        ) from error
    if found != wanted:
        raise BadOutputError(f"{target}: {_words(wanted)} were written, {_words(found)} are read back")


def _words(span: Span) -> str:
    return f"{counted(span.rows, 'row')} from event {span.first} to {span.last}"


def _jsonl(path: Path) -> Span:
    rows, first, line = 0, b"", b""
    with path.open("rb") as lines:
        for rows, line in enumerate(lines, 1):  # noqa: B007 (the last line is wanted)
            first = first or line
    if line and not line.endswith(b"\n"):
        raise ValueError("the last line has no end")
    return Span(rows, *(msgspec.json.decode(text)["event_id"] for text in (first, line))) if rows else Span(0)


def _csv(path: Path) -> Span:
    """Read by Arrow's reader, which is not what wrote it; by the csv module where a row is too long for Arrow."""
    with path.open("rb") as stream:
        if stream.read(len(HEADER)) != HEADER:
            raise ValueError("the header is not whole")
        if not stream.read(1):
            return Span(0)
        stream.seek(-2, io.SEEK_END)
        if stream.read() != b"\r\n":
            raise ValueError("the last row has no end")
    try:
        return _span(_csv_ids(path))
    except ArrowInvalid:
        return _span(_csv_rows(path))


def _csv_ids(path: Path) -> Iterator[tuple[int, str, str]]:
    from pyarrow import csv as arrow_csv

    options = arrow_csv.ConvertOptions(include_columns=["event_id"], column_types={"event_id": "string"})
    reading = arrow_csv.ReadOptions(use_threads=False, block_size=4 * _BLOCK)
    parsing = arrow_csv.ParseOptions(newlines_in_values=True)
    with arrow_csv.open_csv(path, reading, parsing, options) as reader:
        for batch in reader:
            if batch.num_rows:
                yield batch.num_rows, batch.column(0)[0].as_py(), batch.column(0)[-1].as_py()


def _csv_rows(path: Path) -> Iterator[tuple[int, str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as text:
        rows = csv.reader(text, strict=True)
        next(rows)
        for row in rows:
            if len(row) != len(COLUMNS):
                raise ValueError(f"a row has {len(row)} cells")
            yield 1, row[0], row[0]


def _span(stretches: Iterator[tuple[int, str, str]]) -> Span:
    span = Span(0)
    for rows, first, last in stretches:
        span = Span(span.rows + rows, span.first or first, last)
    return span


def _parquet(path: Path) -> Span:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        rows, groups = file.metadata.num_rows, file.metadata.num_row_groups
        if not rows:
            return Span(0)
        first = file.read_row_group(0, columns=["event_id"]).column(0)[0].as_py()
        last = file.read_row_group(groups - 1, columns=["event_id"]).column(0)[-1].as_py()
    return Span(rows, first, last)


def _xlsx(path: Path) -> Span:
    with zipfile.ZipFile(path) as archive:
        spans = [_sheet(cast("BinaryIO", archive.open(member))) for member in _timeline_members(archive)]
    filled = [span for span in spans if span.rows]
    return Span(sum(span.rows for span in spans), filled[0].first, filled[-1].last) if filled else Span(0)


def _timeline_members(archive: zipfile.ZipFile) -> Iterator[str]:
    targets = {}
    for relation in _RELATION.findall(archive.read("xl/_rels/workbook.xml.rels")):
        attributes = dict(re.findall(rb'([\w:]+)="([^"]*)"', relation))
        targets[attributes[b"Id"]] = attributes[b"Target"].decode()
    found = _SHEET.findall(archive.read("xl/workbook.xml"))
    if not found:
        raise ValueError("there is no sheet Timeline")
    for _, relation in found:
        target = targets[relation]
        yield target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _sheet(stream: BinaryIO) -> Span:
    """Count the rows below the header. A ``<`` in a value is written as an entity, so every ``<row `` is one."""
    rows, head, tail = 0, b"", b""
    with stream:
        while block := stream.read(_BLOCK):
            rows += (tail[-4:] + block).count(b"<row ")
            if head.count(b"</row>") < 2:
                head += block
            tail += block
            tail = tail[max(0, tail.rfind(b"<row ")) :]
    if rows < 2:
        return Span(0)
    top, first, last = *_ROW.findall(head)[:2], _ROW.findall(tail)[0]
    column = next(name for name, text in _cells(top).items() if text == _EVENT_ID)
    return Span(rows - 1, _cells(first)[column], _cells(last)[column])


def _cells(row: bytes) -> dict[bytes, str]:
    return {name: "".join(part.decode() for part in _TEXT.findall(content)) for name, content in _CELL.findall(row)}
