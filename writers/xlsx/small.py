"""The small sheets: cells one by one through openpyxl, every text from a source inert."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from openpyxl.cell import Cell
from openpyxl.chart import BarChart
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.styles import Alignment, Font
from openpyxl.utils import column_index_from_string
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from m365timeline.schemas.report import RunReport
from m365timeline.writers.xlsx import styles
from m365timeline.writers.xlsx.cells import LIVE, shorten

_UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]")
_LITERAL = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (Excel dates know no zone)
_FIRST_DATE = datetime(1900, 3, 1)  # noqa: DTZ001


class Facts(msgspec.Struct, kw_only=True):
    """What the small sheets tell: the report, and what became of the streamed sheets.

    ``cut`` is how many cells of each streamed table were longer than Excel allows, ``contents`` the sheets and what they
    hold, ``left_out`` those that have nothing to say and why.
    """

    report: RunReport
    cut: dict[str, int] = msgspec.field(default_factory=dict)
    contents: list[tuple[str, str]] = msgspec.field(default_factory=list)
    left_out: list[tuple[str, str]] = msgspec.field(default_factory=list)


class SmallSheet(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet made by one function. ``absent`` says why the sheet has nothing to say, or ``None`` if it has."""

    title: str
    about: str
    fill: Callable[[Worksheet, Facts], None]
    absent: Callable[[RunReport], str | None] = lambda _: None


def put(cell: Cell, value: Any, *, form: str | None = None) -> None:
    """Write a value: texts as inert texts, whole numbers, and times in microseconds where ``form`` is a date format."""
    if value is None or value == "":
        return
    if form == styles.DATE_FORMAT:
        moment = _EPOCH + timedelta(microseconds=value)
        if moment >= _FIRST_DATE:
            cell.value = moment.replace(microsecond=0)
            cell.number_format = styles.DATE_FORMAT
            return
        value = moment.replace(tzinfo=UTC).isoformat()
    if isinstance(value, int):
        cell.value = value
        cell.number_format = form or styles.WHOLE_FORMAT
        return
    text = shown(str(value))
    cell.value = text
    cell.data_type = "s"
    if text.startswith(tuple(LIVE)):
        cell.quotePrefix = True  # type: ignore[misc]  # a property of openpyxl's style array


def shown(text: str) -> str:
    r"""A text as these sheets can hold it: what XML does not allow is shown as ``\xNN``, what is too long is cut."""
    text = _UNSHOWN.sub(lambda found: _as_code(ord(found[0])), text)
    return _LITERAL.sub("_x005F_", shorten(text, "whole in the manifest and the JSONL output"))


