"""A message's journey: the trace events that bear its id, folded into one row and one sentence."""

import json
from pathlib import Path

from workbooks import event, timeline_rows, workbook

from m365timeline.analysis.journeys import fold_messages
from m365timeline.pipeline.convert import convert
from m365timeline.schemas.request import Request
from m365timeline.writers.xlsx import journeys

OWN = Path(__file__).resolve().parents[1] / "sample_exports"


class Quiet:
    def stage(self, name, total, unit):
        pass

    def advance(self, amount):
        pass


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


def test_reports_of_every_kind_join_by_the_network_message_id(tmp_path):
    """V1, V2, both reports, tracking log, Defender and quarantine tell one way of one message."""
    folders = (
        "message_trace_csv", "message_trace_json", "message_trace_summary", "message_trace_extended", "message_tracking_log", "defender_hunting_csv",
        "threat_explorer_csv", "quarantine_json", "message_trace_detail_csv",
    )  # fmt: skip
    inputs = [str(OWN / folder) for folder in folders]
    target = tmp_path / "out.jsonl"
    convert(Request(inputs=inputs, outputs=[target], date_order="mdy"), Quiet())
    events = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    by_subject = {}
    for row in events:
        if row.get("network_message_id"):
            by_subject.setdefault(row["network_message_id"], set()).add(row["source_type"])
    lure = next(row["network_message_id"] for row in events if "sharedocs-notify" in row.get("sender", ""))
    fraud = next(
        row["network_message_id"]
        for row in events
        if row.get("subject") == "Updated bank details for supplier payments" and row.get("network_message_id")
    )
    assert {
        "defender_hunting_csv",
        "threat_explorer_csv",
        "quarantine_json",
        "message_trace_csv",
        "message_trace_summary",
    } <= by_subject[lure]
    assert {
        "message_tracking_log",
        "defender_hunting_csv",
        "message_trace_csv",
        "message_trace_extended",
    } <= by_subject[fraud]
    rows = [
        {
            **dict.fromkeys(
                ("time", "recipients", "sender", "subject", "message_ids", "delivery_status", "ip", "server")
            ),
            **row,
            "time": 0,
            "extra": json.dumps(row.get("extra", {})),
        }
        for row in events
        if row.get("network_message_id") == lure
    ]
    (journey,) = fold_messages(rows)
    assert journey.sentence.endswith("then Phish ZAP for Priya.Nair@alderbrook.example, Tom.Okafor@alderbrook.example")
