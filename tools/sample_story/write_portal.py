"""What else Defender keeps: logons that a domain controller answered, and what people reported."""

import json

from sample_story.cast import PEOPLE, THIEF
from sample_story.ids import at, guid
from sample_story.mails import Mail
from sample_story.write_audit_csv import lines, quoted
from sample_story.write_defender import LURE, Row, clicks, iso
from sample_story.write_trace import american


def logons() -> list[Row]:
    """Make IdentityLogonEvents: what the domain controller answered to the VPN gateway on one morning."""
    rows = []
    for time, person, ip, worked in (
        ("2026-03-09T08:37:44", "tom", THIEF.ip, False), ("2026-03-09T08:38:20", "tom", THIEF.ip, False),
        ("2026-03-09T08:42:35", "grace", PEOPLE["grace"].home_ip, True),
    ):  # fmt: skip
        who = PEOPLE[person]
        rows.append({
            "Timestamp": iso(at(time), f"logon:{time}"), "ActionType": "LogonSuccess" if worked else "LogonFailed",
            "LogonType": "Credentials validation", "Protocol": "Ntlm", "Application": "Active Directory", "AccountUpn": who.upn,
            "AccountName": who.upn.partition("@")[0].lower(), "AccountDomain": "alderbrook", "AccountDisplayName": who.name, "IPAddress": ip,
            "DeviceName": "VPN-GW-01", "OSPlatform": "", "DestinationDeviceName": "ALD-DC-01.alderbrook.example",
            "FailureReason": "" if worked else "WrongPassword", "ReportId": guid(f"logon-report:{time}"),
        })  # fmt: skip
    return rows


def activities(fraud: Mail) -> bytes:
    """Write one page of Activity Explorer: the data-loss match of the fraud mail, and a file Victor took along."""
    page = [
        {
            "RecordIdentity": guid("activity:dlp"), "Activity": "DLP rule matched", "ActivityId": "DlpRuleMatch", "Happened": iso(fraud.time, fraud.key),
            "User": fraud.sender, "Workload": "Exchange", "UserType": "Regular",
            "PolicyMatchInfo": {"PolicyName": "Bank details", "PolicyMode": "Enable", "RuleName": "IBAN to outside", "RuleActions": ["NotifyUser"]},
            "EmailInfo": {"Sender": fraud.sender, "Receivers": [address for address, _ in fraud.deliveries], "Subject": fraud.subject, "MessageID": fraud.message_id},
        },
        {
            "RecordIdentity": guid("activity:usb"), "Activity": "File copied to removable media", "ActivityId": "FileCopiedToRemovableMedia",
            "Happened": "2026-03-12T17:41:09Z", "User": PEOPLE["victor"].upn, "Workload": "Endpoint", "ItemName": "larch_terms.docx",
            "FilePath": "C:\\Users\\vhale\\Documents\\larch_terms.docx", "FileSize": 48120,
        },
    ]  # fmt: skip
    return json.dumps(page, indent=1).encode()


def url_trace(phish: Mail) -> bytes:
    """Write Get-UrlTrace of the two clicks, as an American machine exports it."""
    columns = "Clicked Workload AppName MessageId MessageTraceId ClickId RecipientAddress Url UserIPAddress UrlBlocked UrlClicked"
    rows = [quoted(columns.split())]
    for row in clicks(phish):
        blocked = row["ActionType"] == "ClickBlocked"
        what = [
            american(at(row["Timestamp"][:19])),
            "Mail",
            "Mail",
            phish.message_id,
            phish.network_id,
            guid(f"click:{row['Timestamp']}"),
        ]
        rows.append(quoted([*what, row["AccountUpn"], LURE, row["IPAddress"], str(blocked), "False"]))
    return lines(rows).encode()


def incidents() -> bytes:
    """Write the incident that Defender made of the stolen session, from a portal set to UTC."""
    columns = "Incident Id,Incident name,Severity,Categories,Impacted assets,Active alerts,Status,Assigned to,Classification,Creation time (UTC),Last activity"
    row = ["4117", "Multi-stage incident involving one user", "High", "Initial access, Exfiltration", PEOPLE["tom"].upn, "2/3", "Active", "", "Not set",
           "2026-03-12 07:02:11", "2026-03-12 11:40:05"]  # fmt: skip
    return lines([quoted(columns.split(",")), quoted(row)]).encode()


def content_malware() -> bytes:
    """Write what Get-ContentMalwareMdoDetailReport lists, with the names of its description."""
    columns = ["Date", "FileName", "Workload", "DetectionTechnology", "FileSize", "LastModifyingUser"]
    return lines(
        [
            quoted(columns),
            quoted(
                ["3/13/2026 10:15:42 AM", "remittance.docm", "OneDrive", "File detonation", "81244", PEOPLE["tom"].upn]
            ),
        ]
    ).encode()


def submissions(phish: Mail) -> bytes:
    """Write what Priya reported, from a portal set to Berlin."""
    columns = [
        "Submission name",
        "Sender",
        "Submitted by",
        "Date submitted (UTC+01:00)",
        "Reason for submitting",
        "Status",
        "Result",
        "Tags",
    ]
    row = [
        phish.subject,
        phish.sender,
        PEOPLE["priya"].upn,
        "2026-03-09 11:01:12",
        "Phish",
        "Completed",
        "Should have been blocked",
        "",
    ]
    return b"\xef\xbb\xbf" + lines([quoted(columns), quoted(row)]).encode()
