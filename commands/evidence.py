"""``verify``, ``show``, ``reproduce``: what a third party does with a manifest."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from m365timeline.commands.convert import convert
from m365timeline.commands.ending import COMPLETE, FAILED, INCOMPLETE, explained, stop
from m365timeline.commands.progress import Progress
from m365timeline.commands.request import make_request, restored_option
from m365timeline.schemas.words import counted
from m365timeline.writers.console import plain

if TYPE_CHECKING:
    from m365timeline.schemas.manifest import Manifest
    from m365timeline.schemas.request import Request


@click.command()
@click.argument("manifest", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def verify(manifest: Path) -> None:
    """Hash the inputs and outputs of a manifest again and say what changed.

    Exit code 0: everything is as recorded. 3: something changed or is missing.
    """
    from m365timeline.pipeline.inspect import BadManifestError
    from m365timeline.pipeline.inspect import verify as run

    try:
        findings = run(manifest)
    except BadManifestError as error:
        raise click.UsageError(plain(str(error))) from None
    for finding in findings:
        click.echo(_describe_finding(finding.kind, finding.name, "" if finding.same else finding.words))
    changed = sum(not finding.same for finding in findings)
    click.echo(
        f"{len(findings)} checked, {changed} changed or missing."
        if changed
        else f"{len(findings)} checked, all as recorded."
    )
    sys.exit(INCOMPLETE if changed else COMPLETE)


@click.command()
@click.argument("manifest", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("event_id")
@click.option("--raw", "raw_only", is_flag=True, help="Write only the source bytes, unchanged, to standard output.")
def show(manifest: Path, event_id: str, raw_only: bool) -> None:
    """Print the exact source bytes behind an event.

    The inputs of the manifest are opened again (archives too); only those that still hash as recorded are looked into.
    """
    from m365timeline.pipeline.inspect import BadManifestError, NotFoundError
    from m365timeline.pipeline.inspect import show as run

    try:
        found = run(manifest, event_id)
    except BadManifestError as error:
        raise click.UsageError(plain(str(error))) from None
    except NotFoundError as error:
        stop(INCOMPLETE, plain(str(error)))
    except OSError as error:
        stop(FAILED, f"{plain(str(error.filename or ''))} {error.strerror or error}")
    for number, place in enumerate(found.places):
        if raw_only:
            if number == 0:
                sys.stdout.buffer.write(place.data)
            continue
        click.echo(
            f"{plain(place.name)}  record {place.record}, line {place.line}, bytes {place.offset}–{place.offset + place.length}, sha256 {place.sha256}"
        )
        click.echo("\n".join(plain(line) for line in re.split("\r\n|\n|\r", place.text.rstrip("\r\n"))))
    if found.elsewhere and not raw_only:
        click.echo(
            f"Not looked into, because they changed or are no longer there: {counted(len(found.elsewhere), 'source')}, of which the first is "
            f"{plain(found.elsewhere[0])}. Copies of the event may stand there too; `m365timeline verify` says what changed.",
            err=True,
        )


@click.command()
@click.argument("manifest", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--temp-dir",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where the repetition is written and compared. Default: beside the manifest. Nothing stays there.",
)
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def reproduce(manifest: Path, folder: Path | None, quiet: bool) -> None:
    """Run the conversion of a manifest again and compare the outputs, byte for byte.

    The inputs must stand where they stood. The outputs of then are not needed, and nothing is replaced.
    What is different from then (this program, Python, libraries) is listed: it may explain other bytes.

    Exit code 0: every output is the same. 3: one is not, or an input has changed.
    """
    from m365timeline.pipeline.inspect import BadManifestError, load_manifest
    from m365timeline.pipeline.reproduce import reproduce as run

    try:
        recorded = load_manifest(manifest)
        request = _recorded_request(recorded)
    except BadManifestError as error:
        raise click.UsageError(plain(str(error))) from None
    missing = next((text for text in request.inputs if not Path(text).exists()), None)
    if missing is not None:
        stop(INCOMPLETE, f"{plain(missing)} is no longer there; the run cannot be repeated.")
    progress = Progress(shown=sys.stderr.isatty() and not quiet)
    with explained(progress):
        found = run(recorded, request, folder or manifest.resolve().parent, progress)
    progress.clear()
    if not quiet:
        for finding in found.findings:
            click.echo(_describe_finding(finding.kind, finding.name, "" if finding.same else finding.words))
        click.echo(
            "\n".join(plain(f"different  {words}") for words in found.differences)
            or "Program, Python and libraries are as they were."
        )
    sys.exit(COMPLETE if found.same else INCOMPLETE)


def _recorded_request(manifest: "Manifest") -> "Request":
    """The options of a manifest, checked like those on a command line; its names are meant from the folder of then."""
    from m365timeline.pipeline.inspect import BadManifestError

    recorded: dict[str, Any] = dict(manifest.arguments)
    if not {"inputs", "outputs"} <= recorded.keys():
        raise BadManifestError("The manifest does not say how the run was called.")
    if (wrong := next((name for name, value in recorded.items() if not _as_recorded(name, value)), None)) is not None:
        raise BadManifestError(f"The manifest holds something for {wrong!r} that no run records: it was changed.")
    if "-" in recorded["inputs"]:
        raise BadManifestError(
            "The run read standard input, which cannot be read again. Convert the file itself, and that can be repeated."
        )
    options: dict[str, Any] = {
        parameter.name: () if parameter.multiple else None
        for parameter in convert.params
        if isinstance(parameter, click.Option) and parameter.name
    }
    options |= {name: restored_option(value) for name, value in recorded.items()}
    base = Path(manifest.folder)
    options |= {
        "inputs": tuple(str(base / text) for text in options["inputs"]), "outputs": tuple(base / text for text in options["outputs"]),
        "manifest": None, "case": None, "force": True, "jobs": recorded.get("jobs") or 1,
        **{name: tuple(base / text for text in options[name]) for name in ("rules", "sigma", "networks")},
        "old_workbook": base / options["old_workbook"] if options["old_workbook"] else None,
    }  # fmt: skip
    return make_request(options, checked=False)


def _as_recorded(name: str, value: Any) -> bool:
    """Whether a value of the manifest is of the kind the option has on a command line."""
    option = next((one for one in convert.params if one.name == name), None)
    if name == "map_text":
        return isinstance(value, list) and all(
            isinstance(item, list) and all(isinstance(line, str) for line in item) for item in value
        )
    if option is not None and (option.multiple or option.nargs == -1):
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    kind = bool if isinstance(option, click.Option) and option.is_flag else int if name == "jobs" else str
    return value is None or isinstance(value, kind)


def _describe_finding(kind: str, name: str, words: str) -> str:
    return f"{'CHANGED' if words else 'same   '}  {kind:<6}  {plain(name)}" + (
        f"\n         {plain(words)}" if words else ""
    )
