"""Cells: inert, escaped, cut where Excel ends, dates where Excel can hold them."""

import io
import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from workbooks import (
    MAIN,
    NOON,
    cells,
    decoded,
    event,
    make_report,
    number_format,
    sheet,
    style_of,
    timeline_rows,
    titles,
    workbook,
)

from m365timeline.schemas.record import Code, Issue
from m365timeline.schemas.report import SourceReport
from m365timeline.writers.xlsx import XlsxWriter
from m365timeline.writers.xlsx.cells import LONGEST, shorten, text_cells, units


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x", "=cmd|'/C calc'!A0"]
)
def test_texts_like_formulas_are_texts_with_a_quote_prefix(text):
    parts, _ = workbook([event(summary=text), event(summary="plain")])
    assert [row["What"] for row in timeline_rows(parts)] == [text, "plain"]
    assert style_of(parts, "Timeline", "E2").get("quotePrefix") == "1"
    assert style_of(parts, "Timeline", "E3").get("quotePrefix") in {None, "0"}


@pytest.mark.parametrize(
    "text", ["00123", "1E5", "+49 1", "TRUE", "#N/A", "https://example.net/", "2024-03-01", "18446744073709551617"]
)
def test_nothing_becomes_a_number_or_a_link(text):
    parts, _ = workbook([event(subject=text)])
    assert timeline_rows(parts)[0]["Subject / object"] == text


def test_no_formula_no_link_no_connection_in_any_part():
    report = make_report(
        sources=[SourceReport(name="=1+1.csv", warnings=["@x"], decisions=["https://example.net/"])], warnings=["=2+2"]
    )
    parts, _ = workbook(
        [event(summary="=1+1", target="https://example.net/")],
        report,
        [Issue(code=Code.BROKEN_JSON, reason="=3+3", raw="=4+4")],
    )
    for name, data in parts.items():
        if name.startswith("xl/worksheets/sheet"):
            tree = ET.fromstring(data)
            assert not list(tree.iter(f"{MAIN}f"))
            assert not list(tree.iter(f"{MAIN}hyperlink"))
        assert b"hyperlink" not in data.lower()
        assert not re.search(r"externalLink|connections|vbaProject|embeddings", name)
    names = {item.get("name") for item in ET.fromstring(parts["xl/workbook.xml"]).iter(f"{MAIN}definedName")}
    assert names <= {"_xlnm._FilterDatabase", "_xlnm.Print_Titles"}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a & b < c > d", "a & b < c > d"), ("a\x00b\x1f", "a_x0000_b_x001F_"), ("a\r\nb", "a_x000D_\nb"), ("a\tb", "a\tb"), ("_x0041_", "_x005F_x0041_"),
        ("_x0041_x0042_", "_x005F_x0041_x005F_x0042_"), ("_x0041\x01", "_x005F_x0041_x0001_"), ("_x00g1_ _X0041_", "_x00g1_ _X0041_"), ("\ufffe\uffff", "_xFFFE__xFFFF_"), ("\x7f\x85😀", "\x7f\x85😀"),
    ],
)  # fmt: skip
def test_escapes_as_written(text, written):
    parts, _ = workbook([event(summary=text)])
    cell = next(cell for cell in sheet(parts, "Timeline").iter(f"{MAIN}c") if cell.get("r") == "E2")
    assert cell.find(f"{MAIN}is/{MAIN}t").text == written
    assert decoded(written) == text


@pytest.mark.parametrize(
    ("text", "kept"), [(" a", True), ("a\n", True), ("\ta", True), ("a b", False), ("a\nb", False), ("a\r", False)]
)
def test_outer_blanks_are_preserved(text, kept):
    parts, _ = workbook([event(summary=text)])
    cell = next(cell for cell in sheet(parts, "Timeline").iter(f"{MAIN}c") if cell.get("r") == "E2")
    assert (cell.find(f"{MAIN}is/{MAIN}t").get("{http://www.w3.org/XML/1998/namespace}space") == "preserve") is kept


@given(
    st.lists(
        st.none() | st.text(st.characters(exclude_categories=["Cs"])) | st.text("_x0041ab\r\n\t &<>]=\x00", max_size=12)
    )
)
def test_every_text_comes_back(texts):
    cell_texts = text_cells(pa.array(texts, pa.string()), "").to_pylist()
    tree = ET.fromstring("<r>" + "".join("<c" + text for text in cell_texts) + "</r>")
    back = [cell.find("is/t") for cell in tree]
    assert [None if text is None else decoded(text.text or "") for text in back] == texts


@pytest.mark.parametrize(
    ("text", "is_cut"),
    [
        ("x" * 32_766, False),
        ("x" * 32_767, False),
        ("x" * 32_768, True),
        ("😀" * 16_383, False),
        ("😀" * 16_384, True),
        ("é" * 32_767, False),
    ],
)
def test_cells_hold_what_excel_allows(text, is_cut):
    parts, notes = workbook([event(summary=text), event(summary=text)])
    shown = timeline_rows(parts)[0]["What"]
    assert (shown != text) is is_cut
    assert units(shown) <= LONGEST
    assert bool(notes) is is_cut
    if is_cut:
        kept, _, mark = shown.partition("… [cut: ")
        missing = int(mark.partition(" ")[0].replace(",", ""))
        assert text.startswith(kept)
        assert len(kept) + missing == len(text)
        assert mark.endswith("more characters; whole in the JSONL/Parquet output under this event id]")
        assert notes == ["Timeline: cells cut because Excel holds no more: 2; each says where the rest is"]


