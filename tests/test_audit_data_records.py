"""Hostile shapes of records, and real records of all workloads but Exchange: every value is found again."""

import csv
import gzip
import io
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m365timeline.normalizers.audit_data import normalize
from m365timeline.normalizers.context import Context
from m365timeline.schemas.event import CATEGORIES, OUTCOMES, PUBLISHED
from m365timeline.schemas.record import Record

SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "samples"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder of real exports is not beside the project")
SECRET = "4111-1111-1111-1111"
OPTIONAL_TEXTS = (
    "actor",
    "target",
    "target_type",
    "ip",
    "client_app",
    "user_agent",
    "device_name",
    "subject",
    "sender",
    "error_text",
    "app_name",
    "folder",
)


def event_of(data=None, **more):
    data = {"CreationTime": "2024-03-05T10:00:00", "Id": "r1", "UserId": "amy@contoso.com", **(data or {}), **more}
    record = Record(kind="audit_data", fields={}, number=1, line=1, offset=0, length=0, raw="", data=data)
    return normalize(record, Context(source_type="test", family="unified_audit"))[0]


_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "x", "[1,", '{"a":["b"]}', "True", "<a>b</a>", "15", SECRET]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["Name", "Value", "ID", "Type", "UPN", "Role", "NewValue", "OldValue", "Rules"]), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
_keys = st.sampled_from([
    "Workload", "ResultStatus", "ObjectId", "UserId", "UserKey", "ClientIP", "ExtendedProperties", "DeviceProperties", "ModifiedProperties", "Actor", "Target",
    "ErrorNumber", "LogonError", "EventData", "ItemType", "SiteUrl", "SourceFileName", "SourceRelativeUrl", "TargetUserOrGroupName", "Members", "TeamName", "ChannelName",
    "MessageURLs", "Data", "AlertId", "Name", "Parameters", "PolicyDetails", "ExchangeMetaData", "FileData", "Url", "Recipients", "Subject", "CopilotEventData", "Common",
    "SensitivityLabelEventData", "AttachmentData", "LoginStatus", "AppAccessContext", "UserAgent", "NetworkMessageId", "ExchangeLocations", "Query", "IsSuccess",
])  # fmt: skip
_numbers = st.sampled_from(
    [4, 6, 8, 9, 11, 13, 14, 15, 18, 20, 24, 25, 28, 29, 36, 40, 41, 47, 52, 63, 64, 65, 94, 154, 261, 9999]
)
_operations = st.sampled_from(
    [
        "Add user.",
        "Consent to application.",
        "UserLoginFailed",
        "FileAccessed",
        "SharingSet",
        "MemberAdded",
        "Get-Thing",
        "SearchCreated",
        "X",
        "",
    ]
)


@given(number=_numbers, operation=_operations, fields=st.dictionaries(_keys, _value, max_size=8))
@settings(max_examples=600, deadline=None)
def test_no_shape_of_record_breaks_a_module_or_invents_a_value(number, operation, fields):
    event = event_of(fields, RecordType=number, Operation=operation)
    assert event.category in CATEGORIES
    assert event.outcome in OUTCOMES
    assert event.summary
    for name in OPTIONAL_TEXTS:
        value = getattr(event, name)
        assert value is None or (isinstance(value, str) and value), (name, value)


def texts(folder):
    for path in sorted((SAMPLES / "ual" / folder).rglob("*")):
        if path.suffix in {".csv", ".gz"}:
            content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig", "replace"), newline="")):
                yield row.get("AuditData") or ""
        elif path.suffix in {".json", ".jsonl"}:
            text = path.read_text(encoding="utf-8-sig", errors="replace")
            yield from (text, *text.splitlines())


def real_records():
    csv.field_size_limit(2**31 - 1)
    seen = set()
    for folder in ("invictus", "det-eng-samples", "msdocs", "shape_variants"):
        for text in texts(folder):
            try:
                value = json.loads(text.strip().rstrip(","))
            except ValueError:
                continue
            for item in value if isinstance(value, list) else [value]:
                data = item.get("AuditData", item) if isinstance(item, dict) else None
                data = json.loads(data) if isinstance(data, str) and data.startswith("{") else data
                if (
                    isinstance(data, dict)
                    and "Operation" in data
                    and "CreationTime" in data
                    and str(data.get("RecordType")) not in {"1", "2", "3", "50"}
                ):
                    key = json.dumps(data, sort_keys=True)
                    if key not in seen:
                        seen.add(key)
                        yield data


@pytest.fixture(scope="module")
def real():
    return [(data, event_of(data)) for data in real_records()]


def without_odata(value):
    if isinstance(value, dict):
        return {key: without_odata(item) for key, item in value.items() if "@odata." not in key}
    return [without_odata(item) for item in value] if isinstance(value, list) else value


def leaves(value):
    if isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    elif value not in {None, ""}:
        yield str(value)


@needs_samples
def test_every_value_of_every_real_record_is_found_again(real):
    assert len(real) > 1400
    for data, event in real:
        extra = msgspec.json.decode(event.extra) if event.extra else {}
        fields = {value for name in PUBLISHED if isinstance(value := getattr(event, name), str) and name != "extra"}
        fields |= {(event.record_type or "").partition(" ")[0], (event.record_type or "").partition(" ")[2]}
        for key, value in data.items():
            if "@odata." in key:
                continue
            if key in extra:
                assert without_odata(extra[key]) == without_odata(value), key
                continue
            missing = [leaf for leaf in leaves(value) if leaf not in fields]
            assert not missing, (key, missing)


@needs_samples
def test_every_real_record_is_told_in_one_sentence_with_nothing_unnamed(real):
    for data, event in real:
        assert event.category in CATEGORIES
        assert event.summary, data
        assert "\n" not in event.summary
        assert not event.summary.endswith("."), event.summary
        assert "(not named)" not in event.summary, (data["Operation"], event.summary)
        assert " performed " not in event.summary or str(data["RecordType"]) == "52", event.summary


@needs_samples
def test_real_sign_ins_are_judged_as_counted_by_hand(real):
    signins = [
        (data, event)
        for data, event in real
        if "15" in {str(data["RecordType"]), (event.record_type or "").partition(" ")[0]}
    ]
    counted = {}
    for data, event in signins:
        counted.setdefault(data.get("ErrorNumber"), set()).add((event.outcome, event.category))
    assert counted["0"] == {("success", "signin")}
    assert counted["50126"] == counted["50053"] == counted["50011"] == {("failure", "signin_failed")}
    assert counted["50140"] == counted["50058"] == counted["50072"] == counted["65001"] == {("unknown", "signin")}
    assert all(
        event.session_id for data, event in signins if "SessionId" in json.dumps(data.get("DeviceProperties") or "")
    )


@needs_samples
def test_real_alerts_point_to_the_record_that_raised_them(real):
    ids = {event.correlation_id for data, event in real if data["Operation"] == "AlertTriggered"}
    assert None not in ids
    assert len(ids) >= 3
