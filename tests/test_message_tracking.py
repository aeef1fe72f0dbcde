"""Message tracking of an Exchange server: the log file of every version, and what its cmdlet makes of it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from helpers import read_events, read_records

from m365timeline.normalizers.transport import split_list
from m365timeline.parsers import detect
from m365timeline.parsers.base import Head
from m365timeline.parsers.message_tracking_csv import MessageTrackingCsv
from m365timeline.parsers.message_tracking_log import _BY_WIDTH, MessageTrackingLog
from m365timeline.schemas.source import Encoding

OWN = Path(__file__).resolve().parents[1] / "sample_exports"
VALUES = {
    "date-time": "2026-03-11T06:10:36.401Z", "source": "SMTP", "event-id": "SEND", "internal-message-id": "9007199254740993",
    "message-id": "<m1@mail.example>", "network-message-id": "05EA21AB14DE4CDBF80F08D402C33FE2", "recipient-address": "a@x.example;b@x.example",
    "recipient-status": "250 2.1.5 Recipient OK;550 4.4.7 QUEUE.Expired", "message-subject": 'Invoice, "urgent"', "sender-address": "amy@alderbrook.example",
    "server-hostname": "mx.x.example", "custom-data": "S:FromEntity=Hosted",
}  # fmt: skip


def quoted(text):
    return '"' + text.replace('"', '""') + '"' if {",", '"'} & set(text) else text


def log(columns, *, header=True, version="15.02.1748.010", rows=1, extra=()):
    columns = (*columns, *extra)
    first = [
        "#Software: Microsoft Exchange Server", f"#Version: {version}", "#Log-type: Message Tracking Log",
        "#Date: 2026-03-11T06:00:00.104Z", "#Fields: " + ",".join(columns),
    ]  # fmt: skip
    line = ",".join(quoted(VALUES.get(name, "new" if name in extra else "")) for name in columns)
    return "".join(f"{text}\r\n" for text in [*(first if header else ()), *[line] * rows])


@pytest.mark.parametrize("width", sorted(_BY_WIDTH))
@pytest.mark.parametrize("header", [True, False])
def test_every_version_gives_the_same_events(width, header):
    records, issues, events = read_events(log(_BY_WIDTH[width], header=header).encode(), MessageTrackingLog)
    assert (len(records), issues, len(events)) == (1, [], 2)
    first, second = events
    assert first.time == int(datetime(2026, 3, 11, 6, 10, 36, 401000, tzinfo=UTC).timestamp() * 1e6)
    assert first.time_basis == "offset_stated"
    assert (first.recipients, first.outcome) == (["a@x.example"], "success")
    assert (second.recipients, second.delivery_status) == (["b@x.example"], "550 4.4.7 QUEUE.Expired")
    assert (first.subject, first.message_ids) == ('Invoice, "urgent"', ["m1@mail.example"])
    assert json.loads(first.extra)["internal-message-id"] == "9007199254740993"
    has_id = "network-message-id" in _BY_WIDTH[width]
    assert first.network_message_id == ("05ea21ab-14de-4cdb-f80f-08d402c33fe2" if has_id else None)


def test_columns_of_a_later_version_are_kept():
    _, issues, events = read_events(log(_BY_WIDTH[30], extra=("carrier-pigeon",)).encode(), MessageTrackingLog)
    assert issues == []
    assert json.loads(events[0].extra)["carrier-pigeon"] == "new"


def test_joined_files_of_several_versions_are_read_each_under_its_own_columns():
    text = log(_BY_WIDTH[26], version="14.0.0.0", rows=2) + log(_BY_WIDTH[30]) + log(_BY_WIDTH[30], rows=2)
    records, issues, events = read_events(b"\xef\xbb\xbf" + text.encode(), MessageTrackingLog)
    assert (len(records), issues) == (5, [])
    assert [event.network_message_id is None for event in events] == [True] * 4 + [False] * 6
    assert {event.subject for event in events} == {'Invoice, "urgent"'}


def test_a_value_that_begins_with_a_remark_is_no_remark():
    text = log(_BY_WIDTH[30]) + log(_BY_WIDTH[30], header=False).replace("2026-03-11", "#Date: 2026-03-11", 1)
    records, _, events = read_events(text.encode(), MessageTrackingLog)
    assert len(records) == 2
    assert events[-1].time is None
    assert events[-1].quality == ["unreadable_time"]


def test_log_without_records_is_known():
    detection, records, issues, _ = read_records(log(_BY_WIDTH[30], rows=0).encode(), MessageTrackingLog)
    assert detection.variant == "version 15.02.1748.010"
    assert (records, issues) == ([], [])


def test_another_log_of_the_server_is_not_claimed():
    text = "#Software: Microsoft Exchange Server\r\n#Log-type: SMTP Receive Protocol Log\r\n#Fields: date-time,connector-id,session-id,sequence-number,event,data,context\r\n"
    assert detect(Head(text.encode(), Encoding("utf-8", 0, ""))) == []


def test_the_cmdlet_writes_local_time_and_needs_its_zone():
    path = OWN / "message_tracking_csv" / "get_messagetrackinglog.csv"
    _, _, blind = read_events(path, MessageTrackingCsv)
    assert all(event.time is None and "zone_unknown" in event.quality for event in blind)
    _, _, placed = read_events(path, MessageTrackingCsv, ZoneInfo("Europe/Berlin"))
    _, _, written = read_events(OWN / "message_tracking_log" / "MSGTRK2026031106-1.LOG", MessageTrackingLog)
    for one, other in zip(placed, written, strict=True):
        same = ("operation", "network_message_id", "message_ids", "sender", "recipients", "subject", "server")
        assert [getattr(one, name) for name in same] == [getattr(other, name) for name in same]
        assert one.time_day_first == other.time // 1_000_000 * 1_000_000, "the cmdlet drops what is below a second"
    assert {flag for event in placed for flag in event.quality} == {"details_lost"}
    assert not any("System." in str(event.recipients) + event.summary for event in placed)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a@x.example,b@x.example", ("a@x.example", "b@x.example")),
        ("a@x.example b@x.example | c@x.example", ("a@x.example", "b@x.example", "c@x.example")),
        ("Ann, Bob@x.example and c@x.example", ("Ann, Bob@x.example and c@x.example",)),
        ("a@x.example;b@x.example", ("a@x.example", "b@x.example")),
    ],
)
def test_recipients_joined_by_a_script(text, parts):
    assert split_list(text) == parts


def test_the_same_events_as_json_and_clixml_are_one_event_each(run, tmp_path):
    done = run("convert", OWN / "message_tracking_json", OWN / "message_tracking_clixml", "-o", "out.jsonl")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [event["duplicates"] for event in events] == [1] * 5
    assert events[0]["time"] == "2026-03-11T09:02:55.855000Z"
    assert (events[0]["recipients"], events[0]["delivery_status"]) == (["Tom.Okafor@alderbrook.example"], "To")
    assert "delivery_status" not in events[1], "an empty list says nothing"


def test_lists_printed_in_braces_are_lists_and_local_time_needs_a_zone(run, tmp_path):
    printed = (OWN / "message_tracking_list" / "tracking.txt").read_text(encoding="utf-16")
    more = printed.replace(
        "{Tom.Okafor@alderbrook.example}", "{tom@a.example, amy@a.example, bo@a.example, cy@a.example...}"
    )
    (tmp_path / "tracking.txt").write_text(more, encoding="utf-16")
    run("convert", "tracking.txt", "-o", "open.jsonl")
    first = json.loads((tmp_path / "open.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert "time" not in first
    done = run("convert", "tracking.txt", "-o", "out.jsonl", "--source-timezone", "Europe/Berlin")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [event["recipients"] for event in events[:4]] == [
        ["tom@a.example"],
        ["amy@a.example"],
        ["bo@a.example"],
        ["cy@a.example"],
    ]
    assert events[0]["time"] == "2026-03-11T09:02:55Z"
    assert "truncated_value" in events[0]["quality"]
