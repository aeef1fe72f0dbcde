"""Archive members as sources: gzip and zip, within one budget for the whole run.

Members are copied to numbered temporary files, never to a name taken from the archive; the copy is what is parsed and
hashed. CRC and size are checked by the reading library; what fails them is an Issue.
"""

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from m365timeline.schemas.record import Code, Issue
from m365timeline.schemas.source import Source

MAX_DEPTH = 3
MAX_MEMBERS = 10_000
MAX_BYTES = 8 << 30
MAX_RATIO, RATIO_FROM = 200, 256 << 20  # honest audit CSV shrinks 20 to 40 times
_BLOCK = 1 << 20
_OTHER = {
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an Outlook message or old Office file",
}


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int, /) -> bytes:
        """Read at most so many bytes."""


class LimitReachedError(Exception):
    """Unpacking would exceed a limit; the message names it."""


class Spool:
    """A folder of temporary copies, and how many bytes may still be unpacked into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.left = MAX_BYTES
        self.members = 0

    def keep(self, stream: Readable, packed: int | None = None) -> tuple[Path, int]:
        """Copy a stream to a new file; returns its path and size. Raises LimitReachedError."""
        self.members += 1
        if self.members > MAX_MEMBERS:
            raise LimitReachedError(f"more than {MAX_MEMBERS:,} archive members")
        path = self.folder / f"source-{self.members:05d}"
        size = 0
        with path.open("xb") as copy:
            while block := stream.read(_BLOCK):
                size += len(block)
                self.left -= len(block)
                if packed is not None and self.left < 0:
                    raise LimitReachedError(f"more than {MAX_BYTES >> 30} GiB unpacked in this run")
                if packed is not None and size > RATIO_FROM and size > MAX_RATIO * max(packed, 1):
                    raise LimitReachedError(f"a member unpacks to more than {MAX_RATIO} times its packed size")
                copy.write(block)
        return path, size


def archive_kind(start: bytes) -> str | None:
    """``gzip``, ``zip``, the description of an archive that must be unpacked by hand, or ``None``."""
    if start.startswith(b"\x1f\x8b"):
        return "gzip"
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if start[257:262] == b"ustar":
        return "a tar archive"
    return next((words for magic, words in _OTHER.items() if start.startswith(magic)), None)


def unpack(source: Source, kind: str, spool: Spool) -> Iterator[Source | Issue]:
    """Yield the members of an archive as sources; an Issue for each that cannot be had."""
    if kind not in {"gzip", "zip"}:
        yield _issue(source, Code.UNREADABLE_ARCHIVE, f"This is {kind}, which is not read directly. Unpack it and give the folder as input.")
        return
    if len(source.chain) >= MAX_DEPTH:
        yield _issue(source, Code.LIMIT_REACHED, f"Archives inside archives more than {MAX_DEPTH} deep are not opened. Unpack this one by hand.")
        return
    try:
        yield from _gzip_member(source, spool) if kind == "gzip" else _zip_members(source, spool)
    except LimitReachedError as limit:
        yield _issue(source, Code.LIMIT_REACHED, f"Unpacking was stopped: {limit}. Unpack it by hand if you trust it, and give the folder as input.")
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError, UnicodeDecodeError) as error:
        yield _issue(source, Code.UNREADABLE_ARCHIVE, f"The archive is damaged or cannot be unpacked ({_words(error)}). Ask for a fresh copy.")


def _words(error: Exception) -> str:
    if isinstance(error, EOFError):
        return "it ends too early"
    return "it is encrypted" if isinstance(error, RuntimeError) and "password" in str(error) else type(error).__name__


def _gzip_member(source: Source, spool: Spool) -> Iterator[Source]:
    with source.open() as packed, gzip.GzipFile(fileobj=packed) as stream:
        path, size = spool.keep(stream, source.size)
    last = source.name.rpartition("/")[2].rpartition("!")[2]
    yield _member(source, last[:-3] if last.lower().endswith(".gz") else f"{last} (unpacked)", path, size)


def _zip_members(source: Source, spool: Spool) -> Iterator[Source | Issue]:
    with source.open() as packed, zipfile.ZipFile(packed) as archive:
        members = archive.infolist()
        if any(info.filename == "[Content_Types].xml" for info in members):
            yield _issue(source, Code.UNKNOWN_FORMAT, "This is an Office document (a workbook or a text), no log file. If it holds log rows, save them as CSV, or ask for the original export.")
            return
        _refuse_overlap(members)
        for info in members:
            if info.is_dir():
                continue
            try:
                with archive.open(info) as stream:
                    path, size = spool.keep(stream, info.compress_size)
            except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
                reason = f"This member of the archive cannot be unpacked ({_words(error)}). Ask for a fresh copy."
                yield Issue(code=Code.UNREADABLE_ARCHIVE, source_file=f"{source.name}!{info.filename}", reason=reason)
                continue
            yield _member(source, info.filename, path, size)


def _refuse_overlap(members: list[zipfile.ZipInfo]) -> None:
    """Members that share packed bytes are a decompression bomb."""
    reach = 0
    for info in sorted(members, key=lambda member: member.header_offset):
        if info.header_offset < reach:
            raise LimitReachedError("members of the archive overlap (a decompression bomb)")
        reach = info.header_offset + 30 + info.compress_size


def _member(outer: Source, name: str, path: Path, size: int) -> Source:
    return Source(name=f"{outer.name}!{name}", path=str(path), origin=outer.origin, size=size, chain=(*outer.chain, name), modified_ns=outer.modified_ns)


def _issue(source: Source, code: Code, reason: str) -> Issue:
    return Issue(code=code, source_file=source.name, reason=reason)
