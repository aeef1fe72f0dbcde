"""Run a command as a whole process and say what it took: seconds, CPU seconds and peak memory of all its processes."""

import os
import resource
import subprocess
import sys
import threading
from pathlib import Path
from typing import NamedTuple


class Cost(NamedTuple):
    """``cpu`` is user and system time of the command and its children; ``peak`` the most MB all of them held at once."""

    seconds: float
    cpu: float
    peak: float
    said: str


def measure(command):
    """Run a command once. Raises CalledProcessError if it fails (exit code 3 means rejected records, and is none)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = os.times().elapsed
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    peak = [0.0]
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, peak, ended))
    watcher.start()
    said, errors = process.communicate()
    ended.set()
    watcher.join()
    seconds = os.times().elapsed - begun
    if process.returncode not in {0, 3}:
        raise subprocess.CalledProcessError(process.returncode, command, said, errors)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if not peak[0]:  # no /proc here: that of the largest process so far
        peak[0] = after.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return Cost(seconds, cpu, peak[0], said.decode())


def _watch(pid, peak, ended):
    while True:
        peak[0] = max(peak[0], sum(map(_held, _tree(pid))) / 1024)
        if ended.wait(0.05):
            return


def _tree(pid):
    found = [pid]
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += _tree(int(child))
    except OSError:
        pass  # it ended meanwhile
    return found


def _held(pid):
    """kB of a process, pages it shares with others counted in parts."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
