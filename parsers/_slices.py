"""Stretches of decoded text and the bytes they stand for: shared by the readers of XML, JSON and text lists."""

import msgspec

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
