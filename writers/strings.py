"""Columns of text, built a column at a time: a row at a time, a million rows take minutes."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

_BLOCK = 32 << 20  # bytes of a batch rendered at once; escaping can make six times as much of it
_REPEATING = 0.3  # distinct values per row below which a column is rendered by distinct value
_MOST_ROOM = 64 << 20  # bytes a column rendered by distinct value may ask for
_FEW = 1000  # rows too few to judge a column by


class Renderer:
    """Renders columns, each distinct value once where values repeat. Which way a column goes never changes what is written."""

    def __init__(self) -> None:
        self._various: set[str] = set()

    def render(self, name: str, values: Any, function: Callable[[Any], Any]) -> Any:
        """Apply ``function`` (Arrow strings to Arrow strings, value by value) to the column ``name`` of a batch."""
        if name in self._various or values.null_count == len(values):
            return function(values)
        encoded = values.dictionary_encode()
        if len(encoded.dictionary) > _REPEATING * len(values) and len(values) >= _FEW:
            self._various.add(name)
        # Arrow makes room for rows as long as the distinct values are on average: one huge value among absent ones asks for gigabytes.
        if encoded.dictionary.nbytes * len(values) > _MOST_ROOM * len(encoded.dictionary):
            return function(values)
        return function(encoded.dictionary).take(encoded.indices)


def write_lines(stream: BinaryIO, pieces: Sequence[Any]) -> None:
    """Write the texts and columns of texts ``pieces`` side by side, line by line; an absent text is none."""
    whole = [piece if isinstance(piece, str) else pc.fill_null(piece, "") for piece in pieces]
    stream.write(content(pc.binary_join_element_wise(*whole, "")))


def slices(batch: Any) -> Iterator[Any]:
    """Cut a batch to parts that can be rendered at once."""
    while batch.num_rows:
        count = batch.num_rows
        while count > 1 and batch.slice(0, count).nbytes > _BLOCK:
            count //= 2
        yield batch.slice(0, count)
        batch = batch.slice(count)


def listed(values: Any, render: Callable[[Any], Any], between: str) -> Any:
    """Join the rendered elements of each list; absent where the list is."""
    texts = render(values.values)
    joined = pc.binary_join(pa.ListArray.from_arrays(values.offsets, texts), between)
    return pc.if_else(pc.is_valid(values), joined, None)


def iso_times(values: Any) -> Any:
    """``2021-03-23T15:45:38Z``, with six fraction digits only where there is a fraction."""
    texts = values.cast(pa.timestamp("us")).cast(pa.string())
    texts = pc.replace_substring(pc.replace_substring(texts, " ", "T"), ".000000", "")
    return pc.binary_join_element_wise(texts, "Z", "")


def rewrite(values: Any, mask: Any, function: Callable[[str], str]) -> Any:
    """Apply ``function`` to the few texts that need it."""
    mask = pc.fill_null(mask, fill_value=False)
    changed = [function(text) for text in values.filter(mask).to_pylist()]
    return pc.replace_with_mask(values, mask, pa.array(changed, pa.string()))


def bytes_of(values: Any) -> bytes:
    """The texts of an Arrow string array, one behind the other."""
    _, offsets, data = values.buffers()
    if data is None or not len(values):
        return b""
    ends = pa.Array.from_buffers(pa.int32(), len(values) + 1, [None, offsets], offset=values.offset)
    start, stop = ends[0].as_py(), ends[len(values)].as_py()
    return bytes(data.slice(start, stop - start))


def content(texts: Any) -> Any:
    """The texts of an Arrow string array that was just made, one behind the other, as a buffer."""
    _, offsets, data = texts.buffers()
    stop = pa.Array.from_buffers(pa.int32(), len(texts) + 1, [None, offsets])[len(texts)].as_py()
    return data.slice(0, stop)
