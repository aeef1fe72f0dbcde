"""Entra's logs: the same record in every wrapping is one event; times, results and steps are told as they are."""

import csv
import io
import json
from collections import defaultdict
from pathlib import Path

import pytest
from helpers import read_events, read_records

from m365timeline.parsers import detect
from m365timeline.parsers.base import Head
from m365timeline.parsers.entra_audit_csv import EntraAuditCsv
from m365timeline.parsers.entra_graph_csv import EntraGraphCsv
from m365timeline.parsers.entra_json import EntraJson
from m365timeline.parsers.entra_signin_csv import EntraSigninCsv
from m365timeline.parsers.log_analytics_csv import LogAnalyticsCsv
from m365timeline.schemas.source import Source
from m365timeline.schemas.zones import zone_named
from m365timeline.sources.scan import scan

OWN = Path(__file__).resolve().parents[1] / "sample_exports"
SIGNIN = {
    "id": "11111111-0000-4000-8000-000000000001",
    "createdDateTime": "2026-03-09T08:31:17.4012345Z",
    "userPrincipalName": "Tom@alderbrook.example",
    "userId": "22222222-0000-4000-8000-000000000002",
    "appDisplayName": "One Outlook Web",
    "appId": "9199bf20-a13f-4107-85dc-02114787ef48",
    "ipAddress": "203.0.113.77",
    "status": {"errorCode": 50126, "failureReason": "Error validating credentials."},
    "location": {"city": "Riga", "state": "Riga", "countryOrRegion": "LV"},
}


def table(header, *rows):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([header, *rows])
    return text.getvalue().encode("utf-8-sig")


def one(data, parser, zone=None):
    _, issues, events = read_events(data, parser, zone)
    assert issues == []
    (event,) = events
    return event


def in_json(record, **changes):
    return one(json.dumps({**record, **changes}).encode(), EntraJson)


PORTAL = [
    "Date (UTC)",
    "Request ID",
    "User ID",
    "Username",
    "Application",
    "IP address",
    "Location",
    "Status",
    "Sign-in error code",
]


def in_portal(time="2026-03-09T08:31:17Z", status="Failure", code="50126", header=PORTAL):
    row = [
        time,
        SIGNIN["id"],
        SIGNIN["userId"],
        "tom@alderbrook.example",
        "One Outlook Web",
        "203.0.113.77",
        "Riga, Riga, LV",
        status,
        code,
    ]
    return one(table(header, row), EntraSigninCsv)


def in_analytics(time="3/9/2026, 8:31:17.401 AM", column="CreatedDateTime [UTC]", zone=None):
    header = [
        column,
        "Id",
        "UserId",
        "UserPrincipalName",
        "AppDisplayName",
        "IPAddress",
        "ResultType",
        "Location",
        "Status_dynamic",
        "Status_string",
    ]
    row = [
        time,
        SIGNIN["id"],
        SIGNIN["userId"],
        "tom@alderbrook.example",
        "One Outlook Web",
        "203.0.113.77",
        "50126",
        "LV",
        '{\r\n "errorCode": 50126\r\n}',
        "",
    ]
    return one(table(header, row), LogAnalyticsCsv, zone)


def test_one_sign_in_in_five_wrappings_is_one_event():
    wrapped = {
        "time": "2026-03-09T08:33:40Z",
        "category": "SignInLogs",
        "callerIpAddress": "203.0.113.77",
        "properties": SIGNIN,
    }
    found = [
        in_json(SIGNIN),
        in_json(wrapped),
        in_portal(),
        in_analytics(),
        one(json.dumps({"value": [SIGNIN]}).encode(), EntraJson),
    ]
    assert len({(event.event_id, event.content) for event in found}) == 1
    assert {event.category for event in found} == {"signin_failed"}
    assert {(event.ip, event.country, event.error_code, event.actor_id) for event in found} == {
        ("203.0.113.77", "LV", "50126", SIGNIN["userId"])
    }


def test_another_result_under_the_same_id_is_no_copy():
    later = in_json(SIGNIN, status={"errorCode": 0})
    assert later.event_id == in_json(SIGNIN).event_id
    assert later.content != in_json(SIGNIN).content


def test_the_time_of_diagnostic_settings_is_that_of_the_record():
    event = in_json({"time": "3/9/2026 8:40:00 AM", "category": "SignInLogs", "properties": SIGNIN})
    assert (event.time_raw, event.time_basis) == (SIGNIN["createdDateTime"], "offset_stated")


