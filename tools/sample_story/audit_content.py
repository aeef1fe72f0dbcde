"""Files, links, chats, a data-loss match and alerts as AuditData of the unified log (record types 6, 14, 25, 13 and 40)."""

import json
from datetime import datetime, timedelta
from typing import Any

from sample_story.audit_data import access_context, agent_of, begin, fresh_guid, sharepoint_key
from sample_story.cast import AGENTS, SHAREPOINT, TENANT_ID, Client, Person
from sample_story.ids import guid, stamped_guid
from sample_story.mails import Mail


def file_record(time: datetime, operation: str, person: Person, client: Client, row: dict[str, str]) -> dict[str, Any]:
    """Make an act on a file of a SharePoint site."""
    label = f"{operation}:{person.key}:{row['name']}"
    site_url = f"{SHAREPOINT}{row['site']}/"
    record = begin(
        time,
        stamped_guid(f"file:{label}:{time.isoformat()}", time),
        operation,
        6,
        "SharePoint",
        user=person.upn.lower(),
        key=sharepoint_key(person),
        ip=client.ip,
        target=f"{site_url}{row['folder']}/{row['name']}",
    )
    return record | {
        "AppAccessContext": access_context(client, f"{label}:{time.isoformat()}"),
        "AuthenticationType": "OAuth",
        "BrowserName": AGENTS[client.agent][2],
        "CorrelationId": fresh_guid(f"correlation:{label}", time),
        "EventSource": "SharePoint",
        "IsManagedDevice": bool(client.machine),
        "ItemType": "File",
        "ListId": guid(f"list:{row['site']}:{row['folder'].partition('/')[0]}"),
        "ListItemUniqueId": guid(f"file:{row['site']}:{row['name']}"),
        "Platform": "Unknown" if client.agent == "firefox" else "WinDesktop",
        "Site": guid(f"site:{row['site']}"),
        "UserAgent": agent_of(client),
        "WebId": guid(f"web:{row['site']}"),
        "HighPriorityMediaProcessing": False,
        "SourceFileExtension": row["name"].rpartition(".")[2],
        "SiteUrl": site_url,
        "SourceFileName": row["name"],
        "SourceRelativeUrl": row["folder"],
        "UserSessionId": client.session,
    }


def link_record(
    time: datetime, operation: str, person: Person | None, client: Client, row: dict[str, str]
) -> dict[str, Any]:
    """Make an act on a link that lets anyone in. Who has no account is logged as ``anonymous``, with neither session nor token."""
    place = f"{row['folder']}/{row['name']}"
    label = f"{operation}:{place}"
    record = begin(
        time,
        stamped_guid(f"link:{label}", time),
        operation,
        14,
        "SharePoint",
        user=person.upn.lower() if person else "anonymous",
        key=sharepoint_key(person) if person else "anonymous",
        ip=client.ip,
        target=f"{SHAREPOINT}{row['site']}/{place}",
    )
    if person:
        record |= {"AppAccessContext": access_context(client, label), "AuthenticationType": "OAuth"}
        record["EventData"] = "<Type>View</Type><MembersCanShareApplied>False</MembersCanShareApplied>"
    return record | {
        "BrowserName": AGENTS[client.agent][2],
        "CorrelationId": fresh_guid(f"correlation:{label}", time),
        "EventSource": "SharePoint",
        "IsManagedDevice": False,
        "ItemType": "File",
        "ListId": guid(f"list:{row['site']}:{row['folder'].partition('/')[0]}"),
        "ListItemUniqueId": guid(f"file:{row['site']}:{row['name']}"),
        "Platform": "Unknown" if client.agent == "firefox" else "WinDesktop",
        "Site": guid(f"site:{row['site']}"),
        "UserAgent": agent_of(client),
        "WebId": guid(f"web:{row['site']}"),
        "SourceFileExtension": row["name"].rpartition(".")[2],
        "UniqueSharingId": guid(f"sharing:{place}"),
        "SiteUrl": f"{SHAREPOINT}{row['site']}",
        "SourceFileName": row["name"],
        "SourceRelativeUrl": place,  # records of sharing repeat the name here
    }


