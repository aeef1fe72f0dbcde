"""Rows of a streamed sheet as XML, built a column at a time from Arrow batches.

Row by row, a million rows take minutes; a column at a time, with every distinct value rendered once where values
repeat, they take seconds. Which way a column goes never changes what is written.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from openpyxl.utils import get_column_letter

from m365timeline.schemas.event import SEVERITIES
from m365timeline.writers.strings import content
from m365timeline.writers.xlsx.cells import escape_text, escaped, fit, is_live, text_cells, value_cells
from m365timeline.writers.xlsx.moments import TEXT
from m365timeline.writers.xlsx.styles import StreamedStyles

MOST_LINES = 6  # of a row that holds wrapped text; the whole text is in the formula bar
_LINE_HEIGHT = 13.5
_REPEATING = 0.3  # distinct values per row below which a column is rendered by distinct value


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a streamed sheet.

    ``kind`` is text, wrapped, link, number or date; ``values`` makes the column from a batch: Arrow strings, integers, or for
    dates what ``moments`` returns. ``fields`` are the event fields it shows, ``about`` what to say of it in the Legend
    where that is more than the field's own description; ``links`` gives as Arrow strings for each row where in the workbook its cell leads
    (``'Timeline'!A7``), or null. ``choices`` are the values of the cell's drop-down list.
    """

    title: str
    values: Callable[[Any], Any]
    kind: str = "text"
    fields: tuple[str, ...] = ()
    about: str = ""
    narrowest: int = 8
    widest: int = 40
    links: Callable[[Any], Any] | None = None
    choices: tuple[str, ...] = ()


