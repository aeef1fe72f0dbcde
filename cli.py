"""The command line: arguments in, exit code out. Nothing else prints, and nothing else imports click."""

import os
import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from m365timeline import __version__
from m365timeline.sources.labels import printable, restored
from m365timeline.writers.console import describe_outcome, describe_sources, describe_warnings, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from m365timeline.schemas.manifest import Manifest
    from m365timeline.schemas.request import Request

COMPLETE, USAGE, INCOMPLETE, FAILED, INTERRUPTED = 0, 2, 3, 4, 130
_EXTENSIONS = (".xlsx", ".csv", ".jsonl", ".parquet")
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
inputs_argument = click.argument(
    "inputs", nargs=-1, required=True, metavar="INPUT...", type=click.Path(allow_dash=True)
)


@click.group(context_settings=_SETTINGS)
@click.version_option(__version__, prog_name="m365timeline")
def cli() -> None:
    """Turn Microsoft 365 and Exchange audit exports into one timeline, offline.

    Reads mailbox-audit and admin-audit SearchResult.xml, unified-audit-log CSVs and message traces, alone or in
    folders and archives; writes an Excel timeline, CSV, JSON Lines and Parquet. Sources are opened read-only, every
    record is accounted for, and nothing is ever sent anywhere.

    \b
    Begin with:
      m365timeline identify  DELIVERY/          what is each file?
      m365timeline convert   DELIVERY/ -o case.xlsx
    """  # noqa: D301 (click reads the backslash-b)


