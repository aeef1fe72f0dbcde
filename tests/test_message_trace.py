"""Message trace rows: which parser claims which file, and from the bytes of the cmdlets' CSV to events."""

import json
from pathlib import Path

import pytest
from helpers import read_events, read_records
from mail_traces import GUID, TRACE, V1, V2, table, trace

from m365timeline.parsers._csv import read_header
from m365timeline.parsers.base import Head
from m365timeline.parsers.message_trace_csv import MessageTraceCsv
from m365timeline.parsers.message_trace_detail_csv import MessageTraceDetailCsv
from m365timeline.parsers.message_trace_extended import MessageTraceExtended
from m365timeline.parsers.message_trace_summary import MessageTraceSummary
from m365timeline.parsers.unified_audit_csv import UnifiedAuditCsv
from m365timeline.schemas.record import Code
from m365timeline.schemas.source import Source
from m365timeline.sources.encoding import ByteCounts, narrow_encoding
from m365timeline.sources.scan import scan

SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "samples"
real = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder of real exports is not beside the project")
ALL = (MessageTraceCsv, MessageTraceDetailCsv, MessageTraceSummary, MessageTraceExtended, UnifiedAuditCsv)


# --- which parser -----------------------------------------------------------------------------------------------------


def claims(head):
    return [parser.name for parser in ALL if parser().detect(head) is not None]


@real
def test_no_two_parsers_claim_the_same_real_file():
    claimed = {}
    for path in sorted(path for path in SAMPLES.rglob("*") if path.is_file() and path.stat().st_size):
        found = scan(Source(name="x", path=str(path), origin="x", size=path.stat().st_size))
        names = claims(Head(found.head, found.encoding))
        assert len(names) <= 1, path
        if names and not names[0].startswith("unified"):
            claimed[path.name] = names[0]
    assert claimed == {
        "Get-MessageTraceV2_fields.csv": "message_trace_csv",
        "Get-MessageTrace_V1.csv": "message_trace_csv",
        **dict.fromkeys(
            ("MTDetail_utf16le_bom.csv", "MTDetail_utf16le_nobom.csv", "MTDetail_utf8.csv"), "message_trace_extended"
        ),
        **dict.fromkeys(
            ("MTSummary_utf16le_bom.csv", "MTSummary_utf16le_nobom.csv", "MTSummary_utf8.csv"), "message_trace_summary"
        ),
    }


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("Received,SenderAddress,RecipientAddress", ["message_trace_csv"]),
        ("Received,SenderAddress,RecipientAddress,Subject,Status,FromIP,ToIP,StartDate,EndDate", ["message_trace_csv"]),
        ("Date;Sender;Recipient;Subject;Status", ["message_trace_csv"]),
        ("received gmt,Received,From,To,MessageId", ["message_trace_csv"]),
        ("origin_timestamp,sender_address,recipient_status,message_subject", ["message_trace_summary"]),
        ('"date_time_utc","event_id","source","recipient_address","sender_address"', ["message_trace_extended"]),
        ("MessageTraceId,Date,Event,Detail", ["message_trace_detail_csv"]),
        ("MessageId,Date,Event,Action,SenderAddress,RecipientAddress,Received", ["message_trace_detail_csv"]),
        ("Date,From,To,Subject", []),  # any list of mail
        ("Received,SenderAddress,Subject", []),
        ("Timestamp,Source,EventId,MessageId,Recipients,Sender", []),  # the tracking log of a server
        ("ReceivedTime,SenderAddress,RecipientAddress,MessageId,QuarantineTypes", []),
        ("Timestamp,NetworkMessageId,SenderFromAddress,RecipientEmailAddress,ReportId", []),
        ("Date,Event,Detail", []),
        ("| Received | SenderAddress | RecipientAddress |", []),  # a table drawn in a text
    ],
)
def test_header_decides(header, names):
    head = Head((header + "\r\n").encode(), narrow_encoding(b"", ByteCounts()))
    assert read_header(head.text) is not None
    assert claims(head) == names


@pytest.mark.parametrize(
    ("columns", "variant"),
    [(V1, "V1"), (V2, "V2 or a subset"), (["Date", "Sender", "Recipient", "Status"], "portal or hand-made list")],
)
def test_variant(columns, variant):
    assert read_records(table(columns), MessageTraceCsv)[0].variant == variant


# --- rows of the cmdlets ----------------------------------------------------------------------------------------------


def test_a_row_of_the_cmdlet():
    event = trace(V1)
    assert event.summary == '"Invoice 7" from amy@alderbrook.example to bob@other.example was delivered'
    assert (event.time, event.time_basis, event.time_meaning) == (1755271734000000, "ambiguous", "received")
    assert event.time_raw == "8/15/2025 3:28:54 PM"
    assert (event.operation, event.outcome, event.outcome_raw, event.delivery_status) == (
        "Delivered",
        "success",
        "Delivered",
        "Delivered",
    )
    assert (event.actor, event.actor_type, event.mailbox) == ("amy@alderbrook.example", "unknown", None)
    assert (event.ip, event.size_bytes, event.tenant) == ("192.0.2.7", 30660, "alderbrook.onmicrosoft.com")
    assert (event.message_ids, event.network_message_id) == (["m1@mail.example"], GUID)
    assert (event.category, event.severity, event.workload, event.direction) == ("mail_trace", "info", "Exchange", None)


