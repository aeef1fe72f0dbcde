"""docs/investigations.md says what the workbook of the invented incident says: every row it names is there, with those words."""

import re
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from m365timeline.analysis.files import _fate

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "investigations.md").read_text(encoding="utf-8")
FACTS = re.findall(r"(?m)^\| ([A-Z][^|]*?) \| (.+?) \| (.+?) \|$", PAGE)
COLUMN = re.compile(r"(?:^|; )([A-Z][^:;]*?(?: \(UTC\))?): ")


def cells_of(text, titles):
    """``Column: words; Column: words`` as pairs; a semicolon or colon within words is no new column unless a title stands there."""
    names = "|".join(re.escape(title) for title in sorted(titles, key=len, reverse=True))
    parts = re.split(rf"(?:^|; )({names}): ", text)
    assert parts[0] == "", f"no column of the sheet begins: {text}"
    return list(zip(parts[1::2], parts[2::2], strict=True))


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    path = tmp_path_factory.mktemp("investigations") / "case.xlsx"
    command = [sys.executable, "-m", "m365timeline", "convert", "sample_exports", "-o", path]
    assert subprocess.run(command, cwd=ROOT, check=False, capture_output=True).returncode == 3
    found = {}
    for sheet in openpyxl.load_workbook(path, read_only=True).worksheets:
        if sheet.title in {fact[0] for fact in FACTS}:
            found[sheet.title] = [
                ["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)
            ]
    return found


@pytest.mark.parametrize(("sheet", "row", "words"), FACTS, ids=[f"{one[0]}: {one[1]}"[:70] for one in FACTS])
def test_the_page_says_what_the_sheet_says(book, sheet, row, words):
    lines = book[sheet]
    if sheet == "Coverage":  # a page of several tables: the words stand in one line
        assert any(row in " ".join(line) and words in " ".join(line) for line in lines)
        return
    first = COLUMN.match(row)[1]
    head = next(number for number, line in enumerate(lines) if first in line)
    titles = [title for title in lines[head] if title]
    rows = [dict(zip(lines[head], line, strict=False)) for line in lines[head + 1 :]]
    asked = cells_of(row, titles)
    chosen = [one for one in rows if all(word.casefold() in one[title].casefold() for title, word in asked)]
    assert chosen, "no such row"
    told = cells_of(words, titles)
    assert any(all(says(one[title], word) for title, word in told) for one in chosen), [
        {title: one[title] for title, _ in told} for one in chosen
    ]


def says(cell, word):
    """A number is that number; a text contains the words."""
    return cell == word if cell.isdigit() or word.isdigit() else word.casefold() in cell.casefold()


def test_the_page_covers_the_four_investigations():
    chapters = re.split(r"(?m)^## ", PAGE)[1:5]
    assert [chapter[:2] for chapter in chapters] == ["A.", "B.", "C.", "D."]
    for chapter in chapters:
        assert "**Conclusion.**" in chapter
        assert "**What cannot be said.**" in chapter
        assert len(re.findall(r"(?m)^\| [A-Z]", chapter)) >= 7
    for picture in re.findall(r"\]\((investigation_\w+\.png)\)", PAGE):
        data = (ROOT / "docs" / picture).read_bytes()
        assert data.startswith(b"\x89PNG"), picture
        assert len(data) < 300_000, picture


def exposed(book):
    lines = book["Messages exposed"]
    head = next(number for number, line in enumerate(lines) if "Verdict" in line)
    return [dict(zip(lines[head], line, strict=False)) for line in lines[head + 1 :]]


def test_six_messages_were_read_and_four_folders_seen(book):
    rows = exposed(book)
    mine = [row for row in rows if row["Reader"].startswith("Victor") and row["Mailbox"].startswith("Amy")]
    assert [row["Verdict"] for row in mine].count("read") == 6
    assert [row["Verdict"] for row in mine].count("exposed") == 4


def test_the_application_read_the_older_messages(book):
    rows = [row for row in exposed(book) if row["IP"] == "203.0.113.158" and row["Verdict"] == "read"]
    assert len([row for row in rows if not row["Subject"]]) == 1_080


def test_a_link_is_told_with_its_end():
    link = {"used": 0, "addresses": None, "first": None, "last": None, "removed": 1_773_126_000_000_000}
    assert _fate(link) == "No use seen in the supplied logs; a link removed 2026-03-10 07:00:00 UTC"


def test_nobody_removes_the_authenticator_or_the_link(book):
    text = "\n".join(" ".join(line) for line in book["Admin changes"] + book["SharePoint & OneDrive"])
    assert "User registered security info" in text
    assert "AnonymousLinkCreated" in text
    assert "AnonymousLinkRemoved" not in text
    assert "deleted security info" not in text.casefold()
