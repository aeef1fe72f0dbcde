"""gzip, tar and 7-Zip archives.

Only regular members are read, streamed to temporary copies. Links, devices and pipes are listed and never followed.
"""

import re
import struct
import tarfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from m365timeline.schemas.record import Code, Issue
from m365timeline.schemas.source import Source
from m365timeline.sources.spool import BLOCK, Container, Copy, LimitReachedError, Readable

_GZIP = b"\x1f\x8b"
_TAR_DAMAGE = (tarfile.TarError, EOFError, OSError, ValueError, OverflowError, RecursionError, struct.error)
_LONGEST_TAR_HEADER = 1 << 20  # names and attributes; the library reads what the header asks for into memory


def gzip_member(box: Container) -> Iterator[Source | Issue]:
    """Yield what is packed in a gzip file: all its members, one behind the other, as one source.

    What was unpacked before the file ends too early, or before bytes that are no gzip, is read; the rest is an issue.
    """
    with box.source.open() as packed, box.spool.copy(box.source.size) as copy:
        damage = _Gunzip(packed, copy).run()
    label = box.label(_unpacked_name(box.source.name))
    if copy.size or damage is None:
        doubts = () if damage is None else (f"The archive around it is damaged, so it may be incomplete: {damage}",)
        yield box.member(label, copy, warnings=doubts)
    else:
        copy.discard()
    if damage is not None:
        rest = (
            f"What stands before that ({copy.size:,} bytes unpacked) is read."
            if copy.size
            else "Nothing of it is read."
        )
        yield box.issue(Code.UNREADABLE_ARCHIVE, f"{damage} {rest} Ask for a fresh copy.")


def _unpacked_name(name: str) -> str:
    last = re.split("[/!]", name)[-1]
    if last.lower().endswith(".tgz"):
        return f"{last[:-4]}.tar"
    return last[:-3] if last.lower().endswith(".gz") else f"{last} (unpacked)"


class _Gunzip:
    """Unpacks gzip members in bounded steps; checksum and size of each are checked by zlib."""

    def __init__(self, packed: Readable, copy: Copy) -> None:
        self._packed = packed
        self._copy = copy
        self._read = 0

    def _more(self) -> bytes:
        block = self._packed.read(BLOCK)
        self._read += len(block)
        return block

    def run(self) -> str | None:
        """Fill the copy; returns in words what is wrong with the file, if anything."""
        good, pending = 0, self._more()
        while True:
            at = self._read - len(pending)
            try:
                rest = self._one_member(pending)
            except zlib.error:
                self._copy.cut(good)
                return f"From byte {at:,} on the file is no sound gzip data (checksum, size or coding is wrong)."
            if rest is None:
                return "The gzip data end too early."
            good, pending = self._copy.size, self._after_padding(rest)
            if not pending:
                return None
            if len(pending) < 2:
                pending += self._more()
            if not pending.startswith(_GZIP):
                return f"From byte {self._read - len(pending):,} on the file holds something that is no gzip data."

    def _one_member(self, pending: bytes) -> bytes | None:
        """Unpack to the end of a member; returns what follows it, or ``None`` if the file ends first."""
        engine = zlib.decompressobj(wbits=31)
        while True:
            self._copy.write(engine.decompress(pending, BLOCK))
            if engine.eof:
                return engine.unused_data
            pending = engine.unconsumed_tail
            if not pending and not (pending := self._more()):
                return None

    def _after_padding(self, rest: bytes) -> bytes:
        """Skip zeros, with which tapes and disks fill blocks up."""
        while True:
            rest = rest.lstrip(b"\0")
            if rest or not (rest := self._more()):
                return rest


def is_tar(start: bytes) -> bool:
    """Whether 512 bytes are the header of a tar member: its mark says so, or its checksum in dialects without a mark."""
    if start[257:262] == b"ustar":
        return True
    if len(start) < 512 or not start[0]:
        return False
    stated = start[148:156].strip(b" \0")
    if not re.fullmatch(rb"[0-7]{1,7}", stated):
        return False
    return int(stated, 8) == sum(start[:148]) + 8 * 32 + sum(start[156:512])


class _Guarded:
    """A file that refuses to hand over very much at once: what is wanted is a header, and none is so long."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.close = file.seek, file.tell, file.close

    def read(self, size: int) -> bytes:
        if size > _LONGEST_TAR_HEADER:
            raise LimitReachedError(f"a header of {size:,} bytes in the tar archive")
        return self._file.read(size)


def tar_members(box: Container) -> Iterator[Source | Issue]:
    """Yield the regular members of a tar archive. Raises LimitReachedError."""
    with box.source.open() as packed:
        try:
            guarded: Any = _Guarded(packed)
            archive = tarfile.TarFile(fileobj=guarded, mode="r", errors="surrogateescape")
            while (info := archive.next()) is not None:
                archive.members.clear()  # type: ignore[attr-defined]  # the library keeps them all, which millions would not fit
                yield from _tar_member(box, packed, archive, info)
        except _TAR_DAMAGE:
            yield box.issue(
                Code.UNREADABLE_ARCHIVE,
                "The tar archive is damaged or cut; the members before the damage are read. Ask for a fresh copy.",
            )
            return
        yield from _check_end(box, packed, archive.offset)


def _tar_member(
    box: Container, packed: BinaryIO, archive: tarfile.TarFile, info: tarfile.TarInfo
) -> Iterator[Source | Issue]:
    if info.isdir():
        return
    label = box.label(info.name)
    if not info.isreg():
        yield box.issue(Code.NO_EXPORT, "A link, device or pipe in the archive, no regular file: left alone.", label)
        return
    place = packed.tell()
    with box.spool.copy(box.source.size) as copy:
        if info.issparse():
            stream = archive.extractfile(info)
            if stream is not None:
                copy.fill(stream)
        else:
            packed.seek(info.offset_data)
            while block := packed.read(min(BLOCK, info.size - copy.size)):
                copy.write(block)
    packed.seek(place)
    cut = copy.size < info.size
    yield box.member(label, copy, warnings=("The archive ends inside this member: it is incomplete.",) if cut else ())


def _check_end(box: Container, packed: BinaryIO, offset: int) -> Iterator[Issue]:
    """The library stops in silence at the first header it cannot read; an end is an end only if zeros follow."""
    packed.seek(offset)
    if not packed.read(1):
        yield box.issue(
            Code.UNREADABLE_ARCHIVE,
            "The tar archive has no end mark: it may be cut between two members. Those found are read. Ask for a fresh copy.",
        )
    packed.seek(offset)
    while block := packed.read(BLOCK):
        if block.count(0) != len(block):
            reason = f"From byte {offset:,} on the tar archive is damaged, or another archive follows; the members before that are read. Ask for a fresh copy."
            yield box.issue(Code.UNREADABLE_ARCHIVE, reason)
            return
