"""What lies before us: every source found, hashed, and told what it is. Shared by `convert`, `identify` and `show`."""

from collections.abc import Callable, Iterator, Sequence

import msgspec

from m365timeline.case.folder import KeptSource
from m365timeline.parsers import FORMATS, MAPPED, detect, open_parser, parser_class
from m365timeline.parsers._prolog import behind_prolog, prolog_goes_on
from m365timeline.parsers._unknown import look_at
from m365timeline.parsers.base import Detection, Head
from m365timeline.parsers.mapped_json import spread
from m365timeline.schemas.mapping import Mapping
from m365timeline.schemas.record import Code, Issue
from m365timeline.schemas.report import SourceReport
from m365timeline.schemas.source import Source
from m365timeline.sources.find import find_sources
from m365timeline.sources.labels import printable
from m365timeline.sources.reader import SourceReader
from m365timeline.sources.scan import Scan, scan
from m365timeline.sources.spool import Spool

_LOST = "From byte {:,} on stand zero bytes, which no export holds: a disk or a transfer lost data there, and perhaps elsewhere in the file. Ask for a fresh copy."


class Surveyed(msgspec.Struct, kw_only=True):
    """One source and what is known before its records are read. ``format`` is ``None`` if it is not going to be read.

    ``mapping`` is the user's map that explains it, ``kept`` is a source of the case that was not given again; ``arrival`` the number of the run that brought it there.
    """

    report: SourceReport
    issue: Issue | None = None
    source: Source | None = None
    scan: Scan | None = None
    format: str | None = None
    mapping: Mapping | None = None
    kept: KeptSource | None = None
    arrival: int = 1


def survey(
    inputs: Sequence[str],
    spool: Spool,
    forced: str | None,
    advance: Callable[[int], None],
    mappings: Sequence[Mapping] = (),
) -> Iterator[Surveyed]:
    """Find, hash and recognize every source, in order of its name. ``advance`` is told the bytes read."""
    for item in find_sources(inputs, spool):
        if isinstance(item, Issue):
            yield _unread(item)
            continue
        try:
            found = scan(item)
        except OSError as error:
            reason = (
                f"Reading failed: {error.strerror or error}. The medium may be damaged; copy the file and try again."
            )
            yield _unread(Issue(code=Code.UNREADABLE_FILE, source_file=item.name, reason=reason))
            continue
        advance(found.size)
        yield _recognize(item, found, forced, mappings)


def _answers(
    head: Head, forced: str | None, mappings: Sequence[Mapping]
) -> list[tuple[str, Detection, Mapping | None]]:
    """Who claims a file. The user's word comes first: a format named, then a map that fits; else content decides."""
    if forced is not None and forced not in MAPPED:
        return [(forced, parser_class(forced)().detect(head) or Detection("named by the user with --format"), None)]
    found: list[tuple[str, Detection, Mapping | None]] = []
    for mapping in mappings:
        answers = [(name, open_parser(name, mapping).detect(head)) for name in MAPPED]
        found += [(name, answer, mapping) for name, answer in answers if answer is not None]
    return found or ([] if forced else [(name, answer, None) for name, answer in detect(head)])


def _undecided(answers: list[tuple[str, Detection, Mapping | None]]) -> str:
    maps = [mapping.name for _, _, mapping in answers if mapping is not None]
    if maps:
        return f"The maps {' and '.join(map(repr, maps))} all fit this file, so it was not read. Give only the one that is meant."
    names = " and ".join(name for name, _, _ in answers)
    return f"Both {names} claim this file, so it was not read. Say which it is with --format."


def unused_maps(mappings: Sequence[Mapping], surveyed: Sequence[Surveyed]) -> list[str]:
    """A map that explains nothing is a mistake worth a sentence, not a silent option."""
    used = {item.mapping.name for item in surveyed if item.mapping is not None}
    return [
        f"The map {one.name!r} fits none of the inputs: no table has all columns it names."
        for one in mappings
        if one.name not in used
    ]


def why_not(head: Head, mapping: Mapping) -> str:
    """What a file lacks for the map, as the end of a sentence to the user."""
    if head.json is not None:
        names = frozenset(name for record in head.json.records for name in spread(record))
    elif head.table is not None:
        names = frozenset(head.table.keys)
    else:
        return "it is neither a table nor JSON"
    return f"it has no column {', '.join(mapping.missing(names))}"


def families() -> dict[str, str]:
    """The family of every format: records of one family with one id are the same record."""
    return {name: parser_class(name).family for name in FORMATS}


def _unread(issue: Issue) -> Surveyed:
    status = "skipped" if issue.code is Code.NO_EXPORT else "unread"
    return Surveyed(report=SourceReport(name=issue.source_file, status=status, warnings=[issue.reason]), issue=issue)


def _head_of(source: Source, found: Scan) -> tuple[Head, Scan]:
    """What detection looks at: the beginning, or what follows comments that are longer than that."""
    head = Head(found.head, found.encoding)
    if found.size <= len(found.head) or not prolog_goes_on(head):
        return head, found
    text = behind_prolog(SourceReader(source, found.encoding).windows())
    if text:
        data = found.head[: found.encoding.bom] + text.encode(found.encoding.codec, found.encoding.errors)
        found = msgspec.structs.replace(found, head=data)
        head = Head(found.head, found.encoding)
    return head, found


def _recognize(source: Source, found: Scan, forced: str | None, mappings: Sequence[Mapping]) -> Surveyed:
    head, found = _head_of(source, found)
    report = SourceReport(
        name=source.name, origin=source.origin, sha256=found.sha256, size=found.size, encoding=found.encoding.codec,
        decisions=[*source.notes, f"Encoding {found.encoding.codec}: {found.encoding.why}."], warnings=list(source.warnings),
    )  # fmt: skip
    surveyed = Surveyed(report=report, source=source, scan=found)
    answers = _answers(head, forced, mappings)
    if len(answers) == 1:
        surveyed.format, detection, surveyed.mapping = answers[0]
        report.format, report.title, report.variant = (
            surveyed.format,
            parser_class(surveyed.format).title,
            printable(detection.variant),
        )
        report.decisions.append(f"Format: {printable(detection.why)}.")
        if found.zeros is not None:
            report.warnings.append(_LOST.format(found.zeros))
        return surveyed
    if answers:
        reason = _undecided(answers)
        issue = Issue(code=Code.TWO_FORMATS, source_file=source.name, reason=reason)
    else:
        look = look_at(head)
        code = Code.NO_EXPORT if look.plainly_none else look.code
        words = look.words
        if not look.plainly_none:
            words += "".join(f" The map {one.name!r} does not fit: {why_not(head, one)}." for one in mappings)
        issue = Issue(code=code, source_file=source.name, reason=printable(words))
    report.status = "skipped" if issue.code is Code.NO_EXPORT else "unread"
    report.warnings.append(issue.reason)
    surveyed.issue = issue
    return surveyed
