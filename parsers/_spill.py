"""Rows that a spreadsheet tore apart: a cell longer than it can hold goes on in the first cell of the next row.

Excel cuts a CSV cell at 32,767 characters when it opens the file and puts the rest into the row below, in the first column; saved
again, the file has two rows (or more) for one record. They are put together again only where the result proves it: the pieces, one
behind the other without a change, are exactly one JSON object.
"""

import csv
import io
from collections.abc import Callable, Generator, Iterator
from typing import Any

import msgspec

from m365timeline.parsers._csv import Table
from m365timeline.parsers._json import decode_object
from m365timeline.schemas.record import Code, Issue, Record

CELL = 32_767  # UTF-16 units an Excel cell holds
_MOST_PIECES = 64
REST = (
    "The row above ends at the limit of an Excel cell (32,767 characters), and this row may be its rest: a spreadsheet tore the record "
    "apart, and the pieces do not make it whole again. Ask for the original export."
)


class Torn(msgspec.Struct):
    """A record whose AuditData ends at the limit of a cell, and the pieces found so far."""

    record: Record
    table: Table
    text: str
    pieces: int = 1
    length: int = 0  # bytes of the rows put together, and
    raw: str = ""  # their text
    behind: list[str] = msgspec.field(default_factory=list)  # cells that follow the last piece
    goes_on: bool = True

    def add(self, item: Record | Issue) -> bool:
        """Take the next row as the next piece; whether it can be one."""
        follows = item.offset == self.record.offset + (self.length or self.record.length)
        if not self.goes_on or not follows or item.raw is None or self.pieces >= _MOST_PIECES:
            return False
        try:
            cells = next(csv.reader(io.StringIO(item.raw, newline=""), delimiter=self.table.delimiter, strict=True), [])
        except csv.Error:
            return False
        if not cells or not cells[0]:
            return False
        self.text += cells[0]
        self.pieces += 1
        self.length = (self.length or self.record.length) + (item.length or 0)
        self.raw = (self.raw or self.record.raw) + item.raw
        self.behind = [cell for cell in cells[1:] if cell]
        self.goes_on = units(cells[0]) == CELL
        return True

    def whole(self) -> Record | None:
        """The record put together, if the pieces are exactly one object."""
        decoded = decode_object(self.text) if self.pieces > 1 else None
        if decoded is None:
            return None
        told: dict[str, Any] = {
            "repaired": [f"AuditData was spread over {self.pieces} rows by a spreadsheet; put together again"]
        }
        if self.behind:
            told["cells_behind"] = self.behind
        record = self.record
        quality = [
            flag
            for flag in record.quality
            if flag not in {"salvaged", "cell_limit", "ends_early", "damaged_audit_data"}
        ]
        return msgspec.structs.replace(
            record,
            fields={key: value for key, value in record.fields.items() if key != "auditdata"},
            data=decoded.data,
            canonical=decoded.canonical,
            raw=self.raw,
            length=self.length,
            quality=[*quality, "salvaged", *decoded.flags],
            salvage=told,
        )


def units(text: str) -> int:
    """The length of a text as a spreadsheet counts it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def put_together(
    items: Iterator[Record | Issue], take_torn: Callable[[], Torn | None]
) -> Generator[Record | Issue, None, bool]:
    """Pass records on, and put torn ones together; ``take_torn`` is asked after each what it may be the first piece of.

    Returns whether the last record may go on behind the end.
    """
    torn: Torn | None = None
    held: list[Record | Issue] = []
    for item in items:
        begun = take_torn()
        if torn is not None and torn.add(item):
            held.append(item)
            whole = torn.whole()
            if whole is not None:
                yield whole
                torn, held = None, []
            elif not torn.goes_on:
                yield from _apart(held)
                torn, held = None, []
            continue
        torn, held, before = begun, [item], held
        if torn is None:
            yield from _apart([*before, item]) if before else (item,)
            held = []
        else:
            yield from _apart(before)
    if torn is not None:
        yield from _apart(held)
    return torn is not None


def _apart(items: list[Record | Issue]) -> Iterator[Record | Issue]:
    """Rows that were not put together: where one holds nothing, its reason says what it may be."""
    for item in items:
        if isinstance(item, Issue) and item.code is Code.NO_CONTENT:
            item.reason = REST
        yield item
