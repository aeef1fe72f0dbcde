"""Entra's logs as the portal, Graph, diagnostic settings and Log Analytics write them."""

import csv
import io
import json
from datetime import datetime
from typing import Any

from sample_story.cast import TENANT_ID
from sample_story.entra_records import INTERRUPTED, REASONS, directory_changes, renewals_of_access, sign_ins
from sample_story.ids import at, guid

Record = dict[str, Any]
_PEOPLE = [
    "Date (UTC)",
    "Request ID",
    "User agent",
    "Correlation ID",
    "User ID",
    "User",
    "Username",
    "User type",
    "Cross tenant access type",
    "Incoming token type",
    "Authentication Protocol",
    "Unique token identifier",
    "Original transfer method",
    "Client credential type",
    "Token Protection - Sign In Session",
    "Token Protection - Sign In Session StatusCode",
    "Application",
    "Application ID ",
    "App owner tenant ID",
    "Resource",
    "Resource ID ",
    "Resource tenant ID",
    "Resource owner tenant ID",
    "Home tenant ID",
    "Home tenant name",
    "IP address",
    "Location",
    "Status",
    "Sign-in error code",
    "Failure reason",
    "Client app",
    "Device ID",
    "Browser",
    "Operating System",
    "Compliant",
    "Managed",
    "Join Type",
    "Multifactor authentication result",
    "Multifactor authentication auth method",
    "Multifactor authentication auth detail",
    "Authentication requirement",
    "Sign-in identifier",
    "Session ID",
    "IP address (seen by resource)",
    "Through Global Secure Access",
    "Global Secure Access IP address",
    "Autonomous system  number",
    "Flagged for review",
    "Token issuer type",
    "Incoming token type",
    "Token issuer name",
    "Latency",
    "Conditional Access",
    "Managed Identity type",
    "Associated Resource Id",
    "Federated Token Id",
    "Federated Token Issuer",
]
_SPANISH = {
    "Fecha (UTC)": "Date (UTC)", "Id. de solicitud": "Request ID", "Agente de usuario": "User agent", "Id. de correlación": "Correlation ID",
    "Id. de usuario": "User ID", "Usuario": "User", "Nombre de usuario": "Username", "Tipo de usuario": "User type", "Aplicación": "Application",
    "Recurso": "Resource", "Dirección IP": "IP address", "Código de error de inicio de sesión": "Sign-in error code", "Ubicación": "Location", "Estado": "Status", "Motivo del error": "Failure reason",
    "Aplicación cliente": "Client app", "Explorador": "Browser", "Sistema operativo": "Operating System",
}  # fmt: skip
_WORDS = {"Success": "Correcto", "Failure": "Error", "Interrupted": "Interrumpido"}
_BOM = b"\xef\xbb\xbf"


def files(records: list[Record]) -> dict[str, bytes]:
    """Write every file of Entra's logs: name to bytes."""
    signins, renewals, changes = sign_ins(records), renewals_of_access(), directory_changes(records)
    toms = [item for item in signins if "tom.okafor" in item["userPrincipalName"]]
    abroad = [item for item in signins if item["location"]["city"] != "Hamburg"]
    days = "2026-03-02_2026-03-20"
    return {
        f"entra_signin_csv/InteractiveSignIns_{days}.csv": portal_signins(signins),
        f"entra_signin_csv/NonInteractiveSignIns_{days}.csv": portal_signins(renewals),
        "entra_signin_csv/spanish_portal.csv": portal_signins_spanish(signins),
        f"entra_auth_details_csv/InteractiveSignIns_AuthDetails_{days}.csv": portal_steps(signins),
        "entra_audit_csv/AuditLogs_2026-03-20.csv": portal_changes(changes),
        "entra_json/graph_signIns.json": graph_page(signins[:60], "signIns"),
        "entra_json/graph_directoryAudits.json": graph_page(changes, "directoryAudits"),
        "entra_json/diagnostic_settings.jsonl": diagnostics(toms, renewals, changes),
        "log_analytics_csv/SigninLogs.csv": log_analytics_signins(abroad),
    }


