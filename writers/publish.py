"""Putting outputs in their place: whole or not at all.

Every output is written under a temporary name in its own folder, flushed to the disk, read back, hashed, and only then
renamed. The set appears together: nothing is renamed before everything is written.
"""

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

import msgspec


class Published(msgspec.Struct, kw_only=True):
    """One output as it stands on the disk."""

    path: str
    sha256: str
    size: int
    rows: int | None = None


class _Pending(msgspec.Struct):
    target: Path
    temporary: Path
    stream: BinaryIO
    rows: int | None = None


class Publication:
    """A set of outputs that appears together; used with ``with``. Leaving it without ``publish`` leaves nothing behind."""

    def __init__(self, *, replace: bool) -> None:
        self._replace = replace
        self._pending: list[_Pending] = []

    def __enter__(self) -> Self:
        return self

    def open(self, target: Path) -> BinaryIO:
        """Open a temporary file beside ``target``. Raises OSError if the folder cannot be written to."""
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:80]}.", suffix=".partial", dir=target.parent)
        stream = cast("BinaryIO", os.fdopen(handle, "w+b"))
        self._pending.append(_Pending(target, Path(name), stream))
        return stream

    def set_rows(self, target: Path, rows: int) -> None:
        """Note how many rows an output holds."""
        for item in self._pending:
            if item.target == target:
                item.rows = rows

    def finish(self) -> list[Published]:
        """Flush what is still open to the disk and read it back; returns what will be published of it. Raises OSError."""
        result = []
        for item in (pending for pending in self._pending if not pending.stream.closed):
            item.stream.flush()
            os.fsync(item.stream.fileno())
            size = item.stream.tell()
            item.stream.close()
            digest = hashlib.sha256()
            with item.temporary.open("rb") as written:
                while block := written.read(1 << 20):
                    digest.update(block)
            if item.temporary.stat().st_size != size:
                raise OSError(f"{item.target}: {size} bytes were written but {item.temporary.stat().st_size} can be read back")
            result.append(Published(path=str(item.target), sha256=digest.hexdigest(), size=size, rows=item.rows))
        return result

    def publish(self) -> None:
        """Rename everything into place. Raises FileExistsError if a target has appeared meanwhile, OSError if it cannot."""
        for item in self._pending:
            if not self._replace and item.target.exists():
                raise FileExistsError(f"{item.target} has appeared while this run was working; nothing was replaced")
        for item in self._pending:
            item.temporary.chmod(0o666 & ~_umask())
            os.replace(item.temporary, item.target)  # noqa: PTH105 (one rename, on every system)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for item in self._pending:
            with contextlib.suppress(OSError):
                item.stream.close()
            with contextlib.suppress(OSError):
                item.temporary.unlink()


def _umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current