class Grid:
    """Renders batches as rows. ``cut`` counts the cells that were longer than Excel allows.

    ``rate`` gives the severity of each row (Arrow strings), from which its style follows; ``rest`` says where the rest
    of a cut text stands; ``notes`` are lines of text above the header.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        styles: StreamedStyles,
        *,
        rate: Callable[[Any], Any] | None,
        rest: str,
        notes: Sequence[str] = (),
    ) -> None:
        self.cut = 0
        self.columns = columns
        self.notes = notes
        self._letters = [get_column_letter(number + 1) for number in range(len(columns))]
        self._styles = styles
        self._rate = rate
        self._rest = rest
        self._repeating = [True] * len(columns)

    @property
    def header_row(self) -> int:
        """The number of the row with the titles of the columns, below the notes."""
        return len(self.notes) + 1

    def header(self) -> bytes:
        """The notes and the titles of the columns."""
        number = self.header_row
        notes = "".join(
            f'<row r="{row}"><c r="A{row}" s="{self._styles.note}" t="inlineStr"><is><t>{_plain(text)}</t></is></c></row>'
            for row, text in enumerate(self.notes, 1)
        )
        cells = "".join(
            f'<c r="{letter}{number}" s="{self._styles.header}" t="inlineStr"><is><t>{_plain(column.title)}</t></is></c>'
            for letter, column in zip(self._letters, self.columns, strict=True)
        )
        return f'{notes}<row r="{number}" ht="30" customHeight="1">{cells}</row>'.encode()

    def links(self, batch: Any, first: int) -> Iterator[str]:
        """The links of a batch as XML, each from its cell to another cell of this workbook; there is no other kind."""
        for letter, column in zip(self._letters, self.columns, strict=True):
            if column.links is not None:
                rows = pa.array(range(first, first + batch.num_rows), pa.int64()).cast(pa.string())
                places = pc.replace_substring(escaped(column.links(batch)), '"', "&quot;")
                yield from (
                    pc.binary_join_element_wise(f'<hyperlink ref="{letter}', rows, '" location="', places, '"/>', "")
                    .drop_null()
                    .to_pylist()
                )

    def rows(self, batch: Any, first: int) -> Any:
        """Render a batch; ``first`` is the number of its first row in the sheet. Returns an Arrow buffer of XML."""
        places = _Places(batch.num_rows, first, self._severities(batch), self._styles)
        cells: list[Any] = []
        lines: Any = None
        for number, column in enumerate(self.columns):
            tail = f'<c r="{self._letters[number + 1]}' if number + 1 < len(self.columns) else "</row>"
            values = column.values(batch)
            if column.kind == "date":
                how, shown = values
                as_text = pc.equal(how, TEXT)
                cells += [places.of_dates(how), value_cells(shown, tail)]
                if pc.any(as_text).as_py():
                    cells[-1] = pc.if_else(as_text, text_cells(shown, tail), cells[-1])
            elif column.kind == "number":
                cells += [places.of("number"), value_cells(values.cast(pa.string()), tail)]
            else:
                cells += self._text(number, column.kind, values, tail, places)
            if column.kind == "wrapped":
                taken = _lines(values, column.widest)
                lines = taken if lines is None else pc.max_element_wise(lines, taken)
        heights = "" if lines is None else _heights(lines)
        start = pc.binary_join_element_wise('<row r="', places.numbers, '"', heights, '><c r="A', "")
        return content(pc.binary_join_element_wise(start, *cells, ""))

    def _severities(self, batch: Any) -> Any:
        plain = SEVERITIES.index("info")
        if self._rate is None:
            return pa.repeat(plain, batch.num_rows)
        return pc.fill_null(pc.index_in(self._rate(batch), pa.array(SEVERITIES)), plain)

    def _text(self, number: int, kind: str, values: Any, tail: str, places: "_Places") -> list[Any]:
        """Where the cells of a text column stand, and the rest of them."""
        if values.null_count == len(values):
            return [places.of(kind), "/>" + tail]
        indices = None
        if self._repeating[number]:
            encoded = values.dictionary_encode()
            values, indices = encoded.dictionary, encoded.indices
            self._repeating[number] = len(values) <= _REPEATING * len(indices) or len(indices) < 1000

        def spread(distinct: Any) -> Any:
            return distinct if indices is None else distinct.take(indices)

        values, cut = fit(values, self._rest)
        if cut is not None:
            self.cut += pc.sum(spread(cut)).as_py()
        live = is_live(values)
        where = (
            places.of(kind)
            if live is None
            else pc.if_else(pc.fill_null(spread(live), fill_value=False), places.of(_LIVE[kind]), places.of(kind))
        )
        cells = spread(text_cells(values, tail))
        return [where, pc.fill_null(cells, "/>" + tail)]


_LIVE = {"text": "live", "wrapped": "live_wrapped", "link": "link"}  # (the text of a link is our own)
_DATE_KINDS = ("date", "fraction", "text")  # by DATE, FRACTION, TEXT


class _Places:
    """The part of each cell that names its row and style, once for every kind of cell."""

    def __init__(self, count: int, first: int, severities: Any, styles: StreamedStyles) -> None:
        self.numbers = pa.array(range(first, first + count), pa.int64()).cast(pa.string())
        self._severities = severities
        self._styles = styles
        self._made: dict[str, Any] = {}

    def of(self, kind: str) -> Any:
        if kind not in self._made:
            self._made[kind] = self._join(self._styles.numbers(kind), self._severities)
        return self._made[kind]

    def of_dates(self, how: Any) -> Any:
        numbers = [number for kind in _DATE_KINDS for number in self._styles.numbers(kind)]
        return self._join(numbers, pc.add(pc.multiply(how, len(SEVERITIES)), self._severities))

    def _join(self, numbers: list[int], indices: Any) -> Any:
        styles = pa.array([f'" s="{number}"' for number in numbers]).take(indices)
        return pc.binary_join_element_wise(self.numbers, styles, "")


def _lines(values: Any, width: int) -> Any:
    """How many lines more than one the texts take in a column of that width."""
    lines = pc.add(pc.divide(pc.utf8_length(values), max(width - 2, 8)), pc.count_substring(values, "\n"))
    return pc.min_element_wise(pc.fill_null(lines.cast(pa.int64()), 0), MOST_LINES - 1)


def _heights(lines: Any) -> Any:
    """The height of each row, as attributes; a row of one line says nothing."""
    if not pc.max(lines).as_py():
        return ""
    texts = pa.array(["", *(f' ht="{_LINE_HEIGHT * count:g}" customHeight="1"' for count in range(2, MOST_LINES + 1))])
    return texts.take(lines)


def _plain(title: str) -> str:
    return escape_text(title).replace("&", "&amp;").replace("<", "&lt;")
