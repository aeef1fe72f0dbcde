"""Blocks of labels: raw audit items as Exchange keeps them, and a report a script printed without care."""

import json
from pathlib import Path

import pytest
from helpers import read_events, read_records
from json_kit import Pieces

from m365timeline.parsers import FORMATS, parser_class
from m365timeline.parsers._labelled import LabelReader
from m365timeline.parsers.admin_audit_text import AdminAuditText
from m365timeline.parsers.admin_audit_xml import AdminAuditXml
from m365timeline.parsers.dlp_report_csv import DlpReportCsv
from m365timeline.parsers.dlp_report_list import DlpReportList
from m365timeline.parsers.mailbox_audit_text import MailboxAuditText
from m365timeline.parsers.mailbox_audit_xml import MailboxAuditXml

OWN = Path(__file__).resolve().parents[1] / "sample_exports"
ITEM = (
    "Operation: HardDelete\r\nOperationResult: Succeeded\r\nLogonType: Delegate\r\nUtcTime: 2026-03-11T20:22:17\r\nMailboxGuid: g\r\n"
    "LogonUserDisplayName: Victor Hale\r\nFolderPathName: \\Inbox\r\n0..SourceItemId: a\r\n0..SourceItemSubject: One: two\r\n1..SourceItemId: b\r\n"
)
RUN = "Cmdlet Name: Set-Mailbox\r\nParameter: Identity = amy\r\nParameter: Comment = a = b\r\nCaller: helen\r\nSucceeded: True\r\nRun Date: 2026-03-11T20:22:17 UTC\r\n"


@pytest.mark.parametrize(
    "name", ["mailbox_audit_text", "admin_audit_text", "dlp_report_list", "mailbox_audit_list", "admin_audit_list"]
)
def test_samples_are_claimed_by_their_own_format_alone(name):
    for path in sorted((OWN / name).iterdir()):
        assert [other for other in FORMATS if read_records(path, parser_class(other))[0] is not None] == [name]
        records, issues, events = read_events(path, parser_class(name))
        assert issues == []
        assert len(records) == len(events)


def test_numbered_labels_are_the_items():
    records, issues, (event,) = read_events(ITEM.encode(), MailboxAuditText)
    assert issues == []
    assert records[0].fields["SourceItems"] == [{"Id": "a", "Subject": "One: two"}, {"Id": "b"}]
    assert (event.item_count, event.subject, event.actor, event.time_basis) == (
        2,
        "One: two",
        "Victor Hale",
        "utc_by_specification",
    )


def test_raw_items_say_what_the_xml_says():
    _, _, made = read_events(OWN / "mailbox_audit_text/audits_folder.txt", MailboxAuditText)
    _, _, xml = read_events(OWN / "mailbox_audit_xml/SearchResult.xml", MailboxAuditXml)
    told = {(event.time // 1_000_000, event.operation): event for event in xml}
    for event in made:
        twin = told[event.time // 1_000_000, event.operation]
        assert event.summary == twin.summary
        assert (event.actor_id, event.mailbox_id, event.ip, event.item_count) == (
            twin.actor_id,
            twin.mailbox_id,
            twin.ip,
            twin.item_count,
        )


def test_raw_items_of_the_administrator_log_are_the_entries_of_the_xml():
    _, _, made = read_events(OWN / "admin_audit_text/audit_mailbox.txt", AdminAuditText)
    _, _, xml = read_events(OWN / "admin_audit_xml/SearchResult.xml", AdminAuditXml)
    assert {event.event_id for event in made} <= {event.event_id for event in xml}


@pytest.mark.parametrize("between", ["", "\r\n", "\r\n\r\n \r\n"])
def test_blocks_end_where_a_label_comes_again(between):
    records, issues, events = read_events((RUN + between + RUN + between + RUN).encode(), AdminAuditText)
    assert (len(records), issues) == (3, [])
    assert records[0].fields["CmdletParameters"] == [
        {"Name": "Identity", "Value": "amy"},
        {"Name": "Comment", "Value": "a = b"},
    ]
    assert len({event.event_id for event in events}) == 1


def test_a_value_over_several_lines_goes_on():
    _, _, (event,) = read_events(RUN.replace("helen", "helen\r\nof the board").encode(), AdminAuditText)
    assert event.actor == "helen\nof the board"


def test_a_line_that_is_no_label_of_a_record_is_rejected_with_its_place():
    records, issues, _ = read_events((RUN + "\r\n" + RUN).encode(), AdminAuditText)
    assert issues == []
    data = RUN.encode()
    for record in records:
        assert data.startswith(record.raw.encode())
    detection, records, issues, _ = read_records((b"Cmdlet Name: x\r\nCaller: y"), AdminAuditText)
    assert detection is not None
    assert (len(records), issues) == (1, [])


def test_a_wrapped_list_of_the_data_loss_report_is_the_table():
    _, issues, (event,) = read_events(OWN / "dlp_report_list/get_dlpdetailreport.txt", DlpReportList)
    _, _, (row,) = read_events(OWN / "dlp_report_csv/get_dlpdetailreport.csv", DlpReportCsv)
    assert issues == []
    assert event.summary == row.summary
    assert "Bank details to outside of the policy" in event.summary
    assert json.loads(event.extra)["DlpComplianceRule"] == "Bank details to outside, Bank details to outside"


@pytest.mark.parametrize(
    "text",
    ["Operation: all went well\nRegards\n", "Date : today\nTitle : x\n", "Cmdlet Name: x\nhello\n", "Caller: x\n"],
)
def test_other_texts_are_not_claimed(text):
    for parser in (MailboxAuditText, AdminAuditText, DlpReportList):
        assert read_records(text.encode(), parser)[0] is None


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
@pytest.mark.parametrize(
    "text", [RUN + "\r\n" + RUN + "Caller: twice\r\n\r\n\r\n", "stray\n" + RUN, RUN.rstrip(), "\ufeff \n" + RUN]
)
def test_records_do_not_depend_on_the_size_of_the_windows(text, size):
    known = AdminAuditText().knows

    def walk(step):
        reader = LabelReader(Pieces(text, step), known, AdminAuditText.repeated)
        return [
            (item.place.offset, item.place.length, item.place.line, item.place.text, item.decoded and item.decoded.data)
            for item in reader
        ]

    found = walk(size)
    assert found == walk(1 << 20)
    data = text.encode()
    position = 0
    for offset, length, line, shown, _ in found:
        assert not data[position:offset].decode().replace("\ufeff", "").strip()
        assert data[offset : offset + length].decode() == shown
        assert line == 1 + data[:offset].count(b"\n")
        position = offset + length
    assert not data[position:].strip()
