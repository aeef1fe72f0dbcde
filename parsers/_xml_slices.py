"""Where each ``<Event>`` of a SearchResult.xml stands: its exact text, bytes and line, without reading it as XML yet.

The text is cut into slices so that one broken Event costs only itself. Comments, CDATA sections and processing
instructions are passed over (an ``<Event`` in one is none), quoted ``>`` is no end, and a declaration of a document type
or of entities ends the reading. XML declarations belong to no slice: one that lies about the encoding does no harm.
"""

import re
from collections.abc import Generator, Iterator

from m365timeline.parsers._limits import MAX_RECORD, TOO_LARGE
from m365timeline.parsers._slices import Block, Slice
from m365timeline.schemas.record import Code
from m365timeline.schemas.source import Reader

_LONGEST_GAP = 64 << 10  # what stands between two Events is looked at together up to this length

_MARK = re.compile(r"<(?:Event(?=[\s/>])|!|\?)")
_START_TAG = re.compile(r"<Event(?=[\s/>])[^\"'<>]*+(?:(?:\"[^\"<]*+\"|'[^'<]*+')[^\"'<>]*+)*+>")
_TAG_SO_FAR = re.compile(r"<Event[^\"'<>]*+(?:(?:\"[^\"<]*+\"|'[^'<]*+')[^\"'<>]*+)*+")
_BEGIN = re.compile(r"[\ufeff\s]*(?:<([A-Za-z_][\w:.-]*)|(?=<[!?]))")
_ROOT = re.compile(r"<(SearchResults|Event)(?=[\s/>])")
_INNER = re.compile(r"</Event\s*>|<(?:Event(?=[\s/>])|!|\?|/SearchResults)")
_SYNC = re.compile(r"</Event\s*>|<(?:Event(?=[\s/>])|/?SearchResults|\?xml|!(?:DOCTYPE|ENTITY))")
_ASIDE_MARK = re.compile(r"<[!?]")
DECLARATION = re.compile(r"<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)\b", re.IGNORECASE)
ASIDES = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"))
# What may stand between Events: asides, the root's tags, other tags that hold no value.
_ASIDE = re.compile(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)
_STRUCTURE = re.compile(
    rf"{_ASIDE.pattern}|</?SearchResults(?:\s[^<>]*)?>|</?(?!Event\b)[A-Za-z_][\w.:-]*\s*/?>", re.DOTALL
)
_UNFINISHED, _FORBIDDEN = -1, -2

_BROKEN = "This Event is damaged (its tag or its end is broken); reading went on behind it. Ask for this part of the log again, or repair a copy by hand."
_STRAY = "Text stands between the Events where none may stand: probably the rest of a damaged or edited record. Compare with the original export."
_CUT = "The file ends inside this record. Ask for a complete copy of the export."
_REFUSED = (
    "The file declares a document type or entities. No export of Exchange does, and such a declaration can forge or fetch "
    "content: nothing from here to the end of the file was read. Ask for the original export."
)


class Slicer:
    """Walks through the Events of a source once. The counts are complete when the walk is."""

    def __init__(self, reader: Reader) -> None:
        self.hidden = 0  # comments and the like that hold the text of an Event
        self.open_roots = 0  # roots begun and not ended
        self._reader = reader
        self._refused = False
        self._overlong: tuple[int, int] | None = None  # where a record that is passed over begins: offset and line
        self._closing: str | None = None  # of the comment or the like that has not ended yet

    def __iter__(self) -> Iterator[Slice]:
        """Yield Events and problems in order. Always reads the source to its end: it is hashed while it is read."""
        block: Block | None = None
        for window in self._reader.windows():
            if self._refused:
                continue
            if block is None:
                block = Block(window.offset, self._reader.encoding)
            block.text += window.text
            if self._overlong is not None:
                yield from self._skip(block, last=window.last)
            done = yield from self._scan(block, last=window.last)
            block.move(done)
            if len(block.text) > MAX_RECORD:
                self._overlong = (block.offset, block.line)
                self._closing = _open_aside(block.text)
                block.move(len("<Event"))

    def _skip(self, block: Block, *, last: bool) -> Iterator[Slice]:
        """Pass over the rest of an overlong record, up to where the next one begins."""
        if self._closing is not None:
            end = block.text.find(self._closing)
            block.move(max(0, len(block.text) - len(self._closing)) if end < 0 else end + len(self._closing))
            if end < 0 and not last:
                return
            self._closing = None
        sync = _SYNC.search(block.text)
        if sync is None and not last:
            block.move(max(0, len(block.text) - 64))
        elif self._overlong is not None:
            end = len(block.text) if sync is None else _sync_end(sync)
            block.move(end)
            offset, line = self._overlong
            self._overlong = None
            yield Slice("", offset, block.offset - offset, line, Code.RECORD_TOO_LARGE, TOO_LARGE)

    def _scan(self, block: Block, *, last: bool) -> Generator[Slice, None, int]:
        """Yield what a block holds; returns up to where it is done with."""
        text, gap, position = block.text, 0, 0
        while (mark := _MARK.search(text, position)) is not None:
            start = mark.start()
            if mark[0] == "<Event":
                yield from self._between(block, gap, start)
                gap = start
                end, problem = _event_end(text, start, last=last)
                if end != _UNFINISHED:
                    end = start + len(text[start:end].rstrip()) if problem else end
                    yield block.cut(start, end, problem, _BROKEN)
                    gap = position = end
                    continue
            else:
                end = _aside_end(text, start, last=last)
                if end >= 0:
                    position = end
                    continue
            if end == _FORBIDDEN:
                self._refused = True
                yield from self._between(block, gap, start)
                yield block.cut(start, _declared(text, start), Code.FORBIDDEN_XML, _REFUSED)
                return len(text)
            if last:
                yield from self._between(block, gap, start)
                yield block.cut(start, len(text), Code.TRUNCATED_RECORD, _CUT)
                return len(text)
            return gap
        return (yield from self._tail(block, gap, last=last))

    def _between(self, block: Block, start: int, stop: int) -> Iterator[Slice]:
        """Account for what stands between two Events: structure is counted, anything else is a problem."""
        piece = block.text[start:stop]
        if not piece or piece.isspace():
            return
        self.open_roots += len(re.findall(r"<SearchResults(?:\s[^<>]*)?(?<!/)>", piece)) - piece.count(
            "</SearchResults>"
        )
        self.hidden += sum("<Event" in aside for aside in _ASIDE.findall(piece))
        rest = _STRUCTURE.sub("", piece)
        if rest.strip("\ufeff \t\r\n"):
            end = stop - (len(piece) - len(piece.rstrip()))
            yield block.cut(start + len(piece) - len(piece.lstrip()), end, Code.BROKEN_XML, _STRAY)

    def _tail(self, block: Block, gap: int, *, last: bool) -> Generator[Slice, None, int]:
        """What follows the last Event of a block: it waits for the next block, unless it is very long."""
        text = block.text
        if not last and len(text) - gap <= _LONGEST_GAP:
            return gap
        begun = text.rfind("<", gap)
        if begun < 0 or ">" in text[begun:] or len(text) - begun > _LONGEST_GAP:
            begun = len(text)
        yield from self._between(block, gap, begun)
        if not last:
            return begun
        rest = text[begun:].rstrip()
        if rest and not any(tag.startswith(rest) for tag in ("</SearchResults>", "<SearchResults>")):
            yield block.cut(begun, begun + len(rest), Code.TRUNCATED_RECORD, _CUT)
        return len(text)


