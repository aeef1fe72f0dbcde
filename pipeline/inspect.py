"""Looking without converting: what files are, whether a run's files are still the same, where an event came from."""

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from m365timeline.case.store import Case, CaseSource
from m365timeline.pipeline.consulted import hash_file
from m365timeline.pipeline.gather import case_source, decide_dates, read_all, settle_report
from m365timeline.pipeline.survey import Surveyed, survey
from m365timeline.schemas.mapping import BadMappingError, Mapping, read_mapping
from m365timeline.schemas.report import SourceReport
from m365timeline.schemas.request import Request
from m365timeline.schemas.scope import Scope
from m365timeline.schemas.words import counted
from m365timeline.sources.labels import restored
from m365timeline.sources.spool import Spool

if TYPE_CHECKING:
    from m365timeline.schemas.manifest import Manifest


class BadManifestError(Exception):
    """The file is no manifest of this program; the message says so in words."""


class NotFoundError(Exception):
    """The event is not in the sources of the manifest as they are now."""


class _Silent:
    """Progress nobody watches."""

    def stage(self, name: str, total: int | None, unit: str) -> None:
        """Nothing is drawn."""

    def advance(self, amount: int) -> None:
        """Nothing is drawn."""


def identify(inputs: list[str], source_zone: str | None, mappings: Sequence[Mapping] = ()) -> list[SourceReport]:
    """Survey and read the inputs without writing anything. Raises OSError."""
    with tempfile.TemporaryDirectory(prefix="m365timeline-") as folder, Case(Path(folder)) as case:
        request = Request(inputs=inputs, outputs=[], source_zone=source_zone, mappings=tuple(mappings))
        surveyed = list(survey(inputs, Spool(Path(folder)), None, lambda _bytes: None, mappings))
        _read_and_fold(request, surveyed, case, Path(folder))
        return [item.report for item in surveyed]


def _read_and_fold(request: Request, surveyed: list[Surveyed], case: Case, folder: Path) -> list[CaseSource]:
    read = read_all(request, surveyed, folder, folder, _Silent())
    order = list(read)
    dates = {index: decide_dates(parts, request.date_order) for index, parts in read.items()}
    sources = [case_source(surveyed[index], read[index], dates[index]) for index in order]
    case.fold(sources, Scope())
    figures = case.figures()
    for number, index in enumerate(order):
        settle_report(surveyed[index], read[index], figures.get(number), dates[index])
    return sources


class Finding(msgspec.Struct, kw_only=True):
    """One file of a manifest as it is now. ``words`` say what changed."""

    kind: str
    name: str
    same: bool
    words: str = ""


def load_manifest(path: Path) -> "Manifest":
    """Read a manifest. Raises BadManifestError."""
    from pydantic import ValidationError

    from m365timeline.schemas.manifest import Manifest

    try:
        return Manifest.model_validate_json(path.read_bytes())
    except (ValidationError, OSError) as error:
        what = (
            f"{error.error_count()} fields are not as a manifest has them"
            if isinstance(error, ValidationError)
            else error.strerror
        )
        raise BadManifestError(f"{path} is no manifest of m365timeline ({what}).") from None


def verify(path: Path) -> list[Finding]:
    """Hash everything a manifest names again: sources, the archives they came from, files that options named, outputs."""
    manifest = load_manifest(path)
    findings = [*_verify_inputs(manifest), *_verify_archives(manifest)]
    for file in manifest.consulted:
        now = hash_file(Path(manifest.folder) / restored(file.path))
        findings.append(_compare(file.option, file.path, file.sha256, file.bytes, now))
    for output in manifest.outputs:
        now = hash_file(Path(manifest.folder) / output.path) or hash_file(path.parent / Path(output.path).name)
        findings.append(_compare("output", output.path, output.sha256, output.bytes, now))
    return findings


def _verify_inputs(manifest: "Manifest") -> Iterator[Finding]:
    origins = list(dict.fromkeys(restored(item.origin) for item in manifest.inputs if item.origin not in {"", "-"}))
    present = [origin for origin in origins if Path(origin).exists()]
    now: dict[tuple[str, tuple[str, ...]], tuple[str, int]] = {}
    with tempfile.TemporaryDirectory(prefix="m365timeline-") as folder:
        for found in survey(present, Spool(Path(folder)), None, lambda _bytes: None):
            if found.source and found.scan:
                now[found.source.origin, found.source.chain] = (found.scan.sha256, found.scan.size)
    for item in manifest.inputs:
        if item.sha256:
            yield _compare("input", item.path, item.sha256, item.bytes, now.get((item.origin, tuple(item.chain))))


