"""Reading wide rows in timeline order, in bounded memory.

The order is known from the narrow key table. Each segment is read once, from beginning to end; its rows are dealt out to
buckets, each a contiguous stretch of the timeline small enough to be put in order in memory. Only when there is more than
one bucket do rows go through temporary files. Nothing wide is ever sorted on the disk.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc
import pyarrow.parquet as pq

from m365timeline.schemas.arrow import arrow_type

_BUCKET_BYTES = 24 << 20
_MOST_BUCKETS = 256  # files open at once
_BATCH = 8192


class Settled(msgspec.Struct):
    """Which rows of one segment are on the timeline: their positions, and the columns the case has settled."""

    path: str
    rows: Any
    positions: Any
    columns: dict[str, Any]


def in_order(settled: Iterator[Settled], columns: Sequence[str], rows: int, size: int, folder: Path) -> Iterator[Any]:
    """Yield record batches of ``columns`` in order. ``rows`` is their number, ``size`` roughly their bytes."""
    buckets = min(max(1, -(-size // _BUCKET_BYTES)), _MOST_BUCKETS)
    height = max(1, -(-rows // buckets))
    if buckets == 1:
        yield from _sorted([_table(segment, columns) for segment in settled], columns)
        return
    with _Buckets(folder, columns) as files:
        for segment in settled:
            files.deal(_table(segment, columns), height)
        for bucket in range(-(-rows // height)):
            yield from _sorted(files.take(bucket), columns)


def _table(segment: Settled, columns: Sequence[str]) -> Any:
    """The rows of a segment that are on the timeline, with their settled columns and their position."""
    stored = [name for name in columns if name not in segment.columns]
    table = pq.read_table(segment.path, columns=stored).take(segment.rows)
    arrays = [
        segment.columns[name].cast(arrow_type(name)) if name in segment.columns else table.column(name)
        for name in columns
    ]
    return pa.table([*arrays, segment.positions], names=[*columns, "position"])


def _sorted(tables: Sequence[Any], columns: Sequence[str]) -> Iterator[Any]:
    if not tables:
        return
    table = pa.concat_tables(tables)
    order = pc.sort_indices(table, sort_keys=[("position", "ascending")])
    for start in range(0, len(order), _BATCH):
        part = table.select(list(columns)).take(order.slice(start, _BATCH)).combine_chunks()
        yield from part.to_batches()


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
        """Append each row to its bucket."""
        table = table.take(pc.sort_indices(table, sort_keys=[("position", "ascending")]))
        buckets = pc.divide(pc.subtract(table.column("position").combine_chunks(), 1), height)
        runs = pc.run_end_encode(buckets)
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
