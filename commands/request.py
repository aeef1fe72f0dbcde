"""The options of a conversion, checked and put together; wrong ones end the run with a sentence and exit code 2."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from m365timeline.sources.labels import printable, restored
from m365timeline.writers.console import plain

if TYPE_CHECKING:
    from m365timeline.schemas.mapping import Mapping
    from m365timeline.schemas.networks import NetworkFile
    from m365timeline.schemas.notes import Notes
    from m365timeline.schemas.request import Request

EXTENSIONS = (".xlsx", ".csv", ".jsonl", ".parquet")


def make_request(options: dict[str, Any], *, checked: bool = True) -> "Request":
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
        check_zone(options[name])
    if options["format_name"] is not None and options["format_name"] not in FORMATS:
        raise click.UsageError(f"There is no format {options['format_name']!r}. Formats: {', '.join(FORMATS)}.")
    mappings = read_maps(options)
    _check_addresses(options["addresses"])
    scope = Scope(
        since=_moment("--since", options["since"]), until=_moment("--until", options["until"]), users=options["users"],
        mailboxes=options["mailboxes"], addresses=options["addresses"], operations=options["operations"],
    )  # fmt: skip
    return Request(
        inputs=list(options["inputs"]), outputs=outputs, manifest=options["manifest"], zone=options["zone"], source_zone=options["source_zone"],
        date_order=options["date_order"], scope=scope, format=options["format_name"], mappings=mappings, jobs=options["jobs"],
        case=options["case"], force=options["force"], analysis=not options["no_analysis"], networks=_read_networks(options.get("networks", ())), focus=_focus(options), notes=_read_notes(options.get("old_workbook")), rules=_checked_rules(options.get("rules", ())), sigma=_checked_sigma(options.get("sigma", ())),
        arguments={name: recorded(value) for name, value in options.items() if value not in (None, (), False)},
    )  # fmt: skip


def _read_networks(paths: tuple[Path, ...]) -> "tuple[NetworkFile, ...]":
    """The databases of networks, looked at once to say what is wrong before anything else is done."""
    if not paths:
        return ()
    from m365timeline.normalizers.networks import NoNetworksError, look_at

    found = []
    for path in paths:
        try:
            found.append(look_at(path))
        except NoNetworksError as error:
            raise click.UsageError(plain(f"{str(path)!r} cannot be used: {error}.")) from error
    return tuple(found)


def _focus(options: dict[str, Any]) -> str | None:
    """Whose story is told: who was named, else the only mailbox or account the run is about."""
    named = [*options["mailboxes"], *options["users"]]
    only = named[0] if len(named) == 1 and "*" not in named[0] else None
    return options.get("focus") or only


def _read_notes(path: Path | None) -> "Notes | None":
    """What was written into an earlier workbook; read before anything is replaced."""
    if path is None:
        return None
    from m365timeline.writers.xlsx.kept import BadNotesError, read_notes

    try:
        return read_notes(path)
    except BadNotesError as error:
        raise click.UsageError(
            plain(f"{str(path)!r} gives no notes: {error}. Name a workbook this program wrote.")
        ) from error


def _checked_rules(paths: tuple[Path, ...]) -> list[Path]:
    """The rule files and folders, read once to say what is wrong before anything else is done."""
    if paths:
        from m365timeline.analysis.rule_files import RuleFileError, read_rules

        try:
            read_rules(paths)
        except RuleFileError as error:
            raise click.UsageError(plain(str(error))) from error
        except OSError as error:
            raise click.UsageError(plain(f"{error.filename}: {error.strerror}.")) from error
    return list(paths)


def _checked_sigma(paths: tuple[Path, ...]) -> list[Path]:
    """The Sigma rules, if what reads them is installed."""
    if paths:
        from m365timeline.analysis.sigma_rules import SigmaMissingError, check_sigma

        try:
            check_sigma(paths)
        except SigmaMissingError as error:
            raise click.UsageError(f"{error}.") from error
    return list(paths)


def read_maps(options: dict[str, Any]) -> "tuple[Mapping, ...]":
    """The maps, from their files or as a manifest holds them; their texts go, line by line, into the manifest of this run."""
    from m365timeline.parsers import MAPPED

    paths: tuple[Path, ...] = options.get("map_files") or ()
    if not paths:
        if options.get("format_name") in MAPPED:
            raise click.UsageError(
                f"--format {options['format_name']} needs --map FILE: only a map says what the columns mean."
            )
        return ()
    if options.get("format_name") not in {None, *MAPPED}:
        raise click.UsageError(
            "--format and --map contradict each other: the one names a format, the other replaces it."
        )
    texts: list[list[str]] = options.get("map_text") or [_lines_of_map(path) for path in paths]
    options["map_text"] = texts
    found = tuple(_read_map(path, "\n".join(lines)) for path, lines in zip(paths, texts, strict=True))
    names = [mapping.name for mapping in found]
    if len(set(names)) < len(names):
        raise click.UsageError(
            plain(
                f"Two maps have the name {max(names, key=names.count)!r}; a name tells their records apart: change one."
            )
        )
    return found


def _lines_of_map(path: Path) -> list[str]:
    try:
        return path.read_bytes().decode("utf-8-sig").split("\n")
    except UnicodeDecodeError:
        words = "it is no UTF-8 text; save it as UTF-8"
    except OSError as error:
        words = error.strerror or str(error)
    raise click.UsageError(plain(f"The map {str(path)!r} cannot be used: {words}."))


def _read_map(path: Path, text: str) -> "Mapping":
    from m365timeline.schemas.mapping import BadMappingError, read_mapping

    try:
        return read_mapping(text)
    except BadMappingError as error:
        raise click.UsageError(plain(f"The map {str(path)!r} cannot be used: {error}.")) from None


def recorded(value: Any) -> Any:
    """An option as it stands in the manifest: names that are no UTF-8 are escaped, and restored when they are used again."""
    if isinstance(value, (tuple, list)):
        return [recorded(item) for item in value]
    return printable(str(value)) if isinstance(value, (str, Path)) else value


def restored_option(value: Any) -> Any:
    """An option of a manifest as it was on the command line; the counterpart of :func:`recorded`."""
    if isinstance(value, list):
        return tuple(restored_option(item) for item in value)
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
        if target in outputs and target.suffix.lower() not in EXTENSIONS:
            raise click.UsageError(
                f"{plain(str(target))!r}: the extension says what to write; use one of {', '.join(EXTENSIONS)}."
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


def check_zone(name: str | None) -> None:
    """Raises UsageError for a name that is no time zone."""
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
