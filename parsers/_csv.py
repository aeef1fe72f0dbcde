"""Delimited text: the header, and every row with the bytes it came from.

Rows come from Python's csv module in its strict mode, which is exact on quotes and line ends. A row that is damaged is
rejected alone: reading starts again at the first following line that gives a row of the right width.
"""

import csv
import io
import re
from collections.abc import Callable, Generator, Iterator

import msgspec

from m365timeline.parsers._csv_block import Block, Overlong, Row
from m365timeline.parsers._limits import MAX_RECORD
from m365timeline.schemas.columns import normalize_column
from m365timeline.schemas.record import Code, Issue
from m365timeline.schemas.source import Reader

_LOOK_AHEAD = 1 << 20  # bytes, and
_LOOK_AHEAD_LINES = 2000  # within which a row must end to show where damage is over
_DELIMITERS = ",;\t|"
_FIRST_END = re.compile(r"(?<=[^\ufeff\s])\s*?(\r\n|\r|\n)")
_IN_QUOTES = re.compile(r'"[^"]*(?:"|\Z)')
# What a record holds and no header does: an object, an address, a date, a time, a GUID.
_DATA = re.compile(r"\{|\w@\w|\d{4}-\d\d|\d[/.]\d{1,2}[/.]\d|\d:\d\d:\d\d|[0-9a-f]{8}-[0-9a-f]{4}-")
_REMARKS = ("#TYPE ", "#Software:", "#Version:", "#Log-type:", "#Date:")
csv.field_size_limit(2**31 - 1)


class Table(msgspec.Struct, frozen=True):
    """The header of a delimited file: what separates the cells and ends the lines, the columns as written and as compared."""

    delimiter: str
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    type_line: str | None = None
    line_end: str = "\n"  # "\r" where nothing else ends a line, as old Macs and "CSV (Macintosh)" write it


def line_end_of(text: str) -> str:
    """What ends the lines of a text: CR where it ends the first line and no line feed stands outside quotes, else LF."""
    end = _FIRST_END.search(text)
    return "\r" if end is not None and end[0] == "\r" and "\n" not in _IN_QUOTES.sub("", text) else "\n"


def lines_of(text: str, line_end: str) -> list[str]:
    """The lines of a text, each with its end. A StringIO that knows CR alone would make CR of every line feed."""
    if line_end == "\n":
        return list(io.StringIO(text, newline="\n"))
    *whole, rest = text.split(line_end)
    return [line + line_end for line in whole] + ([rest] if rest else [])


def is_remark(line: str) -> bool:
    """Whether a line tells of the file around it: PowerShell's ``#TYPE``, the first lines of an Exchange server's log."""
    return line.lstrip('\ufeff"').startswith(_REMARKS)


def read_header(text: str, line_end: str | None = None) -> Table | None:
    """Read the header line (behind blank lines and remarks such as ``#TYPE``); ``None`` if there is no delimited header."""
    type_line = None
    line_end = line_end or line_end_of(text[:65536])
    for line in lines_of(text[:65536].lstrip("\ufeff"), line_end):
        if not line.strip():
            continue
        if is_remark(line):
            type_line = type_line or line.strip()
            continue
        return _header_of(line, type_line, line_end)
    return None


def _header_of(line: str, type_line: str | None = None, line_end: str = "\n") -> Table | None:
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
    return Table(delimiter, tuple(best), tuple(keys), type_line, line_end)


