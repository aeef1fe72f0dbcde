"""AuditData of the unified log: what every record begins with, and how it is written down."""

import json
from datetime import datetime
from typing import Any

from sample_story.cast import AGENTS, TENANT_ID, Client, Person
from sample_story.ids import digest, guid, pick

RECORD_TYPES = {
    1: "ExchangeAdmin",
    2: "ExchangeItem",
    3: "ExchangeItemGroup",
    4: "SharePoint",
    6: "SharePointFileOperation",
    8: "AzureActiveDirectory",
    13: "ComplianceDLPExchange",
    14: "SharePointSharingOperation",
    15: "AzureActiveDirectoryStsLogon",
    25: "MicrosoftTeams",
    40: "SecurityComplianceAlerts",
    50: "ExchangeItemAggregated",
}


def begin(
    time: datetime,
    record_id: str,
    operation: str,
    record_type: int,
    workload: str,
    *,
    user: str,
    key: str,
    user_type: int = 0,
    result: str | None = None,
    ip: str | None = None,
    target: str | None = None,
) -> dict[str, Any]:
    """Make the fields every record begins with, in the order in which the service writes them."""
    record: dict[str, Any] = {
        "CreationTime": f"{time:%Y-%m-%dT%H:%M:%S}",
        "Id": record_id,
        "Operation": operation,
        "OrganizationId": TENANT_ID,
        "RecordType": record_type,
        "ResultStatus": result,
        "UserKey": key,
        "UserType": user_type,
        "Version": 1,
        "Workload": workload,
        "ClientIP": ip,
        "ObjectId": target,
        "UserId": user,
    }
    return {name: value for name, value in record.items() if value is not None}


def pairs(**values: str) -> list[dict[str, str]]:
    """Make a list of Name and Value."""
    return [{"Name": name, "Value": value} for name, value in values.items()]


def access_context(client: Client, label: str) -> dict[str, str]:
    """Make the AppAccessContext of a call that carried a token."""
    return {
        "AADSessionId": client.session,
        "IssuedAtTime": "1601-01-01T00:00:00",
        "UniqueTokenId": digest(f"token:{label}", 11).hex(),
    }


def text_of(record: dict[str, Any]) -> str:
    r"""Write AuditData down as the service does: no blanks, slashes as ``\/``, letters of all languages as they are."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")


def port_of(ip: str, label: str) -> str:
    """Write an address with a port, as cmdlet records do."""
    port = 10_000 + int.from_bytes(digest(f"port:{label}", 2)) % 50_000
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def agent_of(client: Client) -> str:
    """Give the user agent of a client."""
    return AGENTS[client.agent][0]


def sharepoint_key(person: Person) -> str:
    """Write the user key of SharePoint."""
    return f"i:0h.f|membership|{person.puid.lower()}@live.com"


def fresh_guid(label: str, time: datetime) -> str:
    """Make a GUID for one record."""
    return guid(f"{label}:{time.isoformat()}")


def service_address(label: str) -> str:
    """Give an address inside the service, as background calls show it."""
    return pick(f"service:{label}", ("2603:10a6:20b:5a4::11", "2603:10a6:208:3f1::7", "2603:10a6:10:4c2::16"))
