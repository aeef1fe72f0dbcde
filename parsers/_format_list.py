"""The records of a text as ``Format-List`` prints objects: blocks of ``Name : value``, set apart by blank lines.

Such a text is a picture of the records for reading. All names of a block have their colon in one column; a value that did
not fit the width of the console goes on in the next lines, indented to where it began. Lists are cut (``{a, b, c...}``),
blanks at the ends of lines may be lost: what can be seen of it is flagged.
"""

import re
from collections.abc import Generator, Iterator
from typing import Any

from m365timeline.parsers._json import Decoded, storable
from m365timeline.parsers._json_head import Beginning
from m365timeline.parsers._limits import MAX_RECORD, TOO_LARGE
from m365timeline.parsers._slices import Block, Found, Gaps, Look, ObjectReader, tell_blank
from m365timeline.schemas.record import Code
from m365timeline.schemas.source import Reader

_NARROW = 60  # characters; no console is so narrow that it wraps a value this short
_ENOUGH = 20  # records looked at in the head
_LEAD = 60  # lines of a transcript's heading, of prompts and commands in front of the records
_WHOLE = 3  # fields of a record; a heading has blocks of one
_FIRST = re.compile(r"([A-Za-z_@$][^:\r\n]{0,80}?)[ \t]*:(?= |\r?\n|\r?\Z)")
_BLANKS = re.compile(r"[\ufeff\s]*")
_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")
_CUT_VALUE = re.compile(r"(?:\.\.\.|…)\}?$")

STRAY = "Text stands between the records that is none of their 'Name : value' lines (a prompt, a heading, the rest of an edited record)."


class ListReader(ObjectReader):
    """Walks through the blocks of a range once."""

    gaps = Gaps(tell_blank, STRAY)

    def __init__(self, reader: Reader) -> None:
        super().__init__(reader)
        self.wrapped = False  # a value went over several lines

    def _read(self, block: Block, *, last: bool) -> Iterator[Found]:
        block.move((yield from self._scan(block, last=last)))
        if len(block.text) > MAX_RECORD:
            self.damaged = True
            yield Found(block.cut(0, len(block.text), Code.RECORD_TOO_LARGE, TOO_LARGE))
            block.move(len(block.text))

    def _scan(self, block: Block, *, last: bool) -> Generator[Found, None, int]:
        text, position = block.text, 0
        while position < len(text):
            blank = _BLANKS.match(text, position)
            start = blank.end() if blank else position
            start = max(position, text.rfind("\n", position, start) + 1)  # an indent belongs to its line
            if blank and blank.end() == len(text):
                return len(text) if last else position
            end, fields, flags = _read_block(text, start, last=last)
            if end < 0:
                return start
            shown = start + len(text[start:end].rstrip())
            if fields:
                self.wrapped |= "wrapped_value" in flags
                data, canonical, _ = storable(fields)
                place = block.cut(start, shown)
                yield Found(place, None if place.problem else Decoded(data, canonical, flags))
            else:
                self.damaged = True
                yield Found(block.cut(start, shown, Code.STRAY_TEXT, STRAY))
            position = end
        return position


def _read_block(text: str, start: int, *, last: bool) -> tuple[int, dict[str, Any], list[str]]:
    """One block: where it ends (-1: not in this text), its fields, flags. Without fields it is text that is no record."""
    first = _FIRST.match(text, start)
    if first is None:
        end = _line_end(text, start)
        return (end if last or text[end - 1] == "\n" else -1), {}, []
    colon = text.index(":", first.start(1) + len(first[1])) - start
    fields: dict[str, Any] = {}
    flags: list[str] = []
    key, end = "", start
    for line in _LINE.finditer(text, start):
        content = line[0].rstrip("\r\n")
        if not last and not line[0].endswith("\n"):
            return -1, {}, []
        if not content.strip():
            continue
        name = _name_in(content, colon)
        if name is None and (not key or content[: colon + 2].strip()):
            break
        if name is not None and (name in fields or (key and line.start() != end)):
            break
        if name is not None:
            key, fields[name] = name, content[colon + 2 :]
        else:
            fields[key] += _joint(fields[key]) + content[colon + 2 :]
            _note(flags, "wrapped_value")
        end = line.end()
    else:
        if not last:
            return -1, {}, []
    if not fields:
        return _line_end(text, start), {}, []
    if any(isinstance(value, str) and _CUT_VALUE.search(value) for value in fields.values()):
        _note(flags, "truncated_value")
    return end, fields, flags


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end + 1


def _name_in(content: str, colon: int) -> str | None:
    """The name a line gives, if its colon stands in the column of this block's colons."""
    if content[colon : colon + 2] not in {": ", ":"} or content[:1].isspace():
        return None
    name = content[:colon].rstrip()
    return name if name and ":" not in name else None


def _joint(value: str) -> str:
    """What stood where a value was wrapped: nothing in JSON and behind a long line, else probably a line end."""
    return "" if value[:1] in {"{", "["} or len(value) >= _NARROW else "\n"


def _note(flags: list[str], flag: str) -> None:
    if flag not in flags:
        flags.append(flag)


def look_at_list(text: str) -> Look | None:
    """Look at the beginning of a file; ``None`` if there is no list of ``Name : value`` lines behind what a console wrote first."""
    start = text.lstrip("\ufeff \t\r\n")
    if start[:1] in {"{", "[", "<"} or not any(map(_FIRST.match, start.splitlines()[:_LEAD])):
        return None
    found = []
    for item in ListReader(Beginning(text)):
        if item.decoded is not None:
            found.append(item.decoded.data)
        if len(found) == _ENOUGH:
            break
    found = [fields for fields in found if len(fields) >= _WHOLE] or found
    if not found:
        _, fields, _ = _read_block(start, 0, last=True)
        found = [fields] if len(fields) > 1 else []
    return Look(tuple(found)) if found else None
