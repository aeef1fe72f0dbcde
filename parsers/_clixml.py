"""The objects of a PowerShell ``Export-Clixml`` file, read as hostile input.

Objects are found by their tags and parsed one by one with a parser that keeps no tree, expands nothing, fetches nothing
and recovers nothing, so that one broken object costs only itself. A list exported as one object is entered: its items are
the records. Values become what they were: texts, whole numbers, booleans, lists and dictionaries; dates and all other
numbers stay the text that stands there, an enumeration is its name.
"""

import re
from collections.abc import Generator, Iterator, Mapping
from typing import Any, cast

from m365timeline.parsers._clixml_values import value_of
from m365timeline.parsers._json import MAX_DEPTH, Decoded, storable
from m365timeline.parsers._json_head import Beginning
from m365timeline.parsers._limits import MAX_RECORD, TOO_LARGE
from m365timeline.parsers._slices import Block, Found, Gaps, Look, ObjectReader
from m365timeline.schemas.record import Code
from m365timeline.schemas.source import Reader

_ENOUGH = 20  # records looked at in the head
_ROOT = re.compile(r"[\ufeff\s]*(?:<\?xml[^>]*\?>\s*)?<Objs\b[^<>]*powershell[^<>]*>")
_TAG = re.compile(r"<(?:(Obj)(?=[\s/>])[^<>]*?(/?)>|(/Obj)\s*>|!--.*?-->)", re.DOTALL)
_OPENS = re.compile(r"<Obj\b[^<>]*>\s*(?:<TN\b(?:(?!</TN>).)*+</TN>|<TNRef\b[^<>]*>)?\s*", re.DOTALL)
_STRUCTURE = re.compile(
    r"(?P<blank>[\ufeff\s]++)|(?P<preamble><\?xml[^>]*\?>)|(?P<aside><!--.*?-->)|(?P<header></?Objs\b[^<>]*>|</?(?:LST|IE|QUE|STK)>)"
    r"|(?P<list>" + _OPENS.pattern + r"(?=<(?:LST|IE|QUE|STK)>))"
    r"|(?P<trailing></Obj\s*>|<(?P<end>Props|MS)>(?:(?!<Obj\b|</?Props|</?MS).)*+</(?P=end)>)",
    re.DOTALL,
)  # fmt: skip
_RESUMES = re.compile(r"\n {0,4}(?=<Obj RefId=)|(?=</Objs>)")
_PATIENCE = 1 << 20  # characters of an object without an end before a damage is looked for
_TRUST = 200  # damages after which an object at the beginning of a line counts as the next one, indented or not
_UNFINISHED = -1

BROKEN = "This object is not well-formed CLIXML and was left out alone (a broken tag or value, a cut or edited file). Compare with the original export."
DEEP = f"Elements of this object are nested deeper than {MAX_DEPTH} levels, as no export nests them. The object was not read."
STRAY = "Text stands between the objects where none may stand: probably the rest of a damaged or edited object."
CUT = "The file ends inside this object. Ask for a complete copy of the export."
REFUSED = (
    "The file declares a document type, entities or CDATA. Export-Clixml writes none of them, and they can forge or fetch content: "
    "nothing from here to the end of the file was read. Ask for the original export."
)


def tell_markup(text: str) -> list[tuple[str, str]] | None:
    """Tell what stands between objects as (kind, text); ``None`` if something there may be an object."""
    pieces, position = [], 0
    while position < len(text):
        match = _STRUCTURE.match(text, position)
        if match is None:
            return None
        kind = next(
            name for name in ("blank", "preamble", "aside", "header", "list", "trailing") if match[name] is not None
        )
        pieces.append(("header" if kind == "list" else kind, match[0]))
        position = match.end()
    return pieces


class ClixmlReader(ObjectReader):
    """Walks through the objects of a source once."""

    gaps = Gaps(tell_markup, STRAY)

    def __init__(self, reader: Reader) -> None:
        super().__init__(reader)
        self._refused = False
        self._damages = 0

    def _read(self, block: Block, *, last: bool) -> Iterator[Found]:
        if self._refused:
            block.refuse()
            return
        block.move((yield from self._scan(block, last=last)))
        if len(block.text) > MAX_RECORD:
            yield self._problem(block, 0, len(block.text), Code.RECORD_TOO_LARGE, TOO_LARGE)
            block.move(len(block.text))

    def _scan(self, block: Block, *, last: bool) -> Generator[Found, None, int]:
        text, position = block.text, 0
        while (start := _skip_structure(text, position)) < len(text):
            if text.startswith("<!", start) and not text.startswith("<!--"[: len(text) - start], start):
                self._refused = True
                end = text.find(">", start, start + 1000)
                yield self._problem(block, start, end + 1 if end >= 0 else len(text), Code.FORBIDDEN_XML, REFUSED)
                block.refuse()
                return 0
            sibling = _sibling(text, start, len(text))
            proof = sibling > 0 and (text[start - 1] == " " or self._damages > _TRUST)
            end = _end_of(text, start, sibling if proof else len(text), last=last)
            if end == _UNFINISHED and not (last or proof) and (len(text) - start < _PATIENCE or sibling < 0):
                return max(position, text.rfind("\n", 0, start))  # with its indent, which tells its level
            position = yield from self._object(block, start, end)
        return len(text)

    def _object(self, block: Block, start: int, end: int) -> Generator[Found, None, int]:
        text = block.text
        stop = len(text) if end == _UNFINISHED else end
        if not text.startswith(("<Obj", "<S>"), start):
            code, reason = (Code.TRUNCATED_RECORD, CUT) if end == _UNFINISHED else (Code.BROKEN_XML, STRAY)
            yield self._problem(block, start, stop, code, reason)
            return stop
        parsed = _parse(text[start:end]) if end != _UNFINISHED else Code.TRUNCATED_RECORD
        if isinstance(parsed, Decoded):
            place = block.cut(start, end)
            yield Found(place, None if place.problem else parsed)
            return end
        sibling = _sibling(text, start, stop)
        if sibling != _UNFINISHED:
            stop, parsed = sibling, Code.BROKEN_XML
        yield self._problem(
            block, start, stop, parsed, {Code.NESTED_TOO_DEEP: DEEP, Code.TRUNCATED_RECORD: CUT}.get(parsed, BROKEN)
        )
        return stop

    def _problem(self, block: Block, start: int, stop: int, code: Code, reason: str) -> Found:
        self.damaged = True
        self._damages += 1
        shown = start + max(1, len(block.text[start:stop].rstrip()))
        return Found(block.cut(start, shown, code, reason))


