"""7-Zip archives, read with py7zr where it is installed.

The package brings eight others with it, so it is not required: ``pip install m365timeline[sevenzip]``.
"""

import struct
import zlib
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from m365timeline.schemas.record import Code, Issue
from m365timeline.schemas.source import Source
from m365timeline.sources.spool import Container, Copy, LimitReachedError

_SIGNATURE = struct.Struct("<6sHLQQL")
_LONGEST_LIST = 16 << 20


def sevenzip_members(box: Container) -> Iterator[Source | Issue]:
    """Yield the members of a 7-Zip archive. Raises LimitReachedError."""
    if find_spec("py7zr") is None:
        reason = "This is a 7-Zip archive. Install py7zr (`pip install m365timeline[sevenzip]`) to have it read, or unpack it and give the folder as input."
        yield box.issue(Code.UNREADABLE_ARCHIVE, reason)
        return
    yield from _members(box)


def _members(box: Container) -> Iterator[Source | Issue]:
    import lzma

    from py7zr import SevenZipFile, exceptions

    damage = (
        exceptions.ArchiveError, exceptions.AbsolutePathError, lzma.LZMAError, zlib.error, OSError, EOFError, ValueError, LookupError, TypeError,
        AttributeError, AssertionError, struct.error, OverflowError, RecursionError, MemoryError,
    )  # fmt: skip
    writers = _Writers(box)
    issues: list[Issue] = []
    limit = None
    with box.source.open() as packed:
        try:
            _check_list(packed.read(_SIGNATURE.size))
            packed.seek(0)
            with SevenZipFile(packed, max_extract_size=max(box.spool.left, 0)) as archive:
                wanted = _wanted(box, archive, issues)
                if wanted:
                    factory: Any = writers  # the package asks for its own base class, which is not imported at start-up
                    archive.extract(targets=wanted, factory=factory)
        except exceptions.PasswordRequired:
            issues.append(
                box.issue(
                    Code.UNREADABLE_ARCHIVE,
                    "The archive is encrypted. Unpack it by hand with its password and give the folder as input.",
                )
            )
        except LimitReachedError as reached:
            limit = reached
        except exceptions.DecompressionBombError:
            limit = box.spool.exhausted()
        except damage:
            issues.append(
                box.issue(
                    Code.UNREADABLE_ARCHIVE,
                    "The 7-Zip archive is damaged, or packed in a way that is not read; the members before the damage are read. Ask for a fresh copy.",
                )
            )
    yield from writers.members()
    yield from issues
    if limit is not None:
        raise limit


def _check_list(signature: bytes) -> None:
    """The list of members is unpacked in memory: refuse one of a size that no honest archive has."""
    if len(signature) == _SIGNATURE.size and (size := _SIGNATURE.unpack(signature)[4]) > _LONGEST_LIST:
        raise LimitReachedError(f"a list of members of {size:,} bytes")


def _wanted(box: Container, archive: Any, issues: list[Issue]) -> list[str]:
    """Names of the regular members; those of links are listed and left alone."""
    files = archive.list()
    box.spool.expect(len(files))
    issues.extend(
        box.issue(Code.NO_EXPORT, "A link in the archive, no regular file: left alone.", box.label(info.filename))
        for info in files if info.is_symlink
    )  # fmt: skip
    return [info.filename for info in files if info.is_file and not info.is_symlink]


class _Writer:
    """Where the package writes one member; closed by it only if the checksum is right."""

    def __init__(self, label: str, copy: Copy) -> None:
        self.label = label
        self.copy = copy
        self.whole = False

    def write(self, data: bytes) -> int:
        self.copy.write(data)
        return len(data)

    def read(self, size: int | None = None) -> bytes:  # noqa: ARG002 (asked for by the package, never used for reading)
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:  # noqa: ARG002
        return 0

    def seekable(self) -> bool:
        return False

    def flush(self) -> None:
        """Nothing waits."""

    def size(self) -> int:
        return self.copy.size

    def close(self) -> None:
        self.whole = True
        self.copy.done()


class _Writers:
    """Makes a temporary copy for each member that is unpacked."""

    def __init__(self, box: Container) -> None:
        self._box = box
        self._made: list[_Writer] = []

    def create(self, filename: str) -> _Writer:
        writer = _Writer(self._box.label(filename), self._box.spool.copy(self._box.source.size))
        self._made.append(writer)
        return writer

    def members(self) -> Iterator[Source]:
        for writer in self._made:
            if writer.whole:
                yield self._box.member(writer.label, writer.copy)
            else:
                writer.copy.discard()
