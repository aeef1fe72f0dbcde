"""Stretches of decoded text and the bytes they stand for: shared by the readers of XML, JSON and text lists.

Readers of objects cannot lose text: whatever they leave between two objects is told by the function that also accounts for
it, and what that does not know is a problem with a place, before anything else is said.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import msgspec

from m365timeline.parsers._json import Decoded
from m365timeline.parsers._limits import MAX_RECORD, TOO_LARGE
from m365timeline.schemas.record import Code
from m365timeline.schemas.source import Encoding, Reader

_LONGEST_GAP = 1 << 18  # characters between two objects, blanks before them not counted: more is no punctuation


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


def tell_blank(text: str) -> bool | None:
    """``True`` of text that is blank, ``None`` of everything else."""
    return None if text.replace("\ufeff", "").strip() else True


class Gaps(msgspec.Struct, frozen=True):
    """What may stand between the objects of a format: ``tell`` returns ``None`` for anything else, which is rejected as ``stray``.

    ``blanks`` are letters that mean nothing there, in any number.
    """

    tell: Callable[[str], object | None]
    stray: str
    blanks: str = "\ufeff \t\r\n"


class Block:
    """Text not done with yet, and where it stands in the file. Places must be asked for in order.

    With ``gaps``, what no slice was cut from is told when it is left behind; what may not stand there is in ``strays``.
    """

    def __init__(self, offset: int, encoding: Encoding, gaps: Gaps | None = None) -> None:
        self.text = ""
        self.offset = offset
        self.line = 1
        self.strays: list[Slice] = []
        self._at = 0
        self._encoding = encoding
        self._gaps = gaps
        self._gap = ""  # what was dropped since the last slice
        self._behind = 0  # where the last slice ends in the text
        self._gap_at = (offset, 1)  # where it ends in the file: offset and line
        self._usual = ""  # what stood between the last two slices
        self._passing: tuple[int, int] | None = None

    def cut(self, start: int, end: int, problem: Code | None = None, reason: str = "") -> Slice:
        """Make a slice of a stretch of the text; one longer than any record may be becomes a problem."""
        self._end_gap(start)
        self._go(start)
        offset, line = self.offset, self.line
        text = self.text[start:end]
        self._go(end)
        self._begin_gap(end)
        return _sliced(text, offset, self.offset - offset, line, problem, reason)

    def move(self, done: int) -> None:
        """Drop what is done with."""
        self._go(done)
        if self._gaps is not None and self._passing is None and done > self._behind:
            self._gap += self.text[self._behind : done]
            self._behind = done
            if len(self._gap) > _LONGEST_GAP:
                self._shorten(self._gaps)
        self.text = self.text[done:]
        self._at = 0
        self._behind = max(0, self._behind - done)

    def settle(self, index: int) -> None:
        """What stands up to here since the last slice is told by itself, however long: nothing that follows can change what it is."""
        self._end_gap(index, most=len(self.text))
        self._go(index)
        self._begin_gap(index)

    def pass_over(self) -> None:
        """What begins here is longer than any record may be: all that is dropped from now on belongs to it."""
        self._end_gap(0)
        self._passing = (self.offset, self.line)

    @property
    def passing(self) -> bool:
        """Whether something is being passed over."""
        return self._passing is not None

    def passed(self, done: int) -> Slice:
        """Drop the rest of what is passed over. Returns where all of it stood."""
        self.move(done)
        offset, line = self._passing or (self.offset, self.line)
        self._passing = None
        self._begin_gap(0)
        return Slice("", offset, self.offset - offset, line, Code.RECORD_TOO_LARGE, TOO_LARGE)

    def refuse(self) -> None:
        """Drop everything: who gave out the last slice said that nothing behind it is read."""
        self._gaps = None
        self.move(len(self.text))

    def close(self) -> None:
        """Nothing follows: what is still here stands behind the last slice, or belongs to what is passed over."""
        if self._passing is not None:
            self.strays.append(self.passed(len(self.text)))
        self._end_gap(len(self.text))
        self.refuse()

    def _go(self, index: int) -> None:
        part = self.text[self._at : index]
        self.offset += self._encoding.byte_length(part)
        self.line += part.count("\n")
        self._at = index

    def _begin_gap(self, index: int) -> None:
        self._gap, self._behind, self._gap_at = "", index, (self.offset, self.line)

    def _end_gap(self, stop: int, most: int = 0) -> None:
        """Tell what stands between the last slice and the next."""
        gap = self._gap + self.text[self._behind : stop]
        if gap == self._usual or self._gaps is None:
            return
        core = gap.lstrip(self._gaps.blanks)
        if core and (len(core) > max(most, _LONGEST_GAP) or self._gaps.tell(gap) is None):
            self._reject(gap, self._gaps)
        elif len(gap) < _LONGEST_GAP:
            self._usual = gap

    def _shorten(self, gaps: Gaps) -> None:
        """Keep no more of a gap than may be punctuation: blanks need no memory, and what is longer is a problem."""
        core = self._gap.lstrip(gaps.blanks)
        if len(core) > _LONGEST_GAP:
            self._reject(self._gap, gaps)
            self._begin_gap(self._behind)
        else:
            self._gap_at = self._behind_blanks(self._gap[: len(self._gap) - len(core)])
            self._gap = core

    def _reject(self, gap: str, gaps: Gaps) -> None:
        core = gap.lstrip(gaps.blanks)
        offset, line = self._behind_blanks(gap[: len(gap) - len(core)])
        core = core.rstrip(gaps.blanks)
        length = self._encoding.byte_length(core)
        self.strays.append(_sliced(core, offset, length, line, Code.STRAY_TEXT, gaps.stray))

    def _behind_blanks(self, blanks: str) -> tuple[int, int]:
        """Where a gap goes on behind the blanks it begins with: offset and line."""
        offset, line = self._gap_at
        return offset + self._encoding.byte_length(blanks), line + blanks.count("\n")


def _sliced(text: str, offset: int, length: int, line: int, problem: Code | None, reason: str) -> Slice:
    if length > MAX_RECORD:
        return Slice("", offset, length, line, Code.RECORD_TOO_LARGE, TOO_LARGE)
    return Slice(text, offset, length, line, problem, reason if problem else "")


class ObjectReader(ABC):
    """Walks through the objects of a range once; what it says of the range is complete when the walk is.

    Every character is in an object, in a problem, or in a gap that ``gaps`` knows: a reader that passes over something says so
    without wanting to.
    """

    gaps: ClassVar[Gaps]

    def __init__(self, reader: Reader) -> None:
        self.damaged = False
        self.rest = ""  # what was left undone, where the range does not end the source
        self._reader = reader

    def __iter__(self) -> Iterator[Found]:
        """Yield objects and problems in order. Always reads the range to its end: it is hashed while it is read."""
        block: Block | None = None
        for window in self._reader.windows():
            if block is None:
                block = Block(window.offset, self._reader.encoding, self.gaps)
            block.text += window.text
            for found in self._read(block, last=window.last):
                yield from self._strays(block)
                yield found
            if window.last:
                block.close()
            yield from self._strays(block)
        self.rest = block.text if block else ""

    @abstractmethod
    def _read(self, block: Block, *, last: bool) -> Iterator[Found]:
        """Yield what the block holds and move it on; ``last`` if nothing follows."""

    def _strays(self, block: Block) -> Iterator[Found]:
        if block.strays:
            strays, block.strays = block.strays, []
            self.damaged = True
            yield from map(Found, strays)
