"""The reports on message traces: enhanced summary, extended report, and the detail of one message."""

import json
from pathlib import Path

import bad_kit
import pytest
from helpers import read_events
from mail_traces import DETAIL, GUID, REPORT, TRACE, detail, extended, summary, table

from m365timeline.normalizers.context import Context
from m365timeline.normalizers.registry import normalizer_for
from m365timeline.parsers.message_trace_detail_csv import MessageTraceDetailCsv
from m365timeline.parsers.message_trace_extended import MessageTraceExtended
from m365timeline.parsers.message_trace_summary import MessageTraceSummary
from m365timeline.schemas.record import Record

SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "samples"
real = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder of real exports is not beside the project")


# --- enhanced summary -------------------------------------------------------------------------------------------------


def test_one_event_for_each_recipient():
    events = summary(
        recipient_status='bob@y.example##Receive, Deliver;"Eve; <x>, y"@y.example##Receive, Fail;dl@y.example##Receive, Expand'
    )
    assert [event.recipients for event in events] == [["bob@y.example"], ['"Eve; <x>, y"@y.example'], ["dl@y.example"]]
    assert [event.outcome for event in events] == ["success", "failure", "unknown"]
    assert [event.delivery_status for event in events] == ["Receive, Deliver", "Receive, Fail", "Receive, Expand"]
    assert len({event.event_id for event in events}) == 3
    first = events[0]
    assert (first.direction, first.ip, first.size_bytes, first.time, first.time_basis) == (
        "outgoing",
        "192.0.2.7",
        30660,
        1755271734123456,
        "offset_stated",
    )
    assert json.loads(first.extra) == {"connector_id": "c", "delivery_priority": "Normal"}


@pytest.mark.parametrize("packed", ["", "System.Object[]"])
def test_a_row_without_recipients_is_kept(packed):
    (event,) = summary(recipient_status=packed)
    assert (event.recipients, event.outcome, event.operation) == (None, "unknown", None)
    assert event.network_message_id == GUID


@pytest.mark.parametrize(
    ("logged", "direction"),
    [
        ("1", "incoming"),
        ("Incoming", "incoming"),
        ("2", "outgoing"),
        ("Originating", "outgoing"),
        ("Undefined", "Undefined"),
        ("", None),
    ],
)
def test_direction(logged, direction):
    assert summary(directionality=logged, recipient_status="a@x.example##Send")[0].direction == direction


def test_end_of_a_group_is_no_loss_but_a_drop_is():
    assert summary(recipient_status="dl@y.example##Receive, Expand, Drop")[0].outcome == "unknown"
    assert summary(recipient_status="b@y.example##Receive, Drop")[0].outcome == "failure"


def test_a_message_to_thousands_tells_its_row_once(tmp_path, run):
    """The output grows with the number of recipients, not with its square, and no value is lost."""
    names = [f"u{n}@b.example" for n in range(25_000)]
    row = bad_kit.summary(
        1, ";".join(f"{name}##Receive, {'Fail' if name == names[-1] else 'Deliver'}" for name in names)
    )
    (tmp_path / "x.csv").write_text(bad_kit.SUMMARY + row.replace("Hello", "H" * 5000))
    assert run("convert", "x.csv", "-o", "a.jsonl").returncode == 0
    lines = (tmp_path / "a.jsonl").read_bytes().splitlines()
    assert sum(map(len, lines)) < 40 << 20
    first, *others, rest = map(json.loads, lines)
    assert first["raw"] in row.replace("Hello", "H" * 5000)
    assert first["subject"] == "H" * 5000
    assert [event["recipients"] for event in (first, *others)] == [[name] for name in names[:20_000]]
    assert rest["recipients"] == names[20_000:]
    assert "5,000 more recipients" in rest["summary"]
    assert all("raw" not in event and "subject" not in event for event in others)
    assert {tuple(event["quality"]) for event in (*others, rest)} == {("raw_in_first_event",)}
    assert {(event["record_number"], event["offset"]) for event in others} == {(1, first["offset"])}


