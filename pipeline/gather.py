"""Reading every recognized source, in this process or in several, and settling what its report says."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from m365timeline.analysis.completeness import (
    CUT,
    add_counts,
    describe_dates,
    describe_unknown,
    warn_of_gaps,
    warn_of_half_character,
    warn_of_limit,
    warn_of_quality,
    warn_of_size,
)
from m365timeline.case.segments import Segment
from m365timeline.case.store import CaseSource, SourceFigures
from m365timeline.parsers import parser_class
from m365timeline.parsers.base import Head
from m365timeline.pipeline.pool import pool
from m365timeline.pipeline.ranges import KINDS, UncoveredError
from m365timeline.pipeline.read import Part
from m365timeline.pipeline.survey import Surveyed
from m365timeline.pipeline.watch import SourceChangedError
from m365timeline.schemas.dates import DateDecision, DateEvidence, decide
from m365timeline.schemas.report import SourceReport
from m365timeline.schemas.request import Request
from m365timeline.schemas.result_sets import ResultSets
from m365timeline.schemas.words import counted

WORTH_A_POOL = 24 << 20  # bytes; below this, starting worker processes costs more than it gives


class Progress(Protocol):
    """Told what is going on; drawing it is the command line's business."""

    def stage(self, name: str, total: int | None, unit: str) -> None:
        """A new stage begins."""

    def advance(self, amount: int) -> None:
        """So much of the stage is done."""


def parts_of(surveyed: Surveyed, request: Request, folder: Path, temporary: Path, *, whole: bool) -> list[Part]:
    """The ranges a source is read in; one range where its parts cannot stand alone."""
    source, found, name = surveyed.source, surveyed.scan, surveyed.format
    if source is None or found is None or name is None:
        return []
    splits = not whole and parser_class(name)().splits(Head(found.head, found.encoding))
    cuts = found.cuts if splits else (0, found.size)
    return [
        Part(source=source, sha256=found.sha256, encoding=found.encoding, head=found.head, format=name, start=start, stop=stop, zone=request.source_zone, folder=str(folder), temporary=str(temporary), networks=request.networks,
             mapping=surveyed.mapping)
        for start, stop in pairwise(cuts)
    ]  # fmt: skip


def read_all(
    request: Request, surveyed: Sequence[Surveyed], folder: Path, temporary: Path, progress: Progress
) -> dict[int, list[Segment]]:
    """Read every recognized source, in their order. One whose parts do not stand alone is read again in one piece.

    Segments go to ``folder`` and grow in ``temporary``. Raises SourceChangedError, UncoveredError, WorkerLostError, OSError.
    """
    parts = {
        index: parts_of(item, request, folder, temporary, whole=False)
        for index, item in enumerate(surveyed)
        if item.format and item.kept is None
    }
    progress.stage("Reading", sum(part.stop - part.start for group in parts.values() for part in group), "bytes")
    size = sum(part.stop - part.start for group in parts.values() for part in group)
    with pool(request.jobs if size >= WORTH_A_POOL else 1) as run:
        flat = [part for group in parts.values() for part in group]
        segments = iter(_told(run(flat), flat, progress))
        read = {index: [next(segments) for _ in group] for index, group in parts.items()}
        again = [
            index for index, group in read.items() if len(group) > 1 and any(segment.sequential for segment in group)
        ]
        pieces = [part for index in again for part in parts_of(surveyed[index], request, folder, temporary, whole=True)]
        for index, segment in zip(again, _told(run(pieces), pieces, progress), strict=True):
            surveyed[index].report.decisions.append(
                "Read in one piece: its parts do not stand alone (damage, or another header in the middle)."
            )
            read[index] = [segment]
    for index, group in read.items():
        _check_unchanged(surveyed[index], group)
    read |= {index: item.kept.segments for index, item in enumerate(surveyed) if item.kept}
    return dict(sorted(read.items()))


def _told(segments: Iterator[Segment], parts: Sequence[Part], progress: Progress) -> Iterator[Segment]:
    for part, segment in zip(parts, segments, strict=True):
        progress.advance(part.stop - part.start)
        yield segment


