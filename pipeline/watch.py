"""Evidence must be the same at the end of a run as at its beginning."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from m365timeline.pipeline.survey import Surveyed
from m365timeline.schemas.failure import FailedError
from m365timeline.sources.labels import restored


class SourceChangedError(FailedError):
    """A source changed while it was being read; the message is its name. Nothing is published."""

    words = "{what} changed while it was being read; no output was written. Work on a copy nobody else writes to."


class _Facts(msgspec.Struct, frozen=True):
    size: int
    modified_ns: int


class Watch:
    """Remembers size and time of every file on the user's disk that is read; hashes archives and mails as a whole."""

    def __init__(self, surveyed: Sequence[Surveyed]) -> None:
        """Look at the files for the first time, and note the hash of the archive each member came from."""
        self._facts: dict[str, _Facts] = {}
        hashes: dict[str, str] = {}
        for item in surveyed:
            source = item.source
            if source is None or source.origin in {"", "-"}:
                continue
            if source.origin not in self._facts:
                self._facts[source.origin] = _look(source.origin)
            if source.modified_ns is not None and source.modified_ns != self._facts[source.origin].modified_ns:
                raise SourceChangedError(source.origin)
            if source.chain:
                if source.origin not in hashes:
                    hashes[source.origin] = _hash(source.origin)
                item.report.origin_sha256 = hashes[source.origin]

    def check(self) -> None:
        """Look again. Raises SourceChangedError."""
        for origin, facts in self._facts.items():
            if _look(origin) != facts:
                raise SourceChangedError(origin)


def _look(origin: str) -> _Facts:
    try:
        found = Path(restored(origin)).stat()
    except OSError:
        raise SourceChangedError(origin) from None
    return _Facts(found.st_size, found.st_mtime_ns)


def _hash(origin: str) -> str:
    with Path(restored(origin)).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