@real
@pytest.mark.parametrize("name", ["utf8", "utf16le_bom", "utf16le_nobom"])
def test_real_reports(name):
    folder = SAMPLES / "msgtrace" / "tostka_reconstructed"
    events = read_events(folder / f"MTSummary_{name}.csv", MessageTraceSummary)[2]
    assert [event.delivery_status for event in events] == ["Receive, Deliver", "Receive, Fail"]
    assert events[0].time == 1616493609328489
    (event,) = read_events(folder / f"MTDetail_{name}.csv", MessageTraceExtended)[2]
    assert (event.operation, event.outcome, event.ip, event.network_message_id) == (
        "DELIVER",
        "success",
        "192.168.1.251",
        "f955f718-d5ff-40a7-137f-08d9aeba6116",
    )
    assert json.loads(event.extra)["custom_data"]["S:AttachCount"] == "1"


# --- extended report --------------------------------------------------------------------------------------------------


def test_a_transport_event_for_each_recipient_with_its_own_status():
    events = extended(
        event_id="RECEIVE", recipient_address="b@y.example;c@y.example", recipient_status="To;Cc", server_hostname="EX1"
    )
    assert [(event.recipients, event.delivery_status) for event in events] == [
        (["b@y.example"], "To"),
        (["c@y.example"], "Cc"),
    ]
    assert (
        events[0].summary == '"Invoice 7" from amy@alderbrook.example to b@y.example was received from 192.0.2.7 by EX1'
    )
    assert (events[0].operation, events[0].time_meaning, events[0].server) == ("RECEIVE", "performed", "EX1")


def test_a_failure_tells_why():
    event = extended(
        event_id="FAIL",
        recipient_address="b@y.example",
        recipient_status="550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found",
    )[0]
    assert event.summary.endswith(
        "to b@y.example failed: 550 5.1.10 RESOLVER.ADR.RecipientNotFound (Recipient not found)"
    )
    assert (event.outcome, event.error_code, event.error_text) == (
        "failure",
        "550 5.1.10",
        "RESOLVER.ADR.RecipientNotFound; Recipient not found",
    )


def test_the_drop_of_an_expanded_group_is_no_failure():
    event = extended(
        event_id="DROP",
        recipient_address="dl@y.example",
        recipient_status="250 2.1.5 RESOLVER.GRP.Expanded; distribution list expanded",
    )[0]
    assert (event.outcome, event.error_code) == ("unknown", None)
    assert "which is no loss" in event.summary


@pytest.mark.parametrize(
    ("event_id", "source", "category", "severity"),
    [("REDIRECT", "MAILBOXRULE", "forwarding", "high"), ("RESOLVE", "MAILBOXRULE", "forwarding", "high"), ("RECEIVE", "MAILBOXRULE", "mail_trace", "info"),
     ("REDIRECT", "ROUTING", "mail_trace", "info"), ("HAREDIRECT", "SMTP", "mail_trace", "info")],
)  # fmt: skip
def test_forwarding_only_where_the_log_proves_it(event_id, source, category, severity):
    event = extended(
        event_id=event_id, source=source, recipient_address="eve@z.example", related_recipient_address="b@y.example"
    )[0]
    assert (event.category, event.severity) == (category, severity)
    assert ("caused by an inbox rule" in event.summary) == (source == "MAILBOXRULE")


def test_client_ip_of_a_server_on_the_way_is_no_client():
    inner = extended(event_id="DELIVER", source="STOREDRIVER", original_client_ip="", client_ip="10.0.0.5")[0]
    assert inner.ip is None
    assert json.loads(inner.extra)["client_ip"] == "10.0.0.5"
    assert extended(event_id="RECEIVE", original_client_ip="", client_ip="203.0.113.7")[0].ip == "203.0.113.7"
    assert extended(event_id="RECEIVE", client_ip="203.0.113.7")[0].ip == "192.0.2.7"


def test_group_members_are_not_said_to_be_expanded():
    event = extended(event_id="EXPAND", recipient_address="d@y.example", related_recipient_address="dl@y.example")[0]
    assert event.summary.endswith("to d@y.example was part of the expansion of a group (related address dl@y.example)")


def test_agents_in_words_and_decoded():
    custom = "S:SFA=SUM|SFV=SPM|SCL=9|LAT=1|LAT=2;S:TRA=ETR|ruleId=19a2|action=ApplyHtmlDisclaimer|mode=Enforce"
    event = extended(event_id="AGENTINFO", custom_data=custom)[0]
    assert (
        "scanned as spam, spam confidence level 9; transport rule 19a2 matched (action ApplyHtmlDisclaimer, mode Enforce)"
        in event.summary
    )
    assert json.loads(event.extra)["custom_data"]["S:SFA"] == {
        "entry": "SUM",
        "SFV": "SPM",
        "SCL": "9",
        "LAT": ["1", "2"],
    }
    assert event.severity == "info"


