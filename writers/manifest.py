"""Writing the manifest."""

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, BinaryIO

from m365timeline import __version__
from m365timeline.schemas.manifest import Input, Manifest, ManifestTotals, Output, Tool
from m365timeline.schemas.report import RunReport, SourceReport
from m365timeline.writers.jsonl_file import iso_utc
from m365timeline.writers.publish import Published

_LIBRARIES = ("click", "duckdb", "lxml", "msgspec", "openpyxl", "pandas", "pyarrow", "pydantic", "python-dateutil")


def make_manifest(arguments: dict[str, Any], started: datetime, report: RunReport, outputs: list[Published], exit_code: int) -> Manifest:
    """Put a run's facts together."""
    return Manifest(
        tool=Tool(
            name="m365timeline",
            version=__version__,
            python=platform.python_version(),
            system=platform.platform(),
            libraries={name: version(name) for name in _LIBRARIES},
        ),
        arguments=arguments,
        started=iso_utc(started),
        finished=iso_utc(datetime.now(UTC)),
        inputs=[_input(source) for source in report.sources],
        totals=ManifestTotals(**{name: getattr(report.totals, name) for name in report.totals.__struct_fields__}),
        outputs=[Output(path=item.path, sha256=item.sha256, bytes=item.size, rows=item.rows) for item in outputs],
        exit_code=exit_code,
    )


def _input(source: SourceReport) -> Input:
    return Input(
        path=source.name, origin=source.origin, chain=source.name.split("!")[1:], status=source.status, sha256=source.sha256, bytes=source.size,
        format=source.format, encoding=source.encoding, records=source.records, converted=source.converted, rejected=source.rejected,
        events=source.events, duplicates=source.duplicates, first_time=_iso(source.first_time), last_time=_iso(source.last_time),
        decisions=source.decisions, warnings=source.warnings,
    )  # fmt: skip


def _iso(us: int | None) -> str | None:
    return None if us is None else iso_utc(datetime.fromtimestamp(us // 1_000_000, UTC).replace(microsecond=us % 1_000_000))


def write_manifest(stream: BinaryIO, manifest: Manifest) -> None:
    """Write it as indented JSON."""
    stream.write(manifest.model_dump_json(indent=2).encode() + b"\n")
