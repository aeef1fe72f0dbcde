"""The sign-ins and directory changes of the story as Entra's own logs keep them: the same acts, ids and times as the unified log."""

import json
from typing import Any

from sample_story.cast import (
    ARCHIVER,
    ARCHIVER_APP,
    GRAPH,
    OUTLOOK_APP,
    OUTLOOK_WEB_APP,
    PEOPLE,
    POWERSHELL_APP,
    TENANT_ID,
    Person,
)
from sample_story.ids import digest, fraction, guid

Record = dict[str, Any]
APPS = {
    OUTLOOK_APP: "Microsoft Office",
    OUTLOOK_WEB_APP: "One Outlook Web",
    POWERSHELL_APP: "Microsoft Exchange REST API Based Powershell",
    ARCHIVER_APP: "PostSync Mail Archive",
}
REASONS = {
    "0": "Other.",
    "50126": "Error validating credentials due to invalid username or password.",
    "50074": "Strong Authentication is required.",
    "50140": "This error occurred due to 'Keep me signed in' interrupt when the user was signing-in.",
    "50173": "The provided grant has expired due to it being revoked, a fresh auth token is needed.",
}
INTERRUPTED = frozenset({"50074", "50140"})
_PLACES = {
    "192.0.2.10": ("Hamburg", "Hamburg", "DE"),
    "203.0.113.77": ("Riga", "Riga", "LV"),
    "203.0.113.158": ("Amsterdam", "Noord-Holland", "NL"),
    "2001:db8:77aa:19::e3": ("Chisinau", "Chisinau", "MD"),
}
_RENEWALS = ("2026-03-09T09:20:31", "2026-03-11T02:01:12", "2026-03-11T03:02:40", "2026-03-12T04:15:09")


def sign_ins(records: list[Record]) -> list[Record]:
    """Give the interactive sign-ins of the unified log as Graph's ``signIn`` objects, newest first."""
    people = {person.upn: person for person in PEOPLE.values()}
    found = [_sign_in(record, people[record["UserId"]]) for record in records if record["RecordType"] == 15]
    return sorted(found, key=lambda item: (item["createdDateTime"], item["id"]), reverse=True)


def renewals_of_access() -> list[Record]:
    """Give the archive application's renewals of access as Tom: no person signs in, so the unified log has none of them."""
    tom = PEOPLE["tom"]
    found = [
        _object(time, guid(f"renewal:{time}"), guid(f"renewal-correlation:{time}"), tom, ARCHIVER.ip, "0", ARCHIVER_APP)
        for time in _RENEWALS
    ]
    rest = {
        "isInteractive": False, "userAgent": "python-requests/2.32.3", "clientAppUsed": "Mobile Apps and Desktop clients",
        "deviceDetail": _device({}), "sessionId": ARCHIVER.session, "signInEventTypes": ["nonInteractiveUser"], "authenticationDetails": [],
    }  # fmt: skip
    return [item | rest for item in reversed(found)]


def _sign_in(record: Record, person: Person) -> Record:
    device = {pair["Name"]: pair["Value"] for pair in record["DeviceProperties"]}
    extended = {pair["Name"]: pair["Value"] for pair in record["ExtendedProperties"]}
    made = _object(
        record["CreationTime"], record["Id"], record["InterSystemsId"], person, record["ClientIP"], record["ErrorNumber"], record["ApplicationId"]
    )  # fmt: skip
    return made | {
        "isInteractive": True,
        "userAgent": extended["UserAgent"],
        "clientAppUsed": "Browser" if record["ApplicationId"] == OUTLOOK_WEB_APP else "Mobile Apps and Desktop clients",
        "deviceDetail": _device(device),
        "sessionId": device.get("SessionId", ""),
        "signInEventTypes": ["interactiveUser"],
    }


def _device(device: dict[str, str]) -> Record:
    return {
        "deviceId": guid(f"device:{device['DisplayName']}") if "DisplayName" in device else "",
        "displayName": device.get("DisplayName", ""),
        "operatingSystem": device.get("OS", ""),
        "browser": device.get("BrowserType", ""),
        "isCompliant": "DisplayName" in device,
        "isManaged": "DisplayName" in device,
        "trustType": "Azure AD joined" if "DisplayName" in device else "",
    }


