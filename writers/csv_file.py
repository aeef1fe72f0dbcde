"""CSV for people's tools: UTF-8 with mark, one row an event, lists joined with " | ".

Everything but ``raw`` stands here; the exact record is in the JSONL and Parquet outputs. A value that a spreadsheet
would take for a formula gets a ``'`` in front (remove one leading ``'`` to have the value back).
"""

from typing import Any, BinaryIO, ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from m365timeline.schemas.event import LIST_FIELDS, PUBLISHED, TIME_FIELDS
from m365timeline.writers.strings import Renderer, bytes_of, iso_times, listed, slices, write_lines

_LIVE = pa.array(list("=+-@\t\r\n＝＋－＠'"))
_BETWEEN = " | "
_QUOTED = (",", '"', "\r", "\n")  # a value that holds one of these stands in quotes
COLUMNS = tuple(name for name in PUBLISHED if name != "raw")
HEADER = b"\xef\xbb\xbf" + ",".join(COLUMNS).encode() + b"\r\n"


class CsvWriter:
    """Writes the header at once, so that an empty timeline is still a table."""

    columns: ClassVar[tuple[str, ...]] = COLUMNS

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._renderer = Renderer()
        self._stream.write(HEADER)

    def write(self, batch: Any) -> None:
        """Append a batch."""
        for part in slices(batch):
            pieces: list[Any] = []
            for name in self.columns:
                values = part.column(name)
                pieces += [",", *([] if values.null_count == len(values) else [self._cells(name, values)])]
            write_lines(self._stream, [*pieces[1:], "\r\n"])

    def _cells(self, name: str, values: Any) -> Any:
        if name in TIME_FIELDS:
            return iso_times(values)
        if pa.types.is_boolean(values.type):
            return pc.if_else(values, "true", "false")
        if pa.types.is_integer(values.type):
            return values.cast(pa.string())
        if name in LIST_FIELDS:
            return _safe(listed(values, lambda texts: pc.fill_null(texts, ""), _BETWEEN))
        if name == "changes":
            return _safe(listed(values, _changes, _BETWEEN))
        return self._renderer.render(name, values, _safe)

    def close(self) -> list[str]:
        """Nothing is left to do."""
        return []


def _changes(values: Any) -> Any:
    name, old, new = (pc.fill_null(pc.struct_field(values, part), "") for part in ("name", "old", "new"))
    return pc.binary_join_element_wise(name, ": ", old, " → ", new, "")


def _safe(values: Any) -> Any:
    """Texts as cells: inert, and in quotes where they hold what parts cells."""
    live = pc.is_in(pc.utf8_slice_codeunits(values, 0, 1), _LIVE)
    if pc.any(live).as_py():
        values = pc.if_else(live, pc.binary_join_element_wise("'", values, ""), values)
    data = bytes_of(values)
    present = [letter for letter in _QUOTED if letter.encode() in data]
    if not present:
        return values
    mask = pc.match_substring(values, present[0])
    for letter in present[1:]:
        mask = pc.or_(mask, pc.match_substring(values, letter))
    doubled = pc.replace_substring(values, '"', '""') if '"' in present else values
    return pc.if_else(mask, pc.binary_join_element_wise('"', doubled, '"', ""), values)
