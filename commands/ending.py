"""How a command ends: the exit codes, and every failure in a sentence."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click

from m365timeline.commands.progress import Progress
from m365timeline.writers.console import describe_sources, plain

COMPLETE, USAGE, INCOMPLETE, FAILED, INTERRUPTED = 0, 2, 3, 4, 130


def outputs_in_words() -> str:
    """What stands of the outputs when a run ends in a way nobody foresaw."""
    if Progress.publishing:
        return "outputs that stand are whole, and the set is complete if its manifest stands too"
    return "no output was written"


def say(text: str) -> None:
    """Print to standard output. A reader that has gone away (``| head``) changes nothing about what was done."""
    try:
        click.echo(text)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def stop(code: int, message: str) -> NoReturn:
    """End with an exit code and a sentence."""
    click.echo(f"Error: {message}", err=True)
    sys.exit(code)


@contextmanager
def explained(progress: Progress) -> Iterator[None]:
    """Every way a conversion can fail, in a sentence and an exit code."""
    from m365timeline.pipeline.convert import NothingReadableError
    from m365timeline.schemas.failure import FailedError

    try:
        yield
    except NothingReadableError as nothing:
        progress.clear()
        click.echo("\n".join(describe_sources(nothing.report.sources)), err=True)
        stop(
            USAGE,
            "None of the inputs holds records that can be read; no output was written. `m365timeline formats` lists what can be read.",
        )
    except FailedError as failure:
        stop(FAILED, plain(failure.sentence()))
    except OSError as error:
        stop(
            FAILED,
            f"{_in_words(error)}; no output was written. Check free space, rights and whether the file is open elsewhere.",
        )


def _in_words(error: OSError) -> str:
    words = error.strerror or str(error).partition("\n")[0]
    return plain(f"{error.filename}: {words}" if error.filename else words)
