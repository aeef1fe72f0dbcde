"""The rows of one segment as the case has settled them, as Arrow columns.

What folding found is laid over the columns as they were read: constants for the source, a shift for numbers of records and
lines, and the few rows that are marked (copies, conflicts, open dates). The same rules stand as SQL in sql.SETTLED; a test
holds the two together.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from m365timeline.schemas.arrow import STORED, arrow_type


class PlacedSegment(msgspec.Struct, kw_only=True):
    """The rows of one segment that are on the timeline, between the positions ``start`` and ``stop`` (from 0).

    ``first`` is the id of its first row, ``records`` and ``lines`` what stands before it in its source. ``positions`` gives
    id, position and settled time of its rows, ``marks`` what folding found of marked rows (see sql.MARKS).
    """

    part: int
    path: str
    first: int
    records: int
    lines: int
    name: str
    sha256: str
    date_basis: str | None
    start: int
    stop: int
    positions: Callable[[int], Any]
    marks: Any

    def size(self, columns: Sequence[str]) -> int:
        """Roughly how many bytes the named columns take in memory."""
        meta = pq.read_metadata(self.path)
        return sum(
            group.column(number).total_uncompressed_size
            for group in map(meta.row_group, range(meta.num_row_groups))
            for number in range(meta.num_columns)
            if group.column(number).path_in_schema.partition(".")[0] in columns
        )

    def read(self, columns: Sequence[str]) -> Any:
        """The rows as a table of ``columns`` and ``position``, in the order they were read."""
        table = pq.read_table(self.path, columns=_needed(columns), use_threads=False)
        return self._settled(table, self.positions(self.part), 0, columns)

    def pieces(self, columns: Sequence[str]) -> Iterator[Any]:
        """The same rows, one row group of the file after the other: of huge records few are in memory at once."""
        placed, begin = self.positions(self.part), self.first
        with pq.ParquetFile(self.path) as file:
            for group in range(file.num_row_groups):
                end = begin + file.metadata.row_group(group).num_rows
                ids = placed.column("id")
                some = placed.filter(pc.and_(pc.greater_equal(ids, begin), pc.less(ids, end)))
                if len(some):
                    table = file.read_row_group(group, columns=_needed(columns), use_threads=False)
                    yield self._settled(table, some, begin - self.first, columns)
                begin = end

    def _settled(self, table: Any, placed: Any, begin: int, columns: Sequence[str]) -> Any:
        """The ``placed`` rows of a table whose first row is number ``begin`` of the segment."""
        if len(placed) != table.num_rows:
            table = table.take(pc.subtract(placed.column("id"), self.first + begin))
        arrays = [self._column(name, table, placed) for name in columns]
        return pa.table([*arrays, placed.column("position")], names=[*columns, "position"])

    def _column(self, name: str, table: Any, placed: Any) -> Any:
        count = len(placed)
        if name == "time":
            return placed.column("time").cast(arrow_type(name))
        if name in {"source_file", "source_sha256"}:
            return pa.repeat(self.name if name == "source_file" else self.sha256, count)
        if name == "record_number":
            return pc.add(table.column(name), self.records)
        if name == "line":
            return pc.add(table.column(name), self.lines)
        if name == "event_id":
            return self._marked(table.column(name), placed, "suffix", _append)
        if name == "duplicates":
            return self._marked(pa.repeat(pa.scalar(0, pa.int64()), count), placed, "duplicates", _take)
        if name == "also_in":
            return self._marked(pa.nulls(count, arrow_type(name)), placed, "places", _filled)
        if name in {"time_basis", "quality"}:
            settle = self._basis if name == "time_basis" else self._quality
            return settle(table.column(name), pc.equal(table.column("time_basis"), "ambiguous"), placed)
        return table.column(name)

    def _basis(self, values: Any, ambiguous: Any, placed: Any) -> Any:
        settled = pc.and_(pc.fill_null(ambiguous, fill_value=False), pc.is_valid(placed.column("time")))
        return pc.if_else(settled, pa.scalar(self.date_basis, pa.string()), values)

    def _quality(self, values: Any, ambiguous: Any, placed: Any) -> Any:
        flagged = self._marked(values, placed, "conflict", _flag)
        unknown = pc.and_(pc.fill_null(ambiguous, fill_value=False), pc.is_null(placed.column("time")))
        return _with_flag(flagged, unknown, "ambiguous_time", unless="zone_unknown")

    def _marked(self, values: Any, placed: Any, column: str, change: Callable[[Any, Any, Any], Any]) -> Any:
        """Change the values of marked rows: ``change`` is given the values, which are marked, and the marks of those."""
        where = pc.index_in(placed.column("id"), self.marks.column("id")) if len(self.marks) else None
        if where is None or where.null_count == len(where):
            return values
        mask = pc.is_valid(where)
        return change(values, mask, self.marks.column(column).take(pc.drop_null(where)))


def _needed(columns: Sequence[str]) -> list[str]:
    """The stored columns that the named ones are made of."""
    needed = {*columns, "time_basis"} if {"time_basis", "quality"} & {*columns} else {*columns}
    return [name for name in STORED if name in needed]


def _one(values: Any) -> Any:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _take(values: Any, mask: Any, marks: Any) -> Any:
    return pc.replace_with_mask(_one(values), _one(mask), _one(marks.cast(values.type)))


def _append(values: Any, mask: Any, suffixes: Any) -> Any:
    return _take(values, mask, pc.binary_join_element_wise(values.filter(mask), suffixes, ""))


def _filled(values: Any, mask: Any, marks: Any) -> Any:
    """Lists cannot be replaced in place: the marked rows are laid between the others."""
    texts = iter(marks.to_pylist())
    return pa.array([next(texts) or None if marked else None for marked in mask.to_pylist()], values.type)


def _flag(values: Any, mask: Any, conflicts: Any) -> Any:
    return _with_flag(values, _take(_one(mask), mask, conflicts), "conflicting_duplicate")


def _with_flag(values: Any, mask: Any, flag: str, *, unless: str = "") -> Any:
    """Add a quality flag to the rows of ``mask``, but not beside the flag ``unless``."""
    if not pc.any(mask).as_py():
        return values
    rows = zip(values.to_pylist(), mask.to_pylist(), strict=True)
    return pa.array(
        [[*(flags or ()), flag] if marked and unless not in (flags or ()) else flags for flags, marked in rows],
        values.type,
    )
