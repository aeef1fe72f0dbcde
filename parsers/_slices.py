"""Stretches of decoded text and the bytes they stand for: shared by the readers of XML, JSON and text lists."""

from typing import Any

import msgspec

from m365timeline.parsers._json import Decoded
from m365timeline.parsers._limits import MAX_RECORD, TOO_LARGE
from m365timeline.schemas.record import Code
from m365timeline.schemas.source import Encoding


class Slice(msgspec.Struct):
    """A stretch of the file: a whole record, or (with ``problem``) something that is none. ``text`` of an overlong one is empty."""

    text: str
    offset: int
    length: int
    line: int
    problem: Code | None = None
    reason: str = ""


class Found(msgspec.Struct):
    """An object that is a record, and where it stands. ``decoded`` is set unless ``place.problem`` says why it is not."""

    place: Slice
    decoded: Decoded | None = None


class Look(msgspec.Struct, frozen=True):
    """What the beginning of a file of objects shows: the first records, what they are wrapped in, and how.

    ``records`` are whole objects, or the readable beginning of the only one that is longer than the head. ``wrapper`` are
    the names of the members of the object or page around them, ``members`` its plain values; ``lines`` tells one object a
    line.
    """

    records: tuple[dict[str, Any], ...]
    wrapper: frozenset[str] = frozenset()
    members: dict[str, Any] = {}
    lines: bool = False

    @property
    def first(self) -> dict[str, Any]:
        """The first record; empty if there is none."""
        return self.records[0] if self.records else {}

    @property
    def keys(self) -> frozenset[str]:
        """The names of the first record's members."""
        return frozenset(self.first)

    def has(self, *names: str) -> bool:
        """Whether the first record has all these members."""
        return self.first.keys() >= set(names)


class Block:
    """Text not done with yet, and where it stands in the file. Places must be asked for in order."""

    def __init__(self, offset: int, encoding: Encoding) -> None:
        self.text = ""
        self.offset = offset
        self.line = 1
        self._at = 0
        self._encoding = encoding

    def cut(self, start: int, end: int, problem: Code | None = None, reason: str = "") -> Slice:
        """Make a slice of a stretch of the text; one longer than any record may be becomes a problem."""
        self._go(start)
        offset, line = self.offset, self.line
        text = self.text[start:end]
        self._go(end)
        if self.offset - offset > MAX_RECORD:
            return Slice("", offset, self.offset - offset, line, Code.RECORD_TOO_LARGE, TOO_LARGE)
        return Slice(text, offset, self.offset - offset, line, problem, reason if problem else "")

    def move(self, done: int) -> None:
        """Drop what is done with."""
        self._go(done)
        self.text = self.text[done:]
        self._at = 0

    def _go(self, index: int) -> None:
        part = self.text[self._at : index]
        self.offset += self._encoding.byte_length(part)
        self.line += part.count("\n")
        self._at = index
