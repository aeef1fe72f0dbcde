"""A case one can come back to: what is kept beside the segments, and opening it again without the exports.

A case folder holds ``segments/`` (see segments.py) and ``case.json``: the sources in the order of their names with what
their reports said before folding, the segments of each, and how the last run read and narrowed them. Folding is a pure
function of these, so it is not kept but done again. The segments of a case hold the evidence itself: guard the folder like it.
"""

import os
import tempfile
from contextlib import ExitStack
from hashlib import blake2b
from pathlib import Path
from types import TracebackType

import msgspec

from m365timeline.case.segments import Segment
from m365timeline.case.store import Case, CaseSource
from m365timeline.schemas.arrow import stored_schema
from m365timeline.schemas.dates import DateDecision
from m365timeline.schemas.failure import FailedError
from m365timeline.schemas.report import SourceReport, Totals
from m365timeline.schemas.scope import Scope

RECORD = "case.json"
SEGMENTS = "segments"


class NoCaseError(FailedError):
    """The folder is no case, or one this version cannot read; the message says which and what to do."""


class KeptSource(msgspec.Struct, kw_only=True):
    """One source of a case. ``report`` is as it was before folding; ``arrival`` the number of the run that brought it.

    The paths of ``segments`` are names in the folder of segments.
    """

    report: SourceReport
    segments: list[Segment]
    dates: DateDecision | None = None
    arrival: int = 1


class CaseRecord(msgspec.Struct, kw_only=True):
    """What a case folder says of itself. ``layout`` names the columns of its segments, ``inputs`` everything ever given.

    ``runs`` counts the runs that brought something; ``totals`` are those of the last run, within its ``scope``.
    """

    layout: str
    version: str
    code_sha256: str
    runs: int
    inputs: list[str]
    sources: list[KeptSource]
    zone: str | None = None
    source_zone: str | None = None
    scope: Scope = Scope()
    totals: Totals = msgspec.field(default_factory=Totals)


def layout() -> str:
    """The name of the columns and types that segments have in this version."""
    return blake2b(str(stored_schema()).encode(), digest_size=8).hexdigest()


def read_record(folder: Path) -> CaseRecord | None:
    """What the folder says of itself; ``None`` if no run has been finished in it. Raises NoCaseError, OSError."""
    try:
        data = (folder / RECORD).read_bytes()
    except FileNotFoundError:
        return None
    try:
        record = msgspec.json.decode(data, type=CaseRecord)
    except msgspec.DecodeError as error:
        raise NoCaseError(
            f"{folder / RECORD} cannot be read ({error}): it was changed or damaged, or another version wrote it. "
            "Make the case again in an empty folder from its exports."
        ) from error
    for source in record.sources:
        for segment in source.segments:
            segment.path = str(folder / SEGMENTS / Path(segment.path).name)
    return record


def check_segments(folder: Path, record: CaseRecord, sources: list[KeptSource]) -> None:
    """Whether the segments of ``sources`` are there and can be read by this version. Raises NoCaseError."""
    if sources and record.layout != layout():
        raise NoCaseError(
            f"The case in {folder} was made by version {record.version} and holds other columns than this version reads. "
            "Run convert with all its exports and --case again: they are read anew, and every event keeps its id."
        )
    for source in sources:
        for segment in source.segments:
            if segment.events and not Path(segment.path).is_file():
                raise NoCaseError(
                    f"The case in {folder} lacks a segment of {source.report.name} ({Path(segment.path).name}). "
                    "Run convert with that export and --case again: what is missing is read anew."
                )


class PendingRecord:
    """A record written but not yet in its place, so that a run that fails at the end leaves the case as it was."""

    def __init__(self, folder: Path, temporary: Path, record: CaseRecord) -> None:
        """Write it to ``temporary``. Raises OSError."""
        self._target = folder / RECORD
        self._written = temporary / RECORD
        shown = msgspec.structs.replace(record, sources=[_portable(source) for source in record.sources])
        with self._written.open("wb") as stream:
            stream.write(msgspec.json.format(msgspec.json.encode(shown), indent=1))
            stream.flush()
            os.fsync(stream.fileno())

    def publish(self) -> None:
        """Put it in its place. Raises OSError."""
        os.replace(self._written, self._target)  # noqa: PTH105 (one rename, on every system)


def _portable(source: KeptSource) -> KeptSource:
    segments = [msgspec.structs.replace(segment, path=Path(segment.path).name) for segment in source.segments]
    return msgspec.structs.replace(source, segments=segments)


class KeptCase(Case):
    """A case opened again, with ``with``. ``record`` is what its folder says of itself."""

    def __init__(self, record: CaseRecord, *, threads: int) -> None:
        self.record = record
        self._own = tempfile.TemporaryDirectory(prefix="m365timeline-", ignore_cleanup_errors=True)
        super().__init__(Path(self._own.name), threads=threads)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._own:
            super().__exit__(kind, error, trace)


def open_case(folder: Path, *, scope: Scope | None = None, threads: int = 2) -> KeptCase:
    """Open a case for reading; nothing in ``folder`` is written, and no export is needed.

    The timeline is that of the last run, or narrowed to ``scope`` instead. Raises NoCaseError, OSError.
    """
    record = read_record(folder)
    if record is None:
        raise NoCaseError(f"{folder} holds no case: there is no {RECORD} in it. `convert --case {folder}` makes one.")
    check_segments(folder, record, record.sources)
    with ExitStack() as stack:
        case = stack.enter_context(KeptCase(record, threads=threads))
        case.fold([case_source(source) for source in record.sources], record.scope if scope is None else scope)
        stack.pop_all()  # whole: from here on the caller closes it
    return case


def case_source(kept: KeptSource) -> CaseSource:
    """One kept source as the store sees it."""
    report = kept.report
    return CaseSource(
        name=report.name, sha256=report.sha256, segments=kept.segments, dates=kept.dates, arrival=kept.arrival
    )