def _verify_archives(manifest: "Manifest") -> Iterator[Finding]:
    """An archive can change though its members have not; the hash an investigator noted is that of the archive."""
    for origin, then in {item.origin: item.origin_sha256 for item in manifest.inputs if item.origin_sha256}.items():
        now = hash_file(Path(restored(origin)))
        same = now is not None and now[0] == then
        words = "" if same else f"sha256 then {then}, now {now[0] if now else 'none: it is no longer there'}."
        yield Finding(kind="archive", name=origin, same=same, words=words)


def _compare(kind: str, name: str, sha256: str, size: int, now: tuple[str, int] | None) -> Finding:
    if now is None:
        return Finding(
            kind=kind,
            name=name,
            same=False,
            words="It is no longer there (or was standard input, which cannot be read again).",
        )
    if now == (sha256, size):
        return Finding(kind=kind, name=name, same=True)
    grown = f"{size:,} bytes then, {now[1]:,} now" if now[1] != size else "the same size, other bytes"
    return Finding(kind=kind, name=name, same=False, words=f"{grown}; sha256 then {sha256}, now {now[0]}.")


class Place(msgspec.Struct, kw_only=True):
    """The bytes behind an event. ``text`` is their decoded form."""

    name: str
    record: int
    line: int
    offset: int
    length: int
    sha256: str
    data: bytes
    text: str


def _recorded_mappings(texts: list[list[str]]) -> tuple[Mapping, ...]:
    """The maps a run used, from its manifest. Raises BadManifestError."""
    try:
        return tuple(read_mapping("\n".join(map(restored, lines))) for lines in texts)
    except BadMappingError as error:
        raise BadManifestError(f"The map in the manifest cannot be used: {error}.") from None


class Shown(msgspec.Struct):
    """Where an event stands; ``elsewhere`` are the sources that are gone or have changed, where copies may have stood too."""

    places: list[Place]
    elsewhere: list[str]


def show(path: Path, event_id: str) -> Shown:
    """Find every copy of an event in the manifest's sources that are as they were. Raises BadManifestError, NotFoundError, OSError."""
    manifest = load_manifest(path)
    arguments = manifest.arguments
    recorded = {
        (item.origin, tuple(item.chain)): item
        for item in manifest.inputs
        if item.status in {"read", "empty"} and item.origin != "-"
    }
    origins = dict.fromkeys(restored(origin) for origin, _ in recorded)
    with tempfile.TemporaryDirectory(prefix="m365timeline-") as folder, Case(Path(folder)) as case:
        request = Request(
            inputs=[origin for origin in origins if Path(origin).exists()],
            outputs=[],
            source_zone=arguments.get("source_zone"),
            date_order=arguments.get("date_order"),
            format=arguments.get("format_name"),
            mappings=_recorded_mappings(arguments.get("map_text", [])),
        )
        found = survey(request.inputs, Spool(Path(folder)), request.format, lambda _bytes: None, request.mappings)
        same: dict[str, Surveyed] = {}
        for item in found:
            then = recorded.get((item.source.origin, item.source.chain)) if item.source else None
            if then is not None and item.scan is not None and item.scan.sha256 == then.sha256:
                item.report.name = then.path
                same[then.path] = item
        _read_and_fold(request, list(same.values()), case, Path(folder))
        elsewhere = [item.path for item in recorded.values() if item.path not in same]
        places = case.places(event_id)
        if not places:
            raise NotFoundError(_not_found(event_id, len(same), elsewhere))
        return Shown(
            [_place(same[name], record, line, offset, length) for name, record, line, offset, length in places],
            elsewhere,
        )


def _not_found(event_id: str, looked: int, elsewhere: list[str]) -> str:
    words = f"No event {event_id!r} comes from the {counted(looked, 'source')} of this manifest that are as they were."
    if not elsewhere:
        return f"{words} Copy the id from the column Event id."
    more = f" and {len(elsewhere) - 1} more" if len(elsewhere) > 1 else ""
    return f"{words} {elsewhere[0]}{more} changed since the run or is no longer there; `m365timeline verify` says what changed."


def _place(surveyed: Surveyed, record: int, line: int, offset: int, length: int) -> Place:
    if surveyed.source is None or surveyed.scan is None:
        raise NotFoundError(f"{surveyed.report.name} is not a source that was read.")
    with surveyed.source.open() as stream:
        stream.seek(offset)
        data = stream.read(length)
    return Place(
        name=surveyed.report.name, record=record, line=line, offset=offset, length=length, sha256=hashlib.sha256(data).hexdigest(),
        data=data, text=surveyed.scan.encoding.decode(data),
    )  # fmt: skip
