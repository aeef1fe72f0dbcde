"""The invented incident: made anew byte for byte, told the same in every family, and from no real place."""

import csv
import io
import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from pathlib import Path
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from helpers import read_events

from m365timeline.parsers.unified_audit_csv import UnifiedAuditCsv

ROOT = Path(__file__).resolve().parents[1]
OWN = ROOT / "sample_exports"
FILES = sorted(
    path.relative_to(OWN).as_posix() for path in OWN.rglob("*") if path.is_file() and path.name != "README.md"
)
WIDE = (
    "windows_powershell",
    "unified_audit_clixml",
    "unified_audit_list",
    "MTSummary",
    "MTDetail",
    "mailbox_audit_xml",
    "utf16",
)
csv.field_size_limit(10**9)


def text_of(name):
    if name.endswith(".xlsx"):
        sheets = openpyxl.load_workbook(OWN / name, read_only=True).worksheets
        return "\n".join(str(cell) for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row)
    data = (OWN / name).read_bytes()
    wide = data.startswith(b"\xff\xfe") or any(mark in name for mark in WIDE)
    return data.decode("utf-16-le" if wide else "cp1252" if "vpn" in name else "utf-8").removeprefix("\ufeff")


def rows_of(name, delimiter=","):
    text = text_of(name)
    start = text.index("\n") + 1 if text.startswith("#TYPE") else 0
    return list(csv.DictReader(io.StringIO(text[start:], newline=""), delimiter=delimiter))


def audit_data(name, delimiter=","):
    return [json.loads(row["AuditData"]) for row in rows_of(f"unified_audit_csv/{name}", delimiter)]


def named(part):
    return next(name for name in FILES if part in name)


def utc(text):
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


@pytest.fixture(scope="module")
def records():
    return audit_data("purview_2026.csv")


def test_generator_makes_the_committed_bytes(tmp_path):
    subprocess.run(
        [sys.executable, ROOT / "tools" / "make_sample_exports.py", tmp_path], check=True, capture_output=True
    )
    made = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert sorted(made) == FILES
    assert [name for name in FILES if made[name] != (OWN / name).read_bytes()] == []


def test_all_together_stay_small():
    assert sum((OWN / name).stat().st_size for name in FILES) < 6_200_000


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("unified_audit_csv/")])
def test_every_unified_record_becomes_an_event_with_a_time(name):
    read, issues, events = read_events(OWN / name, UnifiedAuditCsv)
    assert issues == []
    assert len(read) == len(events) > 25
    assert all(event.time is not None and event.record_id and not event.quality for event in events)


def test_slices_repeat_the_portal_export_and_one_row_is_missing(records):
    complete = {record["Id"]: record for record in records}
    assert len(complete) == len(records)
    for name, delimiter in (("cmdlet_remoting.csv", ","), ("resaved_semicolon_utf16.csv", ";")):
        assert all(complete[record["Id"]] == record for record in audit_data(name, delimiter))
    rows = rows_of("unified_audit_csv/cmdlet_remoting.csv")
    count = int(rows[0]["ResultCount"])
    seen = {int(row["ResultIndex"]) for row in rows}
    assert len(set(range(1, count + 1)) - seen) == 1
    first, last = min(row["AuditData"][17:36] for row in rows), max(row["AuditData"][17:36] for row in rows)
    inside = {record["Id"] for record in records if first <= record["CreationTime"] <= last}
    (lost,) = (complete[found] for found in inside - {row["Identity"] for row in rows})
    assert (lost["Operation"], lost["CreationTime"]) == ("Set-MailboxAuditBypassAssociation", "2026-03-11T21:50:02")


def test_alerts_point_to_the_records_that_caused_them(records):
    operations = {record["Id"]: record["Operation"] for record in records}
    alerts = [record for record in records if record["Operation"] == "AlertTriggered"]
    assert sorted(operations[json.loads(alert["Data"])["reid"]] for alert in alerts) == ["New-InboxRule", "Set-Mailbox"]


