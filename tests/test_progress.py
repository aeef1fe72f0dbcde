"""The line on the terminal."""

import os
import pty
import subprocess
import sys

import pytest
from exports import audit_data, purview_csv

from m365timeline.commands import signals
from m365timeline.commands.progress import Progress, describe


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (("Reading", 0, 50 << 20, "bytes", 0.0), "Reading …"),
        (("Reading", 5 << 20, 50 << 20, "bytes", 0.2), "Reading 5 of 50 MB"),
        (("Reading", 5 << 20, 50 << 20, "bytes", 2.0), "Reading 5 of 50 MB, 2 a second, 0:18 left"),
        (
            ("Writing", 1000, 10_001_000, "events", 1.0),
            "Writing 1,000 of 10,001,000 events, 1,000 a second, 2:46:40 left",
        ),
        (("Hashing", 3 << 20, None, "bytes", 1.5), "Hashing 3 MB, 2 a second"),
        (("Writing", 10, 10, "events", 4.0), "Writing 10 of 10 events, 2 a second, 0:00 left"),
    ],
)
def test_a_stage_in_words(given, shown):
    assert describe(*given) == shown


def test_progress_is_drawn_on_a_terminal_and_silent_in_a_pipe(tmp_path):
    (tmp_path / "a.csv").write_bytes(purview_csv([audit_data(n) for n in range(1, 30)]))
    command = [sys.executable, "-m", "m365timeline", "convert", "a.csv", "--force", "-o", "a.jsonl"]
    piped = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    assert piped.stderr == b""
    ours, theirs = pty.openpty()
    subprocess.run(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=theirs, check=True)
    os.close(theirs)
    drawn = b""
    try:
        while block := os.read(ours, 4096):
            drawn += block
    except OSError:
        pass  # Linux says so when the other end is closed
    os.close(ours)
    assert b"Reading" in drawn
    assert b"Folding copies" in drawn
    assert drawn.endswith(b"\r\x1b[K")


def test_an_interruption_that_was_dropped_ends_the_run_at_the_next_step(monkeypatch):
    """An exception raised by a signal while Python tidies up an object goes nowhere."""

    class Tidied:
        def __del__(self):
            signals.on_signal(15, None)

    monkeypatch.setattr(signals, "_asked", [])
    monkeypatch.setattr(signals, "listen", lambda _action: None)
    monkeypatch.setattr("sys.unraisablehook", lambda _told: None)
    progress = Progress(shown=False)
    progress.advance(1)
    Tidied()
    with pytest.raises(signals.InterruptedRunError):
        progress.advance(1)
