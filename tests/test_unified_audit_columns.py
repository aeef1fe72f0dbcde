"""The unified audit log split into columns: Sentinel's OfficeActivity, and AuditData taken apart by tools."""

import csv
import io
import json
from pathlib import Path

import pytest
from helpers import read_events, read_records

from m365timeline.parsers.office_activity_csv import OfficeActivityCsv
from m365timeline.parsers.office_activity_json import OfficeActivityJson
from m365timeline.parsers.unified_audit_flat_csv import UnifiedAuditFlatCsv
from m365timeline.schemas.record import Code

ROOT = Path(__file__).resolve().parents[1]
OWN = ROOT / "sample_exports"
SHARED = ROOT.parent / "shared" / "samples" / "ual"


def table(*rows):
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(dict.fromkeys(name for row in rows for name in row)), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


ROW = {
    "TenantId": "workspace", "TimeGenerated [UTC]": "4/28/2021, 3:05:26.000 PM", "Operation": "New-InboxRule", "RecordType": "ExchangeAdmin", "UserType": "Admin",
    "OfficeWorkload": "Exchange", "OfficeId": "4d7e6990-ec4f-4cd5-9d76-a56b0e327e53", "SourceRecordId": "4d7e6990-ec4f-4cd5-9d76-a56b0e327e53",
    "OfficeObjectId": "Alex\\rule", "UserId": "alex@contoso.example", "UserId_": "alex@contoso.example", "ClientIP": "[2001:db8::7]:4711",
    "Parameters": '[\n  {\n    "Name": "DeleteMessage",\n    "Value": "True"\n  }\n]', "OfficeTenantId": "$RestApiTenantId$", "Start_Time [UTC]": "4/28/2021, 3:13:17.000 PM",
    "BrandNew": "kept",
}  # fmt: skip


def one(data, parser):
    records, issues, events = read_events(data, parser)
    assert issues == []
    (event,) = events
    return records[0], event


def test_columns_become_members_again():
    record, event = one(table(ROW), OfficeActivityCsv)
    assert record.data["Id"] == ROW["OfficeId"]
    assert record.data["Workload"] == "Exchange"
    assert record.data["Parameters"] == [{"Name": "DeleteMessage", "Value": "True"}]
    assert record.data["BrandNew"] == "kept"
    assert event.record_id == ROW["OfficeId"]
    assert (event.category, event.actor, event.ip, event.record_type) == (
        "rule",
        "alex@contoso.example",
        "2001:db8::7",
        "1 ExchangeAdmin",
    )
    assert event.quality == ["flattened"]
    assert json.loads(event.extra)["wrapper"] == {"tenantid": "workspace", "start_time [utc]": ROW["Start_Time [UTC]"]}


def test_the_time_is_that_of_the_record_never_of_its_collection():
    record, event = one(table(ROW), OfficeActivityCsv)
    assert event.time_raw == ROW["TimeGenerated [UTC]"]
    assert "CreationTime" not in record.data
    without = {name: value for name, value in ROW.items() if not name.startswith("TimeGenerated")}
    _, event = one(table(without), OfficeActivityCsv)
    assert event.time is None
    assert event.time_basis == "none"
    local = {**without, "TimeGenerated [Local Time]": "4/28/2021, 3:05:26.000 PM"}
    _, event = one(table(local), OfficeActivityCsv)
    assert event.time is None
    assert "zone_unknown" in event.quality
    _, event = one(table({**without, "TimeGenerated": "2021-04-28T15:05:26.5Z"}), OfficeActivityCsv)
    assert event.time_basis == "offset_stated"
    assert event.time % 1_000_000 == 500_000


def test_a_copy_that_says_something_else_is_kept():
    _, event = one(table({**ROW, "UserId_": "other@contoso.example"}), OfficeActivityCsv)
    assert json.loads(event.extra)["wrapper"]["userid_"] == "other@contoso.example"


