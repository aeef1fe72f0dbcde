"""Writing the manifest."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from m365timeline.schemas.manifest import Consulted, Input, Manifest, ManifestTotals, Output, Tool
from m365timeline.schemas.report import RunReport, SourceReport
from m365timeline.writers.jsonl_file import iso_utc
from m365timeline.writers.publish import Published


def make_manifest(
    tool: Tool,
    arguments: dict[str, Any],
    started: datetime,
    report: RunReport,
    outputs: list[Published],
    exit_code: int,
    consulted: list[Consulted],
) -> Manifest:
    """Put a run's facts together."""
    return Manifest(
        tool=tool,
        arguments=arguments,
        folder=str(Path.cwd()),
        started=iso_utc(started),
        finished=iso_utc(datetime.now(UTC)),
        inputs=[_input(source) for source in report.sources],
        totals=ManifestTotals(**{name: getattr(report.totals, name) for name in report.totals.__struct_fields__}),
        consulted=consulted,
        outputs=[Output(path=item.path, sha256=item.sha256, bytes=item.size, rows=item.rows) for item in outputs],
        exit_code=exit_code,
    )


def _input(source: SourceReport) -> Input:
    return Input(
        path=source.name, origin=source.origin, chain=source.name.split("!")[1:], status=source.status, sha256=source.sha256, bytes=source.size,
        format=source.format, encoding=source.encoding, records=source.records, converted=source.converted, rejected=source.rejected,
        events=source.events, duplicates=source.duplicates, first_time=_iso(source.first_time), last_time=_iso(source.last_time),
        decisions=source.decisions, warnings=source.warnings, bytes_by_kind=source.bytes_by_kind, origin_sha256=source.origin_sha256,
    )  # fmt: skip


def _iso(us: int | None) -> str | None:
    return (
        None
        if us is None
        else iso_utc(datetime.fromtimestamp(us // 1_000_000, UTC).replace(microsecond=us % 1_000_000))
    )


def encode_manifest(manifest: Manifest) -> bytes:
    """The manifest as indented JSON."""
    return manifest.model_dump_json(indent=2).encode() + b"\n"
