"""Putting outputs in their place: whole or not at all.

Every output is written under a temporary name in a folder beside its place, flushed to the disk, read back, hashed, and only
then renamed. The set appears together: nothing is renamed before everything is written.
"""

import contextlib
import hashlib
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import msgspec

from m365timeline.schemas.failure import FailedError
from m365timeline.writers.workspace import Workspace


class Published(msgspec.Struct, kw_only=True):
    """One output as it stands on the disk."""

    path: str
    sha256: str
    size: int
    rows: int | None = None


class PartlyPublishedError(FailedError):
    """Some outputs stand in their place and others could not be put there; the message names both."""

    words = "{what}. What was written is whole; run again to another folder for the complete set."


class _Pending(msgspec.Struct):
    target: Path
    temporary: Path
    stream: BinaryIO
    rows: int | None = None
    done: Published | None = None


class Publication:
    """A set of outputs that appears together; used with ``with``. Leaving it without ``publish`` leaves nothing behind."""

    def __init__(self, *, replace: bool) -> None:
        self._replace = replace
        self._pending: list[_Pending] = []
        self._folders: dict[Path, Path] = {}
        self._stack = ExitStack()
        self.notes: list[str] = []

    def __enter__(self) -> Self:
        return self

    def open(self, target: Path) -> BinaryIO:
        """Open a temporary file on the disk of ``target``. Raises OSError if the folder cannot be written to."""
        parent = target.resolve().parent
        if parent not in self._folders:
            self._folders[parent] = self._stack.enter_context(Workspace(parent)).folder
        temporary = self._folders[parent] / f"{len(self._pending):04d}.partial"
        stream = temporary.open("w+b")
        self._pending.append(_Pending(target, temporary, stream))
        return stream

    def set_rows(self, target: Path, rows: int) -> None:
        """Note how many rows an output holds."""
        for item in self._pending:
            if item.target == target:
                item.rows = rows

    def finish(self, check: Callable[[Path, Path], None] | None = None) -> list[Published]:
        """Flush what is still open to the disk and read it back; returns what will be published of it. Raises OSError.

        ``check`` is called with the target and the temporary file, and raises if the file is not what it should be.
        """
        result = []
        for item in (pending for pending in self._pending if pending.done is None):
            item.stream.flush()
            os.fsync(item.stream.fileno())
            size = item.stream.tell()
            item.stream.close()
            sha256, found = _hash(item.temporary)
            if found != size:
                raise OSError(None, f"{size:,} bytes were written but {found:,} can be read back", str(item.target))
            if check is not None:
                check(item.target, item.temporary)
            item.done = Published(path=str(item.target), sha256=sha256, size=size, rows=item.rows)
            result.append(item.done)
        return result

    def publish(self, amended: Callable[[list[Published]], bytes]) -> list[Published]:
        """Rename everything that is finished into place; returns where it stands now.

        An output that is open in another program, which Windows does not let anybody replace, goes beside it under a
        name of its own, and ``notes`` say so. The last output tells of the others: ``amended`` is asked for its text then.

        Raises FileExistsError if a target has appeared meanwhile, OSError if the first cannot be renamed,
        PartlyPublishedError if anything at all, an interruption too, ends the renaming after the first.
        """
        ready = [(item, item.done) for item in self._pending if item.done is not None]
        for item, _ in ready:
            if not self._replace and item.target.exists():
                words = "has appeared while this run was working; nothing was replaced"
                raise FileExistsError(None, words, str(item.target))
        placed: list[Published] = []
        try:
            for item, done in ready:
                item.temporary.chmod(0o666 & ~_umask())
                if self.notes and item is ready[-1][0]:
                    _write_again(item.temporary, amended(placed))
                placed.append(self._place(item, done))
            _sync_folders(self._folders)
        finally:
            error = sys.exception()
            if error is not None:
                _say_what_stands([item for item, _ in ready], placed, error)
        return placed

    def _place(self, item: _Pending, done: Published) -> Published:
        target = item.target
        try:
            os.replace(item.temporary, target)  # noqa: PTH105 (one rename, on every system)
        except PermissionError:
            if not target.is_file():
                raise
            target = _free_name(target)
            os.replace(item.temporary, target)  # noqa: PTH105 (as above)
            self.notes.append(
                f"{item.target} is open in another program and could not be replaced: the new one is {target.name} beside it"
            )
        return msgspec.structs.replace(done, path=str(target))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for item in self._pending:
            with contextlib.suppress(OSError):
                item.stream.close()
        self._stack.close()


def _say_what_stands(pending: list[_Pending], placed: list[Published], error: BaseException) -> None:
    """Whatever ended the renaming: which outputs stand and which do not. Raises PartlyPublishedError if any stands."""
    stands = [item.target.exists() and not item.temporary.exists() for item in pending]
    if not any(stands):
        return
    later = [str(item.target) for item, there in list(zip(pending, stands, strict=True))[len(placed) :] if there]
    missing = [str(item.target) for item, there in zip(pending, stands, strict=True) if not there]
    why = "interrupted" if isinstance(error, KeyboardInterrupt) else getattr(error, "strerror", None)
    words = f"{', '.join([*(one.path for one in placed), *later])} was written"
    words += f", but not {', '.join(missing)}" if missing else ""
    raise PartlyPublishedError(f"{words} ({why or type(error).__name__})") from error


def _write_again(path: Path, text: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _hash(path: Path) -> tuple[str, int]:
    digest = hashlib.sha256()
    with path.open("rb") as written:
        while block := written.read(1 << 20):
            digest.update(block)
        return digest.hexdigest(), written.tell()


def _free_name(target: Path) -> Path:
    number = 2
    while (other := target.with_name(f"{target.stem} ({number}){target.suffix}")).exists():
        number += 1
    return other


def _sync_folders(folders: dict[Path, Path]) -> None:
    """Make the new names last through a power cut, where the system lets a folder be flushed."""
    for folder in folders:
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current