def trace_ids():
    """Each trace file's pairs of network message id and Internet message id."""
    columns = {
        "get_messagetrace_v1": ("MessageTraceId", "MessageId"),
        "get_messagetrace_v2": ("MessageTraceId", "MessageId"),
        "get_messagetracedetail": ("MessageTraceId", "MessageId"),
        "MTSummary": ("network_message_id", "message_id"),
        "MTDetail": ("network_message_id", "message_id"),
    }
    return {part: {(row[net], row[mail]) for row in rows_of(named(part))} for part, (net, mail) in columns.items()}


def test_message_ids_join_across_the_traces():
    found = trace_ids()
    internet = defaultdict(set)
    for pairs in found.values():
        for network, message in pairs:
            internet[network].add(message)
    assert all(len(messages) == 1 for messages in internet.values())
    assert len(found["MTDetail"]) == 9
    assert found["MTDetail"] == found["get_messagetracedetail"] <= found["get_messagetrace_v1"]
    assert len(found["MTDetail"] & found["MTSummary"]) == 7
    assert len(found["get_messagetrace_v1"] & found["get_messagetrace_v2"]) > 30


def test_sent_mail_of_the_audit_is_in_the_traces(records):
    found = trace_ids()
    traced = {message for pairs in found.values() for _, message in pairs}
    sent = [record for record in records if record["Operation"] in {"Send", "SendAs", "SendOnBehalf"}]
    in_window = [record for record in sent if "2026-03-05" <= record["CreationTime"] < "2026-03-18"]
    assert len(in_window) > 50
    assert {record["Item"]["InternetMessageId"] for record in in_window} <= traced


def test_both_mailbox_logs_tell_the_same_acts(records):
    root = ET.fromstring(text_of("mailbox_audit_xml/SearchResult.xml").partition("?>")[2])
    events = [event.attrib for event in root]
    classic = Counter(
        (utc(event["LastAccessed"]), event["Operation"], event["MailboxOwnerUPN"])
        for event in events
        if event["Operation"] != "MessageBind"
    )
    unified = Counter(
        (record["CreationTime"], record["Operation"], record["MailboxOwnerUPN"])
        for record in records
        if record.get("LogonType") == 2 and record["Operation"] != "MailItemsAccessed"
    )
    assert classic == unified
    opened = sum(event["Operation"] == "MessageBind" for event in events)
    bound = [record for record in records if record["RecordType"] == 50 and record["LogonType"] == 2]
    assert opened == sum(record["OperationCount"] for record in bound) > 10


def test_summary_holds_the_last_access_of_each_mailbox():
    full = ET.fromstring(text_of("mailbox_audit_xml/SearchResult.xml").partition("?>")[2])
    last = {}
    for event in full:
        last[event.get("MailboxGuid")] = max(last.get(event.get("MailboxGuid"), ""), event.get("LastAccessed"))
    short = ET.fromstring(text_of("mailbox_audit_xml/summary_only.xml").partition("?>")[2])
    assert {event.get("MailboxGuid"): event.get("LastAccessed") for event in short} == last
    assert all(set(event.attrib) == {"MailboxGuid", "Owner", "LastAccessed"} for event in short)


def test_both_administrator_logs_tell_the_same_cmdlets(records):
    root = ET.fromstring((OWN / "admin_audit_xml" / "SearchResult.xml").read_bytes())
    classic = Counter((utc(event.get("RunDate")), event.get("Cmdlet"), event.get("Succeeded")) for event in root)
    unified = Counter(
        (record["CreationTime"], record["Operation"], record["ResultStatus"].lower())
        for record in records
        if record["RecordType"] == 1
    )
    assert classic == unified
    assert {event.get("RunDate")[-6:] for event in root} == {"-08:00", "-07:00"}


