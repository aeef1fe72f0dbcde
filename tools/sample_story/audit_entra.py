"""Sign-ins and directory changes as AuditData of the unified log (record types 15 and 8)."""

import json
from datetime import datetime
from typing import Any

from sample_story.audit_data import begin, fresh_guid, pairs
from sample_story.cast import AGENTS, GRAPH, OUTLOOK_APP, OUTLOOK_WEB_APP, TENANT_ID, Client, Person
from sample_story.ids import guid

ERRORS = {
    "0": "",
    "50126": "InvalidUserNameOrPassword",
    "50074": "UserStrongAuthClientAuthNRequiredInterrupt",
    "50140": "KmsiInterrupt",
    "50173": "FreshTokenNeeded",
}


def sign_in(
    time: datetime, person: Person, client: Client, error: str = "0", *, app: str = "", request: str = ""
) -> dict[str, Any]:
    """Make a sign-in. Microsoft writes prompts such as 'keep me signed in' (50140) as UserLoggedIn with an error number."""
    label = f"sign-in:{person.key}:{error}:{client.ip}"
    agent, system, browser = AGENTS[client.agent]
    failed = error not in {"0", "50140"}
    record_id = fresh_guid(label, time)
    record = begin(
        time,
        record_id,
        "UserLoginFailed" if failed else "UserLoggedIn",
        15,
        "AzureActiveDirectory",
        user=person.upn,
        key=person.object_id,
        result="Failed" if error == "50126" else "Success",
        ip=client.ip,
        target=GRAPH,
    )
    device = pairs(OS=system, BrowserType=browser, IsCompliantAndManaged=str(bool(client.machine)))
    if client.machine:
        device.insert(0, {"Name": "DisplayName", "Value": client.machine})
    if not failed:
        device.append({"Name": "SessionId", "Value": client.session})
    record |= {
        "AzureActiveDirectoryEventType": 1,
        "ExtendedProperties": pairs(
            ResultStatusDetail="UserError" if error == "50126" else "Success",
            UserAgent=agent,
            UserAuthenticationMethod="1",
            RequestType=request or ("Login:login" if failed else "OAuth2:Authorize"),
        ),
        "ModifiedProperties": [],
        "Actor": [{"ID": person.object_id, "Type": 0}, {"ID": person.upn, "Type": 5}],
        "ActorContextId": TENANT_ID,
        "ActorIpAddress": client.ip,
        "InterSystemsId": fresh_guid(f"correlation:{label}", time),
        "IntraSystemId": record_id,
        "SupportTicketId": "",
        "Target": [{"ID": GRAPH, "Type": 0}],
        "TargetContextId": TENANT_ID,
        "ApplicationId": app or (OUTLOOK_APP if client.kind == "outlook" else OUTLOOK_WEB_APP),
        "DeviceProperties": device,
        "ErrorNumber": error,
    }
    return record | ({"LogonError": ERRORS[error]} if ERRORS[error] else {})


def directory_change(
    time: datetime,
    operation: str,
    actor: Person,
    target: str,
    target_ids: list[dict[str, Any]],
    *,
    category: str,
    modified: list[tuple[str, str, str]] | None = None,
    ip: str | None = None,
    details: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Make a change in the directory. ``modified`` holds name, new and old value."""
    label = f"directory:{operation}:{target}"
    record = begin(
        time,
        fresh_guid(label, time),
        operation,
        8,
        "AzureActiveDirectory",
        user=actor.upn,
        key=f"{actor.puid}@{actor.upn.rpartition('@')[2]}",
        result="Success",
        ip=ip,
        target=target,
    )
    record |= {
        "AzureActiveDirectoryEventType": 1,
        "ExtendedProperties": pairs(
            additionalDetails=json.dumps(details or {}, separators=(",", ":")), extendedAuditEventCategory=category
        ),
        "ModifiedProperties": [{"Name": name, "NewValue": new, "OldValue": old} for name, new, old in modified or []],
        "Actor": [{"ID": actor.upn, "Type": 5}, {"ID": actor.puid, "Type": 3}, *object_ids("User", actor.object_id)],
        "ActorContextId": TENANT_ID,
    }
    if ip:
        record["ActorIpAddress"] = ip
    return record | {
        "InterSystemsId": guid(f"correlation:{time:%Y-%m-%dT%H:%M}:{actor.key}"),
        "IntraSystemId": fresh_guid(f"intra:{label}", time),
        "SupportTicketId": "",
        "Target": target_ids,
        "TargetContextId": TENANT_ID,
    }


def object_ids(kind: str, object_id: str) -> list[dict[str, Any]]:
    """List an object of the directory as Actor and Target name it."""
    return [{"ID": f"{kind}_{object_id}", "Type": 2}, {"ID": object_id, "Type": 2}, {"ID": kind, "Type": 2}]


def user_ids(person: Person) -> list[dict[str, Any]]:
    """List an account as Target names it."""
    return [*object_ids("User", person.object_id), {"ID": person.upn, "Type": 5}, {"ID": person.puid, "Type": 3}]
