"""Temporary folders that a dead run cannot leave for good.

All temporary data lies in a folder ``.m365timeline-…`` beside the outputs, with a file in it that stays locked for as long
as the run lives. The system drops the lock when a process dies, however it dies; the next run that works in the same place
finds the folder without its lock and removes it. The folder of a run that lives is never touched.
"""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

PREFIX = ".m365timeline-"
_LOCK = "lock"


class Workspace:
    """A temporary folder in ``parent``; used with ``with``. Entering it removes what dead runs left there. Raises OSError."""

    def __init__(self, parent: Path) -> None:
        self._parent = parent

    def __enter__(self) -> Self:
        remove_dead(self._parent)
        while True:
            self.folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=self._parent))
            try:
                self._lock = (self.folder / _LOCK).open("xb")
            except FileNotFoundError:
                continue  # another run took the folder for a dead one's before it was locked
            except BaseException:
                shutil.rmtree(self.folder, ignore_errors=True)
                raise
            _lock(self._lock)
            if (self.folder / _LOCK).exists():
                return self
            self._lock.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with contextlib.suppress(OSError):  # nothing was written to it
                self._lock.close()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


def remove_dead(parent: Path) -> None:
    """Remove the temporary folders of runs that are no more."""
    with contextlib.suppress(OSError):
        for folder in sorted(parent.glob(f"{PREFIX}*")):
            if folder.is_dir() and not folder.is_symlink() and _is_dead(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_dead(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open("r+b") as lock:
            if os.name != "nt":
                return _lock(lock)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    try:
        (folder / _LOCK).unlink()  # Windows refuses to remove a file that is open
    except OSError:
        return False
    return True


def _lock(file: BinaryIO) -> bool:
    """Lock a file for as long as it is open; whether nobody else has."""
    if os.name == "nt":
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
