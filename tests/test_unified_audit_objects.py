"""The unified audit log in whatever it is wrapped in: the same record is the same event."""

import csv
import json
from pathlib import Path

import pytest
from exports import audit_data
from helpers import read_events, read_records
from test_golden import Quiet

from m365timeline.parsers.json_empty import JsonEmpty
from m365timeline.parsers.unified_audit_clixml import UnifiedAuditClixml
from m365timeline.parsers.unified_audit_csv import UnifiedAuditCsv
from m365timeline.parsers.unified_audit_json import UnifiedAuditJson
from m365timeline.parsers.unified_audit_list import UnifiedAuditList
from m365timeline.parsers.unified_audit_queue_log import UnifiedAuditQueueLog
from m365timeline.pipeline.convert import convert
from m365timeline.schemas.record import Code
from m365timeline.schemas.request import Request

ROOT = Path(__file__).resolve().parents[1]
OWN = ROOT / "sample_exports"
SHAPES = ROOT.parent / "shared" / "samples" / "ual" / "shape_variants"
WRAPPED = sorted(
    [
        *(OWN / "unified_audit_json").iterdir(), *(OWN / "unified_audit_clixml").iterdir(), *(OWN / "unified_audit_list").iterdir(),
        *(OWN / "unified_audit_queue_log").iterdir(), OWN / "unified_audit_csv" / "graph_query.csv", OWN / "unified_audit_csv" / "cloud_app_events.csv",
    ]
)  # fmt: skip
PLACE = {
    "source_type", "source_file", "source_sha256", "record_number", "line", "offset", "length", "duplicates", "also_in", "raw", "extra",
    "quality", "time_raw", "time_basis",
}  # fmt: skip


def run(folder, *paths):
    target = folder / "out.jsonl"
    outcome = convert(Request(inputs=[str(path) for path in paths], outputs=[target], force=True), Quiet())
    return outcome, [json.loads(line) for line in target.read_bytes().splitlines()]


def test_the_same_records_in_every_wrapping_are_the_same_events(tmp_path):
    outcome, events = run(tmp_path, *WRAPPED)
    assert len(WRAPPED) >= 13
    assert outcome.exit_code == 0
    names = {path.name for path in WRAPPED}
    for event in events:
        places = [event["source_file"], *(place.rpartition("#")[0] for place in event["also_in"])]
        assert {place.rpartition("/")[2] for place in places} == names
        assert "conflicting_duplicate" not in event.get("quality", [])
    one = {event["event_id"]: event for event in events}
    for path in WRAPPED:
        _, alone = run(tmp_path, path)
        assert len(alone) == len(one)
        for event in alone:
            other = one[event["event_id"]]
            assert {k: v for k, v in event.items() if k not in PLACE} == {
                k: v for k, v in other.items() if k not in PLACE
            }, path.name
            extra, rest = event.get("extra", {}), other.get("extra", {})
            assert {k: v for k, v in extra.items() if k != "wrapper"} == {
                k: v for k, v in rest.items() if k != "wrapper"
            }, path.name


@pytest.mark.samples
@pytest.mark.skipif(not SHAPES.is_dir(), reason="the folder of real exports is not beside the project")
def test_the_real_records_in_every_wrapping(tmp_path):
    rows = list(csv.DictReader((SHAPES / "MANIFEST.csv").open(encoding="utf-8", newline="")))
    for row in rows:
        if int(row["records"]) == 0:
            continue
        _, events = run(tmp_path, SHAPES / row["file"])
        assert len(events) == int(row["records"]), row["file"]
        if row["ids"]:
            assert {event["record_id"] for event in events} == set(row["ids"].split()), row["file"]
    _, events = run(tmp_path, *(SHAPES / row["file"] for row in rows))
    whole = [event for event in events if not {"salvaged", "conflicting_duplicate"} & set(event.get("quality", []))]
    assert len({event["record_id"] for event in events}) == 5
    assert len(whole) >= 4


def one(value, parser=UnifiedAuditJson):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    records, issues, events = read_events(data, parser)
    assert issues == []
    (event,) = events
    return records[0], event