def first_element(text: str) -> str | None:
    """The name of the first element behind declarations, comments and a document type; ``None`` if the text begins otherwise."""
    position = 0
    while (begin := _BEGIN.match(text, position)) is not None and begin[1] is None:
        position = _aside_end(text, begin.end(), last=True)
        if position == _FORBIDDEN:
            begin = _ROOT.search(text, begin.end())
            break
        if position == _UNFINISHED:
            return None
    return begin[1] if begin else None


def event_tags(text: str) -> Iterator[str]:
    """The start tags of the Events in a text, outside comments, each as far as it is whole."""
    position = 0
    while (mark := _MARK.search(text, position)) is not None:
        position = mark.end()
        if mark[0] == "<Event":
            tag = _TAG_SO_FAR.match(text, mark.start())
            if tag is not None:
                yield tag[0]
        else:
            end = _aside_end(text, mark.start(), last=True)
            if end == _UNFINISHED:
                return
            position = max(position, end)


def _event_end(text: str, start: int, *, last: bool) -> tuple[int, Code | None]:
    """Where the Event at ``start`` ends, and what is wrong with it. Looks no further than the next Event."""
    tag = _START_TAG.match(text, start)
    if tag is None:
        sync = _SYNC.search(text, start + len("<Event")) if text.find("<", start + 1) >= 0 else None
        return (_UNFINISHED, None) if sync is None else (_sync_end(sync), Code.BROKEN_XML)
    position = tag.end()
    if text[position - 2] == "/":
        return position, None
    while (inner := _INNER.search(text, position)) is not None:
        if inner[0].startswith("</Event"):
            return inner.end(), None
        if inner[0] not in {"<!", "<?"}:
            return inner.start(), Code.BROKEN_XML  # the next one begins, or the root ends: this one was never closed
        position = _aside_end(text, inner.start(), last=last)
        if position == _FORBIDDEN:
            return inner.start(), Code.BROKEN_XML
        if position == _UNFINISHED:
            break
    return _UNFINISHED, None


def _sync_end(sync: re.Match[str]) -> int:
    """A closing tag belongs to the damage before it; anything else begins something new."""
    return sync.end() if sync[0].startswith("</Event") else sync.start()


def _aside_end(text: str, start: int, *, last: bool) -> int:
    """Where the comment, CDATA section or processing instruction at ``start`` ends; behind ``<!`` if it is none of them."""
    for opening, closing in ASIDES:
        if text.startswith(opening, start):
            end = text.find(closing, start + len(opening))
            return end + len(closing) if end >= 0 else _UNFINISHED
    if len(text) - start < len("<!NOTATION ") and not last:
        return _UNFINISHED
    return _FORBIDDEN if DECLARATION.match(text, start) else start + len("<!")


def _open_aside(text: str) -> str | None:
    """What ends the comment, CDATA section or instruction that a text breaks off in; ``None`` if it breaks off elsewhere."""
    position = 0
    while (mark := _ASIDE_MARK.search(text, position)) is not None:
        position = _aside_end(text, mark.start(), last=True)
        if position == _UNFINISHED:
            return next(closing for opening, closing in ASIDES if text.startswith(opening, mark.start()))
        position = max(position, mark.end())
    return None


def _declared(text: str, start: int) -> int:
    """The end of a forbidden declaration, as far as it is worth showing."""
    end = text.find(">", start, start + 1000)
    return end + 1 if end >= 0 else min(len(text), start + 1000)
