"""Does this installation do here what it did where it was released? The samples shipped with it are converted and compared.

Compared is what outputs say, not how a library packs it: a Parquet file as the JSON lines of its rows, a workbook as the XML
of its parts. Compression differs between machines without anything being wrong.
"""

import hashlib
import zipfile
from pathlib import Path
from typing import IO

import msgspec

from m365timeline.pipeline.convert import convert
from m365timeline.pipeline.gather import Progress
from m365timeline.schemas.request import Request
from m365timeline.writers.workspace import Workspace

SAMPLES = Path(__file__).resolve().parents[1] / "sample_exports"
GOLDEN = Path(__file__).with_suffix(".json")
# The folders of samples that ship with the program; pyproject.toml lists the same.
FOLDERS = (
    "admin_audit_xml", "mailbox_audit_xml", "message_trace_csv", "message_trace_detail_csv", "message_trace_extended",
    "message_trace_summary", "unified_audit_csv",
)  # fmt: skip
OUTPUTS = ("selftest.jsonl", "selftest.csv", "selftest.parquet", "selftest.xlsx")


class Expected(msgspec.Struct, kw_only=True):
    """What the released program made of the samples: records read, rows written, a hash of what each output says."""

    records: int
    timeline: int
    outputs: dict[str, str]


class Comparison(msgspec.Struct, kw_only=True):
    """Of one figure or output: what it was when this version was released, and what it is here."""

    name: str
    expected: str
    found: str

    @property
    def same(self) -> bool:
        """Whether this installation does what it should."""
        return self.expected == self.found


def selftest(folder: Path, progress: Progress) -> list[Comparison]:
    """Convert the shipped samples in a temporary folder in ``folder`` and compare. Raises what convert raises, and OSError."""
    expected = msgspec.json.decode(GOLDEN.read_bytes(), type=Expected)
    found = measure(folder, progress)
    pairs = [
        ("records read", str(expected.records), str(found.records)),
        ("events on the timeline", str(expected.timeline), str(found.timeline)),
        *((name, expected.outputs.get(name, "none"), found.outputs[name]) for name in OUTPUTS),
    ]
    return [Comparison(name=name, expected=then, found=now) for name, then, now in pairs]


def measure(folder: Path, progress: Progress) -> Expected:
    """Convert the shipped samples and say what came out; nothing stays in ``folder``. Raises as :func:`selftest`."""
    with Workspace(folder) as workspace:
        paths = {name: workspace.folder / name for name in OUTPUTS}
        outcome = convert(
            Request(
                inputs=[str(SAMPLES / name) for name in FOLDERS], outputs=list(paths.values()), zone="Europe/London", jobs=1
            ),
            progress,
        )  # fmt: skip
        hashes = {name: _say(path) for name, path in paths.items()}
    totals = outcome.report.totals
    return Expected(records=totals.records, timeline=totals.timeline, outputs=hashes)


def _say(path: Path) -> str:
    """SHA-256 of what an output says."""
    digest = hashlib.sha256()
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as parts:
            for name in sorted(parts.namelist()):
                digest.update(f"{name}\0".encode())
                with parts.open(name) as part:
                    _feed(digest, part)
    elif path.suffix == ".parquet":
        import pyarrow.parquet as pq

        from m365timeline.writers.jsonl_file import JsonlWriter

        lines = path.with_suffix(".lines")
        with lines.open("wb") as stream:
            writer = JsonlWriter(stream)
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(columns=list(writer.columns)):
                    writer.write(batch)
            writer.close()
        with lines.open("rb") as stream:
            _feed(digest, stream)
    else:
        with path.open("rb") as stream:
            _feed(digest, stream)
    return digest.hexdigest()


def _feed(digest: "hashlib._Hash", stream: IO[bytes]) -> None:
    while block := stream.read(1 << 20):
        digest.update(block)
