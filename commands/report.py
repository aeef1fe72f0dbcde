"""``report``: the story of one person, address or message as a page."""

import sys
from pathlib import Path

import click

from m365timeline.commands.ending import explained
from m365timeline.commands.progress import Progress
from m365timeline.schemas.words import counted
from m365timeline.writers.console import plain


@click.command()
@click.argument("case", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--mailbox", metavar="NAME", help="Whose mailbox: an address or a name as the logs write it.")
@click.option("--user", metavar="NAME", help="Which account.")
@click.option("--ip", "address", metavar="ADDRESS", help="Which address.")
@click.option("--message", metavar="ID", help="Which message, by its internet message id or network message id.")
@click.option(
    "-o", "--output", "target", required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.html", help="Where the page goes."
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace the page if it exists.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def report(case: Path, target: Path, *, force: bool, quiet: bool, **focus: str | None) -> None:
    """Tell the story of one mailbox, account, address or message from a case (made by `convert --case DIR`).

    The page is one file: open it in any browser, print it, send it. It needs no network and contacts nobody. The exports are not
    read again.

    \b
    Example:
      m365timeline convert DELIVERY/ -o case.xlsx --case CASE/
      m365timeline report CASE/ --mailbox amy@contoso.com -o amy.html
    """  # noqa: D301 (click reads the backslash-b)
    wanted = [text for text in focus.values() if text]
    if len(wanted) != 1 or not wanted[0].strip():
        raise click.UsageError("Name one thing: --mailbox, --user, --ip or --message.")
    if target.suffix.lower() not in {".html", ".htm"}:
        raise click.UsageError(f"{plain(str(target))!r}: the page is HTML; give a name that ends in .html.")
    if not target.resolve().parent.is_dir():
        raise click.UsageError(f"The folder {plain(str(target.parent))!r} does not exist.")
    if case.resolve() in target.resolve().parents:
        raise click.UsageError(f"{plain(str(target))!r} lies inside the case. Choose another folder.")
    if target.exists() and not force:
        raise click.UsageError(f"{plain(str(target))!r} exists. Choose another name, or replace it with --force.")
    from m365timeline.pipeline.story import write_story

    progress = Progress(shown=sys.stderr.isatty() and not quiet)
    with explained(progress):
        story, outputs = write_story(case, wanted[0], target, replace=force, progress=progress)
    progress.clear()
    if not quiet:
        known = (
            f"{counted(story.events, 'event')}, {counted(len(story.sentences), 'sentence')}"
            if story.events
            else "no event of the case names it"
        )
        click.echo(plain(f"{story.focus}: {known}"))
        click.echo("\n".join(plain(f"wrote {item.path}") for item in outputs))
