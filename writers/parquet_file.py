"""Parquet: every field with its type, for DuckDB, pandas and their kin."""

from typing import Any, BinaryIO, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from m365timeline.schemas.arrow import FEW_VALUES, WIDE, published_schema
from m365timeline.schemas.event import PUBLISHED

_BYTES = 16 << 20  # of rows gathered, where each has
_HUGE = 16 << 10  # bytes and more: huge records make smaller row groups
_ROW_GROUP = 8192  # with the raw records, some 25 MB before compression


class ParquetWriter:
    """Batches are gathered into row groups, so that readers can skip and memory stays bounded."""

    columns: ClassVar[tuple[str, ...]] = PUBLISHED

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[Any] = []
        self._rows = self._bytes = 0

    def write(self, batch: Any) -> None:
        """Append a batch."""
        self._waiting.append(batch)
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._rows >= _ROW_GROUP or self._bytes >= max(_BYTES, self._rows * _HUGE):
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            table = pa.Table.from_batches(self._waiting)
            if self._writer is None:
                self._writer = self._open(table.schema)
            self._writer.write_table(table, row_group_size=_ROW_GROUP)
        self._waiting, self._rows, self._bytes = [], 0, 0

    def close(self) -> list[str]:
        """Write the last row group and the footer."""
        self._flush()
        if self._writer is None:
            self._writer = self._open(published_schema())
        self._writer.close()
        return []

    def _open(self, schema: Any) -> Any:
        narrow = [name for name in schema.names if name not in WIDE]
        return pq.ParquetWriter(
            self._stream, schema, compression="zstd", use_dictionary=FEW_VALUES, write_statistics=narrow
        )
