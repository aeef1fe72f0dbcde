"""How the workbook looks: one place for colours, fonts and number formats."""

from itertools import product

from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.worksheet import Worksheet

from m365timeline.schemas.event import SEVERITIES

DARK, MIDDLE, PALE, LINE, INK, GREY = "1F3556", "44668F", "E9EEF5", "D5DAE1", "1B1F24", "5F6B7A"
LINK = "1F5FA8"
GOOD, BAD = "E3F1E4", "FBE3DC"
SEVERITY_FILLS = {"high": "F9D5CF", "medium": "FCE8CC", "low": "FDF7DB", "info": None}
CHART_COLOURS = ("1F3556", "C8553D", "E0A030", "4F8A6B", "7A5C93", "5B9BD5", "A9745B", "8D99A6")

NAME = "Calibri"
DATE_FORMAT = "yyyy-mm-dd hh:mm:ss"
FRACTION_FORMAT = "yyyy-mm-dd hh:mm:ss.000"
WHOLE_FORMAT = "#,##0"

KINDS = ("text", "live", "wrapped", "live_wrapped", "link", "number", "date", "fraction")
_FORMATS = {"text": "@", "live": "@", "link": "@", "number": "0", "date": DATE_FORMAT, "fraction": FRACTION_FORMAT}


def fill(colour: str) -> PatternFill:
    """A solid fill."""
    return PatternFill("solid", start_color=colour, end_color=colour)


def ruled(colour: str = LINE) -> Border:
    """A thin line around a cell."""
    side = Side("thin", color=colour)
    return Border(left=side, right=side, top=side, bottom=side)


def style_header(cell: Cell) -> None:
    """Bold white on dark."""
    cell.font = Font(name=NAME, size=10, bold=True, color="FFFFFF")
    cell.fill = fill(DARK)
    cell.alignment = Alignment(vertical="center", wrap_text=True)
    cell.border = ruled(MIDDLE)


class StreamedStyles:
    """The numbers of the styles that streamed cells use, registered in the workbook of ``sheet``.

    One style for every kind of cell and severity: colour is written with the row, not worked out by Excel.
    """

    def __init__(self, sheet: Worksheet) -> None:
        self._numbers: dict[tuple[str, str], int] = {}
        header = Cell(sheet, row=1, column=1)
        style_header(header)
        self.header = header.style_id
        note = Cell(sheet, row=1, column=1)
        note.font = Font(name=NAME, size=9, italic=True, color=GREY)
        note.alignment = Alignment(vertical="center")
        note.number_format = "@"
        self.note = note.style_id
        for kind, severity in product(KINDS, SEVERITIES):
            cell = Cell(sheet, row=1, column=1)
            _style(cell, kind, SEVERITY_FILLS[severity])
            self._numbers[kind, severity] = cell.style_id

    def numbers(self, kind: str) -> list[int]:
        """Style numbers of a kind of cell, in the order of SEVERITIES."""
        return [self._numbers[kind, severity] for severity in SEVERITIES]


def _style(cell: Cell, kind: str, colour: str | None) -> None:
    linked = kind == "link"
    cell.font = Font(name=NAME, size=10, color=LINK if linked else INK, underline="single" if linked else None)
    cell.alignment = Alignment(
        vertical="top",
        wrap_text=kind.endswith("wrapped"),
        horizontal="right" if kind == "number" else "left",
        indent=int(kind == "number"),
    )
    cell.border = ruled()
    cell.number_format = _FORMATS.get(kind, "General")
    if colour:
        cell.fill = fill(colour)
    if kind.startswith("live"):
        cell.quotePrefix = True


def style_body(cell: Cell, *, number: bool = False, vertical: str = "center") -> None:
    """A cell of a small table."""
    cell.font = Font(name=NAME, size=10, color=INK)
    cell.alignment = Alignment(
        vertical=vertical, wrap_text=not number, horizontal="right" if number else "left", indent=1 if number else 0
    )
    cell.border = ruled()


def underline() -> Border:
    """The line under a heading."""
    return Border(bottom=Side("medium", color=DARK))