def look_at_clixml(text: str) -> Look | None:
    """Look at the beginning of a file; ``None`` if it is no CLIXML."""
    if _ROOT.match(text) is None:
        return None
    found = []
    for item in ClixmlReader(Beginning(text)):
        if item.decoded is not None:
            found.append(item.decoded.data)
        if len(found) == _ENOUGH:
            break
    if not found:  # the first object is longer than the head: its names alone
        names = re.findall(r'<(?:S|DT|B|I32|I64|G|Obj|Nil) N="([^"]+)"', text)
        found = [dict.fromkeys(names)] if names else []
    return Look(tuple(found))


def _skip_structure(text: str, position: int) -> int:
    """Where the next object (or something else that is no structure) begins."""
    while position < len(text) and (match := _STRUCTURE.match(text, position)) is not None:
        position = match.end()
    return position


def _end_of(text: str, start: int, limit: int, *, last: bool) -> int:
    """Where the object, text or stray text at ``start`` ends; -1 if the text ends first, or where it may still turn out to be a list."""
    if text.startswith("<S>", start):
        end = text.find("</S>", start)
        return end + len("</S>") if end >= 0 else _UNFINISHED
    if not text.startswith("<Obj", start):
        if not last and len(text) - start < len("<Obj RefId="):
            return _UNFINISHED
        resumes = _RESUMES.search(text, start + 1)
        return resumes.end() if resumes else _UNFINISHED
    opens = _OPENS.match(text, start)
    if opens is None or (not last and len(text) - opens.end() < len("<TNRef ")):
        return _UNFINISHED
    depth, position = 0, start
    while (tag := _TAG.search(text, position, limit)) is not None:
        position = tag.end()
        if tag[1] and not tag[2]:
            depth += 1
        elif tag[3]:
            depth -= 1
        if depth == 0 and (tag[1] or tag[3]):
            return position
    return _UNFINISHED


def _sibling(text: str, start: int, stop: int) -> int:
    """Where the next object on the same level begins inside a damage: one without a name, as far from the line's beginning."""
    line = text.rfind("\n", 0, start) + 1
    indent = text[line:start]
    if indent.strip():
        return _UNFINISHED
    mark = f"\n{indent}<Obj RefId="
    found = text.find(mark, start + 1, stop)
    return _UNFINISHED if found < 0 else found + 1 + len(indent)


class _RefusedError(Exception):
    """The text is XML, but not what Export-Clixml writes; the argument is the code."""


class _Target:
    """Takes the parser's calls and builds values from the innermost outwards."""

    def __init__(self) -> None:
        self._open: list[tuple[str, str | None, str, list[tuple[str, str | None, Any]], list[str]]] = []
        self._known: dict[str, Any] = {}  # objects by their number, for <Ref RefId="3" />
        self.value: Any = None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if len(self._open) > MAX_DEPTH:
            raise _RefusedError(Code.NESTED_TOO_DEEP)
        self._open.append((tag, attributes.get("N"), attributes.get("RefId", ""), [], []))

    def end(self, tag: str) -> None:
        _, name, number, children, text = self._open.pop()
        value = (
            self._known.get(number, f"(object {number})") if tag == "Ref" else value_of(tag, children, "".join(text))
        )
        if tag == "Obj" and number:
            self._known[number] = value
        if self._open:
            self._open[-1][3].append((tag, name, value))
        self.value = value

    def data(self, text: str) -> None:
        if self._open:
            self._open[-1][4].append(text)

    def doctype(self, *_declaration: object) -> None:
        raise _RefusedError(Code.FORBIDDEN_XML)

    def close(self) -> Any:
        return self.value


def _parse(text: str) -> Decoded | Code:
    """The object of one slice, or the code of what is wrong with it."""
    from lxml import etree

    options: dict[str, Any] = {"resolve_entities": "internal", "no_network": True, "huge_tree": False}
    parser: Any = etree.XMLParser(target=cast("Any", _Target()), **options)
    try:
        parser.feed(text.encode())
        value: Any = parser.close()
    except (etree.XMLSyntaxError, UnicodeEncodeError):
        return Code.BROKEN_XML
    except _RefusedError as refusal:
        return Code(refusal.args[0])
    data = value if isinstance(value, dict) else {"value": value}
    data, canonical, mended = storable(data)
    return Decoded(data, canonical, ["lone_surrogate"] if mended else [])
