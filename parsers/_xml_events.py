"""The content of Events: attributes and children, parsed by lxml as hostile input, and the two repairs of damaged ones.

The parser keeps no tree, expands nothing, fetches nothing and recovers nothing.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from m365timeline.schemas.record import Code

MAX_DEPTH = 100

_SURROGATE = re.compile("[\ud800-\udfff]")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]{1,8})|([0-9]{1,10}));")
_ITEM_ID = re.compile(r"<Item(Id\s*=)")
_KNOWN_CHILDREN = frozenset({"Item", "Folder", "Parameter", "Property"})


class _RefusedError(Exception):
    """The text is XML, but not what an export holds; the argument is the code."""


class _Target:
    """Takes the parser's calls and keeps the Events: attributes by name, children as lists of their own children."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self._depth = 0
        self._open: list[dict[str, Any]] = []  # elements below a child of an Event
        self._rows: list[dict[str, Any]] = []  # children of the child of an Event that is open
        self._text: list[str] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self._text:
            self._keep_text()
        depth = self._depth
        self._depth = depth + 1
        if depth > MAX_DEPTH:
            raise _RefusedError(Code.NESTED_TOO_DEEP)
        own: dict[str, Any] = dict(attributes)
        if depth == 1:
            self.events.append(own)
        elif depth == 2:
            self._rows = _list_in(self.events[-1], tag)
            if own:
                self._rows.append(own)
        elif depth == 3:
            if tag not in _KNOWN_CHILDREN:
                own["#element"] = tag
            self._rows.append(own)
            self._open.append(own)
        elif depth > 3:
            _list_in(self._open[-1], tag).append(own)
            self._open.append(own)

    def end(self, _tag: str) -> None:
        if self._text:
            self._keep_text()
        self._depth -= 1
        if self._depth > 2:
            self._open.pop()

    def data(self, text: str) -> None:
        if self._text or not text.isspace():
            self._text.append(text)

    def _keep_text(self) -> None:
        text = "".join(self._text).strip()
        self._text.clear()
        if self._depth == 3:
            self._rows.append({"#text": text})
        elif self._depth > 1:
            owner = self._open[-1] if self._open else self.events[-1]
            owner["#text"] = f"{owner['#text']} {text}" if "#text" in owner else text

    def doctype(self, *_declaration: object) -> None:
        raise _RefusedError(Code.FORBIDDEN_XML)

    def close(self) -> list[dict[str, Any]]:
        return self.events


def repair(text: str) -> tuple[str, list[str]]:
    r"""The parsed copy of a broken Event, with the two known damages mended; says which were.

    Bytes that are no text in the file's encoding are written as ``\xNN``, as they are in the record's raw text.
    """
    flags = []
    mended = _ITEM_ID.sub(r"<Item \1", text)
    if mended != text:
        flags.append("repaired_item_element")
    legal = _REFERENCE.sub(_legal, _ILLEGAL.sub("\ufffd", mended))
    if legal != mended:
        flags.append("illegal_characters_replaced")
    return _SURROGATE.sub(_stray, legal), flags


def _legal(reference: re.Match[str]) -> str:
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    if code in {0x9, 0xA, 0xD} or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF:
        return reference[0]
    return "\ufffd"


def _stray(surrogate: re.Match[str]) -> str:
    code = ord(surrogate[0])
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else "\ufffd"


def parse_events(text: str, prefixes: Sequence[str] = ()) -> list[dict[str, Any]] | Code:
    """Parse Events under a root of their own; the code of the problem if anything at all is wrong."""
    from lxml import etree

    options: dict[str, Any] = {"resolve_entities": "internal", "no_network": True, "huge_tree": False}
    parser: Any = etree.XMLParser(target=cast("Any", _Target()), **options)
    root = "<r" + "".join(f' xmlns:{prefix}="{prefix}"' for prefix in prefixes) + ">"
    try:
        parser.feed(f"{root}{text}</r>".encode())
        events: list[dict[str, Any]] = parser.close()
    except (etree.XMLSyntaxError, UnicodeEncodeError):
        return Code.BROKEN_XML
    except _RefusedError as refusal:
        return Code(refusal.args[0])
    # A prefix that nobody declared is logged and dropped, not raised; the name must stay whole.
    if len(parser.feed_error_log):
        return Code.BROKEN_XML
    return _unqualify(events) if prefixes else events


def _unqualify(value: Any) -> Any:
    """Names as written: ``xsi:nil`` again instead of ``{xsi}nil``."""
    if isinstance(value, list):
        return [_unqualify(item) for item in value]
    if isinstance(value, dict):
        return {key.lstrip("{").replace("}", ":"): _unqualify(item) for key, item in value.items()}
    return value


def _list_in(owner: dict[str, Any], tag: str) -> list[dict[str, Any]]:
    """The list of a kind of child; an attribute of the same name keeps its place."""
    found = owner.setdefault(tag, [])
    if not isinstance(found, list):
        found = owner.setdefault(f"{tag}#element", [])
    rows: list[dict[str, Any]] = found
    return rows