def test_how_a_message_was_submitted():
    context = "MDB:1, Mailbox:2, Event:3, MessageClass:IPM.Note, ClientType:OWA, SubmissionAssistant:x"
    event = extended(event_id="RECEIVE", source="STOREDRIVER", source_context=context)[0]
    assert event.client_info == "OWA"
    assert "(client type OWA)" in event.summary


def test_lost_recipients_of_a_transport_event():
    (event,) = extended(event_id="SEND", recipient_address="System.String[]", recipient_status="System.String[]")
    assert (event.recipients, event.delivery_status, event.quality) == (None, None, ["details_lost"])


@pytest.mark.parametrize(
    "names", [str.lower, lambda name: name.replace("_", "-"), lambda name: name.replace("_", "").title()]
)
def test_other_spellings_of_the_columns(names):
    spelt = {
        names(name): value
        for name, value in {**REPORT, "event_id": "DELIVER", "recipient_address": "b@y.example;c@y.example"}.items()
    }
    record = Record(kind="message_tracking", fields=spelt, number=1, line=1, offset=0, length=0, raw="")
    events = normalizer_for("message_tracking")(record, Context(source_type="x", family="x"))
    assert [(event.operation, event.recipients, event.ip) for event in events] == [
        ("DELIVER", ["b@y.example"], "192.0.2.7"),
        ("DELIVER", ["c@y.example"], "192.0.2.7"),
    ]


# --- message trace detail ---------------------------------------------------------------------------------------------

XML = '<root><MEP Name="ClientIP" String="203.0.113.7"/><MEP Name="ServerHostName" String="EX1"/><MEP Name="TotalLatency" Integer="2"/><MEP Name="CustomData" Blob="S:SFA=SUM|SFV=NSPM|SCL=1"/></root>'


def test_detail_of_a_receipt():
    event = detail(Event="Receive", Data=XML)
    assert (
        event.summary
        == "A message from amy@alderbrook.example to bob@other.example was received; scanned as not spam, spam confidence level 1"
    )
    assert (event.ip, event.server, event.operation, event.time_basis) == (
        "203.0.113.7",
        "EX1",
        "Receive",
        "ambiguous",
    )
    assert json.loads(event.extra)["data"]["CustomData"] == {"S:SFA": {"entry": "SUM", "SFV": "NSPM", "SCL": "1"}}


def test_detail_of_a_failure_and_of_an_expanded_group():
    failed = detail(
        Event="Fail",
        Detail="Reason: [{LED=550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found};{MSG=};{FQDN=};{IP=};{LRT=}]. More",
    )
    assert failed.summary.endswith("failed: 550 5.1.10 RESOLVER.ADR.RecipientNotFound (Recipient not found)")
    assert (failed.outcome, failed.error_code) == ("failure", "550 5.1.10")
    dropped = detail(
        Event="Drop", Detail="Reason: [{LED=250 2.1.5 RESOLVER.GRP.Expanded; distribution list expanded};{MSG=}]"
    )
    assert (dropped.outcome, dropped.error_code) == ("unknown", None)


def test_detail_in_other_events():
    assert detail(Event="Transport rule", Detail="Rule 'Stamp'").summary.endswith(
        "was acted on by a transport rule: Rule 'Stamp'"
    )
    assert detail(Event="Send external").outcome == "success"
    assert detail(Event="Wobble", Detail="x\ny").summary.endswith("was logged with the event Wobble: x y")


def test_hostile_xml_stays_text():
    hostile = '<!DOCTYPE a [<!ENTITY b "c">]><root><MEP Name="ClientIP" String="&b;"/></root>'
    event = detail(Event="Receive", Data=hostile)
    assert json.loads(event.extra)["data"] == hostile
    assert event.ip is None


def test_detail_rows_of_two_queries_are_one():
    columns = [*DETAIL, "StartDate", "EndDate", "Index"]
    row = {**TRACE, "Date": "8/15/2025 3:28:54 PM", "Event": "Deliver"}
    other = {**row, "StartDate": "", "Index": "9", "Date": "15.08.2025 15:28:54"}
    first, second = read_events(table(columns, row, other), MessageTraceDetailCsv)[2]
    assert first.content == second.content
