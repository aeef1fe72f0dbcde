"""One part of one source becomes one segment: a pure function of bytes, range, options and version.

It runs in this process or in a worker; nothing but its arguments and the segment's files pass between them.
"""

import gc
import os
from collections.abc import Iterable, Iterator
from datetime import tzinfo
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from m365timeline.case.segments import Segment, SegmentWriter, load_segment
from m365timeline.normalizers.context import Context
from m365timeline.normalizers.drift import note_unknown
from m365timeline.normalizers.networks import Networks
from m365timeline.normalizers.registry import complete, events_of, is_hollow
from m365timeline.normalizers.states import describe
from m365timeline.parsers import open_parser
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers.base import Head, Parser
from m365timeline.pipeline.ranges import Ranges
from m365timeline.pipeline.tool import code_sha256
from m365timeline.schemas.mapping import Mapping
from m365timeline.schemas.networks import NetworkFile
from m365timeline.schemas.record import Code, Issue, Record
from m365timeline.schemas.source import Encoding, Source
from m365timeline.schemas.state import STATE_KINDS
from m365timeline.schemas.zones import zone_named
from m365timeline.sources.labels import printable
from m365timeline.sources.reader import SourceReader

# Records are taken through each step together: its code and they themselves are still in the processor's cache then.
_BLOCK = 32
_CHARACTERS = 1 << 18  # of their text, if they are fewer
_HOLLOW = "Nothing in this record is what the format has: neither a time nor an act, nobody and nothing. Is the file of another format?"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A range of a source to be read as one format. ``folder`` is where its segment goes, ``temporary`` where it grows."""

    source: Source
    sha256: str
    encoding: Encoding
    head: bytes
    format: str
    start: int
    stop: int
    zone: str | None
    folder: str
    temporary: str
    mapping: Mapping | None = None
    networks: tuple[NetworkFile, ...] = ()

    @property
    def segment_path(self) -> Path:
        """Named by everything the segment depends on."""
        key = f"{code_sha256()}\0{self.sha256}\0{self.format}\0{self.start}\0{self.stop}\0{self.zone}"
        key += f"\0{self.mapping.text}" if self.mapping else ""
        key += "".join(f"\0{file.sha256}" for file in self.networks)
        return Path(self.folder) / f"{blake2b(key.encode(), digest_size=16).hexdigest()}.parquet"


def read_part(part: Part) -> Segment:
    """Parse and normalize a part, or take its segment from an earlier run of the same case. Raises OSError."""
    path = part.segment_path
    done = path.with_suffix(".json")
    earlier = load_segment(path)
    if earlier is not None:
        return earlier
    reader = SourceReader(part.source, part.encoding, part.start, part.stop)
    head = Head(part.head, part.encoding)
    parser = open_parser(part.format, part.mapping)
    gc.disable()  # records hold no cycles; looking for some costs a sixth of the time
    try:
        with SegmentWriter(path, Path(part.temporary)) as writer:
            ranges = Ranges(part.source, part.encoding, parser, head, part.start, part.stop)
            context = _read(
                parser, reader, head, writer, ranges, part.zone, Networks(part.networks) if part.networks else None
            )
    finally:
        gc.enable()
    segment = writer.segment
    segment.sha256, segment.crc = reader.sha256(), reader.crc
    segment.ranges = ranges.counts
    segment.lines = reader.lines
    segment.dates = context.dates
    segment.unknown = context.unknown
    segment.result_sets = parser.result_sets
    segment.sequential = parser.sequential
    segment.blank_lines, segment.repeated_headers = parser.blank_lines, parser.repeated_headers
    segment.notes = [*map(printable, parser.notes), *(file.in_words() for file in part.networks)]
    temporary = Path(part.temporary) / f"{done.name}-{os.getpid()}"
    temporary.write_bytes(msgspec.json.encode(segment))
    os.replace(temporary, done)  # noqa: PTH105 (one rename, on every system)
    return segment


def _read(
    parser: Parser,
    reader: SourceReader,
    head: Head,
    writer: SegmentWriter,
    ranges: Ranges,
    zone: str | None,
    networks: Networks | None,
) -> Context:
    mapping = parser.mapping
    family = f"{parser.family}:{mapping.name}" if mapping else parser.family  # ids of two maps are not the same ids
    context = Context(
        source_type=parser.name,
        family=family,
        zone=_zone(zone),
        mapping=mapping,
        told_by_header=isinstance(parser, RowParser),
    )
    for block in _blocks(parser.records(reader, head)):
        for item in block:
            if isinstance(item, Record) and not (item.raw.isascii() and "".join(item.fields).isascii()):
                _mend_record(item)
        told = iter(
            events_of([item for item in block if isinstance(item, Record) and item.kind not in STATE_KINDS], context)
        )
        for item in block:
            if isinstance(item, Issue):
                _reject(item, writer, ranges)
            elif item.kind in STATE_KINDS:
                ranges.claim("state", item.offset, item.length)
                writer.add_state(describe(item))
            elif is_hollow(events := next(told)):
                ranges.claim("reject", item.offset, item.length)
                writer.add_issue(_hollow(item))
            else:
                ranges.claim("event", item.offset, item.length)
                complete(events, item, context)
                note_unknown(item, events, context)
                if networks is not None:
                    networks.name(events)
                writer.add_events(events)
    ranges.finish()
    return context


def _blocks(items: Iterable[Record | Issue]) -> Iterator[list[Record | Issue]]:
    block: list[Record | Issue] = []
    size = 0
    for item in items:
        block.append(item)
        size += len(item.raw or "")
        if len(block) >= _BLOCK or size >= _CHARACTERS:
            yield block
            block, size = [], 0
    if block:
        yield block


def _reject(issue: Issue, writer: SegmentWriter, ranges: Ranges) -> None:
    issue.reason = printable(issue.reason)
    if issue.raw is not None:
        issue.raw = _mend(issue.raw)
    writer.add_issue(issue)
    if issue.offset is not None and issue.length is not None:
        ranges.claim("reject", issue.offset, issue.length)
    if issue.code is Code.FORBIDDEN_XML:
        ranges.refuse_rest()


def _hollow(record: Record) -> Issue:
    return Issue(
        code=Code.NO_CONTENT, reason=_HOLLOW, record_number=record.number, line=record.line, offset=record.offset, length=record.length,
        raw=record.raw,
    )  # fmt: skip


def _zone(name: str | None) -> tzinfo | None:
    if name is None:
        return None
    return zone_named(name)


def _mend_record(record: Record) -> None:
    r"""Bytes that are no text in the file's encoding become ``\xNN``; the exact bytes stay where the offset says."""
    try:
        record.raw.encode()
        "".join(record.fields).encode()  # the header may hold what the row does not
    except UnicodeEncodeError:
        record.raw = _mend(record.raw)
        record.fields = {_mend(key): _mend_value(value) for key, value in record.fields.items()}
        record.data = _mend_value(record.data)
        record.salvage = _mend_value(record.salvage)
        record.quality.append("invalid_bytes")


def _mend(text: str) -> str:
    return "".join(
        f"\\x{ord(letter) - 0xDC00:02x}"
        if 0xDC80 <= ord(letter) <= 0xDCFF
        else "\ufffd"
        if 0xD800 <= ord(letter) <= 0xDFFF
        else letter
        for letter in text
    )


def _mend_value(value: Any) -> Any:
    if isinstance(value, str):
        return _mend(value)
    if isinstance(value, list):
        return [_mend_value(item) for item in value]
    if isinstance(value, dict):
        return {_mend(key): _mend_value(item) for key, item in value.items()}
    return value
