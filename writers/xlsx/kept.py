"""Reading tags, notes and statuses back from a workbook that an analyst has worked in."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from m365timeline.schemas.notes import Notes

_TIMELINE, _FINDINGS = "Timeline", "Findings"
_HEADER_WITHIN = 12  # rows: notes may stand above a header
_DEFAULT_STATUS = "Open"
_DAMAGE = (InvalidFileException, zipfile.BadZipFile, ParseError, KeyError, ValueError, TypeError, EOFError)


class BadNotesError(Exception):
    """The file is no workbook of this program; the message says what it lacks."""


def read_notes(path: Path) -> Notes:
    """Read what was written into the columns Tag, Note and Status. Raises BadNotesError, OSError."""
    tags: dict[str, str] = {}
    notes: dict[str, str] = {}
    statuses: dict[tuple[str, str, str], str] = {}
    try:
        book = load_workbook(path, read_only=True, keep_links=False)
        names = [name for name in book.sheetnames if name == _TIMELINE or name.startswith(f"{_TIMELINE} ")]
        for name in names:
            for event, tag, note in _rows(book[name], ("Event id", "Tag", "Note")):
                if event and tag:
                    tags[event] = tag
                if event and note:
                    notes[event] = note
        if _FINDINGS in book.sheetnames:
            for rule, who, target, status in _rows(book[_FINDINGS], ("Rule", "Who", "Target", "Status")):
                if rule and status and status != _DEFAULT_STATUS:
                    statuses[rule, who, target] = status
        book.close()
    except _DAMAGE as error:
        raise BadNotesError(f"it cannot be read as a workbook ({type(error).__name__})") from error
    if not names:
        raise BadNotesError("it has no sheet Timeline")
    return Notes(source=path.name, tags=tags, notes=notes, statuses=statuses)


def _rows(sheet: Any, wanted: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The texts of the wanted columns, row by row below the header. Raises BadNotesError if there is no such header."""
    sheet.reset_dimensions()  # what the file says of its size is not relied on
    places: list[int] | None = None
    for number, row in enumerate(sheet.iter_rows(values_only=True)):
        if places is None:
            titles = [str(cell) for cell in row]
            if all(name in titles for name in wanted):
                places = [titles.index(name) for name in wanted]
            elif number >= _HEADER_WITHIN:
                break
            continue
        yield tuple("" if place >= len(row) or row[place] is None else str(row[place]).strip() for place in places)
    if places is None:
        raise BadNotesError(f"its sheet {sheet.title} has no columns {', '.join(wanted)}")