def test_local_time_of_log_analytics_needs_a_zone():
    open_time = in_analytics("09/03/2026 09:31:17.401", "CreatedDateTime [Local Time]")
    assert (open_time.time, open_time.time_basis) == (None, "ambiguous")
    given = in_analytics("25/03/2026 09:31:17.401", "CreatedDateTime [Local Time]", zone_named("Europe/Berlin"))
    assert given.time_day_first == 1774427477401000


@pytest.mark.parametrize(
    ("status", "code", "outcome", "category"),
    [
        ("Success", "0", "success", "signin"),
        ("Failure", "50126", "failure", "signin_failed"),
        ("Interrupted", "50140", "unknown", "signin"),
        ("Failure", "999999999", "failure", "signin_failed"),
        ("", "999999999", "unknown", "signin"),
        ("Failure", "0", "unknown", "signin"),
        ("Erfolg", "", "success", "signin"),
        ("?", "", "unknown", "signin"),
    ],
)
def test_outcome_by_number_then_by_word_and_never_against_either(status, code, outcome, category):
    event = in_portal(status=status, code=code)
    assert (event.outcome, event.category) == (outcome, category)


def test_a_city_with_a_comma_and_a_place_without_country():
    assert in_portal().country == "LV"
    header = [*PORTAL]
    row = [
        "2026-03-09T08:31:17Z",
        "id",
        "u",
        "tom@x.example",
        "App",
        "203.0.113.77",
        "Washington, D.C.",
        "Success",
        "0",
    ]
    assert one(table(header, row), EntraSigninCsv).country is None


def test_localized_headers_say_the_same():
    german = [
        "Datum (UTC)",
        "Anforderungs-ID",
        "Benutzer-ID",
        "Benutzername",
        "Anwendung",
        "IP-Adresse",
        "Standort",
        "Status",
        "Anmeldefehlercode",
    ]
    assert in_portal(header=german).event_id == in_portal().event_id
    japanese = [
        "日付 (UTC)",
        "要求 ID",
        "ユーザー ID",
        "ユーザー名",
        "アプリケーション",
        "IP アドレス",
        "場所",
        "状態",
        "サインイン エラー コード",
    ]
    assert in_portal(header=japanese).content == in_portal().content


def test_the_name_that_comes_twice_keeps_both_values():
    header = (
        (OWN / "entra_signin_csv" / "InteractiveSignIns_2026-03-02_2026-03-20.csv")
        .read_text(encoding="utf-8-sig")
        .splitlines()[0]
    )
    names = next(csv.reader([header]))
    cells = dict.fromkeys(names, "") | {
        "Date (UTC)": "2026-03-09T08:31:17Z",
        "Request ID": "x",
        "Username": "a@b.example",
        "Sign-in error code": "0",
    }
    row = [cells[name] for name in names]
    row[9], row[49] = "primaryRefreshToken", "saml20"
    extra = json.loads(one(table(names, row), EntraSigninCsv).extra)
    assert (extra["incoming token type"], extra["incoming token type#2"]) == ("primaryRefreshToken", "saml20")


def test_service_principal_signs_in_as_itself():
    header = [
        "Date (UTC)",
        "Request ID",
        "Service principal ID",
        "Service principal name",
        "Application",
        "IP address",
        "Status",
        "Sign-in error code",
    ]
    event = one(
        table(
            header, ["2026-03-09T08:31:17Z", "x", "p-1", "Archive", "Archive", "203.0.113.158", "Failure", "7000215"]
        ),
        EntraSigninCsv,
    )
    assert (event.actor, event.actor_id, event.actor_type) == ("Archive", "p-1", "service_principal")
    assert "client secret of the application is wrong" in event.summary


def test_full_slots_of_the_audit_download_are_flagged():
    name = "AuditLogs_2026-03-20.csv"
    text = (OWN / "entra_audit_csv" / name).read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert all(not event.quality for event in read_events(OWN / "entra_audit_csv" / name, EntraAuditCsv)[2])
    rows[0]["Target1ModifiedProperty5Name"] = "X"
    event = one(table(list(rows[0]), list(rows[0].values())), EntraAuditCsv)
    assert event.quality == ["details_lost"]


def test_steps_belong_to_their_sign_in_and_count_as_none(run, tmp_path):
    done = run("convert", OWN / "entra_signin_csv", OWN / "entra_auth_details_csv", "-o", "out.jsonl")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()]
    steps = [event for event in events if event["source_type"] == "entra_auth_details_csv"]
    ids = {event["record_id"] for event in events if event["source_type"] == "entra_signin_csv"}
    assert steps
    assert {event["correlation_id"] for event in steps} <= ids
    assert {event["category"] for event in steps} == {"other"}


