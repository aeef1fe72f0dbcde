"""What openpyxl saves, as parts without a clock value."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime

from openpyxl import Workbook
from openpyxl.xml.functions import tostring

_MADE = datetime(1980, 1, 1)  # noqa: DTZ001 (document properties hold a naive UTC time)
OPENING = (
    "_rels/.rels",
    "docProps/app.xml",
    "docProps/core.xml",
)  # the same in every workbook: tools know the file type by them


def new_book() -> Workbook:
    """A workbook without sheets."""
    book = Workbook()
    book.remove(book.worksheets[0])
    return book


def arrange(book: Workbook, titles: Sequence[str]) -> None:
    """Put the sheets in the order of ``titles``: a sheet split in several (``Timeline 2``) stays together, others go last."""
    place = {title: number for number, title in enumerate(titles)}
    wanted = sorted(book.sheetnames, key=lambda name: place.get(re.sub(r" \d+$", "", name), len(place)))
    for number, name in enumerate(wanted):
        book.move_sheet(name, number - book.sheetnames.index(name))


def with_streamed(found: dict[str, bytes], book: Workbook, members: Mapping[str, str]) -> dict[str, bytes]:
    """The parts of a book whose sheets in ``members`` (part by title) are streamed: named where they stand, not made again."""
    found = dict(found)
    for number, name in enumerate(book.sheetnames, 1):
        if name in members:
            own = f"xl/worksheets/sheet{number}.xml"
            del found[own]
            for index in ("[Content_Types].xml", "xl/_rels/workbook.xml.rels"):
                found[index] = found[index].replace(f'"/{own}"'.encode(), f'"/{members[name]}"'.encode())
    return found


def parts(book: Workbook) -> dict[str, bytes]:
    """The parts of a saved workbook by name, in order, with fixed document properties."""
    book.properties.creator = "m365timeline"
    book.properties.title = "Microsoft 365 timeline"
    book.properties.created = _MADE
    stream = io.BytesIO()
    book.save(stream)
    with zipfile.ZipFile(stream) as saved:
        found = {name: saved.read(name) for name in saved.namelist()}
    book.properties.modified = _MADE  # openpyxl put the time of saving there
    found["docProps/core.xml"] = tostring(book.properties.to_tree())
    return found