RECORD = audit_data(1)
ENVELOPES = {
    "result": {"preview": False, "result": RECORD},
    "a raw text of Splunk": {"result": {"_raw": json.dumps(RECORD), "_time": "1"}},
    "Elastic": {"o365audit": RECORD},
    "event.original": {"event.original": json.dumps(RECORD), "@timestamp": "2026-03-02T09:00:00Z"},
    "event, original": {"event": {"original": json.dumps(RECORD)}},
    "message": {"message": json.dumps(RECORD)},
    "search hit": {"hits": {"total": 1, "hits": [{"_index": "x", "_source": {"o365audit": RECORD}}]}},
    "rows": {"tables": [{"name": "t", "columns": [{"name": "ActionType"}, {"name": "RawEventData"}], "rows": [["x", json.dumps(RECORD)]]}]},
    "text in a list": [json.dumps(RECORD)],
}  # fmt: skip


@pytest.mark.parametrize("name", ENVELOPES)
def test_envelopes_of_log_collectors(name):
    plain, told = one([RECORD])
    record, event = one(ENVELOPES[name])
    assert (event.event_id, event.content, event.summary) == (told.event_id, told.content, told.summary)
    assert record.data == plain.data


def test_dates_of_windows_powershell_are_utc():
    broken = json.dumps(RECORD).replace('"CreationTime"', '"X"')
    _, event = one(
        {
            "CreationDate": "/Date(1728364117000)/",
            "UserIds": "a@b.example",
            "Operations": "New-InboxRule",
            "AuditData": broken,
        }
    )
    assert event.time == 1728364117000 * 1000
    assert event.time_basis == "utc_by_specification"
    assert "time_from_wrapper" in event.quality


def test_lists_windows_powershell_wrote_with_their_count_are_lists_again():
    record = {**RECORD, "Parameters": [{"Name": "A", "Value": "b"}]}
    counted = {**record, "Parameters": {"value": record["Parameters"], "Count": 1}}
    assert one({"AuditData": counted, "CreationDate": "x"})[1].content == one([record])[1].content


def test_what_the_exporting_tool_cut_is_flagged():
    for cut in ("System.Object[]", "@{Name=Identity; Value=a} @{Name=b; Value=c}"):
        _, event = one({"AuditData": {**RECORD, "Parameters": cut}, "CreationDate": "x"})
        assert "details_lost" in event.quality
    record, event = one({"AuditData": "@{CreationTime=2026; Id=1}", "Operations": "New-InboxRule", "UserIds": "a@b.example", "CreationDate": "2026-03-02T08:00:00"})  # fmt: skip
    assert record.data is None
    assert event.operation == "New-InboxRule"
    assert {"details_lost", "damaged_audit_data"} <= set(event.quality)


def test_graphs_names_say_what_they_mean():
    graph = {
        "id": "4d7e6990-ec4f-4cd5-9d76-a56b0e327e53", "createdDateTime": "2026-03-02T08:00:00Z", "auditLogRecordType": "exchangeAdmin", "operation": "Set-Mailbox",
        "userType": "Admin", "userId": "10032002643F6746", "userPrincipalName": "alex@contoso.example", "clientIp": None, "administrativeUnits": [""], "auditData": None,
    }  # fmt: skip
    _, event = one({"value": [graph]})
    assert (event.actor, event.operation, event.record_id) == ("alex@contoso.example", "Set-Mailbox", graph["id"])
    assert event.time_basis == "offset_stated"
    assert event.record_type == "1 ExchangeAdmin"
    assert "wrapper_only" in event.quality


def test_cloud_app_events_of_other_services_keep_their_columns():
    row = {"Timestamp": "2026-03-02T08:00:00Z", "ActionType": "Login", "Application": "Salesforce", "AccountDisplayName": "Alex", "IPAddress": "192.0.2.7", "RawEventData": {"Status": "ok"}}  # fmt: skip
    record, event = one([row])
    assert (event.operation, event.actor, event.ip, event.time_basis) == ("Login", "Alex", "192.0.2.7", "offset_stated")
    assert "Salesforce" in event.extra
    assert "ok" in event.extra
    assert record.raw == json.dumps(row)