def table(header: list[str], rows: list[list[str]], *, quoting: Any = csv.QUOTE_ALL) -> bytes:
    """Write a table as the portal does: mark, every cell quoted, Windows line ends."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n", quoting=quoting).writerows([header, *rows])
    return _BOM + text.getvalue().encode()


def _status(item: Record) -> str:
    code = str(item["status"]["errorCode"])
    return "Success" if code == "0" else "Interrupted" if code in INTERRUPTED else "Failure"


def _cells(item: Record) -> dict[str, str]:
    device, place = item["deviceDetail"], item["location"]
    return {
        "Date (UTC)": item["createdDateTime"], "Request ID": item["id"], "User agent": item["userAgent"], "Correlation ID": item["correlationId"],
        "User ID": item["userId"], "User": item["userDisplayName"], "Username": item["userPrincipalName"], "User type": "Member",
        "Cross tenant access type": "None", "Incoming token type": "None", "Authentication Protocol": "None",
        "Unique token identifier": item["uniqueTokenIdentifier"], "Application": item["appDisplayName"], "Application ID ": item["appId"],
        "Resource": item["resourceDisplayName"], "Resource ID ": item["resourceId"], "Resource tenant ID": TENANT_ID, "Home tenant ID": TENANT_ID,
        "IP address": item["ipAddress"], "Location": f"{place['city']}, {place['state']}, {place['countryOrRegion']}", "Status": _status(item),
        "Sign-in error code": str(item["status"]["errorCode"]), "Failure reason": REASONS[str(item["status"]["errorCode"])], "Client app": item["clientAppUsed"],
        "Device ID": device["deviceId"], "Browser": device["browser"], "Operating System": device["operatingSystem"],
        "Compliant": "Yes" if device["isCompliant"] else "No", "Managed": "Yes" if device["isManaged"] else "No", "Join Type": device["trustType"],
        "Authentication requirement": "Multifactor authentication" if item["authenticationRequirement"].startswith("multi") else "Single-factor authentication",
        "Sign-in identifier": item["userPrincipalName"], "Session ID": item["sessionId"], "Flagged for review": "No", "Token issuer type": "Azure AD",
        "Latency": "212", "Conditional Access": "Not Applied",
    }  # fmt: skip


def portal_signins(items: list[Record]) -> bytes:
    """Write the portal's download of sign-ins: 57 columns, one name twice, two names ending in a blank."""
    return table(_PEOPLE, [[cells.get(name, "") for name in _PEOPLE] for cells in map(_cells, items)])


def portal_signins_spanish(items: list[Record]) -> bytes:
    """Write the download of a browser set to Spanish; only people's failed and interrupted sign-ins were filtered."""
    chosen = [item for item in items if item["status"]["errorCode"]]
    rows = [[_WORDS.get(cells[name], cells[name]) for name in _SPANISH.values()] for cells in map(_cells, chosen)]
    return table(list(_SPANISH), rows)


def portal_steps(items: list[Record]) -> bytes:
    """Write the file of authentication details that comes beside the sign-ins."""
    header = [
        "Request ID",
        "Date (UTC)",
        "Authentication method",
        "Authentication method detail",
        "Succeeded",
        "Result detail",
        "Requirement",
    ]
    rows = [
        [item["id"], step["authenticationStepDateTime"], step["authenticationMethod"], step["authenticationMethodDetail"],
         "true" if step["succeeded"] else "false", step["authenticationStepResultDetail"], step["authenticationStepRequirement"]]
        for item in items if item["location"]["city"] != "Hamburg" or item["status"]["errorCode"]
        for step in item["authenticationDetails"]
    ]  # fmt: skip
    return table(header, rows)


