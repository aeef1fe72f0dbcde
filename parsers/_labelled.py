"""Blocks of ``Label: value`` lines whose labels are known: raw audit items, lists whose columns a tool did not align.

A line that does not begin with a known label goes on with the value before it. A block ends where a label comes again that
a record has only once, or at a blank line behind which a block's first label stands. Text before the first label is no
record: it is rejected with its place.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from m365timeline.parsers._json import Decoded, storable
from m365timeline.parsers._limits import MAX_RECORD, TOO_LARGE
from m365timeline.parsers._slices import Block, Found, Gaps, ObjectReader, tell_blank
from m365timeline.schemas.record import Code
from m365timeline.schemas.source import Reader

_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")
_LABEL = re.compile(r"[ \t\ufeff]*([A-Za-z0-9][\w .]{0,60}?)[ \t]*:(?:[ \t]|$)")
STRAY = "This line stands before the first label of a record and is none of them (a heading, a prompt, the header of a mail). It was not read."


class LabelReader(ObjectReader):
    """Walks through the blocks of a range once. ``known`` says which labels are a record's, in lower case."""

    gaps = Gaps(tell_blank, STRAY)

    def __init__(self, reader: Reader, known: Callable[[str], bool], repeated: frozenset[str] = frozenset()) -> None:
        super().__init__(reader)
        self._known = known
        self._repeated = repeated
        self._first = ""  # the label the first block began with

    def _read(self, block: Block, *, last: bool) -> Iterator[Found]:
        position = 0
        while position < len(block.text):
            end, found = self._next(block, position, last=last)
            if end < 0:
                break
            if found is not None:
                yield found
            position = end
        block.move(position)
        if len(block.text) > MAX_RECORD:
            self.damaged = True
            yield Found(block.cut(0, len(block.text), Code.RECORD_TOO_LARGE, TOO_LARGE))
            block.move(len(block.text))

    def _next(self, block: Block, start: int, *, last: bool) -> tuple[int, Found | None]:
        """The next record, stray line or stretch of blanks: where it ends, -1 if not in this text."""
        pairs: list[tuple[str, str]] = []
        seen: set[str] = set()
        end, blank = start, False
        for line in _LINE.finditer(block.text, start):
            if not line[0].endswith("\n") and not last:
                return -1, None
            content = line[0].rstrip("\r\n")
            if not content.strip():
                if not pairs:
                    return line.end(), None
                blank = True
                continue
            name = self.label_of(content)
            if name is None and not pairs:
                self.damaged = True
                return line.end(), Found(block.cut(start, start + len(content), Code.STRAY_TEXT, STRAY))
            if (
                name is not None
                and pairs
                and (self._ends(name.casefold(), seen) or (blank and name.casefold() == self._first))
            ):
                break
            if name is None:
                pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]}\n{content}")
            else:
                self._first = self._first or name.casefold()
                seen.add(name.casefold())
                pairs.append((name, content[content.index(":") + 1 :].strip()))
            end, blank = line.start() + len(content), False
        else:
            if not last:
                return -1, None
        if not pairs:
            return len(block.text), None
        data, canonical, mended = storable(_gathered(pairs, self._repeated))
        place = block.cut(start, end)
        return end, Found(
            place, None if place.problem else Decoded(data, canonical, ["lone_surrogate"] if mended else [])
        )

    def _ends(self, name: str, seen: set[str]) -> bool:
        return name in seen and name not in self._repeated

    def label_of(self, line: str) -> str | None:
        """The known label a line begins with."""
        match = _LABEL.match(line)
        return match[1] if match and self._known(match[1].casefold()) else None


def _gathered(pairs: list[tuple[str, str]], repeated: frozenset[str]) -> dict[str, Any]:
    """Values by label; a label a record may have several times gives a list."""
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name.casefold() in repeated:
            fields.setdefault(name, []).append(value)
        else:
            fields[name] = value
    return fields
