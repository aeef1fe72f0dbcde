"""Worker processes that end with the run, whatever ends it."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context, parent_process, util

from m365timeline.case.segments import Segment
from m365timeline.pipeline.read import Part, read_part
from m365timeline.schemas.failure import FailedError
from m365timeline.schemas.lean import leave_out_pandas

_WORTH_THE_WAY = 4 << 20  # bytes
_MOST_TOGETHER = 100


class WorkerLostError(FailedError):
    """A worker process was ended by the system or by somebody; nothing is published."""

    words = "A worker process was ended by the system or by somebody, perhaps for want of memory; no output was written. Try again with --jobs 1."


@contextmanager
def pool(jobs: int) -> Iterator[Callable[[Sequence[Part]], Iterator[Segment]]]:
    """How parts are mapped to segments: in this process, or in ``jobs`` workers. Raises WorkerLostError."""
    if jobs <= 1:
        yield lambda parts: map(read_part, parts)
        return
    executor = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_serve)
    done = False
    try:
        yield lambda parts: _map(executor, parts)
        done = True
    except BrokenProcessPool as lost:
        raise WorkerLostError from lost
    finally:
        if not done:
            # All children of this process, not those the executor knows: an interruption may come while it starts one.
            for process in active_children():
                process.kill()
            # The run may end without Python's own tidying up: take back the names of semaphores, which else are told as leaked.
            util._run_finalizers(0)  # type: ignore[attr-defined]  # noqa: SLF001 (there is no public way)
        executor.shutdown(wait=done, cancel_futures=True)


def _map(executor: ProcessPoolExecutor, parts: Sequence[Part]) -> Iterator[Segment]:
    """Hand out the parts. The workers begin here, deaf to Ctrl-C from their first moment where the system allows it."""
    at_once = together(parts)
    if not hasattr(signal, "pthread_sigmask"):
        return executor.map(read_part, parts, chunksize=at_once)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return executor.map(read_part, parts, chunksize=at_once)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def together(parts: Sequence[Part]) -> int:
    """How many parts a worker is handed at once: of many small files so many that they are worth the way."""
    size = sum(part.stop - part.start for part in parts)
    return max(1, min(_MOST_TOGETHER, len(parts) * _WORTH_THE_WAY // max(size, 1)))


def _serve() -> None:
    """In a worker: leave Ctrl-C to the run itself, and end when the run is no more."""
    leave_out_pandas()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
