"""Records of SearchResult.xml: each Event's attributes and children, read as hostile input.

Events are parsed in batches, each batch under a root of its own, with a parser that keeps no tree, expands nothing,
fetches nothing and recovers nothing. If a batch fails, its Events are parsed one by one, so that exactly the broken one
is rejected. Two repairs are made, in the parsed copy only and with a flag on the record: the ``<ItemId="…"`` of printed
examples, and characters XML does not allow.
"""

import re
from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from m365timeline.parsers._slices import Slice
from m365timeline.parsers._xml_events import MAX_DEPTH, parse_events, repair
from m365timeline.parsers._xml_slices import Slicer, event_tags, first_element, tell_pieces
from m365timeline.parsers.base import Head, Parser
from m365timeline.schemas.record import Code, Issue, Record
from m365timeline.schemas.source import Reader

_BATCH = 1 << 20  # characters parsed together
_MAX_VALUE = 10_000_000  # characters libxml2 reads in one value

_PREFIX = re.compile(r"[\s</]([A-Za-z_][\w.-]*):[A-Za-z_][\w.-]*\s*[=/>]")

_ATTRIBUTE = re.compile(r"([^\s=/\"'<>]+)\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_BROKEN = "This Event is not well-formed XML and was left out alone (a bare & or <, a broken quote, a cut or edited record). Compare with the original export."
_DEEP = f"Elements of this Event are nested deeper than {MAX_DEPTH} levels, as no export nests them. The record was not read."
_LARGE = "This Event holds a value of more than 10 million characters, or is damaged. The record was not read; its bytes stand in the file at the offset given."
_EMPTY = "This Event has neither attributes nor children: nothing says what was done."


class Look(msgspec.Struct, frozen=True):
    """What the beginning of a file shows: the kind of the first Event that tells (``None``: none does) and its attributes."""

    kind: str | None
    names: frozenset[str] = frozenset()


def look_at(head: Head) -> Look | None:
    """Look for Events at the beginning of a file; ``None`` if it does not begin as a SearchResult.xml or a part of one."""
    root = first_element(head.text)
    if root not in {"SearchResults", "Event"} and "<SearchResults" not in head.start[:200]:
        return None
    for tag in event_tags(head.text):
        names = frozenset(_ATTRIBUTE.findall(tag))
        kind = kind_of(names)
        if kind is not None:
            return Look(kind, names)
    return Look(None) if root == "SearchResults" else None


def kind_of(names: Collection[str]) -> str | None:
    """The kind of record by the attributes it has."""
    if "Cmdlet" in names or "Caller" in names:
        return "admin_audit"
    return "mailbox_audit" if "MailboxGuid" in names else None


class EventParser(Parser):
    """A format whose records are Events: reader and account know the same things that may stand between them."""

    tells_gaps = "by pieces"

    def between(self, text: str) -> list[tuple[str, str]]:
        """Declarations, comments, the root's tags, tags that hold no value."""
        return tell_pieces(text)


class EventReader:
    """Reads every Event of a source, whichever audit it belongs to."""

    def __init__(self, reader: Reader, kind: str, head: Head | None = None) -> None:
        self._slices = Slicer(reader)
        self._reader = reader
        self._in_root = head is not None and first_element(head.text) == "SearchResults"
        if not reader.starts:
            self._slices.open_roots = int(self._in_root)
        self._kind = kind  # of an Event whose attributes do not tell
        self._number = 0
        self._repaired = {"repaired_item_element": 0, "illegal_characters_replaced": 0}
        self._kinds: set[str] = set()
        self._damaged = False

    def __iter__(self) -> Iterator[Record | Issue]:
        """Yield records and issues in the order of the file, numbered from 1."""
        batch: list[Slice] = []
        size = 0
        for found in self._slices:
            item = found.place
            if item.problem is None:
                batch.append(item)
                size += len(item.text)
                if size < _BATCH:
                    continue
            yield from self._read(batch)
            batch, size = [], 0
            if item.problem is not None:
                yield self._issue(item, item.problem, item.reason)
        yield from self._read(batch)

    def stands_alone(self) -> bool:
        """Whether a part of a file holds whole Events and nothing that must be told of the file; complete as :meth:`notes`."""
        expected = {int(self._in_root)} if not self._reader.ends else {0, int(self._in_root)}
        clean = not (self._damaged or self._slices.hidden or any(self._repaired.values()))
        return clean and self._kinds <= {self._kind} and self._slices.open_roots in expected

    def notes(self) -> list[str]:
        """What was noticed; complete when everything has been read."""
        found = []
        repaired, replaced = self._repaired.values()
        if repaired:
            found.append(
                f"{_count(repaired)} held <ItemId=…>, which is not XML (Microsoft prints it so); read as <Item Id=…> and flagged."
            )
        if replaced:
            found.append(
                f"{_count(replaced)} held characters XML does not allow; they are shown as U+FFFD and flagged, the raw text keeps them."
            )
        if self._slices.hidden:
            found.append(
                f"Comments or CDATA sections that hold the text of an Event: {self._slices.hidden:,}. They are not part of the log and were not read."
            )
        # The first element, not the number of Events, decides: a part may end before the first of them.
        if self._reader.starts and not self._slices.roots and not self._in_root:
            found.append(
                "The root <SearchResults> is missing: this is a piece of an export, or a copy made by hand. What stood before and behind it is not here."
            )
        if self._slices.roots > 1:
            found.append(
                f"{self._slices.roots:,} documents stand one behind the other: several exports were put together in this file."
            )
        if self._slices.open_roots > 0 and self._reader.ends:
            found.append(
                "The end tag </SearchResults> is missing: the file may have been cut off between two records. Ask for a complete copy."
            )
        if len(self._kinds) > 1:
            found.append(
                "The file holds records of the mailbox audit and of the admin audit: several exports were put together."
            )
        return found

    def _read(self, batch: list[Slice]) -> Iterator[Record | Issue]:
        events = parse_events("".join(item.text for item in batch)) if batch else []
        if isinstance(events, list) and len(events) == len(batch):
            for item, fields in zip(batch, events, strict=True):
                yield self._record(item, fields, [])
            return
        for item in batch:
            yield self._read_alone(item)

    def _read_alone(self, item: Slice) -> Record | Issue:
        events = parse_events(item.text)
        if isinstance(events, list):
            return self._record(item, events[0], [])
        text, flags = repair(item.text)
        prefixes = sorted(set(_PREFIX.findall(text)) - {"xml", "xmlns"})
        if events is Code.BROKEN_XML and (text != item.text or prefixes):
            events = parse_events(text, prefixes)
        if isinstance(events, list):
            return self._record(item, events[0], flags)
        if events is Code.NESTED_TOO_DEEP:
            return self._issue(item, events, _DEEP)
        if len(item.text) > _MAX_VALUE:
            return self._issue(item, Code.RECORD_TOO_LARGE, _LARGE)
        return self._issue(item, events, _BROKEN)

    def _record(self, item: Slice, fields: dict[str, Any], flags: list[str]) -> Record | Issue:
        if not fields:
            return self._issue(item, Code.NO_CONTENT, _EMPTY)
        self._number += 1
        kind = kind_of(fields) or self._kind
        self._kinds.add(kind)
        for flag in flags:
            self._repaired[flag] += 1
        return Record(
            kind=kind, fields=fields, number=self._number, line=item.line, offset=item.offset, length=item.length, raw=item.text, quality=flags,
        )  # fmt: skip

    def _issue(self, item: Slice, code: Code, reason: str) -> Issue:
        self._number += 1
        self._damaged = True
        return Issue(
            code=code, reason=reason, record_number=self._number, line=item.line, offset=item.offset, length=item.length, raw=item.text or None,
        )  # fmt: skip


def _count(records: int) -> str:
    """``1 record``, ``2 records``."""
    return f"{records:,} record{'' if records == 1 else 's'}"