@pytest.mark.parametrize(("feeds", "is_cut"), [(252, False), (253, False), (254, True), (400, True)])
def test_cells_hold_253_line_feeds(feeds, is_cut):
    text = "x" + "\ny" * feeds
    parts, notes = workbook([event(summary=text)])
    shown = timeline_rows(parts)[0]["What"]
    assert (shown != text) is is_cut
    assert shown.count("\n") == min(feeds, 253)
    assert bool(notes) is is_cut


def test_cut_cells_are_counted_on_the_summary():
    parts, _ = workbook([event(summary="x" * 40_000)])
    assert any(
        "cells cut because Excel holds no more: 1." in str(text) for text in cells(sheet(parts, "Summary")).values()
    )


def test_shorten_cuts_between_characters():
    text = "x" + "😀" * 20_000
    shown = shorten(text, "there")
    assert units(shown) <= LONGEST
    assert text.startswith(shown.partition("…")[0])


@pytest.mark.parametrize(
    ("events", "sheets"), [(0, [0]), (9, [9]), (10, [10]), (11, [10, 1]), (20, [10, 10]), (21, [10, 10, 1])]
)
def test_sheets_hold_the_rows_they_may(events, sheets):
    parts, notes = workbook([event(event_id=str(number)) for number in range(events)], sheet_rows=10)
    names = [title for title in titles(parts) if title.startswith("Timeline")]
    assert names == ["Timeline", "Timeline 2", "Timeline 3"][: len(sheets)]
    for name, count in zip(names, sheets, strict=True):
        assert len(timeline_rows(parts, name)) == count
        assert sheet(parts, name).find(f"{MAIN}autoFilter").get("ref") == f"A1:Z{count + 1}"
    assert bool(notes) is (len(sheets) > 1)


def serial_to_utc(serial):
    return datetime(1899, 12, 30, tzinfo=UTC) + timedelta(days=serial)


@pytest.mark.parametrize(
    "time",
    [
        datetime(1900, 3, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
        NOON,
        datetime(2024, 3, 1, 17, 5, 9, 250_000, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    ],
)
def test_times_are_real_dates(time):
    parts, _ = workbook([event(time=time)])
    serial = timeline_rows(parts)[0]["Time (UTC)"]
    assert isinstance(serial, float)
    assert abs(serial_to_utc(serial) - time) < timedelta(milliseconds=0.5)
    assert number_format(parts, "Timeline", "A2") == "yyyy-mm-dd hh:mm:ss" + (".000" if time.microsecond else "")


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (datetime(1601, 1, 1, tzinfo=UTC), "1601-01-01T00:00:00Z"),
        (datetime(1900, 2, 28, 23, 59, 59, tzinfo=UTC), "1900-02-28T23:59:59Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00Z"),
        (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_times_that_are_no_excel_dates_are_iso_text(time, text):
    parts, _ = workbook([event(), event(time=time)])
    assert [row["Time (UTC)"] for row in timeline_rows(parts)] == [45352.5, text]


def test_times_finer_than_a_millisecond_are_dates_and_stand_exactly_in_details():
    time = datetime(2010, 4, 30, 18, 1, 55, 140_625, tzinfo=UTC)
    parts, _ = workbook([event(time=time), event()])
    fine, plain = timeline_rows(parts)
    assert abs(serial_to_utc(fine["Time (UTC)"]) - time) < timedelta(microseconds=5)
    assert "exact time: 2010-04-30T18:01:55.140625Z" in fine["Details (old → new)"]
    assert "exact time" not in (plain["Details (old → new)"] or "")


def test_unknown_times_are_empty():
    parts, _ = workbook([event(time=None)], make_report(zone="Europe/Vienna"))
    row = timeline_rows(parts)[0]
    assert (row["Time (UTC)"], row["Time (Europe/Vienna)"]) == (None, None)


@pytest.mark.parametrize(
    ("zone", "time", "hours"),
    [
        ("Europe/Vienna", datetime(2024, 3, 31, 0, 59, 59, tzinfo=UTC), 1), ("Europe/Vienna", datetime(2024, 3, 31, 1, 0, 0, tzinfo=UTC), 2),
        ("Europe/Vienna", datetime(2024, 10, 27, 0, 59, 59, tzinfo=UTC), 2), ("Europe/Vienna", datetime(2024, 10, 27, 1, 0, 0, tzinfo=UTC), 1),
        ("Asia/Kathmandu", NOON, 5.75), ("America/New_York", datetime(1969, 7, 20, 20, 17, tzinfo=UTC), -4),
    ],
)  # fmt: skip
def test_times_in_the_case_zone_follow_daylight_saving(zone, time, hours):
    parts, _ = workbook([event(time=time)], make_report(zone=zone))
    row = timeline_rows(parts)[0]
    assert round((row[f"Time ({zone})"] - row["Time (UTC)"]) * 24, 6) == hours


def test_old_times_in_the_case_zone_carry_their_offset():
    parts, _ = workbook([event(time=datetime(1, 1, 1, tzinfo=UTC))], make_report(zone="America/New_York"))
    assert timeline_rows(parts)[0]["Time (America/New_York)"] == "0001-01-01T00:00:00+00:00"


def test_unknown_zones_are_refused():
    with pytest.raises(ValueError, match="no time zone"):
        XlsxWriter(io.BytesIO(), make_report(zone="Mars/Olympus"), lambda: iter(()))
