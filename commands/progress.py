"""What is going on, on one line of a terminal."""

import signal
import time
from typing import ClassVar

import click

from m365timeline.commands.signals import check, listen

_PAUSE = 0.1  # seconds between two drawings
_SETTLED = 1.0  # seconds after which a rate says something


class Progress:
    """One line on a terminal: stage, share done, rate, time left. Silent elsewhere."""

    publishing: ClassVar[bool] = False  # outputs are being put in their place, or stand there

    def __init__(self, *, shown: bool) -> None:
        Progress.publishing = False  # a run begins; an earlier one in this process is over
        self._shown = shown
        self._name, self._unit = "", ""
        self._total: int | None = None
        self._done, self._begun, self._drawn = 0, 0.0, 0.0

    def stage(self, name: str, total: int | None, unit: str) -> None:
        """A new stage begins. Once outputs are put in their place, an interruption would come too late."""
        if name == "Publishing":
            listen(signal.SIG_IGN)
            Progress.publishing = True
        self._name, self._total, self._unit = name, total, unit
        self._done, self._begun, self._drawn = 0, time.monotonic(), 0.0
        self.advance(0)

    def advance(self, amount: int) -> None:
        """Draw, at most ten times a second; an interruption that got lost is raised again."""
        if not Progress.publishing:
            check()
        self._done += amount
        now = time.monotonic()
        if not self._shown or now - self._drawn < _PAUSE:
            return
        self._drawn = now
        text = describe(self._name, self._done, self._total, self._unit, now - self._begun)
        click.echo(f"\r\x1b[K{text}", nl=False, err=True)

    def clear(self) -> None:
        """Leave an empty line."""
        if self._shown:
            click.echo("\r\x1b[K", nl=False, err=True)


def describe(name: str, done: int, total: int | None, unit: str, seconds: float) -> str:
    """One stage in words; ``done`` and ``total`` in ``unit`` (bytes are shown as MB). Time left only once a rate is known."""
    scale, shown = (1 << 20, "MB") if unit == "bytes" else (1, unit)
    if not done:
        return f"{name} …"
    rate = done / max(seconds, 0.001)
    text = f"{name} {done / scale:,.0f}"
    if total:
        text += f" of {total / scale:,.0f}"
    text += f" {shown}"
    if seconds >= _SETTLED:
        text += f", {rate / scale:,.0f} a second"
        if total:
            text += f", {_left(max(total - done, 0) / rate)} left"
    return text


def _left(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
