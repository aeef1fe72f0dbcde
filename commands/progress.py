"""What is going on, on one line of a terminal."""

import signal
import time
from typing import ClassVar

import click

from m365timeline.commands.signals import listen


class Progress:
    """One line on a terminal: stage, share done, rate, time left. Silent elsewhere."""

    publishing: ClassVar[bool] = False  # outputs are being put in their place, or stand there

    def __init__(self, *, shown: bool) -> None:
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