def _as_code(code: int) -> str:
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def set_up_print(sheet: Worksheet, *, paper: str = "A4", header_row: int | None = None) -> None:
    """Landscape, one page wide, the header on every page, page numbers."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = {"A4": 9, "A3": 8}[paper]
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top, sheet.page_margins.bottom, sheet.page_margins.footer = 0.5, 0.75, 0.35
    sheet.oddFooter.left.text, sheet.oddFooter.right.text = "&A", "Page &P of &N"
    if header_row:
        sheet.print_title_rows = f"{header_row}:{header_row}"


class Page:
    """Writes a small sheet from top to bottom. ``row`` is the next free row; column A is a margin."""

    def __init__(self, sheet: Worksheet, widths: Sequence[float]) -> None:
        self.sheet = sheet
        self.row = 1
        self.span = len(widths) + 1
        sheet.sheet_view.showGridLines = False
        sheet.column_dimensions["A"].width = 2
        for number, width in enumerate(widths):
            sheet.column_dimensions[chr(ord("B") + number)].width = width
        self._widths = list(widths)

    def cell(self, column: int, row: int | None = None) -> Cell:
        """The cell in a column (1 is B) of the current row."""
        found = self.sheet.cell(row=row or self.row, column=column + 1)
        assert isinstance(found, Cell)  # noqa: S101 (never part of a merged range: only first cells are asked for)
        return found

    def banner(self, title: str, line: str) -> None:
        """The title of the sheet, over its whole width."""
        for text, size, height in ((title, 20, 34), (line, 10, 18)):
            for column in range(1, self.span + 1):
                self.sheet.cell(row=self.row, column=column).fill = styles.fill(styles.DARK)
            cell = self.cell(1)
            put(cell, text)
            cell.font = Font(name=styles.NAME, size=size, bold=size > 12, color="FFFFFF")
            cell.alignment = Alignment(vertical="center")
            self.sheet.row_dimensions[self.row].height = height
            self.row += 1
        self.row += 1

    def heading(self, text: str) -> None:
        """The heading of a section."""
        cell = self.cell(1)
        put(cell, text)
        for column in range(2, self.span + 1):
            self.sheet.cell(row=self.row, column=column).border = styles.underline()
        cell.font = Font(name=styles.NAME, size=13, bold=True, color=styles.DARK)
        self.sheet.row_dimensions[self.row].height = 20
        self.row += 1

    def paragraph(self, text: str, *, colour: str | None = None, bold: bool = False) -> None:
        """A text over the whole width, wrapped."""
        cell = self.cell(1)
        put(cell, text)
        self.sheet.merge_cells(start_row=self.row, end_row=self.row, start_column=2, end_column=self.span)
        cell.font = Font(name=styles.NAME, size=10, bold=bold, color=styles.INK)
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        if colour:
            cell.fill = styles.fill(colour)
        self.sheet.row_dimensions[self.row].height = 14.5 * lines_of(text, sum(self._widths))
        self.row += 1

    def table(
        self, headers: Sequence[str], rows: Sequence[Sequence[Any]], *, forms: dict[int, str] | None = None, colours: Sequence[str | None] = (), spread: bool = False
    ) -> int:
        """A table with a header; returns the row of the header.

        ``forms`` are number formats by column, ``colours`` fills by row; ``spread`` draws the last column to the edge.
        """
        top = self.row
        for number, values in enumerate((headers, *rows)):
            colour = colours[number - 1] if 0 < number <= len(colours) else None
            for column, value in enumerate(values, 1):
                self._put_styled(self.cell(column), value, (forms or {}).get(column) if number else None, colour)
                if not number:
                    styles.style_header(self.cell(column))
            if spread:
                self._spread(len(headers))
            self.row += 1
        return top

    def table_row(self, values: Sequence[Any], verdict: str = "", colour: str | None = None) -> None:
        """A row of facts: a name, perhaps a number, and a text to the edge of the page, at which a verdict may stand."""
        for column, value in enumerate(values, 1):
            self._put_styled(self.cell(column), value, None, styles.PALE if column == 1 else None)
        self.sheet.row_dimensions[self.row].height = 16
        end = self.span - 2 if verdict else self.span
        for column in range(len(values) + 1, self.span):
            self.cell(column).border = styles.ruled()
        self._merge(len(values), end)
        if verdict:
            self._put_styled(self.cell(end), verdict, None, colour)
            self.cell(end).font = Font(name=styles.NAME, size=10, bold=True, color=styles.INK)
            self._merge(end, self.span)
        self.row += 1

    def _merge(self, column: int, end: int) -> None:
        self.sheet.merge_cells(start_row=self.row, end_row=self.row, start_column=column + 1, end_column=end)
        width = sum(self._widths[column - 1 : end - 1])
        text = str(self.cell(column).value or "")
        self.sheet.row_dimensions[self.row].height = max(self.sheet.row_dimensions[self.row].height or 15, 13.5 * lines_of(text, width))

    def _spread(self, column: int) -> None:
        """Draw a cell of the current row to the edge of the page."""
        for other in range(column + 1, self.span):
            self.cell(other).border = styles.ruled()
        self.sheet.row_dimensions[self.row].height = 15
        self._merge(column, self.span)

    def _put_styled(self, cell: Cell, value: Any, form: str | None, colour: str | None) -> None:
        styles.style_body(cell, number=isinstance(value, int) and form != styles.DATE_FORMAT)
        put(cell, value, form=form)
        if colour:
            cell.fill = styles.fill(colour)
        if isinstance(value, str):
            height = 13.5 * min(lines_of(value, self._widths[cell.column - 2]), 12)
            if height > max(self.sheet.row_dimensions[cell.row].height or 0, 15):
                self.sheet.row_dimensions[cell.row].height = height

    def place(self, chart: BarChart, left: str, row: int, rows: int) -> None:
        """Put a chart between column ``left`` and the edge of the page, from a row over so many rows."""
        first = column_index_from_string(left) - 1
        chart.anchor = TwoCellAnchor(_from=AnchorMarker(col=first, row=row - 1), to=AnchorMarker(col=self.span, row=row - 1 + rows))
        self.sheet.add_chart(chart)

    def break_before(self, row: int) -> None:
        """Begin a new printed page with this row."""
        self.sheet.row_breaks.append(Break(id=row - 1))

    def space(self, rows: int = 1) -> None:
        """Leave rows empty."""
        self.row += rows


def lines_of(text: str, characters: float) -> int:
    """How many lines a wrapped text takes, about."""
    return sum(1 + int(len(line) * 0.95 // max(characters, 1)) for line in text.split("\n"))


def iso(us: int | None) -> str:
    """A time for a sentence: ``2024-03-01 17:05:09 UTC``."""
    return "unknown" if us is None else f"{(_EPOCH + timedelta(microseconds=us)).replace(microsecond=0)} UTC"
