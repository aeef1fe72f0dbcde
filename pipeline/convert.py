"""From inputs to published outputs."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import msgspec

from m365timeline import __version__
from m365timeline.case.segments import Segment
from m365timeline.case.store import Case
from m365timeline.pipeline.ahead import ahead
from m365timeline.pipeline.consulted import hash_consulted
from m365timeline.pipeline.gather import Progress, case_source, read_all, settle_report
from m365timeline.pipeline.kept import Memory
from m365timeline.pipeline.survey import Surveyed, survey, unused_maps
from m365timeline.pipeline.tool import describe_tool
from m365timeline.pipeline.watch import Watch
from m365timeline.schemas.dates import DateDecision
from m365timeline.schemas.failure import FailedError
from m365timeline.schemas.journeys import MessageJourney
from m365timeline.schemas.mapping import Mapping
from m365timeline.schemas.record import Code, Issue
from m365timeline.schemas.report import RunReport, Totals
from m365timeline.schemas.request import Request
from m365timeline.schemas.sheets import Answer
from m365timeline.sources.spool import Spool
from m365timeline.writers.base import Writer, open_writer
from m365timeline.writers.check import Span, check_output
from m365timeline.writers.manifest import encode_manifest, make_manifest
from m365timeline.writers.publish import Publication, Published
from m365timeline.writers.rejects_file import write_rejects
from m365timeline.writers.workspace import Workspace

PUBLISHING = "Publishing"  # the stage from which on there is nothing left to interrupt
_ROOM = 3  # times the size of the inputs: temporary data and outputs
_TOO_LITTLE = 12  # less than this part of that room is clearly too little


class NothingReadableError(Exception):
    """No source holds records that can be read; the surveyed sources say why."""

    def __init__(self, report: RunReport) -> None:
        super().__init__("nothing readable")
        self.report = report


class UnbalancedError(FailedError):
    """The figures do not add up: a bug. Nothing is published."""

    words = "The figures do not balance ({what}); no output was written. This is a defect of m365timeline: please report it with a smaller input that shows it."


class NoRoomError(FailedError):
    """The disk has clearly too little room; the message says how much there is and how much it takes."""

    words = "{what}; nothing was read, no output was written. Make room, or write to another disk."


class Outcome(msgspec.Struct, kw_only=True):
    """What a run gave."""

    report: RunReport
    outputs: list[Published]
    manifest: Path
    notes: list[str]
    exit_code: int


def convert(request: Request, progress: Progress) -> Outcome:
    """Read the inputs and publish the outputs, all or none.

    Raises NothingReadableError, NoRoomError, NoCaseError, UnbalancedError, UncoveredError, BadOutputError, SourceChangedError,
    WorkerLostError and OSError: nothing is published then. PartlyPublishedError says what is.
    """
    started = datetime.now(UTC)
    with _workspace(request) as (segments, temporary), Case(temporary, threads=request.jobs) as case:
        run = _gather(request, case, segments, temporary, progress)
        report, surveyed, consulted = run.report, run.surveyed, hash_consulted(request)
        from m365timeline.pipeline.question import question

        question(request, case, report, progress)
        case.forget_copies()

        def issues() -> Iterator[Issue]:
            return _issues(surveyed, run.read)

        with Publication(replace=request.force) as publication:
            notes, span = _write(request, case, report, issues, publication, progress)
            progress.stage("Reading back", None, "files")
            outputs = publication.finish(lambda target, written: check_output(target, written, span))
            outputs += _write_rejects(request, report, issues, surveyed, publication)
            kept = run.memory.prepare(surveyed, run.read, run.dates, report, temporary)
            run.watch.check()
            exit_code = 3 if report.totals.rejected or report.totals.unread else 0
            progress.stage(PUBLISHING, None, "files")
            arguments = run.memory.arguments(surveyed)

            def manifest(outputs: list[Published]) -> bytes:
                return encode_manifest(
                    make_manifest(describe_tool(), arguments, started, report, outputs, exit_code, consulted)
                )

            publication.open(request.manifest_path).write(manifest(outputs))
            publication.finish()
            outputs = publication.publish(manifest)
            if kept is not None:
                kept.publish()
    return Outcome(
        report=report,
        outputs=outputs[:-1],
        manifest=Path(outputs[-1].path),
        notes=unused_maps(request.mappings, surveyed) + notes + publication.notes,
        exit_code=exit_code,
    )


class _Run(NamedTuple):
    """What was read, by the numbers of the sources, and what watches over it."""

    memory: Memory
    surveyed: list[Surveyed]
    report: RunReport
    watch: Watch
    read: dict[int, list[Segment]]
    dates: dict[int, DateDecision | None]


def _gather(request: Request, case: Case, segments: Path, temporary: Path, progress: Progress) -> _Run:
    """Read every source and fold their events into the case; the report has all figures then."""
    memory = Memory(request)
    surveyed = memory.join(_survey(request, temporary, progress))
    reports = [item.report for item in surveyed]
    report = RunReport(version=__version__, zone=request.zone, scope=request.scope.in_words(), sources=reports)
    if not any(item.format for item in surveyed):
        raise NothingReadableError(report)
    watch = Watch(surveyed)
    _check_room(surveyed, temporary)
    read = read_all(request, surveyed, segments, temporary, progress)
    memory.note(surveyed)
    dates = {index: memory.dates(surveyed[index], parts) for index, parts in read.items()}
    progress.stage("Folding copies and putting in order", None, "events")
    case.fold([case_source(surveyed[index], parts, dates[index]) for index, parts in read.items()], request.scope)
    order = list(read)
    figures = {order[number]: found for number, found in case.figures().items()}
    for index in order:
        settle_report(surveyed[index], read[index], figures.get(index), dates[index])
    _total(report, case, surveyed, request.mappings)
    report.news = memory.news(surveyed, case.news(memory.run))
    return _Run(memory, surveyed, report, watch, read, dates)


@contextmanager
def _workspace(request: Request) -> Iterator[tuple[Path, Path]]:
    """Where segments and temporary copies go: beside the first output, or in the case folder. Always tidied up."""
    parent = request.case or request.outputs[0].resolve().parent
    parent.mkdir(parents=True, exist_ok=True)
    with Workspace(parent) as workspace:
        segments = request.case / "segments" if request.case else workspace.folder / "segments"
        segments.mkdir(exist_ok=True)
        yield segments, workspace.folder


def _survey(request: Request, temporary: Path, progress: Progress) -> list[Surveyed]:
    progress.stage("Hashing", None, "bytes")
    return list(survey(request.inputs, Spool(temporary), request.format, progress.advance, request.mappings))


def _check_room(surveyed: Sequence[Surveyed], temporary: Path) -> None:
    """Refuse to begin what cannot end. The estimate is generous, the refusal is not: copies and scope make outputs small."""
    needed = _ROOM * sum(item.report.size for item in surveyed if item.format)
    free = shutil.disk_usage(temporary).free
    if free < needed // _TOO_LITTLE:
        raise NoRoomError(
            f"The disk of {temporary.parent} has {_megabytes(free)} free; this run takes up to {_megabytes(needed)}"
        )


def _megabytes(count: int) -> str:
    return f"{-(-count >> 20):,} MB" if count > 1 << 20 else f"{count:,} bytes"


def _total(report: RunReport, case: Case, surveyed: Sequence[Surveyed], mappings: Sequence[Mapping]) -> None:
    events, duplicates, out_of_scope, timeline = case.totals()
    sources = report.sources
    report.totals = Totals(
        inputs=len(sources), unread=sum(source.status == "unread" for source in sources),
        records=sum(source.records for source in sources), converted=sum(source.converted for source in sources),
        rejected=sum(source.rejected for source in sources), events=events, duplicates=duplicates, out_of_scope=out_of_scope, timeline=timeline,
    )  # fmt: skip
    broken = report.totals.balance()
    if events != sum(source.events for source in sources):
        broken.append(f"events stored {events} ≠ events read {sum(source.events for source in sources)}")
    if broken:
        raise UnbalancedError("; ".join(broken))
    report.warnings = [
        f"{item.report.name}: {item.issue.reason}"
        for item in surveyed
        if item.issue and item.issue.code is not Code.NO_EXPORT
    ]
    report.warnings += unused_maps(mappings, surveyed)


def _issues(surveyed: Sequence[Surveyed], read: dict[int, list[Segment]]) -> Iterator[Issue]:
    """Everything that was not read, in source order, with the numbers of its file."""
    for index, item in enumerate(surveyed):
        if item.issue is not None:
            yield item.issue
        records = lines = 0
        for segment in read.get(index, ()):
            for issue in segment.issues():
                issue.source_file = item.report.name
                issue.record_number = None if issue.record_number is None else issue.record_number + records
                issue.line = None if issue.line is None else issue.line + lines
                yield issue
            records += segment.records
            lines += segment.lines


def _write(
    request: Request,
    case: Case,
    report: RunReport,
    issues: Callable[[], Iterator[Issue]],
    publication: Publication,
    progress: Progress,
) -> tuple[list[str], Span]:
    """Stream the timeline once through every writer; returns their notes and what each must hold."""
    from m365timeline.analysis import ask
    from m365timeline.analysis.findings_sheet import SHEET as FINDINGS
    from m365timeline.analysis.findings_sheet import rows as finding_rows
    from m365timeline.analysis.journeys import fold_messages

    def messages() -> Iterator[MessageJourney]:
        return fold_messages(case.message_events())

    def answers() -> Iterable[Answer]:
        if not request.analysis:
            return ()
        found, statuses = report.findings, request.notes.statuses if request.notes else None
        return chain(ask(case), [Answer(FINDINGS, lambda: finding_rows(found, statuses))] if found else [])

    shared = (report, issues, messages, answers, request.notes)
    writers: list[Writer] = [open_writer(target, publication.open(target), *shared) for target in request.outputs]
    columns = sorted({name for writer in writers for name in writer.columns}, key=_position)
    progress.stage("Writing", report.totals.timeline, "events")
    rows, first, last = 0, None, None
    for batch in case.batches(columns) if request.jobs == 1 else ahead(case.batches(columns)):
        for writer in writers:
            writer.write(batch if len(writer.columns) == len(columns) else batch.select(list(writer.columns)))
        rows += batch.num_rows
        ids = batch.column("event_id")
        first, last = first or ids[0].as_py(), ids[-1].as_py()
        progress.advance(batch.num_rows)
    if rows != report.totals.timeline:
        raise UnbalancedError(f"{rows} rows written, {report.totals.timeline} on the timeline")
    progress.stage("Finishing", len(writers), "files")
    notes: list[str] = []
    for target, writer in zip(request.outputs, writers, strict=True):
        notes.extend(f"{target.name}: {note}" for note in writer.close())
        publication.set_rows(target, rows)
        progress.advance(1)
    return notes, Span(rows, first, last)


def _write_rejects(
    request: Request,
    report: RunReport,
    issues: Callable[[], Iterator[Issue]],
    surveyed: Sequence[Surveyed],
    publication: Publication,
) -> list[Published]:
    """What was not read, byte for byte, if there is any; also in the place of an older file that would otherwise mislead."""
    target = request.rejects_path
    if not (report.totals.rejected or report.totals.unread or target.exists()):
        return []
    sources = {item.report.name: item.source for item in surveyed if item.source is not None}
    rows = write_rejects(
        publication.open(target), issues(), lambda name: sources[name].open() if name in sources else None
    )
    publication.set_rows(target, rows)
    return publication.finish()


def _position(name: str) -> int:
    from m365timeline.schemas.event import PUBLISHED

    return PUBLISHED.index(name)
