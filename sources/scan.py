"""The first pass over a source: its hash, its encoding, and where it may be cut between records.

A cut is a line end outside quotes, found by counting quotes, about every :data:`PART` bytes; in markup it is where an
``<Event`` begins. The cuts depend on the bytes alone, so the result is the same for any number of workers. Whether they
are trusted is decided later: a part that turns out to be damaged makes the whole file be read again from beginning to end.
"""

import hashlib
import re
import zlib

import msgspec

from m365timeline.schemas.source import Encoding, Source
from m365timeline.sources.encoding import ByteCounts, narrow_encoding, wide_encoding

PART = 8 << 20
_BLOCK = 1 << 20
HEAD = 64 << 10
_ZEROS = bytes(64)  # no record holds so many; a run of 127 always has as many in one block
_EVENT = re.compile(rb"<Event(?=[\s/>])")
_WIDE_EVENT = {
    "utf-16-le": re.compile(rb"<\0E\0v\0e\0n\0t\0(?=[\s/>]\0)"),
    "utf-16-be": re.compile(rb"\0<\0E\0v\0e\0n\0t(?=\0[\s/>])"),
}


class Scan(msgspec.Struct, frozen=True):
    """What one pass over the bytes found. ``cuts`` are byte offsets, the first 0 and the last the size.

    ``checks`` are the CRC-32 of the bytes between each two of them: whoever reads a part later can tell whether they changed.
    ``zeros`` is where the first run of zero bytes begins: what is left where a disk or a transfer lost data.
    """

    sha256: str
    size: int
    encoding: Encoding
    head: bytes
    cuts: tuple[int, ...]
    checks: tuple[int, ...] = ()
    zeros: int | None = None


def scan(source: Source, *, part: int = PART) -> Scan:
    """Read the source once, in blocks; raises OSError if it cannot be read."""
    digest = hashlib.sha256()
    counts = ByteCounts()
    cuts, size, inside, tail, head = [0], 0, False, b"", b""
    wide: Encoding | None = None
    markup = False
    check, checks = 0, []
    zeros = None
    with source.open() as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
            if not size:
                head = block[:HEAD]
                wide = wide_encoding(head)
                markup = _is_markup(head)
            if zeros is None and (lost := block.find(_ZEROS)) >= 0:
                zeros = size + lost
            cut = None
            wanted = size + len(block) - cuts[-1] >= part
            if wide is None:
                tail = counts.add(tail + block if tail else block)
            if markup:
                cut = _event_in(block, wide) if wanted else None
            elif wide is None:
                cut, inside = _cut_in(block, inside, wanted=wanted)
            if cut is not None:
                cuts.append(size + cut)
                checks.append(zlib.crc32(block[:cut], check))
            check = zlib.crc32(block, check) if cut is None else zlib.crc32(block[cut:])
            size += len(block)
    counts.finish(tail)
    encoding = wide or narrow_encoding(head, counts)
    if cuts[-1] != size:
        cuts.append(size)
        checks.append(check)
    return Scan(digest.hexdigest(), size, encoding, head, tuple(cuts), tuple(checks), zeros)


def _is_markup(head: bytes) -> bool:
    """Whether a file begins with ``<``, behind marks and blanks, whatever its encoding."""
    return head[:1024].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")


def _event_in(block: bytes, wide: Encoding | None) -> int | None:
    """Where the first Event of a block of markup begins. Blocks have an even size: a wide character begins at an even byte."""
    pattern = _WIDE_EVENT[wide.codec] if wide else _EVENT
    return next((event.start() for event in pattern.finditer(block) if not wide or event.start() % 2 == 0), None)


def _cut_in(block: bytes, inside: bool, *, wanted: bool) -> tuple[int | None, bool]:
    """Find the first line end outside quotes in a block; also tell whether the block ends inside quotes."""
    after = inside ^ bool(block.count(b'"') & 1)
    if not wanted:
        return None, after
    position, quoted = 0, inside
    while (end := block.find(b"\n", position)) >= 0:
        quoted ^= bool(block.count(b'"', position, end) & 1)
        if not quoted:
            return end + 1, after
        position = end + 1
    return None, after
