"""Lines of a delimited file and the bytes they stand at: rows and issues are cut from them."""

import re
from itertools import accumulate

import msgspec

from m365timeline.parsers._limits import MAX_RECORD, TOO_LARGE
from m365timeline.schemas.record import Code, Issue
from m365timeline.schemas.source import Encoding

_LONE_CR = re.compile(r"\r(?![\r\n])")


class Row(msgspec.Struct):
    """One row. ``raw`` is its exact text; ``line`` counts from 1 at the beginning of the range."""

    cells: list[str]
    raw: str
    offset: int
    length: int
    line: int
    unterminated: bool = False  # the file ends right behind it, without a line end


class Overlong(msgspec.Struct):
    """Where a record begins that is passed over; ``start`` is its line in the block at hand, ``None`` in later ones."""

    offset: int
    line: int
    start: int | None


class Block:
    """Physical lines with the byte offset of each."""

    def __init__(self, lines: list[str], offset: int, line: int, encoding: Encoding) -> None:
        self.lines = lines
        self.line = line
        ascii_only = not encoding.wide and all(map(str.isascii, lines))
        lengths = map(len, lines) if ascii_only else map(encoding.byte_length, lines)
        self.offsets = list(accumulate(lengths, initial=offset))
        self.large = self.offsets[-1] - offset > MAX_RECORD

    def row(self, cells: list[str], start: int, stop: int, *, last: bool) -> Row:
        raw = self.lines[start] if stop == start + 1 else "".join(self.lines[start:stop])
        offset = self.offsets[start]
        return Row(
            cells, raw, offset, self.offsets[stop] - offset, self.line + start, last and not raw.endswith(("\n", "\r"))
        )

    def issue(self, start: int, stop: int, code: Code, row: list[str] | None, width: int, *, at_end: bool) -> Issue:
        """What became of these lines: the row that was read of them, if one was, has the wrong width."""
        length = self.offsets[stop] - self.offsets[start]
        if length > MAX_RECORD:
            return self._too_large(self.offsets[start], self.line + start, length)
        if at_end:
            code = Code.TRUNCATED_RECORD
            what = "The file ends inside this record. Ask for a complete copy of the export."
        elif not "".join(self.lines[start:stop]).strip("\0\r\n"):
            what = "Nothing but zero bytes stands here: a disk or a copy failed. Rows may be missing; ask for another copy."
        elif code is Code.CELL_COUNT:
            what = f"The row has {len(row or [])} cells, the header {width}. A broken quote, a cut line or an edited file; compare with the original."
        elif code is Code.UNCLOSED_QUOTE:
            what = "A quoted cell of this row is never closed. The row was cut or edited; reading went on at the next good row."
        elif _LONE_CR.search("".join(self.lines[start:stop])):
            what = "Line ends of two kinds stand here (CR alone beside others): several rows have run together. Give a copy with line ends of one kind."
        else:
            what = (
                "A quote stands where none may stand. The row was cut or edited; reading went on at the next good row."
            )
        return Issue(
            code=code,
            reason=what,
            line=self.line + start,
            offset=self.offsets[start],
            length=length,
            raw="".join(self.lines[start:stop]),
        )

    def overlong(self, place: Overlong, stop: int) -> Issue:
        """A record without an end ends before line ``stop``: it was damaged, if that is soon; else it is too large."""
        length = self.offsets[stop] - place.offset
        if place.start is not None and length <= MAX_RECORD:
            return self.issue(place.start, stop, Code.UNCLOSED_QUOTE, None, 0, at_end=False)
        return self._too_large(place.offset, place.line, length)

    @staticmethod
    def _too_large(offset: int, line: int, length: int) -> Issue:
        return Issue(code=Code.RECORD_TOO_LARGE, reason=TOO_LARGE, line=line, offset=offset, length=length)
