"""The Timeline sheet: its columns, its values, its looks."""

import io
import zipfile
from xml.etree import ElementTree as ET

import pyarrow as pa
from workbooks import (
    MAIN,
    SCHEMA,
    event,
    make_report,
    one,
    sheet,
    style_of,
    timeline_rows,
    titles,
    workbook,
)

from m365timeline.schemas.event import PUBLISHED
from m365timeline.writers.xlsx import XlsxWriter


def test_timeline_columns_in_order_without_and_with_a_case_zone():
    names = [
        "Time (UTC)", "Severity", "Tag", "Who", "What", "Category", "Operation", "Mailbox / target", "Subject / object", "Result", "IP", "Country",
        "Organisation", "Client", "User agent", "Session", "Logon type", "Message-ID", "Details (old → new)", "Source type", "Source file", "Record",
        "Record id", "Event id", "Copies", "Note",
    ]  # fmt: skip
    plain, _ = workbook([event()])
    zoned, _ = workbook([event()], make_report(zone="Europe/Vienna"))
    assert list(timeline_rows(plain)[0]) == names
    assert list(timeline_rows(zoned)[0]) == [names[0], "Time (Europe/Vienna)", *names[1:]]


def test_only_the_columns_needed_are_asked_for():
    assert "raw" not in XlsxWriter.columns
    assert list(XlsxWriter.columns) == [name for name in PUBLISHED if name in XlsxWriter.columns]


def test_values_of_a_row():
    row = one(
        record_id="r", actor="Helen", category="message_read", operation="MailItemsAccessed", mailbox="amy@contoso.com", target="joe",
        subject="Plans", folder="\\Inbox", dest_folder="\\Trash", outcome="failure", error_code="50126", ip="192.0.2.1", country="AT", asn=64500,
        as_org="Example Net", client_app="OWA", client_info="Client=OWA", session_id="s", logon_type="Delegate", message_ids=["a@b", "c@d"], source_type="x",
        record_number=812, duplicates=2,
    )  # fmt: skip
    assert row["Who"] == "Helen"
    assert row["Mailbox / target"] == "amy@contoso.com | joe"
    assert row["Subject / object"] == "Plans | \\Inbox → \\Trash"
    assert row["Result"] == "failure · 50126"
    assert row["Organisation"] == "AS64500 Example Net"
    assert row["User agent"] == "Client=OWA"
    assert row["Message-ID"] == "a@b | c@d"
    assert (row["Record"], row["Copies"]) == (812, 2)
    assert (row["Tag"], row["Note"], row["Details (old → new)"]) == (None, None, None)


def test_absent_values_are_empty_cells():
    row = one(severity=None, summary=None, duplicates=0)
    assert {
        row[name]
        for name in ("Severity", "Who", "What", "Result", "Organisation", "Message-ID", "Copies", "Subject / object")
    } == {None}


def test_one_of_two_parts_is_shown_alone():
    assert one(target="joe")["Mailbox / target"] == "joe"
    assert one(mailbox="amy", target="amy")["Mailbox / target"] == "amy"
    assert one(as_org="Example Net")["Organisation"] == "Example Net"
    assert one(actor_id="10037FFE")["Who"] == "10037FFE"


def test_details_show_what_changed():
    changes = [
        {"name": "DeliverToMailboxAndForward", "old": "False", "new": "True"}, {"name": "ForwardingSmtpAddress", "old": None, "new": "x@example.net"},
        {"name": "Alias", "old": "amy", "new": None}, {"name": "Flag", "old": None, "new": None},
    ]  # fmt: skip
    shown = "DeliverToMailboxAndForward: False → True; ForwardingSmtpAddress: x@example.net; Alias: amy →; Flag"
    assert one(changes=changes, command="Set-Mailbox amy")["Details (old → new)"] == shown
    assert (
        one(changes=[], command="Set-Mailbox amy", error_text="denied")["Details (old → new)"]
        == "Set-Mailbox amy | denied"
    )


def test_details_tell_what_limits_a_row_and_the_time_that_could_not_be_placed():
    row = one(time=None, time_raw="3/4/2024 10:00", quality=["ambiguous_time", "wrapper_only"])
    assert row["Time (UTC)"] is None
    assert (
        row["Details (old → new)"]
        == "time as written: 3/4/2024 10:00 | limits of this row: ambiguous_time, wrapper_only"
    )


