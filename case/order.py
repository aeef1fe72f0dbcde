"""Reading wide rows in timeline order, in bounded memory.

The order is known from narrow keys, so nothing wide is ever sorted as a whole. Each segment is read once. Where segments
follow one another on the timeline, as they do in exports sorted by time, only those that overlap are in memory at once.
Where too many overlap, rows are dealt out to temporary files first, each a stretch of the timeline that fits in memory.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc

from m365timeline.schemas.arrow import arrow_type

_AT_ONCE = 32 << 20  # bytes of overlapping segments in memory
_BUCKET_BYTES = 12 << 20
_MOST_BUCKETS = 256  # files open at once
_BATCH = 4096
_HEAVY = 16 << 20  # bytes of a batch, where its rows have
_HUGE = 16 << 10  # bytes and more each: such a batch has fewer rows


class Stretch(Protocol):
    """The rows of one segment that are on the timeline, between two positions (from 0, ``stop`` is the last plus 1)."""

    start: int
    stop: int

    def size(self, columns: Sequence[str]) -> int:
        """Roughly how many bytes its rows take in memory."""

    def read(self, columns: Sequence[str]) -> Any:
        """Its rows as a table of ``columns`` and ``position``, in any order."""

    def pieces(self, columns: Sequence[str]) -> Iterator[Any]:
        """The same rows as tables that need not be in memory together."""


def in_order(stretches: Sequence[Stretch], columns: Sequence[str], folder: Path) -> Iterator[Any]:
    """Yield record batches of ``columns`` in order. ``stretches`` come in the order of their first rows."""
    sizes = [stretch.size(columns) for stretch in stretches]
    if _widest(stretches, sizes) <= _AT_ONCE:
        pieces = _sweep(stretches, columns)
    else:
        pieces = _deal(stretches, columns, sum(sizes), folder)
    return _batches(pieces, columns)


def _widest(stretches: Sequence[Stretch], sizes: Sequence[int]) -> int:
    """The most bytes of stretches that overlap at any position."""
    changes = [(stretch.start, size) for stretch, size in zip(stretches, sizes, strict=True)]
    changes += [(stretch.stop, -size) for stretch, size in zip(stretches, sizes, strict=True)]
    most = now = 0
    for _, change in sorted(changes):  # at the same position, what ends comes before what begins
        now += change
        most = max(most, now)
    return most


def _sweep(stretches: Sequence[Stretch], columns: Sequence[str]) -> Iterator[Any]:
    """Tables in order, each sorted: what no segment still to be read comes before is handed out."""
    waiting: list[Any] = []
    for number, stretch in enumerate(stretches):
        waiting.append(_sorted(stretch.read(columns)))
        following = stretches[number + 1].start if number + 1 < len(stretches) else stretch.stop
        last = number + 1 == len(stretches)
        ready, rest = [], []
        for table in waiting:
            count = len(table) if last else _before(table, following)
            ready.append(table.slice(0, count))
            rest.append(table.slice(count))
        waiting = [table for table in rest if len(table)]
        found = [table for table in ready if len(table)]
        if found:
            yield found[0] if len(found) == 1 else _sorted(pa.concat_tables(found))


def _before(table: Any, position: int) -> int:
    """How many rows of a sorted table stand before ``position``."""
    return int(pc.sum(pc.less(table.column("position"), position)).as_py())


def _deal(stretches: Sequence[Stretch], columns: Sequence[str], size: int, folder: Path) -> Iterator[Any]:
    """As :func:`_sweep`, by way of temporary files."""
    rows = max(stretch.stop for stretch in stretches)
    height = max(1, -(-rows // min(max(1, -(-size // _BUCKET_BYTES)), _MOST_BUCKETS)))
    with _Buckets(folder, columns) as files:
        for stretch in stretches:
            for piece in stretch.pieces(columns):
                files.deal(_sorted(piece), height)
        for bucket in range(-(-rows // height)):
            tables = files.take(bucket)
            if tables:
                yield _sorted(pa.concat_tables(tables))


def _sorted(table: Any) -> Any:
    positions = table.column("position")
    if pc.all(pc.greater(positions.slice(1), positions.slice(0, len(positions) - 1)), min_count=0).as_py():
        return table
    return table.take(pc.sort_indices(table, sort_keys=[("position", "ascending")]))


def _batches(tables: Iterator[Any], columns: Sequence[str]) -> Iterator[Any]:
    """Cut and join tables to batches of ``_BATCH`` rows, or fewer where these are huge."""
    waiting: list[Any] = []
    count = size = 0
    for whole in tables:
        for table in _light(whole.select(list(columns))):
            if waiting and _is_heavy(size + table.nbytes, count + len(table)):
                yield from pa.concat_tables(waiting).combine_chunks().to_batches()
                waiting, count, size = [], 0, 0
            rest = table
            while count + len(rest) >= _BATCH:
                waiting.append(rest.slice(0, _BATCH - count))
                rest = rest.slice(_BATCH - count)
                yield from pa.concat_tables(waiting).combine_chunks().to_batches()
                waiting, count, size = [], 0, 0
            if len(rest):
                waiting.append(rest)
                count += len(rest)
                size += rest.nbytes
    if waiting:
        yield from pa.concat_tables(waiting).combine_chunks().to_batches()


def _is_heavy(size: int, rows: int) -> bool:
    return size > max(_HEAVY, rows * _HUGE)


def _light(table: Any) -> Iterator[Any]:
    """A table of huge rows in slices that are not heavy, or single rows."""
    if len(table) <= 1 or not _is_heavy(table.nbytes, len(table)):
        yield table
        return
    half = len(table) // 2
    yield from _light(table.slice(0, half))
    yield from _light(table.slice(half))


class _Buckets:
    """One temporary Arrow file a bucket."""

    def __init__(self, folder: Path, columns: Sequence[str]) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._schema = pa.schema([*((name, arrow_type(name)) for name in columns), ("position", pa.int64())])
        self._files: dict[int, Any] = {}
        self._options = pa.ipc.IpcWriteOptions(compression="lz4")

    def __enter__(self) -> Self:
        return self

    def _path(self, bucket: int) -> str:
        return str(self._folder / f"bucket-{bucket:04d}.arrow")

    def deal(self, table: Any, height: int) -> None:
        """Append each row of a sorted table to its bucket."""
        runs = pc.run_end_encode(pc.divide(table.column("position").combine_chunks(), height))
        start = 0
        for bucket, stop in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
            if bucket not in self._files:
                self._files[bucket] = pa.ipc.new_stream(self._path(bucket), self._schema, options=self._options)
            self._files[bucket].write_table(table.slice(start, stop - start))
            start = stop

    def take(self, bucket: int) -> list[Any]:
        """Read a bucket back and forget its file."""
        writer = self._files.pop(bucket, None)
        if writer is None:
            return []
        writer.close()
        path = Path(self._path(bucket))
        with pa.OSFile(str(path)) as file, pa.ipc.open_stream(file) as reader:
            table = reader.read_all()
        path.unlink()
        return [table]

    def __exit__(self, *_unused: object) -> None:
        for writer in self._files.values():
            writer.close()
