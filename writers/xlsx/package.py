"""What openpyxl saves, as parts without a clock value."""

import io
import zipfile
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
