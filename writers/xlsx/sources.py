"""The Sources sheet: every file that was given, its hash, what it was taken for and why, and what to beware of."""

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from m365timeline.writers.xlsx import styles
from m365timeline.writers.xlsx.page import lines_of
from m365timeline.writers.xlsx.small import Facts, SmallSheet, cell_at, put, set_up_print

_HEADERS = (
    ("File", 48), ("Status", 10), ("Format", 24), ("Variant", 22), ("SHA-256", 67), ("Size (bytes)", 14), ("Encoding", 12),
    ("Records", 11), ("Converted", 11), ("Rejected", 11), ("Events", 11), ("Duplicates", 11), ("First (UTC)", 20), ("Last (UTC)", 20),
    ("Bytes", 34), ("Warnings", 60), ("Decisions", 60),
)  # fmt: skip
_DATES = (13, 14)
_MOST_LINES = 12


def _fill(sheet: Worksheet, facts: Facts) -> None:
    for column, (title, width) in enumerate(_HEADERS, 1):
        cell = cell_at(sheet, 1, column)
        put(cell, title)
        styles.style_header(cell)
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.row_dimensions[1].height = 30
    for row, source in enumerate(facts.report.sources, 2):
        warnings, decisions = "\n".join(source.warnings), "\n".join(source.decisions)
        told = "\n".join(
            f"{count:,} {kind}" for kind, count in source.bytes_by_kind.items()
        )  # every byte, by what it is
        values = (
            source.name, source.status, source.title or source.format, source.variant, source.sha256, source.size, source.encoding,
            source.records, source.converted, source.rejected, source.events, source.duplicates, source.first_time, source.last_time,
            told, warnings, decisions,
        )  # fmt: skip
        for column, value in enumerate(values, 1):
            cell = cell_at(sheet, row, column)
            styles.style_body(cell, number=isinstance(value, int) and column not in _DATES, vertical="top")
            put(cell, value, form=styles.DATE_FORMAT if column in _DATES else None)
            if source.warnings or source.status == "unread":
                cell.fill = styles.fill(styles.BAD)
        tallest = max(
            lines_of(text, width)
            for text, (_, width) in zip(
                (source.name, told, warnings, decisions), (_HEADERS[0], *_HEADERS[14:17]), strict=True
            )
        )
        sheet.row_dimensions[row].height = 13.5 * min(tallest, _MOST_LINES) + 1.5
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(_HEADERS))}{len(facts.report.sources) + 1}"
    set_up_print(sheet, paper="A3", header_row=1)


SHEET = SmallSheet(
    title="Sources",
    about="Every file given: SHA-256, format, encoding, records, what every byte is, decisions, warnings.",
    fill=_fill,
)
