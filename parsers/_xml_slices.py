"""Where each ``<Event>`` of a SearchResult.xml stands: its exact text, bytes and line, without reading it as XML yet.

The text is cut into slices so that one broken Event costs only itself. Comments, CDATA sections and processing
instructions are passed over (an ``<Event`` in one is none), quoted ``>`` is no end, and a declaration of a document type
or of entities ends the reading. XML declarations belong to no slice: one that lies about the encoding does no harm.
"""

import re
from collections.abc import Generator, Iterator

from m365timeline.parsers._limits import MAX_RECORD
from m365timeline.parsers._slices import Block, Found, Gaps, ObjectReader
from m365timeline.schemas.record import Code
from m365timeline.schemas.source import Reader

_LONGEST_TAG = 64 << 10  # a tag between two Events that has no end within this many characters is none

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
_OPENING_ROOT = re.compile(r"<SearchResults(?:\s[^<>]*)?(?<!/)>")
_CUT_ROOT = re.compile("|".join(f"</?{'SearchResults'[:length]}" for length in range(len("SearchResults"), -1, -1)))
# What may stand between Events: asides, the root's tags, other tags that hold no value; a root's tag may be cut by the end.
_PIECE = re.compile(
    r"(?P<blank>[\ufeff\s]+)|(?P<preamble><\?xml\b.*?\?>)|(?P<aside><!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>)"
    r"|(?P<trailing></(?!Event\b)(?:SearchResults\s[^<>]*|[A-Za-z_][\w.:-]*\s*/?)>)|(?P<header><(?!Event\b)(?:SearchResults\s[^<>]*|[A-Za-z_][\w.:-]*\s*/?)>)"
    rf"|(?P<end>(?:{_CUT_ROOT.pattern})\s*\Z)",
    re.DOTALL,
)
_UNFINISHED, _FORBIDDEN = -1, -2

_BROKEN = "This Event is damaged (its tag or its end is broken); reading went on behind it. Ask for this part of the log again, or repair a copy by hand."
_STRAY = "Text stands between the Events where none may stand: probably the rest of a damaged or edited record. Compare with the original export."
_CUT = "The file ends inside this record. Ask for a complete copy of the export."
_REFUSED = (
    "The file declares a document type or entities. No export of Exchange does, and such a declaration can forge or fetch "
    "content: nothing from here to the end of the file was read. Ask for the original export."
)


def tell_pieces(text: str) -> list[tuple[str, str]]:
    """Tell what stands between Events as (kind, text), piece by piece, up to the first that may be something else."""
    pieces, position = [], 0
    while position < len(text) and (piece := _PIECE.match(text, position)) is not None:
        kind = piece.lastgroup or ""
        pieces.append(("trailing" if kind == "end" else kind, piece[0]))
        position = piece.end()
    return pieces


def tell_gap(text: str) -> list[tuple[str, str]] | None:
    """Tell all that stands between two Events; ``None`` if something there may be none of it."""
    pieces = tell_pieces(text)
    return pieces if sum(len(piece) for _, piece in pieces) == len(text) else None


class Slicer(ObjectReader):
    """Walks through the Events of a source once: whole ones, and problems. The counts are complete when the walk is."""

    gaps = Gaps(tell_gap, _STRAY)

    def __init__(self, reader: Reader) -> None:
        super().__init__(reader)
        self.hidden = 0  # comments and the like that hold the text of an Event
        self.roots = 0  # roots begun
        self.open_roots = 0  # roots begun and not ended
        self._refused = False
        self._closing: str | None = None  # of the comment or the like that has not ended yet

    def _read(self, block: Block, *, last: bool) -> Iterator[Found]:
        if self._refused:
            block.refuse()
            return
        if block.passing:
            yield from self._skip(block, last=last)
        if block.passing:
            return
        block.move((yield from self._scan(block, last=last)))
        if len(block.text) > MAX_RECORD:
            self._closing = _open_aside(block.text)
            block.pass_over()
            block.move(len("<Event"))

    def _skip(self, block: Block, *, last: bool) -> Iterator[Found]:
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
        else:
            yield Found(block.passed(len(block.text) if sync is None else _sync_end(sync)))

    def _scan(self, block: Block, *, last: bool) -> Generator[Found, None, int]:
        """Yield what a block holds; returns up to where it is done with."""
        text, gap, position = block.text, 0, 0
        while (mark := _MARK.search(text, position)) is not None:
            start = mark.start()
            event = mark[0] == "<Event"
            end, problem = _event_end(text, start, last=last) if event else (_aside_end(text, start, last=last), None)
            if not event and end == start + len("<!"):  # no aside: what it is, is told with what stands around it
                position = end
                continue
            yield from self._between(block, gap, start)
            gap = start
            if end == _FORBIDDEN:
                self._refused = True
                yield Found(block.cut(start, _declared(text, start), Code.FORBIDDEN_XML, _REFUSED))
                block.refuse()
                return 0
            if end == _UNFINISHED:
                if not last:
                    return gap
                yield Found(block.cut(start, len(text), Code.TRUNCATED_RECORD, _CUT))
                return len(text)
            if event:
                end = start + len(text[start:end].rstrip()) if problem else end
                yield Found(block.cut(start, end, problem, _BROKEN))
            else:
                self.hidden += "<Event" in text[start:end]
                block.settle(end)
            gap = position = end
        return (yield from self._tail(block, gap, last=last))

    def _between(self, block: Block, start: int, stop: int) -> Iterator[Found]:
        """Have each tag told that stands before an Event or a comment; one without an end may not stand there."""
        text, position = block.text, start
        while (begun := text.find("<", position, stop)) >= 0:
            end = text.find(">", begun, stop) + 1
            block.settle(begun)
            if not end:
                shown = begun + len(text[begun:stop].rstrip())
                yield Found(block.cut(begun, shown, Code.STRAY_TEXT, _STRAY))
                return
            if _OPENING_ROOT.fullmatch(text, begun, end):
                self.roots += 1
                self.open_roots += 1
            elif text.startswith("</SearchResults>", begun):
                self.open_roots -= 1
            block.settle(end)
            position = end

    def _tail(self, block: Block, gap: int, *, last: bool) -> Generator[Found, None, int]:
        """What follows the last Event of a block; a tag that is not whole waits for the next block, unless it is very long."""
        text = block.text
        begun = text.rfind("<", gap)
        if begun < 0 or ">" in text[begun:] or len(text) - begun > _LONGEST_TAG:
            begun = len(text)
        yield from self._between(block, gap, begun)
        rest = text[begun:].rstrip()
        if last and rest and not _CUT_ROOT.fullmatch(rest):
            yield Found(block.cut(begun, begun + len(rest), Code.TRUNCATED_RECORD, _CUT))
        return len(text) if last else begun


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