def portal_changes(items: list[Record]) -> bytes:
    """Write the portal's download of the audit log: 86 columns."""
    header = [
        "Date (UTC)",
        "CorrelationId",
        "Service",
        "Category",
        "Activity",
        "Result",
        "ResultReason",
        "User Agent",
        "ActorType",
        "ActorDisplayName",
        "ActorObjectId",
        "ActorUserPrincipalName",
        "IPAddress",
        "ActorHomeTenantId",
        "ActorHomeTenantName",
        "ActorServicePrincipalId",
        "ActorServicePrincipalName",
    ]
    for number in (1, 2, 3):
        header += [f"Target{number}{name}" for name in ("Type", "DisplayName", "ObjectId", "UserPrincipalName")]
        header += [
            f"Target{number}ModifiedProperty{item}{name}"
            for item in range(1, 6)
            for name in ("Name", "OldValue", "NewValue")
        ]
    header += [f"AdditionalDetail{item}{name}" for item in range(1, 7) for name in ("Key", "Value")]
    return table(header, [[cells.get(name, "") or "" for name in header] for cells in map(_change_cells, items)])


def _change_cells(item: Record) -> dict[str, str | None]:
    user, details = item["initiatedBy"]["user"], {pair["key"]: pair["value"] for pair in item["additionalDetails"]}
    cells: dict[str, str | None] = {
        "Date (UTC)": item["activityDateTime"], "CorrelationId": item["correlationId"], "Service": item["loggedByService"], "Category": item["category"],
        "Activity": item["activityDisplayName"], "Result": item["result"], "ActorType": "User", "ActorObjectId": user["id"],
        "ActorUserPrincipalName": user["userPrincipalName"], "IPAddress": user["ipAddress"], "User Agent": details.get("User-Agent"),
    }  # fmt: skip
    for number, target in enumerate(item["targetResources"], 1):
        start = f"Target{number}"
        cells |= {f"{start}Type": target["type"], f"{start}DisplayName": target["displayName"], f"{start}ObjectId": target["id"],
                  f"{start}UserPrincipalName": target["userPrincipalName"]}  # fmt: skip
        for place, change in enumerate(target["modifiedProperties"][:5], 1):
            names = (("Name", "displayName"), ("OldValue", "oldValue"), ("NewValue", "newValue"))
            cells |= {f"{start}ModifiedProperty{place}{column}": change[member] for column, member in names}
    for place, (key, value) in enumerate(details.items(), 1):
        cells |= {f"AdditionalDetail{place}Key": key, f"AdditionalDetail{place}Value": value}
    return cells


def graph_page(items: list[Record], what: str) -> bytes:
    """Write an answer of Graph, as it was saved."""
    page = {"@odata.context": f"https://graph.microsoft.com/v1.0/$metadata#auditLogs/{what}", "value": items}
    return json.dumps(page, indent=2, ensure_ascii=False).encode()


def diagnostics(signins: list[Record], renewals: list[Record], changes: list[Record]) -> bytes:
    """Write what diagnostic settings send to a storage account: one object a line, mixed, each time a little later."""
    lines = [("SignInLogs", item) for item in signins] + [("NonInteractiveUserSignInLogs", item) for item in renewals]
    lines += [("AuditLogs", item) for item in changes]
    lines.sort(key=lambda pair: (_time_of(pair[1]), pair[1]["id"]))
    return b"".join(json.dumps(_wrapped(*pair), separators=(",", ":")).encode() + b"\n" for pair in lines)


def _time_of(item: Record) -> str:
    return str(item.get("createdDateTime") or item["activityDateTime"])


