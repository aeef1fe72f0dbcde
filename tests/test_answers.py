"""Sheets of analyses: their place, notes, links, and what is left out."""

import re

import pytest
from workbooks import MAIN, cells, event, sheet, titles, workbook

from m365timeline.schemas.failure import TooLittleMemoryError
from m365timeline.schemas.sheets import ORDER, Answer, Sheet, SheetColumn, sheet_row
from m365timeline.writers.xlsx import streamed

COLUMNS = (SheetColumn(title="Who"), SheetColumn(title="When", kind="date"), SheetColumn(title="Granted", kind="row"))


def answer(title="Permissions", rows=(), **words):
    shape = Sheet(
        title=title, about="grants", method="By counting. Twice.", absence="Proves nothing.", empty="no grant was seen.",
        columns=COLUMNS, **words,
    )  # fmt: skip
    return Answer(shape, lambda: iter(rows))


def grant(positions, *, who="=amy", granted=None, **more):
    return sheet_row((who, 1_709_294_400_000_000, granted), positions, **more)


def made(answers, events=5, **options):
    parts, _ = workbook([event(event_id=f"e{n}") for n in range(events)], answers=lambda: answers, **options)
    return parts


def links(parts, title):
    return {link.get("ref"): link.get("location") for link in sheet(parts, title).iter(f"{MAIN}hyperlink")}


def test_sheets_stand_in_the_order_an_analyst_reads_them():
    parts = made([answer(title, [grant([1])]) for title in ("Sessions", "Findings", "Permissions", "Non-owner access")])
    assert titles(parts) == [
        "Summary", "Findings", "Timeline", "Non-owner access", "Permissions", "Sessions", "Sources", "Legend",
    ]  # fmt: skip
    assert [title for title in ORDER if title in titles(parts)] == titles(parts)
    assert cells(sheet(parts, "Findings"))["A4"] == "=amy"  # each name leads to its own rows
    assert cells(sheet(parts, "Timeline"))["A1"] == "Time (UTC)"


def test_the_notes_stand_above_the_header_and_filter_and_frozen_rows_follow():
    parts = made([answer(rows=[grant([1]), grant([2])], frozen=2)])
    found = cells(sheet(parts, "Permissions"))
    assert found["A1"] == "Method: By counting. Twice."
    assert found["A2"] == "What is missing: Proves nothing."
    assert [found[f"{letter}3"] for letter in "ABCD"] == ["Who", "When", "Granted", "Events"]
    tree = sheet(parts, "Permissions")
    assert tree.find(f"{MAIN}autoFilter").get("ref") == "A3:G5"
    assert tree.find(f".//{MAIN}pane").get("topLeftCell") == "C4"
    assert found["A4"] == "=amy"


def test_rows_lead_to_the_events_they_rest_on_also_over_several_sheets():
    rows = [grant([2, 5], granted=4), grant([1], granted=None)]
    parts = made([answer(rows=rows)], sheet_rows=3)
    assert titles(parts)[1:3] == ["Timeline", "Timeline 2"]
    found = cells(sheet(parts, "Permissions"))
    assert links(parts, "Permissions") == {
        "C4": "'Timeline 2'!A2", "E4": "'Timeline'!A3", "F4": "'Timeline 2'!A3", "E5": "'Timeline'!A2",
    }  # fmt: skip
    assert found["C4"] == "Timeline 2: 2"
    assert found["D4"] == 2
    assert found["G4"] == "Timeline: 3, Timeline 2: 3"
    for place, location in links(parts, "Permissions").items():
        title, cell = re.fullmatch(r"'(.+)'!(\w+)", location).groups()
        assert cell in cells(sheet(parts, title)), place


def test_a_row_counts_all_its_events_and_names_the_first():
    parts = made([answer(rows=[grant(list(range(1, 101)))])], events=100)
    found = cells(sheet(parts, "Permissions"))
    assert found["D4"] == 100
    assert found["G4"] == "2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 and 88 more"
    assert found["F4"] is None  # the last of them is not known any more


def test_no_more_links_than_excel_allows(monkeypatch):
    monkeypatch.setattr(streamed, "_MOST_LINKS", 3)
    parts = made([answer(rows=[grant([1]) for _ in range(5)])])
    assert len(links(parts, "Permissions")) == 3
    assert cells(sheet(parts, "Permissions"))["E8"] == "row 2"


def test_a_sheet_with_nothing_to_say_is_left_out_and_the_summary_says_why():
    parts = made([answer()])
    assert "Permissions" not in titles(parts)
    summary = list(cells(sheet(parts, "Summary")).values())
    assert summary[summary.index("Permissions (left out)") + 1] == "Nothing to say: no grant was seen."


def test_a_sheet_that_needs_too_much_memory_ends_there_and_says_so():
    def some():
        yield grant([1])
        raise TooLittleMemoryError("320 MB")

    def none():
        raise TooLittleMemoryError("320 MB")
        yield

    unfinished, missing = answer("Permissions"), answer("Sessions")
    parts, notes = workbook(
        [event(event_id="e1")], answers=lambda: [Answer(unfinished.sheet, some), Answer(missing.sheet, none)]
    )
    assert cells(sheet(parts, "Permissions"))["A4"] == "=amy", "what was worked out stands there"
    assert "Sessions" not in titles(parts)
    summary = " ".join(map(str, cells(sheet(parts, "Summary")).values()))
    assert "1 grants. INCOMPLETE: see Warnings" in summary
    for title in ("Permissions", "Sessions"):
        assert f"The sheet {title} is left out or incomplete: " in summary
        assert any(note.startswith(f"The sheet {title} is left out or incomplete: ") for note in notes)


def test_a_row_that_does_not_fit_its_columns_is_a_bug():
    with pytest.raises(ValueError, match="2 values for 3 columns"):
        made([Answer(answer().sheet, lambda: iter([sheet_row(("amy", None), [1])]))])


def test_a_row_is_as_high_as_its_longest_wrapped_text():
    shape = Sheet(
        title="Permissions", about="x", method="x", absence="x", empty="x",
        columns=(SheetColumn(title="Long", kind="wrapped"), SheetColumn(title="Short", kind="wrapped")),
    )  # fmt: skip
    parts = made([Answer(shape, lambda: iter([sheet_row(("one\ntwo\nthree", "one"), [1])]))])
    row = next(row for row in sheet(parts, "Permissions").iter(f"{MAIN}row") if row.get("r") == "4")
    assert float(row.get("ht")) > 2 * 13
