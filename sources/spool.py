"""Temporary copies of what is inside archives and mails, within one budget for the whole run.

Copies have numbered names, never one taken from input. What counts against the limits are the bytes really produced,
whatever the archive declares.
"""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from m365timeline.schemas.record import Code, Issue
from m365timeline.schemas.source import Source
from m365timeline.sources.labels import label_of

MAX_DEPTH = 3
MAX_MEMBERS = 10_000
MAX_BYTES = 8 << 30
MAX_RATIO, RATIO_FROM = 200, 256 << 20  # honest audit CSV shrinks 20 to 40 times
BLOCK = 1 << 20
_LONGEST_NAME = 1000  # archives can carry names of any length


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int, /) -> bytes:
        """Read at most so many bytes."""


class LimitReachedError(Exception):
    """Unpacking would exceed a limit; the message names it."""


class SpoolError(Exception):
    """A temporary copy could not be written (the disk is full): no fault of the archive, and the end of the run."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


class Copy:
    """A temporary file being written; removed again unless it is completed."""

    def __init__(self, spool: "Spool", path: Path, packed: int) -> None:
        self.path = path
        self.size = 0
        self._spool = spool
        self._packed = max(packed, 1)
        try:
            self._file = path.open("xb")
        except OSError as error:
            raise SpoolError(error) from error

    def write(self, block: bytes) -> None:
        """Add bytes. Raises LimitReachedError before any byte too many is written."""
        size = self.size + len(block)
        self._spool.take(len(block))
        if size > RATIO_FROM and size > MAX_RATIO * self._packed:
            raise LimitReachedError(f"a member unpacks to more than {MAX_RATIO} times its packed size")
        try:
            self._file.write(block)
        except OSError as error:
            raise SpoolError(error) from error
        self.size = size

    def fill(self, stream: Readable) -> Self:
        """Add everything a stream gives."""
        while data := stream.read(BLOCK):
            self.write(data)
        return self

    def cut(self, size: int) -> None:
        """Take back what was written beyond ``size``."""
        self._file.truncate(size)
        self._file.seek(size)
        self.size = size

    def done(self) -> None:
        """Complete the copy."""
        try:
            self._file.close()
        except OSError as error:
            raise SpoolError(error) from error

    def discard(self) -> None:
        """Remove the copy."""
        with suppress(OSError):
            self._file.close()
        self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.done()
        else:
            self.discard()


class Spool:
    """A folder of temporary copies, and how much may still be unpacked into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.left = MAX_BYTES
        self.members = 0
        self._files = 0

    def copy(self, packed: int) -> Copy:
        """Begin the copy of a member that takes ``packed`` bytes in its archive. Raises LimitReachedError."""
        self.members += 1
        if self.members > MAX_MEMBERS:
            raise LimitReachedError(f"more than {MAX_MEMBERS:,} members of archives and mails in this run")
        return Copy(self, self._next(), packed)

    def expect(self, members: int) -> None:
        """Refuse a list of members that is too long, before anything is unpacked. Raises LimitReachedError."""
        if members > MAX_MEMBERS:
            raise LimitReachedError(f"{members:,} members, more than {MAX_MEMBERS:,}")

    def take(self, size: int) -> None:
        """Count bytes against the budget. Raises LimitReachedError."""
        self.left -= size
        if self.left < 0:
            raise self.exhausted()

    def exhausted(self) -> LimitReachedError:
        """What is raised when the budget is used up."""
        return LimitReachedError(f"more than {MAX_BYTES:,} bytes unpacked in this run")

    def keep(self, stream: Readable) -> tuple[Path, int]:
        """Copy standard input, which the user gave and no archive blew up; returns path and size."""
        path = self._next()
        with path.open("xb") as copy:
            while block := stream.read(BLOCK):
                copy.write(block)
            return path, copy.tell()

    def drop(self, source: Source) -> None:
        """Remove the copy of an archive inside an archive once it is unpacked."""
        if source.chain:
            Path(source.path).unlink(missing_ok=True)

    def _next(self) -> Path:
        self._files += 1
        return self.folder / f"source-{self._files:05d}"


class Container:
    """An archive or mail being taken apart: makes sources of its members, and issues that name the right one."""

    def __init__(self, source: Source, spool: Spool) -> None:
        self.source = source
        self.spool = spool
        self._labels: set[str] = set()
        self._copies: dict[str, int] = {}  # how many members of a name there were so far

    def label(self, name: str) -> str:
        """A label for a member that no other member has."""
        wanted = label = label_of(name[:_LONGEST_NAME])
        while label in self._labels:
            number = self._copies[wanted] = self._copies.get(wanted, 1) + 1
            label = f"{wanted} ({number})"
        self._labels.add(label)
        return label

    def member(self, label: str, copy: Copy, notes: Iterable[str] = (), warnings: Iterable[str] = ()) -> Source:
        """A source for a completed copy. Notes and warnings of the outer archive or mail hold for it too."""
        outer = self.source
        return Source(
            name=f"{outer.name}!{label}", path=str(copy.path), origin=outer.origin, size=copy.size, chain=(*outer.chain, label), modified_ns=outer.modified_ns,
            notes=(*outer.notes, *notes), warnings=(*outer.warnings, *warnings),
        )  # fmt: skip

    def too_deep(self) -> Issue | None:
        """An issue if archives and mails are nested so deep that this one is not opened."""
        if len(self.source.chain) < MAX_DEPTH:
            return None
        return self.issue(
            Code.LIMIT_REACHED,
            f"Archives and mails inside each other more than {MAX_DEPTH} deep are not opened. Unpack this one by hand.",
        )

    def issue(self, code: Code, reason: str, label: str = "") -> Issue:
        """An issue of the archive, or of the member with this label."""
        return Issue(code=code, source_file=f"{self.source.name}!{label}" if label else self.source.name, reason=reason)