def test_objects_and_rows_of_the_api_are_the_same():
    row = {
        **{name: value for name, value in ROW.items() if "[UTC]" not in name},
        "TimeGenerated": "2021-04-28T15:05:26Z",
    }
    plain = one(json.dumps(row).encode(), OfficeActivityJson)[1]
    answer = {
        "tables": [
            {
                "name": "PrimaryResult",
                "columns": [{"name": name, "type": "string"} for name in row],
                "rows": [list(row.values())],
            }
        ]
    }
    api = one(json.dumps(answer).encode(), OfficeActivityJson)[1]
    assert (plain.event_id, plain.content, plain.summary) == (api.event_id, api.content, api.summary)


def test_rows_without_operation_are_rejected():
    _, issues, _ = read_events(table(ROW, {"OfficeWorkload": "Exchange"}), OfficeActivityCsv)
    assert [issue.code for issue in issues] == [Code.NO_CONTENT]


def test_what_tools_took_apart():
    hawk = {"CreationTime": "2026-03-02T08:00:00", "Id": "1", "Operation": "Set-Mailbox", "RecordType": "1", "Workload": "Exchange", "UserId": "a@b.example", "ParameterString": "x", "Param_Identity": "Alex", "Param_ForwardingSmtpAddress": "smtp:x@evil.example", "FullCommand": "Set-Mailbox"}  # fmt: skip
    record, event = one(table(hawk), UnifiedAuditFlatCsv)
    assert event.category == "forwarding"
    assert "evil.example" in event.summary
    assert record.data["Parameters"][0] == {"Name": "Identity", "Value": "Alex"}
    lossy = {**hawk, "Parameters": "System.Object[]"}
    assert "details_lost" in one(table(lossy), UnifiedAuditFlatCsv)[1].quality
    culture = {**hawk, "CreationTime": "28/03/2026 08:00:00"}
    _, event = one(table(culture), UnifiedAuditFlatCsv)
    assert event.time_raw == "28/03/2026 08:00:00"
    assert event.time_day_first is not None


def test_tables_of_others_are_not_claimed():
    for parser in (UnifiedAuditFlatCsv, OfficeActivityCsv):
        assert read_records(b"CreationTime,Operation,Workload,AuditData\r\n", parser)[0] is None
        assert read_records(b"TimeGenerated,Operation\r\n", parser)[0] is None


@pytest.mark.samples
@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of real exports is not beside the project")
def test_the_real_table():
    data = (SHARED / "sentinel_officeactivity" / "lf" / "office_activity.csv").read_bytes()
    records, issues, events = read_events(data, OfficeActivityCsv)
    assert (len(records), issues) == (266, [])
    assert len({event.event_id for event in events}) == 266
    assert all(event.time_raw and event.record_id and event.workload for event in events)
    other = (SHARED / "sentinel_officeactivity" / "crlf" / "office_activity.csv").read_bytes()
    assert [event.event_id for event in read_events(other, OfficeActivityCsv)[2]] == [
        event.event_id for event in events
    ]


@pytest.mark.parametrize(
    "path",
    [*(OWN / "office_activity_csv").iterdir(), *(OWN / "office_activity_json").iterdir()],
    ids=lambda path: path.name,
)
def test_own_rows_are_the_records_of_the_story(path):
    whole = {
        json.loads(line)["Id"]: json.loads(line)
        for line in (OWN / "unified_audit_json" / "auditdata.jsonl").read_text(encoding="utf-8").splitlines()
    }
    parser = OfficeActivityCsv if path.suffix == ".csv" else OfficeActivityJson
    records, issues, events = read_events(path, parser)
    assert issues == []
    assert len(records) > 10
    for record, event in zip(records, events, strict=True):
        told = whole[event.record_id]
        assert (event.operation, record.data["UserId"]) == (told["Operation"], told["UserId"])
        for name in ("Folders", "Parameters", "Item", "AffectedItems"):
            assert record.data.get(name) == told.get(name)
