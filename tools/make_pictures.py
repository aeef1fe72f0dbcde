"""Make the pictures of ``docs/investigations.md``: sheets of the invented incident as a reader sees them.

Usage: ``python tools/make_pictures.py [FOLDER]`` (default: ``docs``). Needs LibreOffice (``soffice``) and poppler's ``pdftoppm``.
A picture shows a sheet as the program wrote it, with the columns and rows that do not matter there hidden.
"""

import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

ROOT = Path(__file__).resolve().parents[1]
Row = dict[str, str]
_DPI = 140
_WIDE, _NARROW = (
    36,
    8,
)  # characters: wider columns are narrowed to this, counts to the other, so that the letters stay readable
_LINE = 12.5  # points


@dataclass(frozen=True)
class Picture:
    """One picture: the sheet, its columns from left to right, and which rows are shown."""

    name: str
    sheet: str
    columns: tuple[str, ...]
    shown: Callable[[Row], bool]


def _of_tom_or_link(row: Row) -> bool:
    return row["Kind"] == "Sharing" or (row["Who"].startswith("Tom") and row["Site"] != "")


PICTURES = (
    Picture(
        "investigation_non_owner",
        "Non-owner access",
        ("Actor", "Mailbox", "Client", "IP", "First (UTC)", "Last (UTC)", "Acts", "Opened", "Read", "Sent", "Deleted", "Right behind it"),
        lambda row: row["Mailbox"].startswith("Amy") and row["Actor"][:1] != "(",
    ),
    Picture(
        "investigation_sent",
        "Messages sent",
        ("Sent (UTC)", "Sender", "Sent by", "How", "Subject", "Recipients", "Match", "During"),
        lambda row: "Victor" in row["Sender"] + row["Sent by"] and "2026-03-10" < row["Sent (UTC)"] < "2026-03-13",
    ),
    Picture(
        "investigation_files",
        "SharePoint & OneDrive",
        ("Kind", "Who", "Worth knowing", "First (UTC)", "Last (UTC)", "Downloaded", "Busiest day", "Files that day", "Own median", "What was done", "From"),
        _of_tom_or_link,
    ),
    Picture(
        "investigation_admin",
        "Admin changes",
        ("Concerns", "Time (UTC)", "Who", "Cmdlet or operation", "Before → after", "Result", "IP", "Command"),
        lambda row: "adm.boyle" in row["Who"] and row["Time (UTC)"] >= "2026-03-10",
    ),
    Picture(
        "investigation_session",
        "Sessions",
        ("Account", "Signs", "First (UTC)", "Last (UTC)", "Addresses", "Browsers and programs", "What was done"),
        lambda row: "stolen" in row["Signs"] or (row["Account"].startswith("Tom") and row["First (UTC)"] < "2026-03-05"),
    ),
)  # fmt: skip


def main(folder: Path) -> None:
    """Write the workbook of the incident, then one picture after the other."""
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        command = [sys.executable, "-m", "m365timeline", "convert", str(ROOT / "sample_exports")]
        subprocess.run([*command, "-o", str(work / "case.xlsx")], cwd=ROOT, check=False, capture_output=True)
        for picture in PICTURES:
            path = _draw(picture, work)
            (folder / f"{picture.name}.png").write_bytes(path.read_bytes())
            print(f"{path.stat().st_size:>9,} {picture.name}.png")


def _draw(picture: Picture, work: Path) -> Path:
    book = load_workbook(work / "case.xlsx")
    for name in book.sheetnames:
        if name != picture.sheet:
            del book[name]
    _leave(book[picture.sheet], picture)
    slim = work / f"{picture.name}.xlsx"
    book.save(slim)
    subprocess.run(
        ["soffice", "--headless", "--convert-to", "pdf", "--outdir", str(work), str(slim)],
        check=True,
        capture_output=True,
    )
    return _crop(slim.with_suffix(".pdf"))


def _leave(sheet: Worksheet, picture: Picture) -> None:
    """Hide what the picture does not show and lay the rest on one page."""
    head = next(cell.row for row in sheet.iter_rows() for cell in row if cell.value == picture.columns[0])
    titles = {cell.column: str(cell.value or "") for cell in sheet[head]}
    for column, title in titles.items():
        kept = sheet.column_dimensions[get_column_letter(column)]
        kept.hidden = title not in picture.columns
        cells = [sheet.cell(line, column).value for line in range(head + 1, sheet.max_row + 1)]
        counts = all(value is None or isinstance(value, int) for value in cells)
        kept.width = _NARROW if counts else min(kept.width, _WIDE)
    for row in sheet.iter_rows(min_row=head + 1):
        texts = {titles[cell.column]: "" if cell.value is None else str(cell.value) for cell in row}
        sheet.row_dimensions[row[0].row].hidden = not picture.shown(texts)
        lines = [
            _lines(str(cell.value or ""), sheet, cell.column) for cell in row if titles[cell.column] in picture.columns
        ]
        sheet.row_dimensions[row[0].row].height = _LINE * max(lines) + 3
    for row in sheet.iter_rows(min_row=head):
        for cell in row:
            cell.alignment = Alignment(cell.alignment.horizontal, "top", wrap_text=True)
    for row_number in range(1, head):
        sheet.row_dimensions[row_number].hidden = True
    sheet.auto_filter.ref = None
    sheet.print_title_rows = None
    sheet.print_area = f"A{head}:{get_column_letter(len(titles))}{sheet.max_row}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth = sheet.page_setup.fitToHeight = 1
    sheet.oddHeader.center.text = sheet.oddFooter.center.text = sheet.oddFooter.left.text = (
        sheet.oddFooter.right.text
    ) = ""
    margins = sheet.page_margins
    margins.left = margins.right = margins.top = margins.bottom = margins.header = margins.footer = 0.2


def _lines(text: str, sheet: Worksheet, column: int) -> int:
    """How many lines a text takes in its column."""
    width = max(1, int(sheet.column_dimensions[get_column_letter(column)].width) - 1)
    return sum(max(1, len(textwrap.wrap(part, width))) for part in text.split("\n"))


def _crop(pdf: Path) -> Path:
    """Draw the first page and cut off what is white around the table."""
    grey = subprocess.run(["pdftoppm", "-r", str(_DPI), "-gray", "-f", "1", "-l", "1", str(pdf)], check=True, capture_output=True).stdout  # fmt: skip
    _, size, _, pixels = grey.split(b"\n", 3)
    width, height = map(int, size.split())
    lines = [line for line in range(height) if min(pixels[line * width : (line + 1) * width]) < 250]
    columns = [column for column in range(width) if min(pixels[column::width]) < 250]
    area = ["-x", columns[0], "-y", lines[0], "-W", columns[-1] - columns[0] + 1, "-H", lines[-1] - lines[0] + 1]
    target = pdf.with_suffix("")
    subprocess.run(
        ["pdftoppm", "-r", str(_DPI), "-png", "-singlefile", *map(str, area), str(pdf), str(target)], check=True
    )
    return target.with_suffix(".png")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs")
