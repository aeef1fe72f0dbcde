"""Every byte of a source belongs to exactly one range.

Records and rejects say where they stand. What stands between them is read again and told apart by its content; bytes that
are neither a record nor anything a format may hold beside its records are a bug, and a run that finds one publishes nothing.
"""

import re
from collections import Counter

import msgspec

from m365timeline.parsers._csv import is_remark
from m365timeline.parsers.base import Head, Parser
from m365timeline.schemas.failure import FailedError
from m365timeline.schemas.source import Encoding, Source

KINDS = ("preamble", "header", "event", "state", "duplicate", "reject", "blank", "aside", "trailing")
_BLOCK = 4 << 20  # bytes of a gap looked at together, and
_LONGEST = 64 << 20  # the most, if what stands there is longer
_LINES = {end: re.compile(f"[^{end}]*{end}|[^{end}]+") for end in "\n\r"}
_NO_CELLS = str.maketrans("", "", ',;|"')


class UncoveredError(FailedError):
    """Bytes of a source belong to no range, or to two: a bug. The message says which bytes."""

    words = "Not every byte is accounted for ({what}); no output was written. This is a defect of m365timeline: please report it with a smaller input that shows it."


class Ranges:
    """Follows the records of a part through its bytes; ``counts`` are the bytes of each kind when ``finish`` was called."""

    def __init__(self, source: Source, encoding: Encoding, parser: Parser, head: Head, start: int, stop: int) -> None:
        self.counts: dict[str, int] = {}
        self._source = source
        self._encoding = encoding
        self._behind_mark = msgspec.structs.replace(encoding, bom=0)
        self._parser = parser
        self._head = head
        self._position = start
        self._stop = stop
        self._stream = source.open()
        self._usual = b""  # what stood between the last two records that had only blanks between them

    def claim(self, kind: str, offset: int, length: int) -> None:
        """The next record or reject stands here. Raises UncoveredError."""
        if offset != self._position:
            self._bridge(offset)
        self.counts[kind] = self.counts.get(kind, 0) + length
        self._position = offset + length

    def refuse_rest(self) -> None:
        """Nothing from here to the end is read: the reject that says so covers it."""
        self.claim("reject", self._position, self._stop - self._position)

    def finish(self) -> None:
        """Account for what follows the last record. Raises UncoveredError."""
        if self._position != self._stop:
            self._bridge(self._stop)
        self._stream.close()

    def _bridge(self, offset: int) -> None:
        """Tell what stands between the last record and ``offset``."""
        start, self._position = self._position, offset
        if offset < start or offset > self._stop:
            raise UncoveredError(
                f"{self._source.name}: a record at byte {offset} overlaps the one before it, which ends at {start}"
            )
        self._stream.seek(start)
        if start < self._encoding.bom:
            self._count("preamble", self._encoding.bom - start)
            self._stream.seek(start := self._encoding.bom)
        size = _BLOCK
        while start < offset:
            data = self._stream.read(min(offset - start, size))
            ends = start + len(data) == self._source.size
            if data == self._usual and not ends:
                done = len(data)
                self._count("blank", done)
            else:
                done = self._tell(data, ends=ends, more=start + len(data) < offset)
            if not done and (size >= _LONGEST or start + len(data) >= offset):
                raise UncoveredError(
                    f"{self._source.name}: the {offset - start} bytes from {start} on are no record, reject or header"
                )
            size = _BLOCK if done else 2 * size  # something that is longer than the block, or is no part of the format
            self._stream.seek(start := start + done)

    def _count(self, kind: str, length: int) -> None:
        if length:
            self.counts[kind] = self.counts.get(kind, 0) + length

    def _tell(self, data: bytes, *, ends: bool, more: bool) -> int:
        """Count the bytes of each kind in a gap, or (``more``) in the beginning of one; returns how many were told."""
        odd = len(data) % 2 if self._encoding.wide and ends else 0
        text = self._encoding.decode(data[: len(data) - odd])
        if _is_blank(text.translate(_NO_CELLS)):
            self._count("trailing" if ends else "blank", len(data) - odd)
            self._usual = self._usual if ends else data
        else:
            told = self._own(text, more=more)
            if told is None and self._parser.tells_gaps == "no":
                told = self._lines(text, more=more)
            if told is None:
                return 0
            for kind, length in told.items():
                self._count(kind, length)
            if more:
                return sum(told.values())
        self._count("trailing", odd)
        return len(data)

    def _own(self, text: str, *, more: bool) -> dict[str, int] | None:
        """The bytes of each kind in what the format itself holds between its records.

        Of the beginning of a gap only blanks are told, or pieces that nothing which follows can change.
        """
        pieces = self._parser.between(text)
        if pieces is None:
            return None
        if self._parser.tells_gaps == "by pieces":
            if more:
                pieces = pieces[:-1]  # the last may go on in what follows
            if not pieces or (not more and sum(len(piece) for _, piece in pieces) != len(text)):
                return None
        elif more and any(kind != "blank" for kind, _ in pieces):
            return None
        told: Counter[str] = Counter()
        for kind, piece in pieces:
            told[kind] += self._encoding.byte_length(piece)
        return told

    def _lines(self, text: str, *, more: bool) -> dict[str, int] | None:
        """The bytes of each kind in lines that may stand between the rows of a table, ``None`` if one is something else."""
        told: Counter[str] = Counter()
        end = self._head.table.line_end if self._head.table else "\n"
        for line in _LINES[end].finditer(text):
            if more and not line[0].endswith(end):
                return told or None
            if _is_blank(line[0].translate(_NO_CELLS)):
                kind = "blank"
            elif is_remark(line[0]):
                kind = "preamble"
            elif self._is_header(line[0]):
                kind = "header"
            else:
                return None
            told[kind] += self._encoding.byte_length(line[0])
        return told

    def _is_header(self, line: str) -> bool:
        """Whether the parser itself would take this line for the header of a file of its own."""
        end = self._head.table.line_end if self._head.table else None
        head = Head(line.encode(self._encoding.codec, self._encoding.errors), self._behind_mark, end)
        if head.table is None:
            return False
        return self._parser.detect(head) is not None or (
            self._head.table is not None and head.table.columns == self._head.table.columns
        )


def _is_blank(text: str) -> bool:
    return not text.replace("\ufeff", "").strip()