def test_stolen_session_has_two_addresses_and_two_browsers(records):
    addresses, browsers = defaultdict(set), defaultdict(set)
    for record in records:
        device = {pair["Name"]: pair["Value"] for pair in record.get("DeviceProperties", [])}
        if "SessionId" in device:
            addresses[device["SessionId"]].add(record["ClientIP"])
            browsers[device["SessionId"]].add(device["BrowserType"])
    (stolen,) = (session for session, found in addresses.items() if len(found) > 1)
    assert addresses[stolen] == {"203.0.113.77", "2001:db8:77aa:19::e3"}
    assert browsers[stolen] == {"Chrome", "Firefox"}
    used = {
        record["Operation"]
        for record in records
        if record.get("SessionId") == stolen or record.get("UserSessionId") == stolen
    }
    assert {"New-InboxRule", "Set-Mailbox", "Send", "HardDelete", "FileDownloaded", "MailItemsAccessed"} <= used


def test_audit_is_silent_where_the_story_says_so(records):
    mailbox = [record for record in records if record["Workload"] == "Exchange" and record["RecordType"] in {2, 3, 50}]
    victor = [record for record in mailbox if record["UserId"].startswith("Victor")]
    assert victor
    assert not [record for record in victor if "2026-03-11T21:50:02" <= record["CreationTime"] <= "2026-03-12T08:10:19"]
    private = [row for row in rows_of(named("trace_v1")) if row["RecipientAddress"] == "vh.private@postbox.example"]
    assert len(private) == 1
    binds = [record for record in mailbox if record["RecordType"] == 50 and record["MailboxOwnerUPN"].startswith("Tom")]
    (throttled,) = (record for record in binds if record["OperationProperties"][1]["Value"] == "True")
    assert throttled["CreationTime"] == "2026-03-11T03:31:05"
    assert not [record for record in binds if "2026-03-11T03:31:05" < record["CreationTime"] < "2026-03-12T03:31:05"]


def test_mail_to_the_forwarded_mailbox_left_in_every_trace_of_the_window():
    for part in ("trace_v1", "trace_v2"):
        by_message = defaultdict(set)
        for row in rows_of(named(part)):
            by_message[row["MessageTraceId"]].add(row["RecipientAddress"])
        left = {message for message, found in by_message.items() if "ledger.archive@mailkeep.example" in found}
        assert len(left) >= 5
        assert all("Tom.Okafor@alderbrook.example" in by_message[message] for message in left)


PLACES = (
    ".example",
    ".onmicrosoft.com",
    ".outlook.com",
    ".sharepoint.com",
    "outlook.office365.com",
    "live.com",
    "graph.microsoft.com",
    "odata.context",  # members of Graph's answers
    "data.type",
    "odata.count",
    "odata.type",
    "schemas.microsoft.com",  # the namespace of CLIXML
    "unq.gbl.spaces",
)
NETWORKS = [
    ip_network(text)
    for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "2603:10a6::/32")
]


@pytest.mark.parametrize("name", FILES)
def test_nothing_comes_from_a_real_place(name):
    text = text_of(name).replace("\\\\/", "/").replace("\\/", "/").replace("\r\n" + " " * 15, "").casefold()
    hosts = set(re.findall(r"@((?:[\w-]+\.)+[a-z]+)", text)) | set(re.findall(r"https?://([^/\s\"]+)", text))
    hosts |= set(re.findall(r"\b(?:[\w-]+\.)+(?:com|net|org|io|de|eu|uk|gov)\b", text))
    assert {host for host in hosts if not host.endswith(PLACES)} == set()
    numbers = set(re.findall(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])", text)) - {
        "255.255.255.255",
        "1.1.0.1",  # the version of PowerShell's objects
        "14.0.0.0",
    }  # the last is the version of Exchange 2010
    numbers = {number for number in numbers if not re.search(rf"(?:chrome|edg)/{re.escape(number)}", text)}
    numbers |= set(re.findall(r"\b2[06]\d\d:[0-9a-f:]+", text))
    assert {found for found in numbers if not any(ip_address(found) in network for network in NETWORKS)} == set()