def test_the_story_folds_over_portal_graph_diagnostics_and_analytics(run, tmp_path):
    folders = [OWN / name for name in ("entra_signin_csv", "entra_json", "log_analytics_csv")]
    done = run("convert", *folders, "-o", "out.jsonl")
    assert done.returncode == 0, done.stderr
    copies = defaultdict(set)
    for line in (tmp_path / "out.jsonl").read_bytes().splitlines():
        event = json.loads(line)
        if event["operation"] == "Sign-in activity":
            assert "conflicting_duplicate" not in event.get("quality", [])
            copies[event["record_id"]] |= {
                event["source_file"],
                *(place.partition("#")[0] for place in event.get("also_in", [])),
            }
    assert max(map(len, copies.values())) >= 4


def test_nobody_else_claims_these_files():
    for folder in (
        "entra_signin_csv",
        "entra_audit_csv",
        "entra_auth_details_csv",
        "entra_json",
        "entra_graph_csv",
        "log_analytics_csv",
    ):
        for path in (OWN / folder).iterdir():
            found = scan(Source(name=path.name, path=str(path), origin=str(path), size=path.stat().st_size))
            assert [name for name, _ in detect(Head(found.head, found.encoding))] == [folder]


@pytest.mark.parametrize(
    "other",
    [b'[{"id": 1, "createdDateTime": "2026-01-01T00:00:00Z"}]', b'{"value": []}', b'[{"status": 3, "ipAddress": "x"}]'],
)
def test_other_json_is_left_alone(other):
    assert read_records(other, EntraJson)[0] is None


FLAT = {
    "Id": SIGNIN["id"], "CreatedDateTime": "3/9/2026 8:31:17 AM", "UserPrincipalName": "Tom@alderbrook.example", "UserId": SIGNIN["userId"],
    "AppDisplayName": "One Outlook Web", "IPAddress": "203.0.113.77",
}  # fmt: skip


@pytest.mark.parametrize(
    "more",
    [
        {"Status.ErrorCode": "50126", "Location.City": "Riga", "Location.CountryOrRegion": "LV"},
        {"Status": "50126", "City": "Riga", "Country": "LV"},
    ],
)
def test_a_sign_in_that_a_script_spread_out_is_the_same_event(more):
    cells = FLAT | {"CreatedDateTime": "2026-03-09T08:31:17Z"} | more
    event = one(table(list(cells), list(cells.values())), EntraGraphCsv)
    whole = in_json(SIGNIN)
    assert (event.event_id, event.content) == (whole.event_id, whole.content)
    assert (event.error_code, event.country, event.category) == ("50126", "LV", "signin_failed")


def test_a_sign_in_whose_inner_objects_became_types_claims_nothing_about_them():
    cells = FLAT | {
        "Status": "Microsoft.Graph.PowerShell.Models.MicrosoftGraphSignInStatus", "RiskEventTypes": "System.String[]",
        "AdditionalProperties": "System.Collections.Generic.Dictionary`2[System.String,System.Object]",
    }  # fmt: skip
    event = one(table(list(cells), list(cells.values())), EntraGraphCsv)
    assert (event.outcome, event.error_code, event.outcome_raw) == ("unknown", None, None)
    assert "details_lost" in event.quality
    assert "Microsoft.Graph" not in (event.extra or "") + event.summary
    assert event.time is not None or event.time_basis == "ambiguous"


def test_directory_audits_of_the_cmdlet_say_what_is_left_of_them():
    cells = {
        "ActivityDateTime": "2026-03-13T07:22:01Z", "ActivityDisplayName": "Add member to role", "Category": "RoleManagement", "Id": "Directory_1",
        "InitiatedBy": "Microsoft.Graph.PowerShell.Models.MicrosoftGraphAuditActivityInitiator", "Result": "success",
        "TargetResources": "Microsoft.Graph.PowerShell.Models.MicrosoftGraphTargetResource[]",
    }  # fmt: skip
    event = one(table(list(cells), list(cells.values())), EntraGraphCsv)
    assert (event.operation, event.category, event.outcome, event.actor) == (
        "Add member to role",
        "role",
        "success",
        None,
    )
    assert event.summary == "An unnamed actor added (not named) to the role (not named)"


def test_lists_of_people_are_no_sign_ins():
    people = table(
        ["CreatedDateTime", "UserPrincipalName", "DisplayName", "Id"], ["2026-03-09", "amy@a.example", "Amy", "1"]
    )
    assert read_records(people, EntraGraphCsv)[0] is None
