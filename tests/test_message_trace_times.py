"""Message traces: what their times are worth, and which rows are one and the same."""

import json

import pytest
from helpers import read_events, read_records
from mail_traces import GUID, TRACE, V1, V2, extended, summary, table, trace

from m365timeline.normalizers.context import Context
from m365timeline.normalizers.mail import note_window
from m365timeline.normalizers.registry import normalizer_for
from m365timeline.parsers.message_trace_csv import MessageTraceCsv
from m365timeline.schemas.dates import DateEvidence, decide
from m365timeline.schemas.record import Record

# --- dates ------------------------------------------------------------------------------------------------------------


def read_dates(data, parser=MessageTraceCsv):
    _, records, _, _ = read_records(data, parser)
    context = Context(source_type="x", family="x")
    return [event for record in records for event in normalizer_for(record.kind)(record, context)], context.dates


@pytest.mark.parametrize(
    ("received", "start", "end", "order"),
    [
        ("3/4/2025 10:00:00 AM", "3/1/2025 12:00:00 AM", "3/9/2025 12:00:00 AM", "mdy"),
        ("3/4/2025 10:00:00 am", "1/4/2025 12:00:00 am", "9/4/2025 12:00:00 am", "dmy"),
        ("03.04.2025 10:00:00", "01.04.2025 00:00:00", "09.04.2025 00:00:00", "dmy"),
        ("3/4/2025 10:00:00 AM", "1/1/2025 12:00:00 AM", "12/12/2025 12:00:00 AM", None),
        ("3/4/2025 10:00:00 AM", "2025-03-01T00:00:00Z", "2025-03-09T00:00:00Z", "mdy"),
        (
            "3/1/2025 10:00:00 AM",
            "3/1/2025 12:00:00 AM",
            "3/2/2025 12:00:00 AM",
            None,
        ),  # Jan 3 to Feb 3 is possible too
        ("3/4/2025 10:00:00 AM", "", "", None),
    ],
)
def test_the_window_of_the_query_proves_the_order(received, start, end, order):
    events, dates = read_dates(table(V1, {**TRACE, "Received": received, "StartDate": start, "EndDate": end}))
    assert decide(dates, None).order == order
    assert events[0].time_basis == "ambiguous"  # until the whole file is known
    assert None not in {events[0].time, events[0].time_day_first}


def test_a_window_proves_nothing_about_a_date_that_reads_the_same_either_way():
    evidence = DateEvidence()
    note_window("4/4/2025 10:00:00", "3/4/2025 10:00:00", "5/4/2025 10:00:00", evidence)
    note_window("nonsense", "3/4/2025 10:00:00", "5/4/2025 10:00:00", evidence)
    assert evidence == DateEvidence()


def test_a_time_just_outside_the_window_in_one_reading_is_no_proof_for_the_other():
    evidence = DateEvidence()
    note_window("1/2/2025 10:00:00", "2/1/2025 09:00:00", "2/1/2025 11:00:00", evidence)
    assert (evidence.reference_month_first, evidence.reference_day_first) == (0, 0)


@pytest.mark.parametrize(
    "received", ["15.08.2025 15:28:54", "15/08/2025 3:28:54 pm", "2025-08-15T15:28:54", "8/15/2025 3:28:54 PM"]
)
def test_received_is_utc_in_every_culture(received):
    event = trace(Received=received)
    time = event.time if event.time is not None else event.time_day_first
    assert (time, event.time_basis) == (
        1755271734000000,
        "ambiguous" if event.time != event.time_day_first else "utc_by_specification",
    )


def test_a_portal_list_does_not_say_its_zone():
    columns = ["Date", "Sender", "Recipient", "Subject", "Status"]
    row = {"Date": "2025-08-15 15:28:54", "Sender": "a@x.example", "Recipient": "b@y.example", "Status": "Delivered"}
    event = read_events(table(columns, row), MessageTraceCsv)[2][0]
    assert (event.time, event.time_basis, event.quality) == (None, "ambiguous", ["zone_unknown"])
    assert event.summary == "A message from a@x.example to b@y.example was delivered"
    zoned = read_events(table(["Date (UTC)", *columns[1:]], {**row, "Date (UTC)": row["Date"]}), MessageTraceCsv)[2][0]
    assert (zoned.time, zoned.time_basis) == (1755271734000000, "utc_by_specification")


def test_the_gmt_column_wins_over_the_local_one():
    columns = ["Received", "ReceivedGMT", "SenderAddress", "RecipientAddress", "Status"]
    event = trace(columns, ReceivedGMT="8/15/2025 8:28:54 PM")
    assert event.time_raw == "8/15/2025 8:28:54 PM"
    assert event.time == 1755289734000000
    assert json.loads(event.extra)["received"] == "8/15/2025 3:28:54 PM"


# --- duplicates -------------------------------------------------------------------------------------------------------


def test_the_same_row_from_two_queries_is_one():
    pages = [
        trace(V1),
        trace(
            V1,
            Index="117",
            StartDate="8/15/2025 12:00:00 AM",
            EndDate="8/18/2025 12:00:00 AM",
            RunspaceId="2",
            PSComputerName="x",
        ),
        trace(V2),
        trace(V2, Received="15.08.2025 15:28:54", MessageTraceId=GUID.upper(), MessageId="m1@mail.example"),
        trace(V2, Received="2025-08-15T15:28:54.0000000Z"),
    ]
    assert {page.content for page in pages} == {pages[0].content}
    assert {page.event_id for page in pages} == {pages[0].event_id}


@pytest.mark.parametrize(
    "change",
    [{"RecipientAddress": "c@y.example"}, {"Status": "Failed"}, {"Received": "8/15/2025 3:28:55 PM"}, {"Subject": "x"}],
)
def test_another_recipient_status_time_or_subject_is_another_row(change):
    assert trace(**change).content != trace().content


def test_without_ids_a_date_keeps_its_order():
    columns = ["Received", "SenderAddress", "RecipientAddress", "Status"]
    assert trace(columns, Received="3/4/2025 10:00:00").content != trace(columns, Received="4/3/2025 10:00:00").content
    assert trace(columns, Received="3/4/2025 10:00:00").content == trace(columns, Received="3/4/2025 10:00:00").content


def test_the_row_of_a_trace_as_json_is_the_row_as_csv():
    fields = {
        "Received": "/Date(1755271734000)/",
        "Size": 30660,
        "ToIP": None,
        **{key: TRACE[key] for key in V2 if key not in {"Received", "Size", "ToIP"}},
    }
    record = Record(kind="message_trace", fields=fields, number=1, line=1, offset=0, length=0, raw="")
    event = normalizer_for("message_trace")(record, Context(source_type="x", family="message_trace"))[0]
    assert (event.time, event.size_bytes) == (1755271734000000, 30660)
    csv_record = read_events(table(V2, TRACE), MessageTraceCsv)[0][0]
    assert record.canonical == csv_record.canonical


def test_kinds_are_never_folded_but_join():
    both = [
        trace(),
        summary(recipient_status="bob@other.example##Receive, Deliver")[0],
        extended(event_id="DELIVER")[0],
    ]
    assert len({event.event_id for event in both}) == 3
    assert {event.network_message_id for event in both} == {GUID}
    assert {tuple(event.message_ids) for event in both} == {("m1@mail.example",)}
