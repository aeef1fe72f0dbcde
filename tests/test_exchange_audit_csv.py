"""Exchange's two audits as CSV: the same entry says the same as in SearchResult.xml, less what the export dropped."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from helpers import read_events, read_records

from m365timeline.analysis.completeness import warn_of_limit
from m365timeline.normalizers.command_text import read_command
from m365timeline.parsers.admin_audit_csv import AdminAuditCsv
from m365timeline.parsers.admin_audit_xml import AdminAuditXml
from m365timeline.parsers.mailbox_audit_csv import MailboxAuditCsv
from m365timeline.parsers.mailbox_audit_xml import MailboxAuditXml
from m365timeline.schemas.report import SourceReport

OWN = Path(__file__).resolve().parents[1] / "sample_exports"
CLOUD = OWN / "mailbox_audit_csv" / "search_mailboxauditlog_cloud.csv"
SCRIPT = OWN / "mailbox_audit_csv" / "AuditLogResults260317_091204.csv"
ADMIN = OWN / "admin_audit_csv" / "search_adminauditlog_cloud.csv"
SIMPLE = OWN / "admin_audit_csv" / "simplified_report.csv"
PACIFIC = ZoneInfo("America/Los_Angeles")
SECOND = 1_000_000


def key(event, named=True):
    name = event.mailbox if named else None
    return (event.time // SECOND, event.operation, name, event.subject)


def mailbox(**cells):
    text = io.StringIO()
    csv.writer(text).writerows([list(cells), list(cells.values())])
    return read_events(text.getvalue().encode(), MailboxAuditCsv, UTC)[2][0]


def admin(**cells):
    text = io.StringIO()
    csv.writer(text).writerows([list(cells), list(cells.values())])
    return read_events(text.getvalue().encode(), AdminAuditCsv, UTC)[2][0]


ENTRY = {
    "LastAccessed": "15.03.2026 10:00:00",
    "Operation": "HardDelete",
    "LogonType": "Delegate",
    "MailboxGuid": "g",
    "MailboxOwnerUPN": "amy@x.example",
}
RUN = {
    "RunDate": "15.03.2026 10:00:00",
    "Caller": "x.example/Users/Helen",
    "CmdletName": "Set-Mailbox",
    "ObjectModified": "x.example/Users/amy",
    "Succeeded": "True",
}


def test_the_cloud_form_says_what_the_xml_says():
    _, _, xml = read_events(OWN / "mailbox_audit_xml" / "SearchResult.xml", MailboxAuditXml)
    _, issues, made = read_events(CLOUD, MailboxAuditCsv, PACIFIC)
    assert issues == []
    assert len(made) == len(xml) == 124
    same = (
        "operation", "category", "severity", "outcome", "actor", "actor_id", "actor_type", "actor_is_owner", "logon_type", "mailbox", "mailbox_id",
        "folder", "dest_folder", "item_count", "ip", "client_app", "client_info", "device_name", "server", "time_meaning", "workload",
    )  # fmt: skip
    for one, other in zip(made, xml, strict=True):
        assert {name: getattr(one, name) for name in same} == {name: getattr(other, name) for name in same}
        local = datetime.fromtimestamp(
            (one.time_day_first if one.time_day_first == other.time // SECOND * SECOND else one.time) / SECOND, UTC
        )
        assert local == datetime.fromtimestamp(other.time // SECOND, UTC)
        if one.item_count in {None, 1}:
            assert (one.subject, one.summary) == (other.subject, other.summary)
        assert one.quality is None
    deleted = [event for event in made if event.operation == "HardDelete"]
    assert deleted
    assert all(len(event.message_ids) == event.item_count for event in deleted), (
        "the list of ids replaces the lost items"
    )


def test_copies_of_one_row_from_two_sessions_are_one():
    first, second = (mailbox(**ENTRY, Identity="A", RunspaceId=session) for session in "12")
    other = mailbox(**ENTRY, Identity="B", RunspaceId="1")
    assert first.event_id == second.event_id != other.event_id


def test_lost_items_are_said_to_be_lost():
    made = mailbox(**ENTRY, SourceItems="System.Collections.ArrayList")
    assert made.quality == ["details_lost"]
    assert made.item_count is None
    assert "an unstated number of messages" in made.summary
    folder = mailbox(
        **{**ENTRY, "Operation": "FolderBind"}, SourceItems="System.Collections.ArrayList", FolderPathName="\\Inbox"
    )
    assert folder.quality is None, "opening a folder has no items that could be lost"


def test_aggregated_reading_names_its_messages():
    folders = '[{"Folder":{"Path":"\\\\Inbox"},"FolderItems":[{"InternetMessageId":"<a@x.example>"},{"InternetMessageId":"<b@x.example>"}]}]'
    made = mailbox(
        **{**ENTRY, "Operation": "MailItemsAccessed"}, OperationProperties="MailAccessType:Bind, IsThrottled:True",
        AuditOperationsCountInAggregatedRecord="2", AggregatedRecordFoldersData=folders,
    )  # fmt: skip
    assert (made.access_type, made.throttled, made.item_count) == ("bind", True, 2)
    assert made.message_ids == ["a@x.example", "b@x.example"]
    assert made.category == "message_read"


def test_the_support_script_keeps_only_the_first_subject():
    _, issues, made = read_events(SCRIPT, MailboxAuditCsv, ZoneInfo("Europe/Berlin"))
    assert issues == []
    purged = [event for event in made if event.operation == "HardDelete"]
    assert purged
    assert all(event.item_count is None and "details_lost" in event.quality for event in purged)
    assert all("the export names the first item only; there may be more" in event.summary for event in purged)
    assert {event.item_count for event in made if event.operation == "MessageBind"} == {1}


def test_a_search_without_details_is_no_unknown_operation():
    made = mailbox(
        LastAccessed="15.03.2026 10:00:00",
        MailboxGuid="g",
        MailboxResolvedOwnerName="Amy",
        Identity="i",
        IsValid="True",
        ObjectState="New",
    )
    assert "summary_only" in made.quality
    assert (made.category, made.actor_is_owner, made.mailbox) == ("mailbox_access", False, "Amy")


def test_without_a_zone_there_is_no_time():
    for path, parser in ((CLOUD, MailboxAuditCsv), (SCRIPT, MailboxAuditCsv), (ADMIN, AdminAuditCsv)):
        _, _, events = read_events(path, parser)
        assert all(event.time is None and "zone_unknown" in event.quality for event in events)
    _, _, stated = read_events(SIMPLE, AdminAuditCsv)
    assert {event.time_basis for event in stated} <= {"utc_by_specification", "ambiguous"}
    assert all(event.time is not None for event in stated)


def test_the_administrator_log_loses_parameters_and_says_so():
    _, _, xml = read_events(OWN / "admin_audit_xml" / "SearchResult.xml", AdminAuditXml)
    _, issues, made = read_events(ADMIN, AdminAuditCsv, PACIFIC)
    assert issues == []
    assert len(made) == len(xml)
    same = ("operation", "outcome", "external_access", "server", "error_text")
    for one, other in zip(made, xml, strict=True):
        assert {name: getattr(one, name) for name in same} == {name: getattr(other, name) for name in same}
        assert one.target in {other.target, None}, "where only a parameter named the object, it is lost"
        assert one.command is None
        assert one.quality == ["details_lost"]
        assert one.summary.endswith("(its parameters were lost in the export)")
    assert {event.outcome_raw for event in made} == {"True", "False"}
    assert not [event.operation for event in made if event.severity == "low"], "what was lost may be a forwarding"


def test_names_of_parameters_are_kept_where_only_they_are_left():
    made = admin(**RUN, CmdletParameters="{Identity, ForwardingSmtpAddress…}")
    assert "parameters Identity, ForwardingSmtpAddress; their values were lost" in made.summary
    assert (made.category, made.severity) == ("forwarding", "high"), (
        "that the parameter was given says what kind of change it was"
    )
    assert made.changes is None


def test_the_simplified_report_gives_the_command_again():
    _, issues, made = read_events(SIMPLE, AdminAuditCsv)
    assert issues == []
    forward = next(event for event in made if event.category == "forwarding")
    assert forward.command.startswith("Set-Mailbox -Identity ")
    assert "smtp:ledger.archive@mailkeep.example" in forward.summary
    assert forward.summary.endswith("(the report does not say whether it worked)")
    assert {event.outcome for event in made} == {"unknown"}


def test_parallel_lists_of_the_simplified_report_become_changes():
    cells = {
        "RunDate": "15.03.2026 10:00:00",
        "Caller": "helen",
        "Cmdlet": "Set-Mailbox",
        "FullCommand": "Set-Mailbox -Identity amy",
        "ObjectModified": "amy",
    }
    made = admin(
        **cells,
        ModifiedProperties="ProhibitSendQuota;HiddenFromAddressListsEnabled",
        OldValue="9 GB;",
        NewValue="10 GB;True",
    )
    assert [(change.name, change.old, change.new) for change in made.changes] == [
        ("ProhibitSendQuota", "9 GB", "10 GB"), ("HiddenFromAddressListsEnabled", None, "True"),
    ]  # fmt: skip
    uneven = admin(**cells, ModifiedProperties="A;B", OldValue="1;2;3", NewValue="1;2")
    assert uneven.changes is None
    assert json.loads(uneven.extra)["OldValue"] == "1;2;3"


@pytest.mark.parametrize(
    ("line", "parameters"),
    [
        (
            'New-InboxRule -Name "." -MarkAsRead:$True -From a@x.example',
            {"Name": ".", "MarkAsRead": "True", "From": "a@x.example"},
        ),
        (
            'Set-Mailbox -GrantSendOnBehalfTo "Helen Ward";"Victor Hale"',
            {"GrantSendOnBehalfTo": "Helen Ward;Victor Hale"},
        ),
        ("Remove-X -Force -Identity 'a b'", {"Force": "True", "Identity": "a b"}),
        ("Set-X -Value -5", {"Value": "-5"}),
        ("Get-X", {}),
    ],
)
def test_a_command_line_is_read_back(line, parameters):
    assert read_command(line) == parameters


@pytest.mark.parametrize(
    ("header", "claimed"),
    [
        ("Caller,CmdletName,RunDate", AdminAuditCsv), ("Caller,Cmdlet,FullCommand,RunDate(UTC)", AdminAuditCsv), ("Caller,Cmdlet", None),
        ("LastAccessed,Operation,Subject,CrossMailboxOp", MailboxAuditCsv), ("LastAccessed,FileName", None),
        ("Operation,LastAccessed,AuditData", None),
    ],
)  # fmt: skip
def test_what_is_claimed(header, claimed):
    for parser in (AdminAuditCsv, MailboxAuditCsv):
        detection = read_records(f"{header}\r\n".encode(), parser)[0]
        assert (detection is not None) == (parser is claimed)


def test_a_column_nobody_knows_is_kept():
    made = mailbox(**ENTRY, Carrier="pigeon", OPERATIONRESULT="Failed")
    assert json.loads(made.extra)["Carrier"] == "pigeon"
    assert made.outcome == "failure", "names are compared without case"


@pytest.mark.parametrize(
    ("name", "records", "words"),
    [
        ("mailbox_audit_csv", 1_000, "Search-MailboxAuditLog without ResultSize"), ("admin_audit_json", 1_000, "Search-AdminAuditLog without ResultSize"),
        ("defender_hunting_csv", 10_000, "one query of advanced hunting"), ("message_trace_json", 3_000, "whole pages of 1,000"), ("mailbox_audit_csv", 10_000, None),
    ],
)  # fmt: skip
def test_a_number_of_records_that_is_the_limit_of_its_own_tool(name, records, words):
    warning = warn_of_limit(SourceReport(name="x", format=name, records=records))
    assert (warning is None) == (words is None)
    assert words is None or words in warning