def test_what_has_no_column_is_kept():
    extra = json.loads(trace(V1, ToIP="198.51.100.9").extra)
    assert extra == {
        "pscomputername": "outlook.office365.com", "runspaceid": "1", "psshowcomputername": "False", "toip": "198.51.100.9",
        "startdate": "8/10/2025 12:00:00 AM", "enddate": "8/16/2025 12:00:00 AM", "index": "0",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("Delivered", "success"), ("delivered", "success"), ("Failed", "failure"), ("Pending", "unknown"), ("GettingStatus", "unknown"), ("Expanded", "unknown"),
     ("Resolved", "unknown"), ("Quarantined", "failure"), ("FilteredAsSpam", "unknown"), ("None", "unknown"), ("Wobbled", "unknown")],
)  # fmt: skip
def test_outcome_of_a_status(status, outcome):
    event = trace(Status=status)
    assert event.outcome == outcome
    assert event.operation == status


def test_status_in_words():
    assert (
        trace(Status="Expanded").summary
        == '"Invoice 7" from amy@alderbrook.example to bob@other.example was expanded to the members of a group'
    )
    assert trace(Status="Wobbled").summary.endswith("has the status Wobbled")
    assert trace(Status="").summary.endswith("what became of it is not in the export")
    assert trace(Status="").operation is None


def test_null_sender():
    event = trace(SenderAddress="<>", Subject="")
    assert (event.sender, event.actor) == ("<>", None)
    assert event.summary == "A message from the empty sender <> to bob@other.example was delivered"


def test_subject_with_everything():
    subject = 'He said "hi"; a, b\r\nsecond line, 50% <b>'
    records, issues, events = read_events(table(V2, {**TRACE, "Subject": subject}, TRACE), MessageTraceCsv)
    assert (len(records), issues, events[0].subject) == (2, [], subject)
    assert [record.line for record in records] == [2, 4]


@pytest.mark.parametrize(
    "text", ["System.Object[]", "System.String[]", "System.Collections.Generic.List`1[System.String]"]
)
def test_lost_values_are_no_recipients(text):
    event = trace(RecipientAddress=text)
    assert event.recipients is None
    assert event.quality == ["details_lost"]
    assert json.loads(event.extra)["recipientaddress"] == text


def test_a_subject_in_brackets_is_not_lost():
    assert trace(Subject="Microsoft.Exchange changes [urgent]").quality is None


def test_number_and_network_id_as_other_tools_write_them():
    event = trace(Size="12 KB", MessageTraceId="{" + GUID.replace("-", "").upper() + "}", MessageId=" m1@mail.example ")
    assert (event.size_bytes, json.loads(event.extra)["size"]) == (None, "12 KB")
    assert (event.network_message_id, event.message_ids) == (GUID, ["m1@mail.example"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters(encoding, delimiter):
    data = table(
        V1,
        {**TRACE, "Subject": "Größe ✓"},
        delimiter=delimiter,
        encoding=encoding,
        before="#TYPE Deserialized.Some.MessageTrace\r\n",
    )
    records, issues, events = read_events(data, MessageTraceCsv)
    assert (issues, [event.subject for event in events]) == ([], ["Größe ✓"])
    record = records[0]
    assert (
        data[record.offset : record.offset + record.length].decode(
            "utf-8" if "8" in encoding else "utf-16-be" if "be" in encoding else "utf-16-le"
        )
        == record.raw
    )


def test_a_cut_file_loses_exactly_the_broken_record():
    data = table(V2, *[{**TRACE, "Subject": f"number {number}"} for number in range(5)])
    cut = data[: data.rindex(b"number 4") + 4]
    records, issues, events = read_events(cut, MessageTraceCsv)
    assert [event.subject for event in events] == [f"number {number}" for number in range(4)]
    assert [(issue.code, issue.record_number, issue.line) for issue in issues] == [(Code.TRUNCATED_RECORD, 5, 6)]
    assert issues[0].offset == data.rindex(b'"' + GUID.encode())
    assert issues[0].offset + issues[0].length == len(cut)
    assert len(records) == 4


def test_a_damaged_or_merged_file_is_read_in_one_piece():
    merged = table(V1, TRACE) + table(V2, TRACE) + table(V2, TRACE)
    _, records, issues, parser = read_records(merged, MessageTraceCsv)
    assert (len(records), issues, parser.sequential, parser.repeated_headers) == (3, [], True, 2)
    assert records[1].fields["status"] == "Delivered"
    assert not read_records(table(V1, TRACE), MessageTraceCsv)[3].sequential


def test_a_header_of_the_same_width_in_another_order():
    merged = table(V2, TRACE) + table(V2[::-1], TRACE, {**TRACE, "Subject": "Status"})
    _, records, issues, parser = read_records(merged, MessageTraceCsv)
    assert (issues, parser.sequential) == ([], True)
    assert [record.fields["subject"] for record in records] == ["Invoice 7", "Invoice 7", "Status"]
    assert [record.number for record in records] == [1, 2, 3]
    assert {record.fields["received"] for record in records} == {TRACE["Received"]}


def test_a_column_without_a_name():
    event = trace([*V2, ""], **{"": "stray"})
    assert event.summary.endswith("was delivered")
    assert json.loads(event.extra) == {"": "stray"}
