"""Excel workbooks: every sheet becomes a table of text, as if it had been saved as CSV.

Exports are opened and saved again in Excel by whoever gathers them, and some (the audit report of a SharePoint site
collection) exist only so. Cells are taken as they stand: formulas are shown and never computed, macros and links are not
looked at. What is parsed, hashed and shown for such a source is the table written here; the hash of the workbook stands beside it.
"""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import chain, islice
from typing import Any

from m365timeline.schemas.record import Code, Issue
from m365timeline.schemas.source import Source
from m365timeline.schemas.words import counted
from m365timeline.sources.spool import Container, Copy

BOOK = "xl/workbook.xml"
_STRINGS = "xl/sharedStrings.xml"
_MOST_STRINGS = 96 << 20  # bytes of the list of texts, which has to be kept in memory
_MOST = 2 << 30  # bytes of a workbook, unpacked
_FEW = 3  # cells: a row of fewer above a table is its title
_LOOKED_AT = 20  # rows looked through for the header
_BLOCK = 512  # rows written together
_DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    SyntaxError,
    zipfile.BadZipFile,
    RuntimeError,
    NotImplementedError,
)
BROKEN = "This workbook is damaged or protected by a password: its sheets cannot be read. Open it in Excel and save it anew, or ask for the original export."


def workbook_sheets(box: Container, archive: zipfile.ZipFile) -> Iterator[Source | Issue]:
    """Yield a source for each sheet that holds anything. Raises LimitReachedError."""
    refusal = _refuse(archive)
    if refusal is not None:
        yield box.issue(Code.LIMIT_REACHED, refusal)
        return
    from openpyxl import load_workbook

    found = 0
    try:
        with box.source.open() as stream:
            book = load_workbook(stream, read_only=True, keep_links=False)
            for sheet in book.worksheets:
                sheet.reset_dimensions()  # what the file says of its size is not relied on
                rows = (row for row in sheet.iter_rows(values_only=True) if _filled(row))
                source = _table(box, str(sheet.title), rows)
                if source is not None:
                    found += 1
                    yield source
    except _DAMAGE as error:
        yield box.issue(Code.UNREADABLE_ARCHIVE, f"{BROKEN} ({type(error).__name__})")
        return
    if not found:
        yield box.issue(Code.NO_EXPORT, "It is a workbook without cells.")


def _refuse(archive: zipfile.ZipFile) -> str | None:
    """Why a workbook is not opened: a size no export has, or a declaration that could blow it up."""
    members = archive.infolist()
    if sum(info.file_size for info in members) > _MOST or any(
        info.filename == _STRINGS and info.file_size > _MOST_STRINGS for info in members
    ):
        return "This workbook is too large to be read within bounded memory. Save its sheets as CSV and give these."
    for info in members:
        if info.filename.endswith((".xml", ".rels")):
            with archive.open(info) as part:
                if b"<!DOCTYPE" in part.read(4096).replace(b"\0", b""):
                    return "A part of this workbook declares a document type, as no Excel does: it was made to do harm and is not read."
    return None


def _table(box: Container, title: str, rows: Iterator[tuple[Any, ...]]) -> Source | None:
    """Write a sheet's rows as CSV, from its header on; ``None`` for a sheet without cells."""
    passed = list(islice(rows, _LOOKED_AT))
    if not passed:
        return None
    place = next((number for number, row in enumerate(passed) if _filled(row) >= _FEW), 0)
    titles, header = passed[:place], passed[place]
    width = max(number for number, cell in enumerate(header, 1) if cell is not None)
    with box.spool.copy(box.source.size) as copy:
        _write(copy, chain(passed[place:], rows), width)
    notes = [
        f"Sheet {title!r} of a workbook, written out as a table: records and bytes are counted in that table. Formulas are shown, not computed."
    ]
    if titles:
        words = " | ".join(" ".join(_text(cell) for cell in row if cell is not None) for row in titles)
        notes.append(f"Above the table, no records ({counted(len(titles), 'row')}): {words[:500]}")
    return box.member(box.label(title), copy, notes)


def _filled(row: tuple[Any, ...]) -> int:
    return sum(cell is not None for cell in row)


def _write(copy: Copy, rows: Iterator[tuple[Any, ...]], width: int) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for number, row in enumerate(rows, 1):
        end = max((place for place, cell in enumerate(row, 1) if cell is not None), default=0)
        writer.writerow([_text(cell) for cell in row[: max(width, end)]] + [""] * (width - len(row)))
        if number % _BLOCK == 0:
            copy.write(text.getvalue().encode("utf-8", "backslashreplace"))
            text.seek(0)
            text.truncate()
    copy.write(text.getvalue().encode("utf-8", "backslashreplace"))


def _text(cell: Any) -> str:
    """A cell as text: dates in ISO 8601 without a zone, as Excel knows none; numbers exactly as the file holds them."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return str(cell)
