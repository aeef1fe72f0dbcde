"""Segments: the events of one part of one source, as Parquet, and beside them what could not be read.

A segment is a pure function of the source's bytes, the range, the options and the program, and is named by them.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import msgspec
import pyarrow.parquet as pq
from pyarrow import ArrowInvalid

from m365timeline.schemas.arrow import FEW_VALUES, Columns, stored_schema
from m365timeline.schemas.dates import DateEvidence
from m365timeline.schemas.event import Event
from m365timeline.schemas.record import Issue
from m365timeline.schemas.result_sets import ResultSets
from m365timeline.schemas.state import State

_ROWS = 8192
_CHARACTERS = 12 << 20  # of records kept before they are written, if they are fewer
_issues = msgspec.json.Encoder()
_issue = msgspec.json.Decoder(Issue)
_state = msgspec.json.Decoder(State)


class Segment(msgspec.Struct, kw_only=True):
    """What one part of a source gave. ``lines`` and ``records`` shift the numbers of the parts behind it.

    ``sha256`` and ``crc`` are of the bytes read; ``ranges`` says what each of them is.
    """

    path: str
    records: int = 0
    rejected: int = 0
    events: int = 0
    states: int = 0
    lines: int = 0
    sha256: str = ""
    crc: int = 0
    ranges: dict[str, int] = msgspec.field(default_factory=dict)
    sequential: bool = False
    blank_lines: int = 0
    repeated_headers: int = 0
    notes: list[str] = msgspec.field(default_factory=list)
    dates: DateEvidence = msgspec.field(default_factory=DateEvidence)
    result_sets: ResultSets = msgspec.field(default_factory=ResultSets)
    quality: dict[str, int] = msgspec.field(default_factory=dict)
    unknown: dict[str, int] = msgspec.field(default_factory=dict)

    @property
    def issues_path(self) -> Path:
        """Where the issues of this part stand."""
        return Path(self.path).with_suffix(".issues.jsonl")

    def issues(self) -> Iterator[Issue]:
        """Read the issues back, in order."""
        if self.rejected:
            with self.issues_path.open("rb") as lines:
                for line in lines:
                    yield _issue.decode(line)

    @property
    def states_path(self) -> Path:
        """Where the states of this part stand."""
        return Path(self.path).with_suffix(".states.jsonl")

    def read_states(self) -> Iterator[State]:
        """Read the states back, in order."""
        if self.states:
            with self.states_path.open("rb") as lines:
                for line in lines:
                    yield _state.decode(line)


def load_segment(path: Path) -> Segment | None:
    """The segment an earlier run finished under this name; ``None`` if there is none, or it is not whole."""
    try:
        segment = msgspec.json.decode(path.with_suffix(".json").read_bytes(), type=Segment)
        if pq.read_metadata(path).num_rows != segment.events:
            return None
        if segment.states and not path.with_suffix(".states.jsonl").exists():
            return None
    except (OSError, msgspec.DecodeError, ArrowInvalid):
        return None
    return msgspec.structs.replace(segment, path=str(path))


class SegmentWriter:
    """Writes one segment; used with ``with``. What it counts stands in ``segment``. ``folder`` is for unfinished files."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.segment = Segment(path=str(path))
        self._temporary = folder / f"{path.name}-{os.getpid()}"
        self._temporary_issues = folder / f"{path.name}-{os.getpid()}-issues"
        self._columns = Columns()
        self._characters = 0
        self._parquet: pq.ParquetWriter | None = None
        self._issues = self._temporary_issues.open("wb")
        self._temporary_states = folder / f"{path.name}-{os.getpid()}-states"
        self._states: BinaryIO | None = None

    def __enter__(self) -> Self:
        return self

    def add_events(self, events: list[Event]) -> None:
        """Add the events of one record."""
        segment = self.segment
        segment.records += 1
        segment.events += len(events)
        for event in events:
            if event.quality:
                for flag in event.quality:
                    segment.quality[flag] = segment.quality.get(flag, 0) + 1
            if event.raw is not None:
                self._characters += len(event.raw)
        if self._columns.add(events) >= _ROWS or self._characters >= _CHARACTERS:
            self._flush()

    def add_issue(self, issue: Issue) -> None:
        """Add one record that was not read."""
        self.segment.records += 1
        self.segment.rejected += 1
        self._issues.write(_issues.encode(issue) + b"\n")

    def add_state(self, state: State) -> None:
        """Add one record that says how something stands: context, no event."""
        self.segment.records += 1
        self.segment.states += 1
        for flag in state.quality:
            self.segment.quality[flag] = self.segment.quality.get(flag, 0) + 1
        if self._states is None:
            self._states = self._temporary_states.open("wb")
        self._states.write(_issues.encode(state) + b"\n")

    def _flush(self) -> None:
        if self._parquet is None:
            self._parquet = pq.ParquetWriter(
                self._temporary,
                stored_schema(),
                compression="zstd",
                compression_level=1,
                use_dictionary=FEW_VALUES,
                write_statistics=False,
            )
        if len(self._columns):
            self._parquet.write_batch(self._columns.take_batch())
        self._characters = 0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._issues.close()
        if self._states is not None:
            self._states.close()
        if kind is None:
            self._flush()
        if self._parquet is not None:
            self._parquet.close()
        if kind is None:
            os.replace(self._temporary_issues, self.segment.issues_path)  # noqa: PTH105 (one rename, on every system)
            if self._states is not None:
                os.replace(self._temporary_states, self.segment.states_path)  # noqa: PTH105 (as above)
            os.replace(self._temporary, self.segment.path)  # noqa: PTH105 (as above)
