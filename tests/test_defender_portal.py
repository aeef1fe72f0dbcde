"""Defender beyond mail: logons of IdentityLogonEvents, the portal's list of submissions."""

import json

import pytest

LOGON = {
    "Timestamp": "2026-03-09T08:37:44.8774004Z", "ActionType": "LogonFailed", "LogonType": "Interactive", "Protocol": "Kerberos",
    "Application": "Active Directory", "AccountUpn": "tom@alderbrook.example", "IPAddress": "203.0.113.77", "DeviceName": "LT-1",
    "DestinationDeviceName": "DC-1", "FailureReason": "WrongPassword", "ReportId": "9223372036854775807",
}  # fmt: skip


def events_of(run, tmp_path, name, data, *options):
    (tmp_path / name).write_bytes(data)
    done = run("convert", name, "-o", "out.jsonl", "--force", *options)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("change", "category", "outcome", "words"),
    [
        ({}, "signin_failed", "failure", "A logon as tom@alderbrook.example to DC-1 (Interactive over Kerberos) failed: WrongPassword"),
        ({"ActionType": "LogonSuccess", "FailureReason": ""}, "signin", "success", "tom@alderbrook.example logged on to DC-1 (Interactive over Kerberos)"),
        ({"ActionType": "LogonAttempted"}, "signin", "unknown", "LogonAttempted of tom@alderbrook.example to DC-1 (Interactive over Kerberos)"),
        ({"AccountUpn": "", "ActionType": "LogonSuccess"}, "signin", "success", "An account the log does not name logged on to DC-1 (Interactive over Kerberos)"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_logon_says_who_from_where_to_what(run, tmp_path, change, category, outcome, words, form):
    logon = LOGON | change
    if form == "csv":
        data = f"{','.join(logon)}\r\n{','.join(logon.values())}\r\n".encode()
    else:
        data = json.dumps(
            {"category": "AdvancedHunting-IdentityLogonEvents", "time": "2026-03-09T08:41:00Z", "properties": logon}
        ).encode()
    (event,) = events_of(run, tmp_path, f"logons.{form}", data)
    assert (event["category"], event["outcome"], event["summary"]) == (category, outcome, words)
    assert (event["time"], event["ip"], event["device_name"], event["server"]) == (
        "2026-03-09T08:37:44.877400Z",
        "203.0.113.77",
        "LT-1",
        "DC-1",
    )
    assert event["extra"]["ReportId"] == "9223372036854775807"


def test_logons_of_an_endpoint_are_another_table_and_not_claimed(run, tmp_path):
    logon = {name: value for name, value in LOGON.items() if name not in {"Application", "AccountUpn"}} | {
        "AccountName": "tom",
        "LogonId": "7",
    }
    (tmp_path / "device.csv").write_text(f"{','.join(logon)}\r\n{','.join(logon.values())}\r\n", encoding="utf-8")
    done = run("convert", "device.csv", "-o", "out.jsonl")
    assert done.returncode == 2
    assert b"no parser knows" in done.stderr + done.stdout


CLICKED = {
    "Clicked": "2026-03-13T08:27:19", "RecipientAddress": "amy@a.example", "Url": "https://bad.example/x", "MessageId": "<m1@mail.example>",
    "MessageTraceId": "05ea21ab-14de-4cdb-f80f-08d402c33fe2", "UserIPAddress": "192.0.2.10", "UrlBlocked": "False", "UrlClicked": "False",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "outcome", "category", "words"),
    [
        ({}, "unknown", "alert", "; it is not logged as blocked"),
        ({"UrlBlocked": "True"}, "failure", "alert", "; Safe Links blocked it"),
        (
            {"UrlBlocked": "True", "UrlClicked": "TRUE"},
            "success",
            "alert",
            "; the person went on in spite of the block",
        ),
        ({"ClickAction": "Allowed"}, "success", "other", "; Safe Links let it through"),
        ({"ClickAction": "Blocked overridden"}, "success", "alert", "; the person went on in spite of the block"),
        ({"ClickAction": "None"}, "unknown", "alert", "; no verdict was caught; the person may have gone on"),
    ],
)
def test_the_url_trace_says_who_clicked_and_whether_it_was_stopped(run, tmp_path, change, outcome, category, words):
    cells = CLICKED | change
    (event,) = events_of(run, tmp_path, "trace.csv", f"{','.join(cells)}\r\n{','.join(cells.values())}\r\n".encode())
    assert (event["time"], event["actor"], event["ip"]) == ("2026-03-13T08:27:19Z", "amy@a.example", "192.0.2.10")
    assert (event["outcome"], event["category"]) == (outcome, category)
    assert event["summary"] == f"amy@a.example clicked the link https://bad.example/x{words}"
    assert event["network_message_id"] == "05ea21ab-14de-4cdb-f80f-08d402c33fe2"


def test_an_activity_says_who_did_what_and_what_the_policy_answered(run, tmp_path):
    activity = {
        "RecordIdentity": "a1", "Activity": "DLP rule matched", "ActivityId": "DlpRuleMatch", "Happened": "2026-05-01T10:00:00Z", "User": "amy@a.example",
        "Workload": "Exchange", "PolicyMatchInfo": {"PolicyName": "Bank", "PolicyMode": "Enable", "RuleName": "IBAN", "RuleActions": ["Block"]},
        "EmailInfo": {"Sender": "amy@a.example", "Receivers": ["eve@b.example"], "Subject": "Terms", "MessageID": "<m1@a.example>"},
    }  # fmt: skip
    copied = {
        "RecordIdentity": "a2", "Activity": "File copied", "Happened": "2026-05-01T11:00:00", "User": "bo@a.example", "ItemName": "x.docx", "EmailInfo": {},
    }  # fmt: skip
    events = events_of(
        run, tmp_path, "page.json", json.dumps({"PageNumber": 1, "Records": [activity, copied]}).encode()
    )
    first, second = events
    assert (first["time"], first["category"], first["record_id"]) == ("2026-05-01T10:00:00Z", "alert", "a1")
    assert (
        first["summary"]
        == "amy@a.example: DLP rule matched on Terms (rule IBAN; policy Bank; mode Enable; actions Block)"
    )
    assert (first["recipients"], first["message_ids"], first["outcome"]) == (
        ["eve@b.example"],
        ["m1@a.example"],
        "unknown",
    )
    assert second["summary"] == "bo@a.example: File copied on x.docx"
    assert "time" not in second, "a time without a zone proves nothing"
    assert "target_type" in second


@pytest.mark.parametrize(
    ("header", "row", "options", "time", "severity", "summary"),
    [
        ("Incident Id,Incident name,Severity,Impacted assets,Active alerts,Status,Creation time,Last activity", "7,Stages,High,tom,2/3,Active,2026-03-09T08:27:19Z,", (),
         "2026-03-09T08:27:19Z", "high", "Defender made the incident Stages (severity High; assets tom; alerts 2/3; status Active)"),
        ("Incident Id,Incident name,Severity,Creation time", "7,Stages,Informational,2026-03-09 08:27:19", (), None, "info",
         "Defender made the incident Stages (severity Informational)"),
        ("Date,File Name,Workload,Detection Technology,File Size,Last modifying user", "3/13/2026 8:27:19 AM,x.docm,OneDrive,Detonation,12,amy@a.example",
         ("--source-timezone", "UTC"), "2026-03-13T08:27:19Z", "high", "Defender found malware in the file x.docm by Detonation; last changed by amy@a.example"),
    ],
)  # fmt: skip
def test_lists_of_defender_are_told_as_what_it_concluded(run, tmp_path, header, row, options, time, severity, summary):
    (event,) = events_of(run, tmp_path, "list.csv", f"{header}\r\n{row}\r\n".encode(), *options)
    assert (event.get("time"), event["severity"], event["summary"]) == (time, severity, summary)
    assert (event["category"], event["outcome"], "actor" in event) == ("alert", "unknown", False)


SUBMITTED = "Submission name,Sender,Submitted by,Date submitted{},Reason for submitting,Status,Result,Tags\r\nInvoice,eve@bad.example,amy@a.example,2026-03-09 02:01:12,Phish,Completed,Blocked,\r\n"


def test_a_submission_is_told_at_the_zone_in_its_header(run, tmp_path):
    (event,) = events_of(run, tmp_path, "submissions.csv", SUBMITTED.format(" (UTC-07:00)").encode())
    assert (event["time"], event["actor"], event["sender"], event["target"]) == (
        "2026-03-09T09:01:12Z",
        "amy@a.example",
        "eve@bad.example",
        "Invoice",
    )
    assert (
        event["summary"]
        == "amy@a.example submitted Invoice for analysis (from eve@bad.example; reason: Phish; status: Completed; result: Blocked)"
    )
    assert (event["outcome"], event["severity"]) == ("unknown", "info")


def test_a_submission_without_a_zone_stays_without_a_time_until_one_is_given(run, tmp_path):
    data = SUBMITTED.format("").encode()
    assert "time" not in events_of(run, tmp_path, "submissions.csv", data)[0]
    (event,) = events_of(run, tmp_path, "submissions.csv", data, "--source-timezone", "America/Denver")
    assert event["time"] == "2026-03-09T08:01:12Z"
