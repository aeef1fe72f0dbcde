"""A message's journey: the trace events that bear its id, folded into one row and one sentence."""

from workbooks import event, timeline_rows, workbook

from m365timeline.analysis.journeys import fold_messages
from m365timeline.writers.xlsx import journeys

HOUR = 3_600_000_000


def step(number, operation, recipients, message="m1", **fields):
    return {
        "network_message_id": message, "time": number * HOUR, "category": "mail_trace", "operation": operation, "recipients": recipients,
        "sender": "amy@alderbrook.example", "subject": "Plans", "message_ids": ["a@b"], "delivery_status": None, "ip": None, "server": None,
        "extra": None, "source_type": "message_trace_extended", **fields,
    }  # fmt: skip


EVENTS = [
    step(1, "RECEIVE", ["bob@x.example"], ip="192.0.2.1", server="HUB1"),
    step(2, "AGENTINFO", ["bob@x.example"]),
    step(3, "DELIVER", ["bob@x.example"]),
    step(4, "FAIL", ["eve@y.example"], subject=None),
    step(9, "Delivered", ["zoe@z.example"], message="m2", source_type="message_trace_csv"),
]


def test_events_of_one_message_become_one_row():
    first, second = fold_messages(EVENTS)
    assert (first.events, first.first, first.last) == (4, HOUR, 4 * HOUR)
    assert first.recipients == ["bob@x.example", "eve@y.example"]
    assert first.sentence == "received from 192.0.2.1 by HUB1, delivered to bob@x.example, failed to eve@y.example"
    assert (second.network_message_id, second.sources) == ("m2", ["message_trace_csv"])


def test_the_workbook_has_a_sheet_of_them():
    parts, _ = workbook([event()], messages=lambda: fold_messages(EVENTS))
    rows = timeline_rows(parts, journeys.TITLE)
    assert [row["Sender"] for row in rows] == ["amy@alderbrook.example"] * 2
    assert "failed to eve@y.example" in rows[0]["Journey"]
    assert rows[0]["Events"] == 4


def test_without_a_trace_the_sheet_is_left_out_and_the_summary_says_so():
    parts, _ = workbook([event()])
    assert journeys.ABSENT.encode() in parts["xl/worksheets/sheet1.xml"] or journeys.ABSENT.encode() in b"".join(
        parts.values()
    )
    assert journeys.TITLE.encode() not in parts["xl/workbook.xml"]