def test_values_stay_with_their_rows_across_batches_and_slices():
    events = [
        event(
            event_id=str(number),
            changes=[{"name": str(number), "old": None, "new": "x"}] * (number % 3),
            message_ids=[str(number)] * (number % 2),
        )
        for number in range(3000)
    ]
    stream = io.BytesIO()
    writer = XlsxWriter(stream, make_report(3000), lambda: iter(()), sheet_rows=700)
    batch = pa.RecordBatch.from_pylist(events, schema=SCHEMA)
    for start, stop in ((0, 1), (1, 990), (990, 2500), (2500, 3000)):
        writer.write(batch.slice(start, stop - start))
    writer.close()
    with zipfile.ZipFile(stream) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    rows = [row for title in titles(parts) if title.startswith("Timeline") for row in timeline_rows(parts, title)]
    assert [row["Event id"] for row in rows] == [item["event_id"] for item in events]
    assert [row["Details (old → new)"] for row in rows] == [
        "; ".join([f"{number}: x"] * (number % 3)) or None for number in range(3000)
    ]
    assert [row["Message-ID"] for row in rows] == [str(number) if number % 2 else None for number in range(3000)]


def test_frozen_panes_filter_drop_down_and_print_setup():
    parts, _ = workbook([event(), event()], make_report(2, zone="Europe/Vienna"))
    tree = sheet(parts, "Timeline")
    pane = tree.find(f"{MAIN}sheetViews/{MAIN}sheetView/{MAIN}pane")
    assert (pane.get("xSplit"), pane.get("ySplit"), pane.get("topLeftCell"), pane.get("state")) == (
        "6",
        "1",
        "G2",
        "frozen",
    )
    assert tree.find(f"{MAIN}autoFilter").get("ref") == "A1:AA3"
    choice = tree.find(f"{MAIN}dataValidations/{MAIN}dataValidation")
    assert (choice.get("type"), choice.get("sqref")) == ("list", "D2:D3")
    setup = tree.find(f"{MAIN}pageSetup")
    assert (setup.get("orientation"), setup.get("fitToWidth"), setup.get("fitToHeight")) == ("landscape", "1", "0")
    titles_printed = [
        item.text
        for item in ET.fromstring(parts["xl/workbook.xml"]).iter(f"{MAIN}definedName")
        if item.get("name") == "_xlnm.Print_Titles"
    ]
    assert "'Timeline'!$1:$1" in titles_printed


def test_only_the_first_sheet_is_selected():
    parts, _ = workbook([event()])
    selected = [
        title
        for title in titles(parts)
        if sheet(parts, title).find(f"{MAIN}sheetViews/{MAIN}sheetView").get("tabSelected") == "1"
    ]
    assert selected == ["Summary"]


def test_widths_follow_the_first_rows_within_bounds():
    parts, _ = workbook([event(summary="x" * 500, category="rule", subject="y" * 20)])
    widths = {column.get("min"): float(column.get("width")) for column in sheet(parts, "Timeline").iter(f"{MAIN}col")}
    assert widths["5"] == 60  # What
    assert widths["9"] == 22  # Subject / object
    assert all(8 <= width <= 60 for width in widths.values())


def test_rows_are_coloured_by_severity():
    parts, _ = workbook([event(severity=severity) for severity in ("high", "medium", "low", "info", None)])
    fills = [style_of(parts, "Timeline", f"F{row}").get("fillId") for row in range(2, 7)]
    assert len(set(fills[:4])) == 4
    assert fills[3] == fills[4] == "0"
    assert all(
        style_of(parts, "Timeline", f"{column}2").get("fillId") == fills[0] for column in ("A", "C", "E", "S", "V", "Z")
    )


def test_header_is_bold_white_on_dark():
    parts, _ = workbook([event()])
    xf = style_of(parts, "Timeline", "A1")
    styles = ET.fromstring(parts["xl/styles.xml"])
    font, fill = styles.find(f"{MAIN}fonts")[int(xf.get("fontId"))], styles.find(f"{MAIN}fills")[int(xf.get("fillId"))]
    assert font.find(f"{MAIN}b").get("val") == "1"
    assert font.find(f"{MAIN}color").get("rgb").endswith("FFFFFF")
    assert fill.find(f"{MAIN}patternFill/{MAIN}fgColor").get("rgb").endswith("1F3556")


def test_only_details_are_wrapped_and_rows_stay_low():
    parts, _ = workbook([event(command="Set-Mailbox " * 200, summary="x " * 300), event(command="short")])
    rows = list(sheet(parts, "Timeline").iter(f"{MAIN}row"))
    assert 27 <= float(rows[1].get("ht")) <= 81
    assert rows[2].get("ht") is None
    assert style_of(parts, "Timeline", "S2").find(f"{MAIN}alignment").get("wrapText") == "1"
    assert style_of(parts, "Timeline", "E2").find(f"{MAIN}alignment").get("wrapText") in {None, "0"}
