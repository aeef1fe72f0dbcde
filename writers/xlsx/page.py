"""A small sheet written from top to bottom: banner, headings, paragraphs, tables, charts."""

from collections.abc import Sequence
from typing import Any

from openpyxl.cell import Cell
from openpyxl.chart import BarChart
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.styles import Alignment, Font
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from m365timeline.writers.xlsx import styles
from m365timeline.writers.xlsx.small import cell_at, put


class Page:
    """Writes a small sheet from top to bottom. ``row`` is the next free row; column A is a margin."""

    def __init__(self, sheet: Worksheet, widths: Sequence[float]) -> None:
        self.sheet = sheet
        self.row = 1
        self.span = len(widths) + 1
        sheet.sheet_view.showGridLines = False
        sheet.column_dimensions["A"].width = 2
        for number, width in enumerate(widths):
            sheet.column_dimensions[get_column_letter(number + 2)].width = width
        self._widths = list(widths)

    def cell(self, column: int, row: int | None = None) -> Cell:
        """The cell in a column (1 is B) of the current row."""
        return cell_at(self.sheet, row or self.row, column + 1)

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

    def statement(self, text: str, label: str, location: str | None, colour: str | None) -> None:
        """A sentence over the width of the page, at whose end a link leads to where it is written."""
        row = self.row
        self.paragraph(text, colour=colour)
        self.sheet.unmerge_cells(start_row=row, end_row=row, start_column=2, end_column=self.span)
        self.sheet.merge_cells(start_row=row, end_row=row, start_column=2, end_column=self.span - 1)
        if location is not None:
            cell = self.cell(self.span - 1, row)
            put(cell, label)
            cell.hyperlink = Hyperlink(ref=cell.coordinate, location=location)
            cell.font = Font(name=styles.NAME, size=10, underline="single", color=styles.LINK)
            cell.alignment = Alignment(vertical="top")

    def table(
        self,
        headers: Sequence[str],
        rows: Sequence[Sequence[Any]],
        *,
        forms: dict[int, str] | None = None,
        colours: Sequence[str | None] = (),
        spread: bool = False,
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
        self.sheet.row_dimensions[self.row].height = max(
            self.sheet.row_dimensions[self.row].height or 15, 13.5 * lines_of(text, width)
        )

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
        start = AnchorMarker(col=first, row=row - 1)
        end = AnchorMarker(col=self.span, row=row - 1 + rows)
        chart.anchor = TwoCellAnchor(_from=start, to=end)  # type: ignore[assignment]  # (the stubs know only cell names)
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
