"""Records of SearchResult.xml: each Event's attributes and children, read as hostile input.

Events are parsed in batches, each batch under a root of its own, with a parser that keeps no tree, expands nothing,
fetches nothing and recovers nothing. If a batch fails, its Events are parsed one by one, so that exactly the broken one
is rejected. Two repairs are made, in the parsed copy only and with a flag on the record: the ``<ItemId="…"`` of printed
examples, and characters XML does not allow.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from m365timeline.parsers._xml_slices import Slice, Slicer
from m365timeline.parsers.base import Head
from m365timeline.schemas.record import Code, Issue, Record
from m365timeline.schemas.source import Reader

_BATCH = 1 << 20  # characters parsed together
_MAX_DEPTH = 100
_MAX_VALUE = 10_000_000  # characters libxml2 reads in one value

_SURROGATE = re.compile("[\ud800-\udfff]")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]{1,8})|([0-9]{1,10}));")
_ITEM_ID = re.compile(r"<Item(Id\s*=)")
_PREFIX = re.compile(r"[\s</]([A-Za-z_][\w.-]*):[A-Za-z_][\w.-]*\s*[=/>]")
_QUALIFIED = re.compile(r"\{(.*?)\}(.*)", re.DOTALL)

_FIRST_TAG = re.compile(r"(?:\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE(?:[^\[>]|\[.*?\])*>)*<([A-Za-z_][\w:.-]*)", re.DOTALL)
_EVENT_TAG = re.compile(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<Event(?=[\s/>])((?:[^\"'<>]|\"[^\"<]*\"|'[^'<]*')*)", re.DOTALL)
_ATTRIBUTE = re.compile(r"([^\s=/\"'<>]+)\s*=\s*(?:\"[^\"]*\"|'[^']*')")

_KNOWN_CHILDREN = frozenset({"Item", "Folder", "Parameter", "Property"})


class _TooDeepError(Exception):
    """Elements are nested deeper than any export nests them."""


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
        if depth > _MAX_DEPTH:
            raise _TooDeepError
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
        raise _TooDeepError  # never reached: declarations end the reading before anything is parsed

    def close(self) -> list[dict[str, Any]]:
        return self.events


def _list_in(owner: dict[str, Any], tag: str) -> list[dict[str, Any]]:
    """The list of a kind of child; an attribute of the same name keeps its place."""
    found = owner.setdefault(tag, [])
    if not isinstance(found, list):
        found = owner.setdefault(f"{tag}#element", [])
    rows: list[dict[str, Any]] = found
    return rows


def _parse(text: str, prefixes: Sequence[str] = ()) -> list[dict[str, Any]] | None:
    """Parse Events under a root of their own; ``None`` if anything at all is wrong. Raises _TooDeepError."""
    from lxml import etree

    parser = etree.XMLParser(target=_Target(), resolve_entities="internal", no_network=True, huge_tree=False)
    root = "<r" + "".join(f' xmlns:{prefix}="{prefix}"' for prefix in prefixes) + ">"
    try:
        parser.feed(f"{root}{text}</r>".encode())
        events: list[dict[str, Any]] = parser.close()
    except (etree.XMLSyntaxError, UnicodeEncodeError):
        return None
    return None if len(parser.feed_error_log) else events  # a prefix nobody declared is logged, dropped and not raised
