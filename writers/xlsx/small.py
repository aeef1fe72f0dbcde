"""The small sheets: cells one by one through openpyxl, every text from a source inert."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from openpyxl.cell import Cell
from openpyxl.worksheet.header_footer import HeaderFooterItem
from openpyxl.worksheet.properties import PageSetupProperties
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
    hold, ``left_out`` those that have nothing to say and why; ``without`` those that could not be worked out
    (to their end) and why; ``places`` say where each position of the timeline stands.
    """

    report: RunReport
    cut: dict[str, int] = msgspec.field(default_factory=dict)
    contents: list[tuple[str, str]] = msgspec.field(default_factory=list)
    left_out: list[tuple[str, str]] = msgspec.field(default_factory=list)
    places: Any = None
    without: dict[str, str] = msgspec.field(default_factory=dict)


class SmallSheet(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet made by one function. ``absent`` says why the sheet has nothing to say, or ``None`` if it has."""

    title: str
    about: str
    fill: Callable[[Worksheet, Facts], None]
    absent: Callable[[RunReport], str | None] = lambda _: None


def cell_at(sheet: Worksheet, row: int, column: int) -> Cell:
    """The cell at a place that is not inside a merged range."""
    found = sheet.cell(row=row, column=column)
    if not isinstance(found, Cell):
        raise TypeError(f"{found.coordinate} is inside a merged range")
    return found


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
        cell.quotePrefix = True


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
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top, sheet.page_margins.bottom, sheet.page_margins.footer = 0.5, 0.75, 0.35
    sheet.oddFooter = HeaderFooterItem()
    sheet.oddFooter.left.text, sheet.oddFooter.right.text = "&A", "Page &P of &N"
    if header_row:
        sheet.print_title_rows = f"{header_row}:{header_row}"


def iso(us: int | None) -> str:
    """A time for a sentence: ``2024-03-01 17:05:09 UTC``."""
    return "unknown" if us is None else f"{(_EPOCH + timedelta(microseconds=us)).replace(microsecond=0)} UTC"