@cli.command()
@inputs_argument
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to write: .xlsx, .csv, .jsonl or .parquet; the extension decides. May be given several times.",
)
@click.option(
    "--timezone", "zone", metavar="ZONE", help="Case zone, shown beside UTC in the workbook, e.g. Europe/Berlin."
)
@click.option(
    "--source-timezone",
    "source_zone",
    metavar="ZONE",
    help="Zone of exports that do not say theirs (and are not UTC by specification).",
)
@click.option(
    "--date-order", type=click.Choice(["dmy", "mdy"]), help="Day or month first, for files whose dates do not prove it."
)
@click.option(
    "--since",
    metavar="TIME",
    help="Only events from this time on: 2024-03-01 or 2024-03-01T09:00:00+01:00; UTC where no offset is given.",
)
@click.option("--until", metavar="TIME", help="Only events before this time.")
@click.option(
    "--user",
    "users",
    multiple=True,
    metavar="NAME",
    help="Only what this actor did; * is a wildcard. May be given several times, like the next three.",
)
@click.option(
    "--mailbox",
    "mailboxes",
    multiple=True,
    metavar="NAME",
    help="Only what touches this mailbox, or mail from or to it.",
)
@click.option(
    "--ip", "addresses", multiple=True, metavar="ADDRESS", help="Only from this address or network (192.0.2.0/24)."
)
@click.option(
    "--operation",
    "operations",
    multiple=True,
    metavar="NAME",
    help="Only this operation, e.g. MailItemsAccessed or '*InboxRule'.",
)
@click.option(
    "--format",
    "format_name",
    metavar="NAME",
    help="Read every input as this format, whatever detection says (see `formats`).",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=lambda: os.cpu_count() or 1,
    show_default="all cores",
    help="Worker processes. The result is the same for any number.",
)
@click.option(
    "--case",
    "case",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Keep what was read in this folder; a later run reads only what is new.",
)
@click.option(
    "--manifest",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where the audit trail goes. Default: first output's name + .manifest.json",
)
@click.option("--force", is_flag=True, help="Replace outputs that exist.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def convert(**options: Any) -> None:
    """Read exports and write one timeline.

    INPUT is any number of files, folders (read with everything below them) and archives (.zip, .gz); - reads standard
    input. What each file is, is decided by its content.

    Outputs appear whole or not at all, and never replace a file without --force. Beside the first one a manifest is
    written: hashes of everything read and written, every decision, every figure.

    \b
    Exit codes:
      0    complete
      3    outputs written, but something was rejected or a file was not recognized
      2    wrong usage, or nothing readable; no output
      4    internal error, or an output could not be written; no output
      130  interrupted; no output

    \b
    Examples:
      m365timeline convert SearchResult.xml -o mailbox.xlsx
      m365timeline convert DELIVERY/ -o case.xlsx -o case.jsonl --timezone Europe/Vienna
      m365timeline convert AuditLog.csv -o amy.xlsx --mailbox amy@contoso.com --since 2024-03-01
      zcat big.csv.gz | m365timeline convert - -o big.parquet
    """  # noqa: D301 (click reads the backslash-b)
    request = _request(options)
    from m365timeline.pipeline.convert import convert as run

    progress = _Progress(shown=sys.stderr.isatty() and not options["quiet"])
    with _explained(progress):
        outcome = run(request, progress)
    progress.clear()
    if not options["quiet"]:
        for line in describe_warnings(outcome.report):
            click.echo(line, err=True)
        click.echo(
            "\n".join(
                describe_outcome(
                    outcome.report, [*(item.path for item in outcome.outputs), str(outcome.manifest)], outcome.notes
                )
            )
        )
    sys.exit(outcome.exit_code)


@contextmanager
def _explained(progress: "_Progress") -> "Iterator[None]":
    """Every way a conversion can fail, in a sentence and an exit code."""
    from m365timeline.pipeline.convert import NothingReadableError
    from m365timeline.schemas.failure import FailedError

    try:
        yield
    except NothingReadableError as nothing:
        progress.clear()
        click.echo("\n".join(describe_sources(nothing.report.sources)), err=True)
        _stop(
            USAGE,
            "None of the inputs holds records that can be read; no output was written. `m365timeline formats` lists what can be read.",
        )
    except FailedError as failure:
        _stop(FAILED, plain(failure.sentence()))
    except OSError as error:
        _stop(
            FAILED,
            f"{_in_words(error)}; no output was written. Check free space, rights and whether the file is open elsewhere.",
        )


def _in_words(error: OSError) -> str:
    words = error.strerror or str(error).partition("\n")[0]
    return plain(f"{error.filename}: {words}" if error.filename else words)


def _request(options: dict[str, Any], *, checked: bool = True) -> "Request":
    """Check the options and put them together; wrong ones end the run with a sentence and exit code 2.

    ``checked`` is given up for a repetition, which writes elsewhere.
    """
    from m365timeline.parsers import FORMATS
    from m365timeline.schemas.request import Request
    from m365timeline.schemas.scope import Scope

    outputs = list(options["outputs"])
    if checked:
        _check_paths(list(options["inputs"]), outputs, options["manifest"], options["case"], force=options["force"])
    for name in ("zone", "source_zone"):
        _check_zone(options[name])
    if options["format_name"] is not None and options["format_name"] not in FORMATS:
        raise click.UsageError(f"There is no format {options['format_name']!r}. Formats: {', '.join(FORMATS)}.")
    _check_addresses(options["addresses"])
    scope = Scope(
        since=_moment("--since", options["since"]), until=_moment("--until", options["until"]), users=options["users"],
        mailboxes=options["mailboxes"], addresses=options["addresses"], operations=options["operations"],
    )  # fmt: skip
    return Request(
        inputs=list(options["inputs"]), outputs=outputs, manifest=options["manifest"], zone=options["zone"], source_zone=options["source_zone"],
        date_order=options["date_order"], scope=scope, format=options["format_name"], jobs=options["jobs"], case=options["case"], force=options["force"],
        arguments={name: _recorded(value) for name, value in options.items() if value not in {None, (), False}},
    )  # fmt: skip


def _recorded(value: Any) -> Any:
    """An option as it stands in the manifest: names that are no UTF-8 are escaped, and restored when they are used again."""
    if isinstance(value, (tuple, list)):
        return [_recorded(item) for item in value]
    return printable(str(value)) if isinstance(value, (str, Path)) else value


def _restored(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_restored(item) for item in value)
    return restored(value) if isinstance(value, str) else value


def _check_paths(
    inputs: list[str], outputs: list[Path], manifest: Path | None, case: Path | None, *, force: bool
) -> None:
    from m365timeline.schemas.request import Request

    for text in inputs:
        if text != "-" and not Path(text).exists():
            raise click.UsageError(f"There is no file or folder {plain(text)!r}.")
    request = Request(inputs=inputs, outputs=outputs, manifest=manifest)
    targets = [*outputs, request.manifest_path, request.rejects_path]
    resolved = [target.resolve() for target in targets]
    if len(set(resolved)) != len(resolved):
        raise click.UsageError("Two outputs have the same name.")
    sources = [Path(text).resolve() for text in inputs if text != "-"]
    if case is not None and any(_overlap(case.resolve(), source) for source in sources):
        raise click.UsageError(
            f"The case folder {plain(str(case))!r} and an input lie in each other. Evidence is never written to: choose another folder."
        )
    for target, real in zip(targets, resolved, strict=True):
        if target in outputs and target.suffix.lower() not in _EXTENSIONS:
            raise click.UsageError(
                f"{plain(str(target))!r}: the extension says what to write; use one of {', '.join(_EXTENSIONS)}."
            )
        if not real.parent.is_dir():
            raise click.UsageError(f"The folder {plain(str(target.parent))!r} does not exist.")
        if any(real == source or source in real.parents for source in sources):
            raise click.UsageError(
                f"{plain(str(target))!r} is, or lies inside, an input. Evidence is never written to: choose another folder."
            )
        if real.is_dir():
            raise click.UsageError(f"{plain(str(target))!r} is a folder. Give the name of a file.")
        if target.exists() and not force:
            raise click.UsageError(f"{plain(str(target))!r} exists. Choose another name, or replace it with --force.")


def _overlap(one: Path, other: Path) -> bool:
    return one == other or one in other.parents or other in one.parents


def _check_zone(name: str | None) -> None:
    if name is None:
        return
    from m365timeline.schemas.zones import zone_named

    if zone_named(name) is None:
        raise click.UsageError(
            f"There is no time zone {plain(name)!r}. Use a name such as Europe/Berlin, America/New_York or UTC."
        )


def _check_addresses(addresses: tuple[str, ...]) -> None:
    import ipaddress

    for text in addresses:
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise click.UsageError(
                f"{plain(text)!r} is no address or network. Examples: 192.0.2.7, 192.0.2.0/24, 2001:db8::/32."
            ) from None


def _moment(option: str, text: str | None) -> int | None:
    if text is None:
        return None
    from m365timeline.normalizers.times import parse_iso

    moment = parse_iso(text) or parse_iso(f"{text}T00:00:00")
    if moment is None:
        raise click.UsageError(
            f"{option} {plain(text)!r} is no time. Examples: 2024-03-01, 2024-03-01T09:00:00, 2024-03-01T09:00:00+01:00."
        )
    return moment.us


@cli.command()
@inputs_argument
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.option("--source-timezone", "source_zone", metavar="ZONE", help="Zone of exports that do not say theirs.")
def identify(inputs: tuple[str, ...], as_json: bool, source_zone: str | None) -> None:
    """Say what each file is, and why; nothing is converted.

    Shows format and variant, encoding and the evidence for it, number of records, first and last time, and what an
    analyst should know (rows missing, limits reached, dates that can be read two ways).
    """
    for text in inputs:
        if text != "-" and not Path(text).exists():
            raise click.UsageError(f"There is no file or folder {plain(text)!r}.")
    _check_zone(source_zone)
    from m365timeline.pipeline.inspect import identify as run

    try:
        sources = run(list(inputs), source_zone)
    except OSError as error:
        _stop(FAILED, f"{plain(str(error.filename or ''))} {error.strerror or error}")
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(sources), indent=2))
    else:
        click.echo("\n".join(describe_sources(sources)))
    sys.exit(INCOMPLETE if any(source.status == "unread" for source in sources) else COMPLETE)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def formats(as_json: bool) -> None:
    """List what can be read, where an investigator gets it, and what is known of its limits."""
    from m365timeline.parsers import FORMATS, parser_class

    rows = [
        {
            name: str(getattr(parser_class(format_name), name))
            for name in ("name", "title", "origin", "marks", "time_basis", "limits")
        }
        for format_name in FORMATS
    ]
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(rows), indent=2))
        return
    words = {"origin": "from", "marks": "marked by", "time_basis": "times", "limits": "limits"}
    for row in rows:
        click.echo(f"{row['name']}: {row['title']}")
        for key, word in words.items():
            click.echo(
                click.wrap_text(f"{word}: {row[key]}", width=100, initial_indent="    ", subsequent_indent="        ")
            )