def chat_record(time: datetime, person: Person, other: Person, client: Client) -> dict[str, Any]:
    """Make a message sent in a chat of two: the log never holds its text."""
    first, second = sorted((person.object_id, other.object_id))
    label = f"chat:{person.key}:{other.key}:{time.isoformat()}"
    record = begin(
        time,
        fresh_guid(label, time),
        "MessageSent",
        25,
        "MicrosoftTeams",
        user=person.upn,
        key=person.object_id,
        ip=client.ip,
    )
    return record | {
        "AppAccessContext": access_context(client, label),
        "ChatThreadId": f"19:{first}_{second}@unq.gbl.spaces",
        "CommunicationType": "OneOnOne",
        "ExtraProperties": [
            {"Key": "TimeZone", "Value": "Europe/London"},
            {"Key": "OsName", "Value": "windows"},
            {"Key": "ClientName", "Value": "skypeteams"},
        ],
        "MessageId": str(int(time.timestamp() * 1000)),
        "MessageVersion": str(int(time.timestamp() * 1000)),
        "ParticipantInfo": {
            "HasForeignTenantUsers": False,
            "HasGuestUsers": False,
            "HasOtherGuestUsers": False,
            "HasUnauthenticatedUsers": False,
            "ParticipatingTenantIds": [TENANT_ID],
        },
        "ResourceTenantId": TENANT_ID,
        "ItemName": f"19:{first}_{second}@unq.gbl.spaces",
    }


def data_loss_match(time: datetime, person: Person, mail: Mail) -> dict[str, Any]:
    """Make a data-loss rule that matched a mail: the detected value is invented and no valid account number."""
    recipients = [address for address, _ in mail.deliveries]
    record = begin(
        time,
        stamped_guid(f"dlp:{mail.key}", time),
        "DlpRuleMatch",
        13,
        "Exchange",
        user=person.upn,
        key="DlpAgent",
        user_type=4,
        target=mail.message_id,
    )
    detected = {
        "DetectedValues": [{"Name": "GB00 TEST 0000 0000 0000 00", "Value": "Please pay into our new account"}],
        "ResultsTruncated": False,
    }
    found = {
        "Confidence": 85,
        "Count": 1,
        "SensitiveInformationDetections": detected,
        "SensitiveInformationTypeName": "International Banking Account Number (IBAN)",
        "SensitiveType": "e7dc4711-11b7-4cb0-b88b-2c394a771f0e",
        "UniqueCount": 1,
    }
    rule = {
        "Actions": ["GenerateAlert"],
        "ConditionsMatched": {"SensitiveInformation": [found]},
        "RuleId": guid("dlp:rule"),
        "RuleMode": "AuditAndNotify",
        "RuleName": "Bank details to outside",
        "Severity": "Medium",
    }
    return record | {
        "ExchangeMetaData": {
            "From": person.upn,
            "MessageID": mail.message_id,
            "RecipientCount": len(recipients),
            "Sent": f"{mail.time:%Y-%m-%dT%H:%M:%S}",
            "Subject": mail.subject,
            "To": recipients,
        },
        "IncidentId": fresh_guid("dlp:incident", time),
        "PolicyDetails": [{"PolicyId": guid("dlp:policy"), "PolicyName": "Financial data", "Rules": [rule]}],
        "SensitiveInfoDetectionIsIncluded": True,
    }


def alert(
    time: datetime, name: str, operation: str, person: Person, cause_id: str, *, severity: str, kind: str, policy: str
) -> dict[str, Any]:
    """Make a triggered alert: ``Data.reid`` is the id of the record that triggered it."""
    alert_id = stamped_guid(f"alert:{name}", time)
    record = begin(
        time,
        stamped_guid(f"alert-record:{name}", time),
        "AlertTriggered",
        40,
        "SecurityComplianceCenter",
        user="SecurityComplianceAlerts",
        key="SecurityComplianceAlerts",
        user_type=4,
        result="Succeeded",
        target=alert_id,
    )
    start = time.replace(second=0) - timedelta(minutes=5)
    data = {
        "f3u": person.upn,
        "ts": f"{start:%Y-%m-%dT%H:%M:%S}.0000000Z",
        "te": f"{start + timedelta(minutes=1):%Y-%m-%dT%H:%M:%S}.0000000Z",
        "op": operation,
        "wl": "Exchange",
        "tid": TENANT_ID,
        "tdc": "1",
        "reid": cause_id,
        "rid": guid(f"alert:rule:{name}"),
        "cid": policy,
        "ad": f"This alert is triggered by {operation} -V1.0.0.5",
        "lon": operation,
        "an": name,
        "sev": severity,
    }
    return record | {
        "AlertId": alert_id,
        "AlertLinks": [{"AlertLinkHref": ""}],
        "AlertType": kind,
        "Category": "ThreatManagement",
        "Comments": "New alert",
        "Data": json.dumps(data, separators=(",", ":")),
        "Name": name,
        "PolicyId": policy,
        "Severity": severity,
        "Source": "Office 365 Security & Compliance",
        "Status": "Active",
    }
