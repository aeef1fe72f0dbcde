r"""The records of a JSON file, in whatever they are wrapped: lines, lists, lists glued together, pages, a single object.

Records are found by their brackets and decoded one by one, so that a file of any size is read in little memory and one
broken record costs only itself: reading goes on at the next object that decodes and looks like the records before it.
Texts that hold an object (``"{\"Id\": …}"``) and rows under a list of columns count as records too.
"""

import json
import re
from collections.abc import Generator, Iterator
from typing import Any

import msgspec

from m365timeline.parsers._json import Decoded, decode_object, storable, too_deep
from m365timeline.parsers._json_structure import (
    AROUND,
    BLANKS,
    LISTS,
    MEMBER,
    STRING,
    end_of,
    is_wrapper,
    opens_wrapper,
    stray_end,
    tell_gap,
    value_end,
)
from m365timeline.parsers._limits import MAX_RECORD
from m365timeline.parsers._slices import Block, Found, Gaps, ObjectReader
from m365timeline.schemas.record import Code
from m365timeline.schemas.source import Reader

_PATIENCE = 1 << 20  # characters of an object without an end before a damage is looked for
_MOST_OPEN = 24  # lists and wrappers inside one another
_TRIES = 64  # beginnings tried behind one damage, each
_LONGEST_TRY = 1 << 18  # no further than this: what follows a damage may be made to cost time
_MOST_MEMBERS = 200  # of wrappers kept to be told
_OPENING = re.compile(r'[\s,\[\]}](\{)\s*+"([^"\\]*+(?:\\.[^"\\]*+)*+)"\s*+:', re.DOTALL)
_FOLLOWS = re.compile(r'[\s,]*+(?:[^\s,"]|"[^"\\]*+(?:\\.[^"\\]*+)*+"\s*+\S)', re.DOTALL)
_WAIT = -1

BROKEN = "This record is not readable JSON (a broken quote or bracket, a cut or edited record); reading went on behind it. Ask for this part of the log again."
DEEP = "This record is nested more than 200 levels deep, as no real record is. It was not read."
CUT = "The file ends inside this record. Ask for a complete copy of the export."
STRAY = "Text stands between the records that is none of them (a null, a message of the exporting tool, zero bytes where data was lost, the rest of an edited record)."


class _Frame(msgspec.Struct):
    """Something open: a list whose items are records, or (``wrapper``) an object that holds such a list."""

    wrapper: bool
    columns: tuple[str, ...] | None = None


