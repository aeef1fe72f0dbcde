"""Zip archives: every member read by its place, none by its name; a list of members that lies does not pass as complete.

The overlap check is our own: Python before 3.11.8 and 3.12.2 unpacks archives whose members share packed bytes.
"""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from m365timeline.schemas.record import Code, Issue
from m365timeline.schemas.source import Source
from m365timeline.sources.spool import Container, LimitReachedError
from m365timeline.sources.workbooks import BOOK, workbook_sheets

_LOCAL = struct.Struct("<4s5H3L2H")
_END = b"PK\x05\x06"
_TAIL = 22 + 65_535  # the end record and the longest comment
_DESCRIPTOR = 24  # a data descriptor may stand behind a member
_READ = {
    zipfile.ZIP_STORED,
    zipfile.ZIP_DEFLATED,
}  # the library unpacks other methods without a bound to what one block gives
_DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    zlib.error,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    struct.error,
)


class _Layout(msgspec.Struct):
    """Where a member's packed bytes begin and end."""

    start: int
    stop: int


def zip_members(box: Container) -> Iterator[Source | Issue]:
    """Yield the members of a zip archive. Raises LimitReachedError."""
    with box.source.open() as packed:
        try:
            archive = zipfile.ZipFile(packed)
        except UnicodeDecodeError:
            reason = "A member's name in this archive is not valid UTF-8 although it says it is; the archive cannot be listed. Unpack it by hand and give the folder as input."
            yield box.issue(Code.UNREADABLE_ARCHIVE, reason)
            return
        except _DAMAGE:
            yield box.issue(
                Code.UNREADABLE_ARCHIVE,
                "The archive is damaged or cut: its list of members cannot be read. Ask for a fresh copy.",
            )
            return
        with archive:
            members = archive.infolist()
            if any(info.filename == BOOK for info in members):
                yield from workbook_sheets(box, archive)
                return
            if any(info.filename == "[Content_Types].xml" for info in members):
                yield box.issue(
                    Code.UNKNOWN_FORMAT,
                    "This is an Office document, no log file. If it holds log rows, save them as CSV, or ask for the original export.",
                )
                return
            box.spool.expect(len(members))
            yield from _check_whole(box, packed, archive)
            for info in members:
                if not (info.filename.endswith("/") and info.file_size == 0):
                    yield _member(box, archive, info)


def ends_as_zip(stream: BinaryIO, size: int) -> bool:
    """Whether a file that begins as something else ends with the end record of a zip: a program that unpacks itself does."""
    stream.seek(max(0, size - _TAIL))
    tail = stream.read(_TAIL)
    place = tail.rfind(_END)
    return 0 <= place <= len(tail) - 22 and place + 22 + int.from_bytes(tail[place + 20 : place + 22], "little") == len(
        tail
    )


def _member(box: Container, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Source | Issue:
    label = box.label(info.orig_filename)
    if stat.S_IFMT(info.external_attr >> 16) not in {0, stat.S_IFREG}:
        return box.issue(Code.NO_EXPORT, "A link, folder or device in the archive, no regular file: left alone.", label)
    if info.flag_bits & 0x1:
        return box.issue(
            Code.UNREADABLE_ARCHIVE,
            "This member is encrypted. Unpack it by hand with its password and give the folder as input.",
            label,
        )
    if info.compress_type not in _READ:
        return box.issue(
            Code.UNREADABLE_ARCHIVE,
            f"This member is packed in a way (method {info.compress_type}) that is not read. Unpack it by hand and give the folder as input.",
            label,
        )
    try:
        with archive.open(info) as stream, box.spool.copy(info.compress_size) as copy:
            copy.fill(stream)
            if copy.size != info.file_size:
                raise zipfile.BadZipFile
    except _DAMAGE:
        return box.issue(
            Code.UNREADABLE_ARCHIVE,
            "This member cannot be unpacked: size, checksum or name do not agree with what the archive says of it. Ask for a fresh copy.",
            label,
        )
    return box.member(label, copy)


def _check_whole(box: Container, packed: BinaryIO, archive: zipfile.ZipFile) -> Iterator[Issue]:
    """Refuse members that overlap; name bytes of the archive that belong to no member on its list."""
    layout = sorted((_layout(packed, info) for info in archive.infolist()), key=lambda place: (place.start, place.stop))
    listed, hidden = archive.start_dir, 0
    reach = 0
    for place in layout:
        if place.start < reach:
            raise LimitReachedError("members of the archive overlap (a decompression bomb)")
        if place.start - reach > _DESCRIPTOR:
            hidden += place.start - reach
        reach = place.stop
    if reach > listed:
        raise LimitReachedError("a member overlaps the list of members (a decompression bomb)")
    if listed - reach > _DESCRIPTOR:
        hidden += listed - reach
    if hidden:
        reason = f"{hidden:,} bytes of the archive belong to no member on its list: it was changed, or hides members. Those listed are read. Look at it with other tools, or ask for a fresh copy."
        yield box.issue(Code.UNREADABLE_ARCHIVE, reason)
    elif not _one_end(packed, listed, box.source.size):
        reason = "The archive has more than one end record, or bytes behind it: other programs may see other members. Those listed by the last are read. Ask for a fresh copy."
        yield box.issue(Code.UNREADABLE_ARCHIVE, reason)


def _layout(packed: BinaryIO, info: zipfile.ZipInfo) -> _Layout:
    """A member's range of bytes, from its own header; one without a header is found when it is opened."""
    packed.seek(info.header_offset)
    header = packed.read(_LOCAL.size)
    if len(header) < _LOCAL.size:
        return _Layout(info.header_offset, info.header_offset)
    names = _LOCAL.unpack(header)[9:]
    return _Layout(info.header_offset, info.header_offset + _LOCAL.size + sum(names) + info.compress_size)


def _one_end(packed: BinaryIO, listed: int, size: int) -> bool:
    start = max(listed, size - _TAIL)
    packed.seek(start)
    tail = packed.read(size - start)
    place = tail.find(_END)
    if place < 0 or tail.count(_END) != 1 or len(tail) < place + 22:
        return False
    return place + 22 + int.from_bytes(tail[place + 20 : place + 22], "little") == len(tail)
