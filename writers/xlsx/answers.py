"""Sheets of analyses: notes above the header, a row a finding, and links to the rows of the Timeline each rests on."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from m365timeline.schemas.failure import TooLittleMemoryError
from m365timeline.schemas.sheets import Sheet, SheetColumn, SheetRow
from m365timeline.writers.xlsx.grid import Column
from m365timeline.writers.xlsx.moments import moments

REST = "whole in the events this row rests on"
_BATCH = 1024
_NOTE_WIDTH = 190
_TYPES = {"number": pa.int64(), "date": pa.timestamp("us", tz="UTC"), "row": pa.int64()}
_MORE = 12  # further rows named in a cell
_OWN = (
    SheetColumn(title="Events", kind="number", about="How many events of the timeline the row rests on."),
    SheetColumn(title="First event", kind="row"),
    SheetColumn(title="Last event", kind="row"),
    SheetColumn(title="Timeline rows", about="Where on the Timeline the events stand.", widest=44),
)


class Places:
    """Where each position of the timeline stands: sheet and row. ``starts`` are the first position of each sheet."""

    def __init__(self, titles: list[str], starts: list[int]) -> None:
        self._titles = titles
        self._starts = starts

    def of(self, position: int) -> tuple[str, int]:
        """The sheet and the row in it."""
        number = bisect_right(self._starts, position) - 1
        return self._titles[number], position - self._starts[number] + 2

    def names(self, positions: Any) -> Any:
        """In words, as Arrow strings: the row, behind the name of its sheet where there are several."""
        return self._tell(positions, "{}: " if len(self._titles) > 1 else "row ")

    def locations(self, positions: Any) -> Any:
        """Where in the workbook each stands, as Arrow strings: ``'Timeline'!A7``."""
        return self._tell(positions, "'{}'!A")

    def _tell(self, positions: Any, words: str) -> Any:
        told = pa.nulls(len(positions), pa.string())
        for title, start in zip(self._titles, self._starts, strict=True):
            rows = pc.add(positions, 2 - start).cast(pa.string())
            here = pc.binary_join_element_wise(words.format(title), rows, "")
            told = pc.if_else(pc.greater_equal(positions, start), here, told)
        return told

    def listed(self, positions: Sequence[int]) -> str:
        """Several in one cell: ``7, 9, 12``."""
        if len(self._titles) == 1:
            return ", ".join([str(position - self._starts[0] + 2) for position in positions])
        return ", ".join(f"{title}: {row}" for title, row in map(self.of, positions))


def notes(sheet: Sheet) -> list[str]:
    """The lines above the header: what it shows, how it was worked out, what absence means."""
    texts = (f"Method: {sheet.method}", f"What is missing: {sheet.absence}")
    return [line for text in texts for line in wrap(text, _NOTE_WIDTH)]


def columns(sheet: Sheet, places: Places) -> tuple[Column, ...]:
    """The sheet's own columns, then those that say what each row rests on."""
    taken = {column.title for column in sheet.columns}
    own = (
        msgspec.structs.replace(column, title=f"{column.title} it rests on") if column.title in taken else column
        for column in _OWN
    )
    return tuple(_column(number, column, places) for number, column in enumerate((*sheet.columns, *own)))


def _column(number: int, column: SheetColumn, places: Places) -> Column:
    name = str(number)

    def values(batch: Any) -> Any:
        found = batch.column(name)
        if column.kind == "date":
            return moments(found)
        if column.kind == "row":
            return places.names(found)
        return found

    linked = column.kind == "row"
    return Column(
        title=column.title, kind="link" if linked else column.kind, values=values, links=(lambda batch: places.locations(batch.column(name))) if linked else None,
        about=column.about, choices=column.choices, widest=column.widest or (60 if column.kind == "wrapped" else 40),
    )  # fmt: skip


def batches(sheet: Sheet, rows: Iterable[SheetRow], places: Places) -> Iterator[Any]:
    """The rows as Arrow batches, a column a number, and ``severity``."""
    kinds = [column.kind for column in (*sheet.columns, *_OWN)]
    schema = pa.schema(
        [
            *((str(number), _TYPES.get(kind, pa.string())) for number, kind in enumerate(kinds)),
            ("severity", pa.string()),
        ]
    )
    for found in _blocks(rows):
        table = [_values(sheet, row, places) for row in found]
        arrays = [
            pa.array(list(values), field.type) for values, field in zip(zip(*table, strict=True), schema, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _blocks(rows: Iterable[SheetRow]) -> Iterator[list[SheetRow]]:
    """Rows in blocks; what was worked out before the memory ended is handed out before that is said."""
    block: list[SheetRow] = []
    try:
        for row in rows:
            block.append(row)
            if len(block) == _BATCH:
                yield block
                block = []
    except TooLittleMemoryError:
        if block:
            yield block
        raise
    if block:
        yield block


def _values(sheet: Sheet, row: SheetRow, places: Places) -> tuple[Any, ...]:
    if len(row.values) != len(sheet.columns):
        raise ValueError(f"{sheet.title}: a row of {len(row.values)} values for {len(sheet.columns)} columns")
    first = row.positions[0] if row.positions else None
    last = row.positions[-1] if row.count == len(row.positions) > 1 else None
    return (*row.values, row.count, first, last, _named(row, places), row.severity)


def _named(row: SheetRow, places: Places) -> str | None:
    if not row.positions:
        return None
    shown = places.listed(row.positions[:_MORE])
    rest = row.count - min(len(row.positions), _MORE)
    return f"{shown} and {rest:,} more" if rest else shown


def severities(batch: Any) -> Any:
    """What the style of a row follows from."""
    return batch.column("severity")
