"""Interruptions: Ctrl-C, SIGTERM and a closed console end a run; a second one must not disturb the tidying up."""

import signal
from typing import Any


def listen(action: Any) -> None:
    """Let every signal that asks for an end lead to ``action``."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # nohup stays nohup
            signal.signal(number, action)


class InterruptedRunError(KeyboardInterrupt):
    """An interruption of its own class: on the plain one, Python may end the process by a signal instead of our exit code."""


_asked: list[int] = []  # the signal that asked for an end


def on_signal(number: int, _frame: Any) -> None:
    """The first interruption ends the run; a second one must not disturb the tidying up."""
    listen(signal.SIG_IGN)
    _asked.append(number)
    raise InterruptedRunError


def check() -> None:
    """End a run that was asked to: Python drops an exception raised while it tidies up an object or runs another's callback.

    Raises InterruptedRunError.
    """
    if _asked:
        raise InterruptedRunError
