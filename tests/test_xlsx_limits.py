"""What Excel allows, at the limit, one below and one above; and in a workbook of every sample, part by part.

Source of the limits: Microsoft, "Excel specifications and limits"; sheet names: what Excel refuses when one is typed.
"""

import json
import re
import zipfile
from xml.etree import ElementTree as ET

import pyarrow as pa
import pytest
from conftest import ROOT
from exports import audit_data
from test_answers import answer, grant, links
from test_golden import Quiet
from workbooks import MAIN, SCHEMA, XlsxWriter, cells, event, make_report, sheet, workbook

from m365timeline.pipeline.convert import convert
from m365timeline.schemas.request import Request
from m365timeline.writers.xlsx import cells as cell_texts
from m365timeline.writers.xlsx import streamed
from m365timeline.writers.xlsx import workbook as book
from m365timeline.writers.xlsx.cells import units

EXCEL_ROWS, EXCEL_COLUMNS, EXCEL_TEXT, EXCEL_LINE_FEEDS = 1_048_576, 16_384, 32_767, 253
EXCEL_LINKS, EXCEL_STYLES, EXCEL_FONTS, EXCEL_FORMATS, EXCEL_FOOTER, EXCEL_NAME = 65_530, 65_490, 512, 200, 255, 31


def test_R48_our_limits_are_those_of_excel_or_below():
    assert cell_texts.LONGEST == EXCEL_TEXT
    assert cell_texts.MOST_LINE_FEEDS == EXCEL_LINE_FEEDS
    assert streamed._MOST_LINKS == EXCEL_LINKS
    assert book.MOST_ROWS + 1000 < EXCEL_ROWS  # header and notes above it are rows too


@pytest.mark.parametrize(("rows", "linked"), [(2, 2), (3, 3), (4, 3)])
def test_R48_links_at_the_limit_one_below_and_one_above(monkeypatch, rows, linked):
    monkeypatch.setattr(streamed, "_MOST_LINKS", 3)
    parts, _ = workbook([event(event_id="e0")], answers=lambda: [answer(rows=[grant([1]) for _ in range(rows)])])
    assert len(links(parts, "Permissions")) == linked
    assert [cells(sheet(parts, "Permissions"))[f"E{number + 4}"] for number in range(rows)] == ["row 2"] * rows


def test_R48_links_really_end_where_excel_ends():
    """With as many rows as it takes: one link a row."""
    many = EXCEL_LINKS + 1
    parts, _ = workbook([event(event_id="e0")], answers=lambda: [answer(rows=[grant([1]) for _ in range(many)])])
    assert len(links(parts, "Permissions")) == EXCEL_LINKS
    assert cells(sheet(parts, "Permissions"))[f"E{many + 3}"] == "row 2"


def test_R48_a_million_rows_and_one_are_two_sheets(request, tmp_path):
    if not request.config.getoption("--slow"):
        pytest.skip("a million rows are written with --slow")
    path, block = tmp_path / "a.xlsx", 50_000
    with path.open("w+b") as stream:
        writer = XlsxWriter(stream, make_report(book.MOST_ROWS + 1), lambda: iter(()))
        batch = pa.RecordBatch.from_pylist([event()] * block, schema=SCHEMA)
        for _ in range(book.MOST_ROWS // block):
            writer.write(batch)
        writer.write(batch.slice(0, 1))
        writer.close()
    with zipfile.ZipFile(path) as file:
        counts = {}
        for name in file.namelist():
            if "streamed" in name:
                with file.open(name) as part:
                    counts[name] = sum(
                        block.count(b"<row ")
                        for block in iter(lambda part=part: part.read(1 << 20) + part.readline(), b"")
                    )
    assert sorted(counts.values()) == [2, book.MOST_ROWS + 1]


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """A workbook of every sample, and of values made to be too much for it."""
    folder = tmp_path_factory.mktemp("limits")
    records = [
        audit_data(1, ObjectId="x" * 40_000),
        audit_data(2, ObjectId="a\nb" * 400),
        audit_data(3, UserId="'[a]:*?/\\'" + "n" * 60),
    ]
    (folder / "large.jsonl").write_text("\n".join(map(json.dumps, records)))
    target = folder / "all.xlsx"
    convert(Request(inputs=[str(ROOT / "sample_exports"), str(folder / "large.jsonl")], outputs=[target]), Quiet())
    with zipfile.ZipFile(target) as file:
        return {name: file.read(name) for name in file.namelist()}


def sheets(parts):
    return {name: ET.fromstring(data) for name, data in parts.items() if name.startswith("xl/worksheets/sheet")}


def test_R48_sheet_names_are_names_excel_takes(parts):
    names = re.findall(rb'<sheet [^>]*?name="([^"]*)"', parts["xl/workbook.xml"])
    names = [name.decode().replace("&amp;", "&") for name in names]
    assert len(names) > 12
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert 0 < len(name) <= EXCEL_NAME
        assert not re.search(r"[\[\]:*?/\\]|^'|'$", name)
        assert name.casefold() != "history"


def test_R48_no_sheet_holds_more_than_excel_allows(parts):
    for name, tree in sheets(parts).items():
        rows = [int(row.get("r")) for row in tree.iter(f"{MAIN}row")]
        assert rows == sorted(set(rows))
        assert not rows or rows[-1] <= EXCEL_ROWS
        for place, value in cells(tree).items():
            column = re.match("[A-Z]+", place)[0]
            assert len(column) < 3 or column <= "XFD"
            if isinstance(value, str):
                assert units(value) <= EXCEL_TEXT, (name, place)
                assert value.count("\n") <= EXCEL_LINE_FEEDS, (name, place)
        assert len(list(tree.iter(f"{MAIN}hyperlink"))) <= EXCEL_LINKS
        assert all(len(text.text or "") <= EXCEL_FOOTER for text in tree.iter(f"{MAIN}oddFooter"))


def test_R48_styles_fonts_and_formats_are_few_whatever_is_read(parts):
    tree = ET.fromstring(parts["xl/styles.xml"])
    for kind, most in (("cellXfs", EXCEL_STYLES), ("fonts", EXCEL_FONTS), ("numFmts", EXCEL_FORMATS)):
        found = tree.find(f"{MAIN}{kind}")
        assert found is None or len(found) <= most // 4, kind  # they depend on the program alone, not on the data


def test_R52_headers_that_are_filtered_are_unique_texts(parts):
    filtered = 0
    for name, tree in sheets(parts).items():
        found = tree.find(f"{MAIN}autoFilter")
        if found is None:
            continue
        filtered += 1
        row = int(re.search(r"\d+", found.get("ref"))[0])
        last = re.match("[A-Z]+", found.get("ref").split(":")[1])[0]
        header = [value for place, value in cells(tree).items() if re.fullmatch(rf"[A-Z]+{row}", place)]
        assert all(isinstance(text, str) and text.strip() for text in header), name
        assert len({text.casefold() for text in header}) == len(header), name
        assert sum((ord(letter) - 64) * 26**place for place, letter in enumerate(reversed(last))) == len(header), name
    assert filtered > 8
