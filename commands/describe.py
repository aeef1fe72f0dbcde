"""``identify``, ``formats``, ``schema``: what a file is, what can be read, what an event holds."""

import sys
from pathlib import Path

import click

from m365timeline.commands.ending import COMPLETE, FAILED, INCOMPLETE, stop
from m365timeline.commands.options import inputs_argument, map_option
from m365timeline.commands.request import check_zone, read_maps
from m365timeline.writers.console import describe_sources, plain


@click.command()
@inputs_argument
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.option("--source-timezone", "source_zone", metavar="ZONE", help="Zone of exports that do not say theirs.")
@map_option
def identify(inputs: tuple[str, ...], as_json: bool, source_zone: str | None, map_files: tuple[Path, ...]) -> None:
    """Say what each file is, and why; nothing is converted.

    Shows format and variant, encoding and the evidence for it, number of records, first and last time, and what an
    analyst should know (rows missing, limits reached, dates that can be read two ways).
    """
    for text in inputs:
        if text != "-" and not Path(text).exists():
            raise click.UsageError(f"There is no file or folder {plain(text)!r}.")
    check_zone(source_zone)
    mappings = read_maps({"map_files": map_files})
    from m365timeline.pipeline.inspect import identify as run

    try:
        sources = run(list(inputs), source_zone, mappings)
    except OSError as error:
        stop(FAILED, f"{plain(str(error.filename or ''))} {error.strerror or error}")
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(sources), indent=2))
    else:
        click.echo("\n".join(describe_sources(sources)))
    sys.exit(INCOMPLETE if any(source.status == "unread" for source in sources) else COMPLETE)


@click.command()
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


@click.command()
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
