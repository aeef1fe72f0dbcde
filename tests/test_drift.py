"""The service moves on: new columns, operations and record types break nothing, lose nothing, and are named on Sources."""

import json
import re
from pathlib import Path

import pytest
from exports import audit_data, purview_csv

from m365timeline.normalizers.drift import has_words


def decisions(run, tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    done = run("convert", name, "-o", "out.jsonl", "--force")
    assert done.returncode == 0, done.stderr
    (item,) = json.loads((tmp_path / "out.jsonl.manifest.json").read_bytes())["inputs"]
    return "\n".join(item["decisions"])


def test_unknown_operations_and_record_types_are_counted_by_name(run, tmp_path):
    records = [audit_data(number, Operation="FileTeleported", RecordType=99999) for number in (1, 2)] + [audit_data(3)]
    told = decisions(run, tmp_path, "log.csv", purview_csv(records))
    assert "without words of our own: operation FileTeleported (2), record type 99999 (2)." in told
    assert "FileAccessed" not in told


def test_new_members_of_audit_data_are_counted_by_name_and_kept(run, tmp_path):
    records = [
        audit_data(1, QuantumState="up", **{"Spin@odata.type": "#String"}),
        audit_data(2, QuantumState="down"),
        audit_data(3),
    ]
    for name, data in (("log.csv", purview_csv(records)), ("log.json", json.dumps(records).encode())):
        told = decisions(run, tmp_path, name, data)
        assert "Kept and named as logged, without words of our own: member QuantumState (2)." in told
        kept = [
            json.loads(line).get("extra", {}).get("QuantumState")
            for line in (tmp_path / "out.jsonl").read_text().splitlines()
        ]
        assert sorted(kept, key=str) == [None, "down", "up"]


def test_new_members_of_entra_records_are_counted_by_name_and_kept(run, tmp_path):
    record = {
        "id": "1", "createdDateTime": "2026-03-09T08:31:17Z", "userPrincipalName": "tom@x.example", "ipAddress": "203.0.113.77", "appDisplayName": "App",
        "status": {"errorCode": 0}, "quantumState": "up",
    }  # fmt: skip
    assert "member quantumState (1)" in decisions(run, tmp_path, "signins.json", json.dumps([record]).encode())
    assert json.loads((tmp_path / "out.jsonl").read_bytes())["extra"]["quantumState"] == "up"


def test_the_members_of_a_hostile_export_are_not_listed_without_end(run, tmp_path):
    records = [audit_data(number, **{f"Member{number}": 1}) for number in range(700)]
    told = decisions(run, tmp_path, "log.json", json.dumps(records).encode())
    assert "member Member0 (1)" in told
    assert "more" in told
    assert len(told) < 2000


def test_nothing_is_said_where_everything_is_known(run, tmp_path):
    assert "without words" not in decisions(run, tmp_path, "log.csv", purview_csv([audit_data(1)]))


def test_new_columns_of_a_portal_download_are_named_and_kept(run, tmp_path):
    header = "Date (UTC),Request ID,User ID,Username,Application,IP address,Location,Status,Sign-in error code,Quantum state,Latency"
    row = "2026-03-09T08:31:17Z,r-1,u-1,tom@x.example,App,203.0.113.77,LV,Success,0,spin up,212"
    told = decisions(run, tmp_path, "signins.csv", f"{header}\r\n{row}\r\n".encode())
    assert "Columns this version does not know (1): Quantum state. Their values are kept in extra." in told
    assert json.loads((tmp_path / "out.jsonl").read_bytes())["extra"]["quantum state"] == "spin up"


@pytest.mark.parametrize(
    "operation",
    [
        "New-InboxRule",
        "Add member to role.",
        "FileAccessed",
        "AlertTriggered",
        "Update application – Certificates and secrets management ",
    ],
)
def test_known_operations(operation):
    assert has_words(operation)


OWN = Path(__file__).resolve().parents[1] / "sample_exports"
OBJECTS = [
    "admin_audit_json/search_adminauditlog_ps5.json",
    "mailbox_audit_json/MailboxAuditLog_alderbrook_2026-03-17.json",
    "message_trace_json/get_messagetracev2.json",
    "message_trace_detail_json/graph_details.json",
    "quarantine_json",
    "defender_hunting_json/EmailEvents_stream.json",
]


@pytest.mark.parametrize("place", OBJECTS)
def test_new_members_of_objects_are_counted_by_name_and_kept(run, tmp_path, place):
    source = OWN / place
    source = next(source.iterdir()) if source.is_dir() else source
    text = source.read_text(encoding="utf-8-sig")
    inner = "properties" if "stream" in place else None
    first = re.search(r'"properties"\s*:\s*\{' if inner else r"\{(?=\s*\"(?!value|@odata|Count))", text)
    told = decisions(
        run, tmp_path, source.name, f'{text[: first.end()]}"QuantumState": "up",{text[first.end() :]}'.encode()
    )
    assert "without words of our own: member QuantumState (1)." in told
    kept = [
        json.loads(line).get("extra", {}) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert [extra["QuantumState"] for extra in kept if "QuantumState" in extra][:1] == ["up"]


TABLES = [
    "admin_audit_csv/search_adminauditlog_cloud.csv",
    "mailbox_audit_csv/search_mailboxauditlog_cloud.csv",
    "message_trace_csv/get_messagetrace_v2.csv",
    "message_trace_detail_csv/get_messagetracedetail.csv",
    "defender_hunting_csv/EmailEvents.csv",
    "unified_audit_csv/purview_2026.csv",
]


@pytest.mark.parametrize("place", TABLES)
def test_new_columns_are_named_and_what_is_known_is_not(run, tmp_path, place):
    source = OWN / place
    lines = source.read_text(encoding="utf-8-sig").splitlines()[:2]
    text = "\n".join(f"{line},{more}" for line, more in zip(lines, ("Quantum State", "up"), strict=True))
    told = decisions(run, tmp_path, source.name, f"{text}\n".encode())
    assert "Columns this version does not know (1): Quantum State." in told
    (tmp_path / source.name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert "does not know" not in decisions(run, tmp_path, source.name, (tmp_path / source.name).read_bytes())
