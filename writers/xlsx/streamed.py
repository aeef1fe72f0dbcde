"""Tables of any length: streamed as sheet XML into the workbook that openpyxl makes, sheet after sheet."""

import re
from collections.abc import Callable
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from m365timeline.writers.xlsx.container import LARGEST, Container
from m365timeline.writers.xlsx.grid import Column, Grid
from m365timeline.writers.xlsx.package import parts
from m365timeline.writers.xlsx.small import set_up_print

_SAMPLE = 1000  # rows from which widths are taken
_BLOCK = 32 << 20  # bytes of a batch rendered at once; escaping can make seven times as much of it
_FULL = LARGEST - 16 * _BLOCK  # a sheet that is this large is followed by the next
_DATE_WIDTH, _FILTER_BUTTON = 23, 4
_MOST_LINKS = 65_530  # of a sheet, in Excel; a cell beyond it is text that names the row


class StreamedTable:
    """One table as one sheet or several of at most ``most`` rows, the first ``frozen`` columns of which stay in sight.

    ``titles`` are the sheets made so far, ``starts`` the number of the first row on each, ``members`` the
    parts of the file they stand in, ``rows`` the rows written.
    """

    def __init__(self, book: Workbook, container: Container, title: str, grid: Grid, most: int, *, frozen: int) -> None:
        self.titles: list[str] = []
        self.rows = 0
        self.starts: list[int] = []
        self.members: dict[str, str] = {}
        self._links: list[str] = []
        self._book = book
        self._container = container
        self._title = title
        self._columns = grid.columns
        self._grid = grid
        self._most = most
        self._frozen = frozen
        self._sample: list[Any] = []
        self._widths: list[float] = []
        self._here = 0

    @property
    def cut(self) -> int:
        """How many cells were longer than Excel allows."""
        return self._grid.cut

    def write(self, batch: Any) -> None:
        """Append a batch."""
        if self._widths:
            self._append(batch)
            return
        self._sample.append(batch)
        if sum(waiting.num_rows for waiting in self._sample) >= _SAMPLE:
            self._begin_table()

    def close(self) -> None:
        """Finish the last sheet; a table without rows is a sheet with a header."""
        if not self._widths:
            self._begin_table()
        self._end_sheet()

    def _begin_table(self) -> None:
        batches = [batch for batch in self._sample if batch.num_rows]
        sample = pa.Table.from_batches(batches).slice(0, _SAMPLE).combine_chunks().to_batches()[0] if batches else None
        self._widths = [_width(column, sample) for column in self._columns]
        self._begin_sheet()
        self._sample = []
        for batch in batches:
            self._append(batch)

    def _append(self, batch: Any) -> None:
        while batch.num_rows:
            if self._here == self._most or self._container.size > _FULL:
                self._end_sheet()
                self._begin_sheet()
            count = min(batch.num_rows, self._most - self._here)
            while count > 1 and batch.slice(0, count).nbytes > _BLOCK:
                count //= 2
            first = self._here + self._grid.header_row + 1
            self._container.append(self._grid.rows(batch.slice(0, count), first))
            room = _MOST_LINKS - len(self._links)
            self._links += islice(self._grid.links(batch.slice(0, count), first), room)
            self._here += count
            self.rows += count
            batch = batch.slice(count)

    def _begin_sheet(self) -> None:
        title = f"{self._title} {len(self.titles) + 1}" if self.titles else self._title
        self.titles.append(title)
        self.starts.append(self.rows + 1)
        self._links = []
        self._sheet = self._book.create_sheet(title)
        self._here = 0
        head, _ = _frame(self._arrange)
        self.members[title] = f"xl/worksheets/sheet-streamed-{len(self._book.sheetnames)}.xml"
        self._container.begin(self.members[title])
        self._container.append(head + self._grid.header())

    def _end_sheet(self) -> None:
        self._arrange(self._sheet)
        _, tail = _frame(self._arrange)
        last = f"{get_column_letter(len(self._columns))}{self._here + self._grid.header_row}"
        if self._links:
            tail = re.sub(
                rb"<printOptions|<pageMargins",
                lambda found: f"<hyperlinks>{''.join(self._links)}</hyperlinks>".encode() + found[0],
                tail,
                count=1,
            )
        quiet = f'<ignoredErrors><ignoredError sqref="A1:{last}" numberStoredAsText="1"/></ignoredErrors>'.encode()
        self._container.append(tail.replace(b"</worksheet>", quiet + b"</worksheet>"))
        self._container.end()

    def _arrange(self, sheet: Worksheet) -> None:
        """Everything about a sheet but its rows."""
        for number, (column, width) in enumerate(zip(self._columns, self._widths, strict=True), 1):
            letter = get_column_letter(number)
            sheet.column_dimensions[letter].width = width
            if column.choices:
                choice = DataValidation(
                    type="list", formula1=f'"{",".join(column.choices)}"', allow_blank=True, showErrorMessage=False
                )
                top = self._grid.header_row
                choice.add(f"{letter}{top + 1}:{letter}{max(self._here, 1) + top}")
                sheet.add_data_validation(choice)
        header = self._grid.header_row
        sheet.freeze_panes = f"{get_column_letter(self._frozen + 1)}{header + 1}"
        sheet.auto_filter.ref = f"A{header}:{get_column_letter(len(self._columns))}{self._here + header}"
        set_up_print(sheet, paper="A3", header_row=header)


def _frame(arrange: Callable[[Worksheet], None]) -> tuple[bytes, bytes]:
    """What stands before and after the rows in the XML of a sheet arranged so."""
    book = Workbook()
    arrange(book.create_sheet())
    xml = parts(book)["xl/worksheets/sheet2.xml"]
    head, tail = re.split(rb"<sheetData\s*/>|<sheetData>\s*</sheetData>", xml, maxsplit=1)
    return re.sub(rb"<dimension[^>]*/>", b"", head) + b"<sheetData>", b"</sheetData>" + tail


def _width(column: Column, sample: Any) -> float:
    """Width in characters for a sample of the rows."""
    if column.kind == "date":
        return _DATE_WIDTH
    longest = len(column.title) + _FILTER_BUTTON
    if sample is not None:
        longest = max(longest, (pc.max(pc.utf8_length(column.values(sample).cast(pa.string()))).as_py() or 0) + 2)
    return float(min(max(longest, column.narrowest), max(column.widest, column.narrowest)))