def _object(time: str, record_id: str, correlation: str, person: Person, ip: str, error: str, app: str) -> Record:
    city, state, country = _PLACES.get(ip, ("Hamburg", "Hamburg", "DE"))
    return {
        "id": record_id,
        "createdDateTime": f"{time}Z",
        "userDisplayName": person.name,
        "userPrincipalName": person.upn.lower(),
        "userId": person.object_id,
        "userType": "member",
        "appId": app,
        "appDisplayName": APPS[app],
        "ipAddress": ip,
        "correlationId": correlation,
        "conditionalAccessStatus": "notApplied",
        "authenticationRequirement": "multiFactorAuthentication" if error in INTERRUPTED else "singleFactorAuthentication",
        "riskLevelDuringSignIn": "medium" if ip == "203.0.113.77" and error == "0" else "none",
        "resourceDisplayName": "Microsoft Graph",
        "resourceId": GRAPH,
        "resourceTenantId": TENANT_ID,
        "homeTenantId": TENANT_ID,
        "uniqueTokenIdentifier": guid(f"token:{record_id}").replace("-", "")[:22],
        "status": {"errorCode": int(error), "failureReason": REASONS[error], "additionalDetails": None},
        "location": {"city": city, "state": state, "countryOrRegion": country, "geoCoordinates": {"latitude": None, "longitude": None}},
        "authenticationDetails": _steps(time, error),
    }  # fmt: skip


def _steps(time: str, error: str) -> list[Record]:
    """Give the steps of a sign-in: a wrong password ends it; a prompt follows a right one."""
    password = {
        "authenticationStepDateTime": f"{time}Z", "authenticationMethod": "Password", "authenticationMethodDetail": "Password in the cloud",
        "succeeded": error != "50126", "authenticationStepRequirement": "Primary authentication",
        "authenticationStepResultDetail": "Invalid username or password or Invalid on-premise username or password." if error == "50126" else "Correct password",
    }  # fmt: skip
    if error == "50173":
        return [
            password
            | {
                "authenticationMethod": "Previously satisfied",
                "authenticationMethodDetail": "",
                "succeeded": False,
                "authenticationStepResultDetail": "Session revoked",
            }
        ]
    if error != "50074":
        return [password]
    second = {
        "authenticationMethod": "Mobile app notification",
        "authenticationMethodDetail": "Microsoft Authenticator",
        "succeeded": False,
    }
    return [
        password,
        password
        | second
        | {
            "authenticationStepRequirement": "Multifactor authentication",
            "authenticationStepResultDetail": "Authentication in progress",
        },
    ]


def directory_changes(records: list[Record]) -> list[Record]:
    """Give the directory changes of the unified log as Graph's ``directoryAudit`` objects, newest first."""
    found = [_change(record) for record in records if record["RecordType"] == 8]
    return sorted(found, key=lambda item: (item["activityDateTime"], item["id"]), reverse=True)


def _change(record: Record) -> Record:
    people = {person.upn: person for person in PEOPLE.values()}
    actor = people.get(record["UserId"])
    extended = {pair["Name"]: pair["Value"] for pair in record["ExtendedProperties"]}
    details = json.loads(extended["additionalDetails"] or "{}")
    correlation = record["InterSystemsId"]
    label = digest(f"audit:{record['Id']}", 3).hex().upper()[:5]
    kind = extended["extendedAuditEventCategory"]
    return {
        "id": f"Directory_{correlation}_{label}_{int.from_bytes(digest(record['Id'], 3)):08d}",
        "category": {"User": "UserManagement", "ServicePrincipal": "ApplicationManagement"}.get(kind, kind),
        "correlationId": correlation,
        "result": "success",
        "resultReason": "",
        "activityDisplayName": record["Operation"].rstrip("."),
        "activityDateTime": f"{record['CreationTime']}.{fraction(record['Id'])}Z",
        "loggedByService": "Core Directory",
        "operationType": record["Operation"].split()[0],
        "initiatedBy": {
            "user": {"id": actor.object_id if actor else None, "displayName": None, "userPrincipalName": record["UserId"], "ipAddress": record.get("ClientIP")},
            "app": None,
        },
        "targetResources": _targets(record, kind),
        "additionalDetails": [{"key": key, "value": value} for key, value in details.items()],
    }  # fmt: skip


def _targets(record: Record, kind: str) -> list[Record]:
    ids = [(item["Type"], item["ID"]) for item in record["Target"]]
    name = next((text for number, text in ids if number == 1), None)
    upn = next((text for number, text in ids if number == 5), None)
    object_id = next((text.partition("_")[2] for number, text in ids if number == 2 and "_" in text), None)
    modified = [
        {"displayName": item["Name"], "oldValue": _quoted(item["OldValue"]), "newValue": _quoted(item["NewValue"])}
        for item in record["ModifiedProperties"]
    ]
    shown = "User" if upn or kind == "UserManagement" else kind
    return [
        {"id": object_id, "displayName": name, "type": shown, "userPrincipalName": upn, "modifiedProperties": modified}
    ]


def _quoted(text: str) -> str | None:
    return None if not text else text if text.startswith("[{") else f'"{text}"'
