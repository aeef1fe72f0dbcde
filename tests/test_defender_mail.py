"""What Defender knows of a message: hunting tables, Threat Explorer, quarantine, Safe Links, data loss prevention."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from helpers import read_events, read_records

from m365timeline.parsers import FORMATS, parser_class
from m365timeline.parsers.defender_hunting_csv import DefenderHuntingCsv
from m365timeline.parsers.defender_hunting_json import DefenderHuntingJson
from m365timeline.parsers.dlp_report_csv import DlpReportCsv
from m365timeline.parsers.mail_threat_report_csv import MailThreatReportCsv
from m365timeline.parsers.message_trace_csv import MessageTraceCsv
from m365timeline.parsers.quarantine_csv import QuarantineCsv
from m365timeline.parsers.quarantine_json import QuarantineJson
from m365timeline.parsers.safe_links_csv import SafeLinksCsv
from m365timeline.parsers.threat_explorer_csv import ThreatExplorerCsv
from m365timeline.parsers.threat_explorer_list import ThreatExplorerList
from m365timeline.schemas.event import CATEGORIES, OUTCOMES

OWN = Path(__file__).resolve().parents[1] / "sample_exports"
NETWORK = "05ea21ab-14de-4cdb-f80f-08d402c33fe2"
EMAIL = {
    "Timestamp": "2026-03-09T08:12:04.2457161Z", "NetworkMessageId": NETWORK, "InternetMessageId": "<m1@mail.example>", "SenderFromAddress": "eve@bad.example",
    "RecipientEmailAddress": "amy@alderbrook.example", "Subject": "Invoice", "EmailDirection": "Inbound", "DeliveryAction": "Delivered",
    "DeliveryLocation": "Inbox/folder", "ThreatTypes": "", "ReportId": "9223372036854775807", "SenderIPv4": "198.51.100.9",
}  # fmt: skip
CLICK = {
    "Timestamp": "2026-03-09T08:27:19Z", "Url": "https://bad.example/x", "ActionType": "ClickAllowed", "AccountUpn": "amy@alderbrook.example",
    "Workload": "Email", "NetworkMessageId": NETWORK, "ThreatTypes": "", "IPAddress": "192.0.2.10", "IsClickedThrough": "False", "UrlChain": "[]",
}  # fmt: skip
ZAP = {
    "Timestamp": "2026-03-09T10:02:41Z", "NetworkMessageId": NETWORK, "Action": "Moved to quarantine", "ActionType": "Phish ZAP",
    "ActionTrigger": "SpecialAction", "ActionResult": "Success", "RecipientEmailAddress": "amy@alderbrook.example",
}  # fmt: skip
QUARANTINED = {
    "Identity": f"{NETWORK.upper()}\\c0ffee13-0000-4000-8000-000000000000", "ReceivedTime": "2026-03-09T08:12:04+00:00", "MessageId": "<m1@mail.example>",
    "SenderAddress": "eve@bad.example", "RecipientAddress": "amy@alderbrook.example", "Subject": "Invoice", "Type": "High Confidence Phish",
    "QuarantineTypes": "HighConfPhish", "ReleaseStatus": "NOTRELEASED", "PolicyName": "Default",
}  # fmt: skip
FORMS = (
    "defender_hunting_csv", "defender_hunting_json", "threat_explorer_csv", "threat_explorer_list", "mail_threat_report_csv", "quarantine_csv", "quarantine_json", "safe_links_csv", "dlp_report_csv",
)  # fmt: skip


def table(*rows):
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(rows[0])
    writer.writerows(row.values() for row in rows)
    return text.getvalue().encode()


def one(parser, cells, zone=None):
    records, issues, events = read_events(table(cells), parser, zone)
    assert (len(records), issues) == (1, [])
    return events[0]


def hunting(base, **changes):
    return one(DefenderHuntingCsv, {**base, **changes})


@pytest.mark.parametrize("name", FORMS)
def test_samples_are_claimed_by_their_own_format_alone(name):
    for path in sorted((OWN / name).iterdir()):
        claims = [other for other in FORMATS if read_records(path, parser_class(other))[0] is not None]
        assert claims == [name], path.name
        records, issues, events = read_events(path, parser_class(name))
        assert issues == []
        assert len(records) == len(events)
        assert {event.category for event in events} <= set(CATEGORIES)
        assert {event.outcome for event in events} <= set(OUTCOMES)
        assert all(event.summary and "System." not in event.summary for event in events)
        assert all(event.severity != "info" for event in events if event.category == "alert")


@pytest.mark.parametrize("base", [EMAIL, CLICK, ZAP])
def test_the_same_row_as_table_and_as_object_is_one_event(base):
    plain = hunting(base)
    for text in (
        json.dumps(base),
        json.dumps(
            {"time": "2026-03-09T23:00:00Z", "category": "AdvancedHunting-X", "tenantId": "t", "properties": base}
        ),
    ):
        _, issues, (event,) = read_events(text.encode(), DefenderHuntingJson)
        assert issues == []
        assert event.event_id == plain.event_id
        for name in (
            "time",
            "time_basis",
            "summary",
            "severity",
            "category",
            "actor",
            "recipients",
            "network_message_id",
            "outcome",
            "operation",
        ):
            assert getattr(event, name) == getattr(plain, name), name
    assert event.tenant_id == "t"


def test_a_record_of_another_table_in_the_stream_is_named_and_not_guessed():
    text = json.dumps({"category": "AdvancedHunting-EmailEvents", "properties": EMAIL})
    text += "\n" + json.dumps(
        {"category": "AdvancedHunting-DeviceEvents", "properties": {"Timestamp": "x", "DeviceId": "1"}}
    )
    records, issues, _ = read_events(text.encode(), DefenderHuntingJson)
    assert len(records) == 1
    assert "DeviceEvents" in issues[0].reason


@pytest.mark.parametrize(
    ("action", "threats", "severity", "outcome"),
    [
        ("Delivered", "", "info", "success"), ("Delivered", '["Phish"]', "medium", "success"), ("Junked", "Spam", "medium", "success"),
        ("Blocked", "Phish, Malware", "low", "failure"), ("Blocked", "", "info", "failure"), ("Beamed", "", "info", "unknown"), ("", "", "info", "unknown"),
    ],
)  # fmt: skip
def test_threats_that_reached_a_mailbox_deserve_a_look(action, threats, severity, outcome):
    event = hunting(EMAIL, DeliveryAction=action, ThreatTypes=threats)
    assert (event.severity, event.outcome, event.category) == (severity, outcome, "mail_trace")
    assert ("threats found" in event.summary) == bool(threats)
    assert (event.direction, event.ip, event.network_message_id) == ("incoming", "198.51.100.9", NETWORK)


def test_large_numbers_stay_what_they_are():
    assert (
        json.loads(hunting(EMAIL, EmailClusterId="18446744073709551615").extra)["EmailClusterId"]
        == "18446744073709551615"
    )


@pytest.mark.parametrize(
    ("column", "value", "when", "basis"),
    [
        ("Timestamp", "2026-03-15T08:12:04.2457161Z", "2026-03-15T08:12:04", "offset_stated"),
        (
            "TimeGenerated [UTC]",
            "3/15/2026, 8:12:04.245 AM",
            "2026-03-15T08:12:04",
            "ambiguous",
        ),  # until the file is known
        ("Timestamp", "3/15/2026, 8:12:04.245 AM", None, "ambiguous"),
        ("Timestamp [Local Time]", "3/15/2026, 8:12:04.245 AM", None, "ambiguous"),
        ("Timestamp", "2026-03-15 08:12:04", None, "ambiguous"),
    ],
)
def test_what_the_time_of_a_hunting_export_is_worth(column, value, when, basis):
    cells = {column: value, **{name: cell for name, cell in EMAIL.items() if name != "Timestamp"}}
    event = one(DefenderHuntingCsv, cells)
    assert (event.time and datetime.fromtimestamp(event.time // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")) == when
    assert event.time_basis == basis


@pytest.mark.parametrize(
    ("column", "value", "when"),
    [
        ("Email date (UTC-04:00)", "2026-03-15 04:12:04", "2026-03-15T08:12:04"), ("Email date (UTC)", "2026-03-15 08:12:04", "2026-03-15T08:12:04"),
        ("Date (UTC+05:30)", "15/03/2026 13:42:04", "2026-03-15T08:12:04"), ("Email date", "2026-03-15 04:12:04", None),
        ("Email date (UTC-99:00)", "2026-03-15 04:12:04", None),
    ],
)  # fmt: skip
def test_the_zone_in_the_name_of_a_column_counts(column, value, when):
    cells = {
        column: value,
        "Subject": "Invoice",
        "Recipients": "amy@x.example",
        "Sender address": "eve@bad.example",
        "Threats": "Phish",
        "Delivery action": "Delivered to junk",
    }
    event = one(ThreatExplorerCsv, cells)
    placed = event.time_day_first if column.startswith("Date") else event.time
    assert (placed and datetime.fromtimestamp(placed // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")) == when
    assert ("zone_unknown" in (event.quality or [])) == (when is None)
    assert event.time_raw == value


def test_the_zone_of_a_column_counts_for_hand_made_lists_too():
    event = one(
        MessageTraceCsv,
        {
            "Date (UTC-05:00)": "2026-03-15 03:12:04",
            "Sender": "a@x.example",
            "Recipient": "b@x.example",
            "Status": "Delivered",
        },
    )
    assert event.time_basis == "offset_stated"
    assert datetime.fromtimestamp(event.time // 1_000_000, UTC).hour == 8


@pytest.mark.parametrize(
    ("changes", "category", "severity", "outcome"),
    [
        ({}, "other", "info", "success"), ({"ActionType": "ClickBlocked"}, "alert", "medium", "failure"),
        ({"ActionType": "ClickBlocked", "IsClickedThrough": "True"}, "alert", "medium", "success"),
        ({"ThreatTypes": '["Phish"]'}, "alert", "medium", "success"), ({"ActionType": "UrlScanInProgress"}, "alert", "medium", "unknown"),
        ({"ActionType": "SomethingNew"}, "alert", "medium", "unknown"),
    ],
)  # fmt: skip
def test_clicks(changes, category, severity, outcome):
    event = hunting(CLICK, **changes)
    assert (event.category, event.severity, event.outcome) == (category, severity, outcome)
    assert (event.target, event.target_type, event.actor, event.ip) == (
        "https://bad.example/x",
        "url",
        "amy@alderbrook.example",
        "192.0.2.10",
    )
    assert event.summary.startswith("amy@alderbrook.example clicked the link https://bad.example/x in Email")


@pytest.mark.parametrize(
    ("flag", "outcome", "category"),
    [("0", "success", "other"), ("1", "failure", "alert"), ("2", "success", "alert"), ("3", "success", "alert")],
)
def test_flags_of_the_safe_links_report(flag, outcome, category):
    cells = {
        "ClickTime": "3/15/2026 8:27:19 AM",
        "RecipientAddress": "amy@x.example",
        "Url": "https://bad.example",
        "UrlDomain": "bad.example",
        "Action": "Allowed",
        "Flags": flag,
    }
    event = one(SafeLinksCsv, cells)
    assert (event.outcome, event.category, event.actor) == (outcome, category, "amy@x.example")
    assert event.time is not None
    assert event.quality is None


def test_a_removal_after_delivery_is_no_act_of_the_sender():
    event = hunting(ZAP, SenderFromAddress="eve@bad.example")
    assert event.actor is None
    assert event.severity == "medium"
    assert event.summary.startswith(
        "After delivery: Phish ZAP on a message from eve@bad.example to amy@alderbrook.example (action: Moved to quarantine"
    )


@pytest.mark.parametrize(
    ("state", "words", "outcome"),
    [
        ("NOTRELEASED", "and had not been released when the list was made", "failure"), ("RELEASED", "and had been released when the list was made (by boss@x.example)", "unknown"),
        ("ODD", "; its state when the list was made: ODD", "unknown"), ("", "; whether it was released is not in the list", "unknown"),
    ],
)  # fmt: skip
def test_quarantine_is_a_state_without_the_time_of_a_release(state, words, outcome):
    by = "{boss@x.example}" if state == "RELEASED" else ""
    event = one(QuarantineCsv, {**QUARANTINED, "ReleaseStatus": state, "ReleasedBy": by})
    assert event.summary.endswith(words)
    assert (event.outcome, event.severity, event.network_message_id) == (outcome, "medium", NETWORK)
    assert event.time_basis == "offset_stated"


def test_quarantine_as_object_and_as_table_are_one():
    _, _, (event,) = read_events(
        json.dumps([{**QUARANTINED, "RecipientAddress": [QUARANTINED["RecipientAddress"]]}]).encode(), QuarantineJson
    )
    plain = one(QuarantineCsv, QUARANTINED)
    assert event.recipients == plain.recipients == ["amy@alderbrook.example"]
    assert event.event_id == plain.event_id


def test_a_quarantine_list_of_the_cmdlet_has_no_zone():
    event = one(
        QuarantineCsv, {**QUARANTINED, "ReceivedTime": "3/15/2026 8:12:04 AM", "RecipientAddress": "System.String[]"}
    )
    assert event.time is None
    assert event.recipients is None
    assert event.quality == ["zone_unknown", "details_lost"]


def test_a_data_loss_match_names_each_rule_once():
    cells = {
        "Date": "3/15/2026 6:14:51 AM", "Title": "Account", "Location": "<m1@mail.example>", "Source": "EXCH", "Actor": "tom@x.example", "Severity": "High",
        "DlpCompliancePolicy": "Financial,Financial", "DlpComplianceRule": "Bank,Bank,Cards", "Action": "NotifyUser", "SensitiveInformationType": "IBAN",
        "SensitiveInformationCount": "4", "UserAction": "Override", "Justification": "Customer asked",
    }  # fmt: skip
    event = one(DlpReportCsv, cells)
    assert event.summary == (
        'The message "Account" of tom@x.example matched the data loss prevention rule Bank, Cards of the policy Financial; found: IBAN (4); '
        'what was done: NotifyUser; the person\'s answer: Override ("Customer asked")'
    )
    assert (event.category, event.severity, event.message_ids) == ("alert", "high", ["m1@mail.example"])
    assert event.time is not None
    assert event.quality is None


@pytest.mark.parametrize(
    ("action", "severity", "outcome"), [("Quarantine", "low", "failure"), ("Delivered", "medium", "success")]
)
@pytest.mark.parametrize("blank", ["", " "])
def test_the_report_on_threats_says_what_was_found_by_what(action, severity, outcome, blank):
    cells = {
        "Date": "3/19/2026 8:12:04 AM", f"Message{blank}ID": "<m1@mail.example>", f"Message{blank}Trace{blank}ID": NETWORK,
        f"Sender{blank}Address": "eve@bad.example", f"Recipient{blank}Address": "amy@alderbrook.example", "Subject": "Invoice",
        f"Event{blank}Type": "Anti-malware engine", f"Verdict{blank}Type": "Malware", "Action": action,
    }  # fmt: skip
    event = one(MailThreatReportCsv, cells)
    assert (event.severity, event.outcome, event.operation) == (severity, outcome, action)
    assert event.summary.endswith("; threats found: Malware (by Anti-malware engine)")
    assert (event.time, event.quality) == (None, ["zone_unknown"])
    assert (
        one(MailThreatReportCsv, cells, UTC).time
        == int(datetime(2026, 3, 19, 8, 12, 4, tzinfo=UTC).timestamp()) * 1_000_000
    )


def test_a_printed_message_of_threat_explorer_tells_its_first_delivery():
    text = (
        b"Timestamp         : 3/19/2026 8:12:04 AM\r\nNetworkMessageId  : 05ea21ab\r\nSender            : eve@bad.example\r\n"
        b"Recipients        : {amy@alderbrook.example, bob@alderbrook.example}\r\n"
        b"MailEvents        : {@{EventType=ZAP; Action=Moved; DeliveryFolder=Quarantine}, "
        b"@{EventResult=; EventType=OriginalDelivery; Action=Delivered; DeliveryFolder=Custom}}\r\n\r\n"
    )
    _, issues, (event,) = read_events(text, ThreatExplorerList)
    assert issues == []
    assert event.recipients == ["amy@alderbrook.example", "bob@alderbrook.example"]
    assert (event.operation, event.outcome) == ("Delivered", "success")
    assert event.summary.endswith("was delivered (Custom)")
