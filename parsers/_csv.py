"""Delimited text: the header, and every row with the bytes it came from.

Rows come from Python's csv module in its strict mode, which is exact on quotes and line ends. A row that is damaged is
rejected alone: reading starts again at the first following line that gives a row of the right width.
"""

import csv
import io
from collections.abc import Callable, Generator, Iterator
from itertools import accumulate

import msgspec

from m365timeline.schemas.columns import normalize_column
from m365timeline.schemas.record import Code, Issue
from m365timeline.schemas.source import Encoding, Reader

MAX_RECORD = 64 << 20  # characters; a longer record is rejected, never cut
_DELIMITERS = ",;\t|"
_REMARKS = ("#TYPE ", "#Software:", "#Version:", "#Log-type:", "#Date:")
csv.field_size_limit(2**31 - 1)


class Table(msgspec.Struct, frozen=True):
    """The header of a delimited file: where it ends, what separates the cells, the columns as written and as compared."""

    delimiter: str
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    type_line: str | None = None


class Row(msgspec.Struct):
    """One row. ``raw`` is its exact text; ``line`` counts from 1 at the beginning of the range."""

    cells: list[str]
    raw: str
    offset: int
    length: int
    line: int
    unterminated: bool = False  # the file ends right behind it, without a line end


def is_remark(line: str) -> bool:
    """Whether a line tells of the file around it: PowerShell's ``#TYPE``, the first lines of an Exchange server's log."""
    return line.lstrip('\ufeff"').startswith(_REMARKS)


def read_header(text: str) -> Table | None:
    """Read the header line (behind blank lines and remarks such as ``#TYPE``); ``None`` if there is no delimited header."""
    type_line = None
    for line in io.StringIO(text[:65536].lstrip("\ufeff"), newline="\n"):
        if not line.strip():
            continue
        if is_remark(line):
            type_line = type_line or line.strip()
            continue
        return _header_of(line, type_line)
    return None


def _header_of(line: str, type_line: str | None) -> Table | None:
    best: list[str] = []
    delimiter = ","
    for candidate in _DELIMITERS:
        try:
            cells = next(csv.reader([line.rstrip("\r\n")], delimiter=candidate, strict=True), [])
        except csv.Error:
            continue
        if len(cells) > len(best):
            best, delimiter = cells, candidate
    if len(best) < 2:
        return None
    keys: dict[str, None] = {}  # in order, each once
    counts: dict[str, int] = {}
    for cell in best:
        name = key = normalize_column(cell)
        while key in keys:
            counts[name] = counts.get(name, 1) + 1
            key = f"{name}#{counts[name]}"
        keys[key] = None
    return Table(delimiter, tuple(best), tuple(keys), type_line)