@cli.command()
@click.option("--json-schema", "as_json_schema", is_flag=True, help="Print a JSON Schema of the JSONL output.")
def schema(as_json_schema: bool) -> None:
    """Print the fields of an event, in the order of the CSV and Parquet columns."""
    from m365timeline.schemas.event import field_rows, json_schema

    if as_json_schema:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(json_schema()), indent=2))
        return
    group = ""
    for row in field_rows():
        if row["group"] != group:
            group = row["group"]
            click.echo(f"\n{group}")
        click.echo(f"  {row['name']} ({row['type']})")
        click.echo(click.wrap_text(row["description"], width=100, initial_indent="      ", subsequent_indent="      "))


@cli.command()
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


@cli.command()
@click.argument("manifest", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("event_id")
@click.option("--raw", "raw_only", is_flag=True, help="Write only the source bytes, unchanged, to standard output.")
def show(manifest: Path, event_id: str, raw_only: bool) -> None:
    """Print the exact source bytes behind an event.

    The inputs of the manifest are opened again (archives too) and must still hash as recorded.
    """
    from m365timeline.pipeline.inspect import BadManifestError, NotFoundError
    from m365timeline.pipeline.inspect import show as run

    try:
        found = run(manifest, event_id)
    except BadManifestError as error:
        raise click.UsageError(plain(str(error))) from None
    except NotFoundError as error:
        _stop(INCOMPLETE, plain(str(error)))
    except OSError as error:
        _stop(FAILED, f"{plain(str(error.filename or ''))} {error.strerror or error}")
    for number, place in enumerate(found):
        if raw_only:
            if number == 0:
                sys.stdout.buffer.write(place.data)
            continue
        click.echo(
            f"{plain(place.name)}  record {place.record}, line {place.line}, bytes {place.offset}–{place.offset + place.length}, sha256 {place.sha256}"
        )
        click.echo("\n".join(plain(line) for line in place.text.splitlines()))


@cli.command()
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
        _stop(INCOMPLETE, f"{plain(missing)} is no longer there; the run cannot be repeated.")
    progress = _Progress(shown=sys.stderr.isatty() and not quiet)
    with _explained(progress):
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
    if "-" in recorded["inputs"]:
        raise BadManifestError(
            "The run read standard input, which cannot be read again. Convert the file itself, and that can be repeated."
        )
    options: dict[str, Any] = {
        parameter.name: () if parameter.multiple else None
        for parameter in convert.params
        if isinstance(parameter, click.Option) and parameter.name
    }
    options |= {name: _restored(value) for name, value in recorded.items()}
    base = Path(manifest.folder)
    options |= {
        "inputs": tuple(str(base / text) for text in options["inputs"]), "outputs": tuple(base / text for text in options["outputs"]),
        "manifest": None, "case": None, "force": True, "jobs": recorded.get("jobs") or 1,
    }  # fmt: skip
    return _request(options, checked=False)


def _describe_finding(kind: str, name: str, words: str) -> str:
    return f"{'CHANGED' if words else 'same   '}  {kind:<6}  {plain(name)}" + (
        f"\n         {plain(words)}" if words else ""
    )


class _Progress:
    """One line on a terminal: stage, share done, rate, time left. Silent elsewhere."""

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown
        self._name, self._unit = "", ""
        self._total: int | None = None
        self._done, self._begun, self._drawn = 0, 0.0, 0.0

    def stage(self, name: str, total: int | None, unit: str) -> None:
        """A new stage begins. Once outputs are put in their place, an interruption would come too late."""
        if name == "Publishing":
            _listen(signal.SIG_IGN)
        self._name, self._total, self._unit = name, total, unit
        self._done, self._begun, self._drawn = 0, time.monotonic(), 0.0

    def advance(self, amount: int) -> None:
        """Draw, at most ten times a second."""
        self._done += amount
        now = time.monotonic()
        if not self._shown or now - self._drawn < 0.1:
            return
        self._drawn = now
        rate = self._done / max(now - self._begun, 0.001)
        scale, unit = (1 << 20, "MB") if self._unit == "bytes" else (1, self._unit)
        text = f"{self._name} {self._done / scale:,.0f}"
        if self._total:
            text += f" of {self._total / scale:,.0f} {unit}, {rate / scale:,.0f} a second, {max(self._total - self._done, 0) / max(rate, 1):.0f} s left"
        else:
            text += f" {unit}, {rate / scale:,.0f} a second"
        click.echo(f"\r\x1b[K{text}", nl=False, err=True)

    def clear(self) -> None:
        """Leave an empty line."""
        if self._shown:
            click.echo("\r\x1b[K", nl=False, err=True)


def _stop(code: int, message: str) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    sys.exit(code)


def _listen(action: Any) -> None:
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # nohup stays nohup
            signal.signal(number, action)


class _InterruptedError(KeyboardInterrupt):
    """An interruption of its own class: on the plain one, Python may end the process by a signal instead of our exit code."""


def _on_signal(_number: int, _frame: Any) -> None:
    """The first interruption ends the run; a second one must not disturb the tidying up."""
    _listen(signal.SIG_IGN)
    raise _InterruptedError


def _on_bug(kind: type[BaseException], error: BaseException, trace: "TracebackType | None") -> None:
    """What nobody foresaw: say where, as one who can mend it needs it, and end with the code for it."""
    import traceback

    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(trace)[-4:]]
    click.echo(
        f"Error: internal error: {kind.__name__}: {plain(str(error))[:500]} ({' > '.join(places)}); no output was written. This is a defect of m365timeline: please report it.",
        err=True,
    )
    sys.stderr.flush()
    os._exit(FAILED)


def main() -> None:
    """Entry point: Ctrl-C, SIGTERM and a closed console end the run with exit code 130 and leave nothing behind."""
    _listen(_on_signal)
    sys.excepthook = _on_bug
    run: Callable[..., Any] = cli.main
    try:
        run(standalone_mode=False, prog_name="m365timeline")
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE)
    except (click.Abort, KeyboardInterrupt):
        _stop(INTERRUPTED, "Interrupted; no output was written.")