def _wrapped(category: str, item: Record) -> Record:
    audit = category == "AuditLogs"
    time = datetime.fromisoformat(_time_of(item)[:19])
    return {
        "time": f"{time:%Y-%m-%dT%H}:{time.minute:02d}:{min(time.second + 7, 59):02d}.0000000Z",
        "resourceId": f"/tenants/{TENANT_ID}/providers/Microsoft.aadiam",
        "operationName": item["activityDisplayName"] if audit else "Sign-in activity",
        "operationVersion": "1.0",
        "category": category,
        "tenantId": TENANT_ID,
        "resultType": "" if audit else str(item["status"]["errorCode"]),
        "resultSignature": "None",
        "durationMs": 0,
        "callerIpAddress": (item["initiatedBy"]["user"]["ipAddress"] if audit else item["ipAddress"]) or "<null>",
        "correlationId": item["correlationId"],
        "Level": 4,
        "properties": item,
    }


def log_analytics_signins(items: list[Record]) -> bytes:
    """Write an export of SigninLogs: American dates, the zone in the column's name, nested values as JSON of several lines."""
    header = [
        "TenantId",
        "SourceSystem",
        "TimeGenerated [UTC]",
        "ResourceId",
        "OperationName",
        "Category",
        "ResultType",
        "ResultDescription",
        "CorrelationId",
        "Identity",
        "Location",
        "AppDisplayName",
        "AppId",
        "AuthenticationDetails",
        "ClientAppUsed",
        "ConditionalAccessStatus",
        "CreatedDateTime [UTC]",
        "DeviceDetail_dynamic",
        "DeviceDetail_string",
        "IsInteractive",
        "Id",
        "IPAddress",
        "LocationDetails",
        "ResourceDisplayName",
        "ResourceIdentity",
        "RiskLevelDuringSignIn",
        "Status",
        "UserAgent",
        "UserDisplayName",
        "UserId",
        "UserPrincipalName",
        "AADTenantId",
        "UserType",
        "Type",
    ]
    return table(
        header, [[_analytics(item).get(name, "") for name in header] for item in items], quoting=csv.QUOTE_MINIMAL
    )


def _analytics(item: Record) -> dict[str, str]:
    time = at(item["createdDateTime"][:19])
    shown = f"{time.month}/{time.day}/{time.year}, {time.hour % 12 or 12}:{time:%M:%S}.000 {'PM' if time.hour > 11 else 'AM'}"

    def nested(value: Any) -> str:
        return json.dumps(value, indent=2).replace("\n", "\r\n")

    return {
        "TenantId": guid("workspace"), "SourceSystem": "Azure AD", "TimeGenerated [UTC]": shown, "CreatedDateTime [UTC]": shown,
        "ResourceId": f"/tenants/{TENANT_ID}/providers/Microsoft.aadiam", "OperationName": "Sign-in activity", "Category": "SignInLogs",
        "ResultType": str(item["status"]["errorCode"]), "ResultDescription": "" if not item["status"]["errorCode"] else item["status"]["failureReason"],
        "CorrelationId": item["correlationId"], "Identity": item["userDisplayName"], "Location": item["location"]["countryOrRegion"],
        "AppDisplayName": item["appDisplayName"], "AppId": item["appId"], "AuthenticationDetails": nested(item["authenticationDetails"]),
        "ClientAppUsed": item["clientAppUsed"], "ConditionalAccessStatus": item["conditionalAccessStatus"],
        "DeviceDetail_dynamic": nested(item["deviceDetail"]), "IsInteractive": str(item["isInteractive"]).upper(), "Id": item["id"],
        "IPAddress": item["ipAddress"], "LocationDetails": nested(item["location"]), "ResourceDisplayName": item["resourceDisplayName"],
        "ResourceIdentity": item["resourceId"], "RiskLevelDuringSignIn": item["riskLevelDuringSignIn"], "Status": nested(item["status"]),
        "UserAgent": item["userAgent"], "UserDisplayName": item["userDisplayName"], "UserId": item["userId"], "UserPrincipalName": item["userPrincipalName"],
        "AADTenantId": TENANT_ID, "UserType": "Member", "Type": "SigninLogs",
    }  # fmt: skip
