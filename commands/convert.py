"""``convert``: exports in, one timeline out."""

import os
import sys
from pathlib import Path
from typing import Any

import click

from m365timeline.commands.ending import explained, say
from m365timeline.commands.options import inputs_argument, map_option
from m365timeline.commands.progress import Progress
from m365timeline.commands.request import make_request
from m365timeline.writers.console import describe_outcome, describe_warnings


@click.command()
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
@map_option
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
    help="Keep what was read in this folder; a later run reads only what is new, and adds it to the timeline.",
)
@click.option(
    "--manifest",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where the audit trail goes. Default: first output's name + .manifest.json",
)
@click.option("--force", is_flag=True, help="Replace outputs that exist.")
@click.option(
    "--no-analysis", is_flag=True, help="A workbook with the timeline alone: no sheet that answers a question."
)
@click.option(
    "--networks",
    "networks",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE.mmdb",
    help="A local database (MaxMind, DB-IP, IPinfo) that names country and owner of addresses. Needs the extra 'networks'.",
)
@click.option(
    "--focus",
    metavar="NAME",
    help="Whose story the Summary tells first: a mailbox, account, address or message id. Filters nothing. Default: the one --mailbox or --user.",
)
@click.option(
    "--keep-notes",
    "old_workbook",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="OLD.xlsx",
    help="Carry over tags, notes and statuses that were written into an earlier workbook.",
)
@click.option(
    "--rules",
    "rules",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    metavar="PATH",
    help="Further rules for the sheet Findings: a .toml file or a folder of them (see docs/findings.md).",
)
@click.option(
    "--sigma",
    "sigma",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    metavar="PATH",
    help="Sigma rules for Microsoft 365 and Entra: a .yml file or a folder of them. Needs the extra 'sigma'.",
)
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
    request = make_request(options)
    from m365timeline.pipeline.convert import convert as run

    progress = Progress(shown=sys.stderr.isatty() and not options["quiet"])
    with explained(progress):
        outcome = run(request, progress)
    progress.clear()
    if not options["quiet"]:
        for line in describe_warnings(outcome.report):
            click.echo(line, err=True)
        say(
            "\n".join(
                describe_outcome(
                    outcome.report, [*(item.path for item in outcome.outputs), str(outcome.manifest)], outcome.notes
                )
            )
        )
    sys.exit(outcome.exit_code)
