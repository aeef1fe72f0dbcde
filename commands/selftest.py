"""``selftest``: whether this installation can be trusted."""

import sys
import tempfile
from pathlib import Path

import click

from m365timeline.commands.ending import COMPLETE, INCOMPLETE, explained
from m365timeline.commands.progress import Progress
from m365timeline.writers.console import plain


@click.command()
@click.option(
    "--temp-dir",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where the samples are converted and compared. Default: the system's temporary folder. Nothing stays there.",
)
def selftest(folder: Path | None) -> None:
    """Convert the built-in samples and compare with what the released program made of them.

    Run it after installing, and before relying on a machine: it takes a few seconds and needs no network.

    Exit code 0: this installation does here what it did where it was released. 3: it does not.
    """
    from m365timeline.pipeline.selftest import selftest as run
    from m365timeline.pipeline.tool import describe_tool

    tool = describe_tool()
    click.echo(f"m365timeline {tool.version}, code {tool.code_sha256}")
    click.echo(plain(f"Python {tool.python} on {tool.system}"))
    click.echo(plain(", ".join(f"{name} {version}" for name, version in sorted(tool.libraries.items()))))
    progress = Progress(shown=sys.stderr.isatty())
    with explained(progress):
        found = run(folder or Path(tempfile.gettempdir()), progress)
    progress.clear()
    for item in found:
        words = "as released" if item.same else f"released {item.expected}, here {item.found}"
        click.echo(f"{'same   ' if item.same else 'CHANGED'}  {item.name}: {words}")
    if all(item.same for item in found):
        click.echo(
            "This installation can be trusted: it reads and writes the built-in samples exactly as this version did when it was released."
        )
        sys.exit(COMPLETE)
    click.echo(
        "This installation CANNOT be trusted: it does not do what this version did when it was released. "
        "A library of another version, a changed file or a defect: install it again from the kit; if that does not help, report the lines above."
    )
    sys.exit(INCOMPLETE)
