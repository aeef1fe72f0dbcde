"""The command line: the commands joined, and what holds for all of them."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from m365timeline import __version__
from m365timeline.commands.convert import convert
from m365timeline.commands.describe import formats, identify, schema
from m365timeline.commands.ending import COMPLETE, FAILED, INTERRUPTED, USAGE, outputs_in_words
from m365timeline.commands.evidence import reproduce, show, verify
from m365timeline.commands.report import report
from m365timeline.commands.selftest import selftest
from m365timeline.commands.signals import listen, on_signal
from m365timeline.schemas.lean import leave_out_pandas
from m365timeline.writers.console import plain

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


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


for command in (convert, identify, formats, schema, verify, show, reproduce, report, selftest):
    cli.add_command(command)


def _on_bug(kind: type[BaseException], error: BaseException, trace: "TracebackType | None") -> None:
    """What nobody foresaw: say where, as one who can mend it needs it, and end with the code for it."""
    import traceback

    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(trace)[-4:]]
    click.echo(
        f"Error: internal error: {kind.__name__}: {plain(str(error))[:500]} ({' > '.join(places)}); {outputs_in_words()}. This is a defect of m365timeline: please report it.",
        err=True,
    )
    sys.stderr.flush()
    os._exit(FAILED)


def main() -> None:
    """Entry point: Ctrl-C, SIGTERM and a closed console end the run with exit code 130 and leave nothing behind."""
    listen(on_signal)
    sys.excepthook = _on_bug
    leave_out_pandas()
    run: Callable[..., Any] = cli.main
    try:
        run(standalone_mode=False, prog_name="m365timeline")
    except SystemExit as end:
        # click's answer to a reader that has gone away (| head); what was asked for had been done
        sys.exit(COMPLETE if end.code == 1 else end.code)
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Error: Interrupted; no output was written.", err=True)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(INTERRUPTED)  # everything is tidied up; at once, whatever threads of libraries still wait for