class RowReader:
    """Walks through the rows of a range. Header lines are recognized wherever they stand (merged files)."""

    def __init__(self, reader: Reader, table: Table, is_header: Callable[[Table], bool]) -> None:
        self.table = table
        self.header_changed = False
        self.damaged = False
        self.blank_lines = 0
        self.headers = 0
        self._reader = reader
        self._end = table.line_end
        self._is_header = is_header
        self._names = frozenset(table.keys)
        self._begins_header = frozenset({table.columns[0]})
        self._rows_seen = not reader.starts
        self._overlong: Overlong | None = None  # where a record that is passed over begins
        self._inside_line = False  # what was passed over ends within a line

    def __iter__(self) -> Iterator[Row | Issue]:
        """Yield rows and issues in order."""
        carry: list[str] = []
        offset, line = 0, 1
        for window in self._reader.windows():
            if not carry:
                offset = window.offset
            text = "".join([*carry, window.text]) if carry else window.text
            block = Block(lines_of(text, self._end), offset, line, self._reader.encoding)
            text = ""
            done = yield from self._block(block, last=window.last)
            carry = block.lines[done:]
            offset, line = block.offsets[done], line + done - self._inside_line

    def _block(self, block: "Block", *, last: bool) -> Generator[Row | Issue, None, int]:
        """Yield what a block holds; returns how many of its lines are done with."""
        done = 0
        while True:
            if self._overlong is not None:
                done = yield from self._pass_over(block, done, last=last)
                if self._overlong is not None:
                    self._overlong.start = None
                    return done
            done = yield from self._rows(block, done, last=last)
            if last or block.offsets[-1] - block.offsets[done] <= MAX_RECORD:
                return done
            self.damaged = True
            self._overlong = Overlong(block.offsets[done], block.line + done, done)
            self._inside_line = not block.lines[done].endswith(self._end)
            done += 1

    def _pass_over(self, block: "Block", begin: int, *, last: bool) -> Generator[Issue, None, int]:
        """Look for the row behind a record longer than any may be; the record is rejected when that is found, or the file ends."""
        place, count = self._overlong, len(block.lines)
        if place is None:
            return begin
        if self._inside_line and not begin and count:
            self._inside_line, begin = not block.lines[0].endswith(self._end), 1
        end = count if last or not count or block.lines[-1].endswith(self._end) else count - 1
        while begin < end and (good := self._begins_row(block, begin, end, last=last)) is not True:
            if good is None:
                return begin
            begin += 1
        if begin >= end and not last:
            if self._inside_line or end == count or block.offsets[count] - block.offsets[end] <= _LOOK_AHEAD:
                return count if self._inside_line else end
            self._inside_line = True
            return count
        begin = begin if begin < end else count
        self._overlong, self._inside_line = None, False
        yield block.overlong(place, begin)
        return begin

    def _begins_row(self, block: "Block", begin: int, end: int, *, last: bool) -> bool | None:
        """Whether a row of the right width, or a header, begins at a line; ``None`` if what follows must be seen first."""
        line, width = block.lines[begin], len(self.table.columns)
        if normalize_column(line[:200].partition(self.table.delimiter)[0]) in self._names:
            other = _header_of(line)
            if other is not None and self._is_other_header(other):
                return True
        if '"' not in line and line.count(self.table.delimiter) != width - 1:
            return False
        stop = min(end, begin + _LOOK_AHEAD_LINES)
        cells = csv.reader(_lines_of(block.lines, begin, stop), delimiter=self.table.delimiter, strict=True)
        try:
            row = next(cells, None)
        except csv.Error as error:
            open_end = _code_of(error) is Code.UNCLOSED_QUOTE and stop == end and not last
            return None if open_end and block.offsets[end] - block.offsets[begin] <= _LOOK_AHEAD else False
        return row is not None and len(row) == width and any(row)

    def _rows(self, block: "Block", begin: int, *, last: bool) -> Generator[Row | Issue, None, int]:
        """Yield the rows of a block from one of its lines on; returns how many of its lines are done with."""
        count = len(block.lines)
        # A line without its end may go on in the next window.
        end = count if last or not count or block.lines[-1].endswith(self._end) else max(begin, count - 1)
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
                    if code is Code.UNCLOSED_QUOTE and not last:
                        return start
                    begin, outcome = self._settle(block, start, stop, end, row, code)
                    if outcome is not None:
                        yield outcome
                    break  # the csv reader starts afresh behind the damage
                if block.large and block.offsets[stop] - block.offsets[start] > MAX_RECORD:
                    yield block.issue(start, stop, Code.CELL_COUNT, row, 0, at_end=False)
                elif not self._is_noise(row):
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

    def _is_other_header(self, other: Table) -> bool:
        """Whether a row is another header, and not the last record of one export with the header of the next behind it."""
        return self._is_header(other) and not any(map(_DATA.search, other.columns))

    def _turn_to(self, columns: tuple[str, ...]) -> bool:
        """Whether a row of the right width is another header (merged files); then it holds from here on."""
        keys = tuple(map(normalize_column, columns))
        other = Table(self.table.delimiter, columns, keys)
        if len(set(keys) & self._names) < min(3, len(keys)) or not self._is_other_header(other):
            return False
        self.table, self.header_changed = other, True
        return True

    def _count_header(self) -> None:
        """The header a file begins with is no repetition."""
        self.headers += self._rows_seen
        self._rows_seen = True

    def _settle(
        self, block: "Block", start: int, stop: int, end: int, row: list[str] | None, code: Code | None
    ) -> tuple[int, Row | Issue | None]:
        """A row of the wrong shape: another header, a remark, or damage. Returns where to go on."""
        first = block.lines[start]
        if is_remark(first):
            return start + 1, None
        if row is not None and not "".join(row).strip():
            self.blank_lines += 1
            return stop, None
        other = _header_of(first)
        if other is not None and (set(other.keys) & self._names) and self._is_other_header(other):
            self.table = other
            self.header_changed = True
            self._count_header()
            return start + 1, None
        self.damaged = True
        go_on = self._next_good(block, start, stop, end)
        at_end = stop >= end and go_on >= stop and not block.lines[end - 1].endswith(self._end)
        return go_on, block.issue(start, go_on, code or Code.CELL_COUNT, row, len(self.table.columns), at_end=at_end)

    def _next_good(self, block: "Block", start: int, stop: int, end: int) -> int:
        """The first line inside a damaged row that begins a row of the right width; else the end of the damage."""
        for begin in range(start + 1, min(stop, start + _LOOK_AHEAD_LINES)):
            if self._begins_row(block, begin, end, last=True):
                return begin
        return stop


def _lines_of(lines: list[str], begin: int, end: int) -> Iterator[str]:
    return map(lines.__getitem__, range(begin, end))


def _code_of(error: csv.Error) -> Code:
    return Code.UNCLOSED_QUOTE if "unexpected end of data" in str(error) else Code.BROKEN_QUOTE
