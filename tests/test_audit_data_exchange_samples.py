"""Real Exchange records of the unified audit log: every value is found again, and what matters is rated."""

import csv
import gzip
import io
import json
from pathlib import Path

import pytest
from exchange_records import event_of
from helpers import read_events

from m365timeline.parsers._json import decode_object
from m365timeline.parsers.unified_audit_csv import UnifiedAuditCsv
from m365timeline.schemas.event import CATEGORIES, PUBLISHED

SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "samples"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder of real exports is not beside the project")


def objects(folder):
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".csv", ".gz"}:
            data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig", "replace"), newline=""))
            yield from (row["AuditData"] for row in rows if row.get("AuditData"))
        elif path.suffix in {".json", ".jsonl"}:
            text = path.read_text(encoding="utf-8-sig", errors="replace")
            for line in [text, *text.splitlines()]:
                yield line.strip().rstrip(",")


def exchange_records():
    csv.field_size_limit(2**31 - 1)
    seen = set()
    for folder in ("ual/invictus", "ual/det-eng-samples", "ual/shape_variants", "exchange_audit"):
        for text in objects(SAMPLES / folder):
            decoded = decode_object(text)
            data = decoded.data if decoded else {}
            if isinstance(data.get("AuditData"), dict):
                data = data["AuditData"]
            if data.get("Workload") == "Exchange" and text not in seen:
                seen.add(text)
                yield data


def leaves(value):
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item) if isinstance(item, (dict, list)) else [(key, item)]
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item) if isinstance(item, (dict, list)) else [("", item)]


@needs_samples
def test_every_value_of_every_real_record_can_be_found():
    count = 0
    for data in exchange_records():
        event = event_of(data)
        count += 1
        found = {str(getattr(event, name)) for name in PUBLISHED if name not in {"raw", "extra"}}
        found.add((event.record_type or "").partition(" ")[0])
        found.add((event.record_type or "").partition(" ")[2])
        found.update(str(value) for _, value in leaves(json.loads(event.extra)))
        lost = [(key, value) for key, value in leaves(data) if value not in {None, ""} and str(value) not in found]
        lost = [(key, value) for key, value in lost if key != "OriginatingServer" or value.strip() != event.server]
        assert not lost, (data["Id"], lost)
        assert event.category in CATEGORIES
        assert event.summary
        assert event.time
    assert count > 3700


@needs_samples
def test_real_mail_access_is_read_as_bind_and_sync():
    events = [event_of(data) for data in exchange_records() if data["Operation"] == "MailItemsAccessed"]
    kinds = [event.access_type for event in events]
    assert set(kinds) == {"bind", "sync"}
    assert all(event.message_ids and event.item_count for event in events if event.access_type == "bind")
    assert all(event.folder and event.message_ids is None for event in events if event.access_type == "sync")
    assert (
        sum(event.actor_is_owner is None for event in events)
        == sum("Client=RESTSystem" in event.client_info for event in events)
        > 100
    )


@needs_samples
def test_real_attacks_are_rated():
    events = [event_of(data) for data in exchange_records()]
    people = [event for event in events if event.actor_type not in {"system", "microsoft"}]
    forwarded = {event.operation for event in people if event.category == "forwarding"}
    assert {"Set-Mailbox", "New-InboxRule"} <= forwarded
    assert {event.operation for event in people if event.category == "audit_config"} == {
        "Set-AdminAuditLogConfig", "Set-Mailbox", "Set-MailboxAuditBypassAssociation",
    }  # fmt: skip
    assert all(event.severity == "high" for event in people if event.category in {"forwarding", "audit_config"})


@needs_samples
def test_a_whole_export_loses_no_record():
    data = gzip.decompress((SAMPLES / "ual" / "invictus" / "auditrecords.csv.gz").read_bytes())
    records, issues, events = read_events(data, UnifiedAuditCsv)
    assert (len(records), len(issues), len(events)) == (9611, 0, 9611)
    exchange = [event for event in events if event.workload == "Exchange"]
    assert len(exchange) == 7193
    assert len({event.event_id for event in exchange}) == len({event.record_id for event in exchange})
    assert all(event.server and event.server == event.server.strip() for event in exchange)