class JsonReader(ObjectReader):
    """Walks through the records of a range once. What it says about the file is complete when the walk is."""

    gaps = Gaps(tell_gap, STRAY, "\ufeff \t\r\n,\x1e")

    def __init__(self, reader: Reader) -> None:
        super().__init__(reader)
        self.lines = False  # one record a line
        self.opened: set[str] = set()  # names of the wrappers' members
        self.members: dict[str, Any] = {}  # their plain values, the last of each name
        self._stack: list[_Frame] = []
        self._common: frozenset[str] = frozenset()  # keys the good records share
        self._first: set[str] = set()  # keys that records began with

    def _read(self, block: Block, *, last: bool) -> Iterator[Found]:
        if block.passing:
            yield from self._skip(block, last=last)
        if block.passing:
            return
        done = yield from self._scan(block, last=last)
        block.move(done)
        if len(block.text) > MAX_RECORD:
            block.pass_over()
            block.move(1)

    def _scan(self, block: Block, *, last: bool) -> Generator[Found, None, int]:
        """Yield what a block holds; returns up to where it is done with."""
        text, position = block.text, 0
        while True:
            blanks = BLANKS.match(text, position)
            position = blanks.end() if blanks else position
            if position >= len(text):
                return position
            frame = self._stack[-1] if self._stack else None
            letter = text[position]
            if letter in "]}":
                if self._stack:
                    self._stack.pop()
                after = position + 1
            elif frame is not None and frame.wrapper and letter == '"':
                after = yield from self._member(block, position, frame, last=last)
            elif letter == "[" and (frame is None or frame.columns is None) and len(self._stack) < _MOST_OPEN:
                self._stack.append(_Frame(wrapper=False))
                after = position + 1
            else:
                after = yield from self._item(block, position, last=last)
            if after == _WAIT:
                return position
            position = after

    def _item(self, block: Block, position: int, *, last: bool) -> Generator[Found, None, int]:
        """Something in the place of a record."""
        text, letter = block.text, block.text[position]
        if letter == "{":
            if self.lines and (end := self._line(text, position)) != _WAIT:
                decoded = decode_object(text[position:end])
                if decoded is not None and not is_wrapper(decoded.data):
                    yield self._good(block, position, end, decoded)
                    return end
            return (yield from self._object(block, position, last=last))
        frame = self._stack[-1] if self._stack else None
        if letter == "[" and frame is not None and frame.columns is not None:
            return (yield from self._row(block, position, frame.columns, last=last))
        match = STRING.match(text, position) if letter == '"' else None
        if match is not None:
            decoded = _in_text(match[0])
            if decoded is not None:
                yield self._good(block, position, match.end(), decoded)
                return match.end()
        elif not last and len(text) - position < _PATIENCE:
            return _WAIT
        end = match.end() if match else stray_end(text, position)
        self.damaged = True
        yield Found(block.cut(position, end, Code.STRAY_TEXT, STRAY))
        return end

    def _line(self, text: str, position: int) -> int:
        """Where the object on this line ends if it fills the line; otherwise -1."""
        end = text.find("\n", position)
        if end < 0:
            return _WAIT
        while end > position and text[end - 1] in "\r ,\t":
            end -= 1
        return end if text[end - 1] == "}" else _WAIT

    def _object(self, block: Block, position: int, *, last: bool) -> Generator[Found, None, int]:
        """A record or a wrapper."""
        text = block.text
        end = end_of(text, position)
        decoded = decode_object(text[position:end]) if end != _WAIT else None
        if decoded is not None and not is_wrapper(decoded.data):
            follows = _FOLLOWS.match(text, end)
            if follows is None and not last and len(text) - end < _PATIENCE:
                return _WAIT
            if follows is not None and follows[0].endswith(":"):  # a member: the object was closed too early
                stop = self._next_good(text, position, len(text))
                return (
                    _WAIT if stop == _WAIT and not last else (yield from self._reject(block, position, max(stop, end)))
                )
            self.lines = "\n" not in text[position:end] and text[end : end + 1] in "\r\n"
            yield self._good(block, position, end, decoded)
            return end
        wrapper = True if decoded is not None else opens_wrapper(text, position)
        if wrapper and len(self._stack) < _MOST_OPEN:
            self._stack.append(_Frame(wrapper=True))
            return position + 1
        if end == _WAIT and not last and len(text) - position < _PATIENCE:
            return _WAIT
        return (yield from self._damage(block, position, end, last=last))

    def _damage(self, block: Block, start: int, end: int, *, last: bool) -> Generator[Found, None, int]:
        """Reject a broken record alone; reading goes on at the next good one."""
        text = block.text
        if end != _WAIT and too_deep(text[start:end]):
            code, reason, stop = Code.NESTED_TOO_DEEP, DEEP, end
        else:
            code, reason = Code.BROKEN_JSON, BROKEN
            stop = self._next_good(text, start, len(text) if end == _WAIT else end)
            if stop == _WAIT and end == _WAIT:
                if not last:
                    return _WAIT
                stop, code, reason = len(text), Code.TRUNCATED_RECORD, CUT
            elif stop == _WAIT:
                stop = end
        return (yield from self._reject(block, start, stop, code, reason))

    def _reject(
        self, block: Block, start: int, stop: int, code: Code = Code.BROKEN_JSON, reason: str = BROKEN
    ) -> Generator[Found, None, int]:
        self.damaged = True
        shown = start + len(block.text[start:stop].rstrip(" \t\r\n,\ufeff"))
        yield Found(block.cut(start, shown, code, reason))
        return stop

    def _next_good(self, text: str, start: int, end: int) -> int:
        """Where the next record begins behind a damage at ``start``: it decodes, and has the keys records here have."""
        if self.lines:
            newline = text.find("\n", start, end)
            if newline >= 0 and text[newline + 1 : newline + 2] == "{":
                return newline + 1
        tries = 0
        for match in _OPENING.finditer(text, start + 1, end):
            if match[2] not in self._first:
                continue
            tries += 1
            if tries > _TRIES:
                break
            candidate = text[match.start(1) : match.start(1) + _LONGEST_TRY]
            stop = end_of(candidate, 0)
            decoded = decode_object(candidate[:stop]) if stop != _WAIT else None
            if decoded is not None and 2 * len(self._common & decoded.data.keys()) >= len(self._common):
                return match.start(1)
        return _WAIT

    def _member(self, block: Block, position: int, frame: _Frame, *, last: bool) -> Generator[Found, None, int]:
        """A member of a wrapper: the list of records is entered, everything else is kept to be told."""
        text = block.text
        member = MEMBER.match(text, position)
        if member is not None:
            key, begin = member[1], member.end()
            self.opened.add(key)
            if text[begin] == "[" and key in LISTS:
                self._stack.append(_Frame(wrapper=False, columns=frame.columns if key == "rows" else None))
                return begin + 1
            if text[begin] == "{" and key in AROUND:
                inner = opens_wrapper(text, begin)
                if inner or (inner is None and not last and len(text) - begin < _PATIENCE):
                    return self._enter(begin) if inner else _WAIT
            end = value_end(text, begin)
            if end >= 0:
                self._keep(key, text[begin:end], frame)
                return end
        if not last and len(text) - position < MAX_RECORD:
            return _WAIT
        self.damaged = True
        end = len(text) if member or last else stray_end(text, position)
        yield Found(block.cut(position, position + len(text[position:end].rstrip()), Code.TRUNCATED_RECORD, CUT))
        return end

    def _enter(self, position: int) -> int:
        self._stack.append(_Frame(wrapper=True))
        return position + 1

    def _keep(self, key: str, text: str, frame: _Frame) -> None:
        decoded = decode_object(f'{{"value":{text}}}')
        value = decoded.data["value"] if decoded else text
        if key == "columns" and isinstance(value, list):
            names = [column.get("name") if isinstance(column, dict) else column for column in value]
            frame.columns = tuple(name if isinstance(name, str) else f"column {n}" for n, name in enumerate(names, 1))
        elif not isinstance(value, (dict, list)) and (key in self.members or len(self.members) < _MOST_MEMBERS):
            self.members[key] = value

    def _row(self, block: Block, position: int, columns: tuple[str, ...], *, last: bool) -> Generator[Found, None, int]:
        """A row under a list of columns."""
        text = block.text
        end = end_of(text, position)
        if end == _WAIT:
            if not last and len(text) - position < MAX_RECORD:
                return _WAIT
            end = len(text)
        decoded = decode_object(f'{{"row":{text[position:end]}}}')
        cells = decoded.data["row"] if decoded else None
        if decoded is None or not isinstance(cells, list) or len(cells) != len(columns):
            self.damaged = True
            yield Found(block.cut(position, end, Code.BROKEN_JSON, BROKEN))
            return end
        data, canonical, _ = storable(dict(zip(columns, cells, strict=True)))
        yield self._good(block, position, end, Decoded(data, canonical, decoded.flags))
        return end

    def _good(self, block: Block, start: int, end: int, decoded: Decoded) -> Found:
        keys = decoded.data.keys()
        if keys:
            self._first.add(next(iter(keys)))
            self._common = self._common & keys or self._common or frozenset(keys)  # the rest of a damage does not count
        place = block.cut(start, end)
        return Found(place, None if place.problem else decoded)

    def _skip(self, block: Block, *, last: bool) -> Iterator[Found]:
        """Pass over the rest of an overlong record, up to where the next one begins."""
        stop = self._next_good(block.text, 0, len(block.text))
        if stop == _WAIT and not last:
            block.move(max(0, len(block.text) - _PATIENCE))
        else:
            self.damaged = True
            yield Found(block.passed(len(block.text) if stop == _WAIT else stop))


def _in_text(literal: str) -> Decoded | None:
    """The object inside a JSON text."""
    try:
        inner = json.loads(literal, strict=False)
    except ValueError:
        return None
    return decode_object(inner) if inner.lstrip().startswith("{") else None