class RowReader:
    """Walks through the rows of a range. Header lines are recognized wherever they stand (merged files)."""

    def __init__(self, reader: Reader, table: Table, is_header: Callable[[Table], bool]) -> None:
        self.table = table
        self.header_changed = False
        self.damaged = False
        self.blank_lines = 0
        self.headers = 0
        self._reader = reader
        self._is_header = is_header
        self._names = frozenset(table.keys)
        self._begins_header = frozenset({table.columns[0]})
        self._rows_seen = not reader.starts
        self._inside_giant = False  # within a line that was rejected for its length

    def __iter__(self) -> Iterator[Row | Issue]:
        """Yield rows and issues in order."""
        carry: list[str] = []
        offset, line = 0, 1
        for window in self._reader.windows():
            carried = "".join(carry)
            if not carry:
                offset = window.offset
            lines = list(io.StringIO(carried + window.text if carry else window.text, newline="\n"))
            block = _Block(lines, offset, line, self._reader.encoding)
            force = len(carried) > MAX_RECORD
            begin = yield from self._giant(block, force=force, last=window.last)
            done = yield from self._rows(block, begin, last=window.last, force=force)
            carry = lines[done:]
            offset, line = block.offsets[done], line + done - self._inside_giant

    def _giant(self, block: "_Block", *, force: bool, last: bool) -> Generator[Issue, None, int]:
        """Reject a line longer than any record may be, piece by piece as it comes, without ever reading it as a row."""
        if not block.lines or not (
            self._inside_giant or (force and len(block.lines) == 1 and not block.lines[0].endswith("\n"))
        ):
            return 0
        self._inside_giant = not (last or block.lines[0].endswith("\n"))
        self.damaged = True
        yield block.issue(0, 1, Code.RECORD_TOO_LARGE, None, 0, at_end=False)
        return 1

    def _rows(self, block: "_Block", begin: int, *, last: bool, force: bool) -> Generator[Row | Issue, None, int]:
        """Yield the rows of a block from one of its lines on; returns how many of its lines are done with."""
        count = len(block.lines)
        # A line without its end may go on in the next window.
        end = count if last or not count or block.lines[-1].endswith("\n") else max(begin, count - 1)
        while begin < end:
            cells = csv.reader(_lines_of(block.lines, begin, end), delimiter=self.table.delimiter, strict=True)
            start = begin
            while True:
                try:
                    row = next(cells, None)
                    code = None
                except csv.Error as error:
                    row, code = None, _code_of(error)
                stop = begin + cells.line_num
                if row is None and code is None:
                    return end
                if row is None or (len(row) != len(self.table.columns) and not self._tolerable(row)):
                    if code is Code.UNCLOSED_QUOTE and not last and not force:
                        return start
                    begin, outcome = self._settle(block, start, stop, end, row, code)
                    if force and not last and begin >= end and isinstance(outcome, Issue):
                        outcome = block.issue(start, begin, Code.RECORD_TOO_LARGE, None, 0, at_end=False)
                    if outcome is not None:
                        yield outcome
                    break  # the csv reader starts afresh behind the damage
                if not self._is_noise(row):
                    yield block.row(row, start, stop, last=last and stop == count)
                start = stop
        return end

    def _tolerable(self, row: list[str]) -> bool:
        """Blank rows, and rows with nothing but empty cells behind the last column (a re-save in Excel)."""
        return not any(row) or (len(row) > len(self.table.columns) and not any(row[len(self.table.columns) :]))

    def _is_noise(self, row: list[str]) -> bool:
        """Count and pass over blank rows, repeated headers, and headers of the same width in another order."""
        if not any(row):
            self.blank_lines += 1
            return True
        if row[0] not in self._begins_header and row[0].lstrip("\ufeff").casefold() not in self._names:
            self._rows_seen = True
            return False
        if tuple(row) != self.table.columns and not self._turn_to(tuple(row)):
            self._rows_seen = True
            return False
        self._count_header()
        return True

    def _turn_to(self, columns: tuple[str, ...]) -> bool:
        """Whether a row of the right width is another header (merged files); then it holds from here on."""
        keys = tuple(map(normalize_column, columns))
        other = Table(self.table.delimiter, columns, keys)
        if len(set(keys) & self._names) < min(3, len(keys)) or not self._is_header(other):
            return False
        self.table, self.header_changed = other, True
        return True

    def _count_header(self) -> None:
        """The header a file begins with is no repetition."""
        self.headers += self._rows_seen
        self._rows_seen = True

    def _settle(
        self, block: "_Block", start: int, stop: int, end: int, row: list[str] | None, code: Code | None
    ) -> tuple[int, Row | Issue | None]:
        """A row of the wrong shape: another header, a remark, or damage. Returns where to go on."""
        first = block.lines[start]
        if is_remark(first):
            return start + 1, None
        other = _header_of(first, None)
        if other is not None and (set(other.keys) & self._names) and self._is_header(other):
            self.table = other
            self.header_changed = True
            self._count_header()
            return start + 1, None
        self.damaged = True
        go_on = self._next_good(block, start, stop, end)
        at_end = stop >= end and go_on >= stop and not block.lines[end - 1].endswith("\n")
        return go_on, block.issue(start, go_on, code or Code.CELL_COUNT, row, len(self.table.columns), at_end=at_end)

    def _next_good(self, block: "_Block", start: int, stop: int, end: int) -> int:
        """The first line inside a damaged row that begins a row of the right width; else the end of the damage."""
        for begin in range(start + 1, min(stop, start + 2000)):
            cells = csv.reader(
                _lines_of(block.lines, begin, min(end, begin + 2000)), delimiter=self.table.delimiter, strict=True
            )
            try:
                row = next(cells, None)
            except csv.Error:
                continue
            if row is not None and len(row) == len(self.table.columns) and any(row):
                return begin
        return stop


class _Block:
    """Physical lines with the byte offset of each."""

    def __init__(self, lines: list[str], offset: int, line: int, encoding: Encoding) -> None:
        self.lines = lines
        self.line = line
        ascii_only = not encoding.wide and all(map(str.isascii, lines))
        lengths = map(len, lines) if ascii_only else map(encoding.byte_length, lines)
        self.offsets = list(accumulate(lengths, initial=offset))

    def row(self, cells: list[str], start: int, stop: int, *, last: bool) -> Row:
        raw = self.lines[start] if stop == start + 1 else "".join(self.lines[start:stop])
        offset = self.offsets[start]
        return Row(cells, raw, offset, self.offsets[stop] - offset, self.line + start, last and not raw.endswith("\n"))

    def issue(self, start: int, stop: int, code: Code, row: list[str] | None, width: int, *, at_end: bool) -> Issue:
        if at_end:
            code, what = (
                Code.TRUNCATED_RECORD,
                "The file ends inside this record. Ask for a complete copy of the export.",
            )
        elif code is Code.RECORD_TOO_LARGE:
            what = "No record ends within 64 MiB. No export writes such records: a quote or line end is missing, or this is no export."
        elif code is Code.CELL_COUNT:
            what = f"The row has {len(row or [])} cells, the header {width}. A broken quote, a cut line or an edited file; compare with the original."
        elif code is Code.UNCLOSED_QUOTE:
            what = "A quoted cell of this row is never closed. The row was cut or edited; reading went on at the next good row."
        else:
            what = (
                "A quote stands where none may stand. The row was cut or edited; reading went on at the next good row."
            )
        return Issue(
            code=code,
            reason=what,
            line=self.line + start,
            offset=self.offsets[start],
            length=self.offsets[stop] - self.offsets[start],
            raw="".join(self.lines[start:stop]),
        )


def _lines_of(lines: list[str], begin: int, end: int) -> Iterator[str]:
    for index in range(begin, end):
        yield lines[index]


def _code_of(error: csv.Error) -> Code:
    return Code.UNCLOSED_QUOTE if "unexpected end of data" in str(error) else Code.BROKEN_QUOTE