def test_new_members_are_kept():
    _, event = one({"AuditData": {**RECORD, "BrandNew": {"a": 1}}, "CreationDate": "2026", "NewColumn": "kept"})
    extra = json.loads(event.extra)
    assert extra["BrandNew"] == {"a": 1}
    assert extra["wrapper"]["newcolumn"] == "kept"


def test_a_cut_file_keeps_what_its_last_record_says():
    text = json.dumps([audit_data(1), {**audit_data(2), "Last": "x" * 500}])
    records, issues, events = read_events(text[:-300].encode(), UnifiedAuditJson)
    assert issues == []
    assert len(events) == 2
    assert "salvaged" in events[1].quality
    assert records[1].salvage["lost"]
    _, issues, events = read_events(text[: text.index("CreationTime", 100) + 4].encode(), UnifiedAuditJson)
    assert [issue.code for issue in issues] == [Code.TRUNCATED_RECORD]
    assert len(events) == 1


def test_objects_that_say_nothing_are_rejected():
    _, issues, events = read_events(json.dumps([RECORD, {"a": 1}, {}, RECORD]).encode(), UnifiedAuditJson)
    assert [issue.code for issue in issues] == [Code.NO_CONTENT] * 2
    assert len(events) == 2


def test_the_servers_local_time_is_kept_beside_the_time_of_the_row():
    data = json.dumps({**RECORD, "CreationTime": "2026-03-02T16:56:11"}).replace('"', '""')
    log = f'#Fields: Timestamp,Server,TenantId,RecordType,Data,UserKey,RecordId,Operation\n2026-03-02T15:56:33.120Z,EX01,,1,"{data}",k,{RECORD["Id"]},x\n'
    _, event = one(log.encode(), UnifiedAuditQueueLog)
    assert event.time_raw == "2026-03-02T15:56:33.120Z"
    assert event.time_basis == "offset_stated"
    assert json.loads(event.extra)["wrapper"]["creationtime (local)"] == "2026-03-02T16:56:11"


def test_other_containers_hold_the_same():
    _, told = one([RECORD])
    text = json.dumps(RECORD)
    xml = f'<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04"><S>{text}</S></Objs>'
    assert one(xml.encode(), UnifiedAuditClixml)[1].content == told.content
    printed = f"\nRecordType   : ExchangeAdmin\nCreationDate : 3/2/2026 8:00:00 AM\nAuditData    : {text}\n\n"
    record, event = one(printed.encode(), UnifiedAuditList)
    assert event.content == told.content
    assert record.fields == {"recordtype": "ExchangeAdmin", "creationdate": "3/2/2026 8:00:00 AM"}


def test_graph_saved_as_csv():
    row = f'"{RECORD["Id"]}","2026-03-02T08:00:00Z","ExchangeAdmin","Set-Mailbox","KEY","alex@contoso.example","{json.dumps(RECORD, indent=2).replace(chr(34), 2 * chr(34))}"'
    header = '"id","createdDateTime","auditLogRecordType","operation","userId","userPrincipalName","auditData"'
    record, event = one(f"{header}\r\n{row}\r\n".encode(), UnifiedAuditCsv)
    assert event.content == one([RECORD])[1].content
    assert record.fields["userid"] == "alex@contoso.example"
    assert record.fields["userkey"] == "KEY"


@pytest.mark.parametrize("text", ["[", "[]", '{"@odata.context":"x","value":[]}'])
def test_json_without_records_is_said_to_be_that(text):
    detection, records, issues, parser = read_records(text.encode(), JsonEmpty)
    assert detection is not None
    assert records == issues == []
    assert "No record is no proof" in parser.notes[0]


def test_other_json_is_not_claimed():
    for value in (
        [{"a": 1}],
        {"TimeGenerated": "x", "OfficeWorkload": "Exchange", "Operation": "x", "RecordType": "1", "Id": "1"},
        {"message": "hello"},
    ):
        assert read_records(json.dumps(value).encode(), UnifiedAuditJson)[0] is None
        assert read_records(json.dumps(value).encode(), JsonEmpty)[0] is None