def _check_unchanged(surveyed: Surveyed, segments: Sequence[Segment]) -> None:
    """The bytes that were parsed must be those that were hashed."""
    found = surveyed.scan
    if found is None:
        return
    same = (
        segments[0].sha256 == found.sha256
        if len(segments) == 1
        else [segment.crc for segment in segments] == list(found.checks)
    )
    if segments and not same:
        raise SourceChangedError(surveyed.report.name)


def decide_dates(segments: Sequence[Segment], option: str | None) -> DateDecision | None:
    """Decide the day/month order of one source from all its parts."""
    evidence = DateEvidence()
    for segment in segments:
        evidence.add(segment.dates)
    return decide(evidence, option)


def case_source(surveyed: Surveyed, segments: list[Segment], dates: DateDecision | None) -> CaseSource:
    """One source as the case sees it."""
    return CaseSource(
        name=surveyed.report.name,
        sha256=surveyed.report.sha256,
        segments=segments,
        dates=dates,
        arrival=surveyed.arrival,
    )


def settle_report(
    surveyed: Surveyed, segments: Sequence[Segment], figures: SourceFigures | None, dates: DateDecision | None
) -> None:
    """Complete what the report says of one source."""
    report = surveyed.report
    report.records = sum(segment.records for segment in segments)
    report.rejected = sum(segment.rejected for segment in segments)
    report.converted = report.records - report.rejected
    report.events = sum(segment.events for segment in segments)
    report.states = sum(segment.states for segment in segments)
    if report.states:
        report.decisions.append(
            f"State list ({report.variant or 'states'}): {counted(report.states, 'entry', 'entries')} without a time, on the sheet Context and never on the timeline."
        )
    quality: dict[str, int] = {}
    unknown: dict[str, int] = {}
    sets = ResultSets()
    report.bytes_by_kind = _account(report, segments, figures)
    for segment in segments:
        sets.merge(segment.result_sets)
        report.decisions.extend(note for note in segment.notes if note not in report.decisions)
        add_counts(unknown, segment.unknown)
        for flag, count in segment.quality.items():
            quality[flag] = quality.get(flag, 0) + count
    blanks, headers = (
        sum(segment.blank_lines for segment in segments),
        sum(segment.repeated_headers for segment in segments),
    )
    if blanks:
        report.decisions.append(f"{counted(blanks, 'blank row')} passed over.")
    if headers:
        report.decisions.append(
            f"{counted(headers, 'more header line')}: several exports were put together in this file."
        )
    report.decisions.extend(describe_unknown(unknown))
    decisions, warnings = describe_dates(dates, figures.ambiguous if figures else 0)
    report.decisions.extend(decisions)
    report.warnings.extend(warnings)
    signs = (warn_of_limit(report), warn_of_size(report), warn_of_half_character(report), warn_of_gaps(sets))
    report.short = [text for text in signs if text]
    report.short += warn_of_quality({flag: count for flag, count in quality.items() if flag in CUT})
    report.warnings.extend(report.short)
    report.warnings.extend(warn_of_quality({flag: count for flag, count in quality.items() if flag not in CUT}))
    if not report.records:
        report.status = "empty"
        report.decisions.append("The file is a known format but holds no record.")
    if figures is not None:
        report.duplicates, report.first_time, report.last_time = figures.duplicates, figures.first, figures.last
        if figures.conflicts:
            report.warnings.append(
                f"{counted(figures.conflicts, 'record')} with the id of a record of other content; all are kept and flagged."
            )


def _account(report: SourceReport, segments: Sequence[Segment], figures: SourceFigures | None) -> dict[str, int]:
    """What every byte of a source is. Raises UncoveredError if they are not all told."""
    counts = dict.fromkeys(KINDS, 0)
    for segment in segments:
        for kind, count in segment.ranges.items():
            counts[kind] += count
    copied = figures.copied if figures else 0
    counts["event"] -= copied
    counts["duplicate"] += copied
    if sum(counts.values()) != report.size:
        raise UncoveredError(
            f"{report.name}: {sum(counts.values())} bytes are told apart, the source has {report.size}"
        )
    return {kind: count for kind, count in counts.items() if count}
