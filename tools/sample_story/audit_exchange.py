"""Mailbox acts and cmdlets as AuditData of the unified log (record types 1, 2, 3 and 50)."""

from typing import Any

from sample_story.acts import Cmdlet, MailboxAct
from sample_story.audit_data import access_context, begin, pairs, port_of
from sample_story.cast import BUILD, EXCHANGE_APP, TENANT, Person
from sample_story.ids import folder_id, guid, item_id, pick, stamped_guid
from sample_story.mails import Mail

GROUP_OPERATIONS = {"Move", "MoveToDeletedItems", "SoftDelete", "HardDelete"}
OUTLOOK_VERSION = "16.0.18526.20168"


def mailbox_record(act: MailboxAct) -> dict[str, Any]:
    """Render a mailbox act."""
    record_type = 3 if act.operation in GROUP_OPERATIONS else 50 if act.access == "Bind" else 2
    record = _mailbox_begin(act, record_type)
    folder = {"Id": folder_id(act.owner.key, act.folder), "Path": act.folder}
    if record_type == 3:
        record["AffectedItems"] = [_item(act, mail, folder) for mail in act.mails]
        record["CrossMailboxOperation"] = False
        if act.dest:
            record["DestFolder"] = {"Id": folder_id(act.owner.key, act.dest), "Path": act.dest}
        record["Folder"] = folder
    elif record_type == 50:
        items = [_bound_item(act, mail) for mail in act.mails]
        record["Folders"] = [{"FolderItems": items, **folder}]
        record["OperationCount"] = len(items)
    elif act.mails or act.subject:
        record["Item"] = _item(act, act.mails[0] if act.mails else None, folder)
        record |= _identity_used(act)
    else:
        name = act.folder.rpartition("\\")[2]
        record["Item"] = {"Id": folder["Id"], "ParentFolder": {"Id": folder["Id"], "Name": name, "Path": act.folder}}
    if act.dirty:
        record["ModifiedProperties"] = list(act.dirty)
    return record


def _mailbox_begin(act: MailboxAct, record_type: int) -> dict[str, Any]:
    client, outlook = act.client, act.client.kind == "outlook"
    operation = "MailItemsAccessed" if act.access else act.operation
    logon = 0 if act.by_owner else 2
    values: dict[str, Any] = {
        "AppAccessContext": access_context(client, act.label) if client.kind != "outlook" else {},
        "AppId": client.app_id or ("" if outlook else EXCHANGE_APP),
        "ClientAppId": client.app_id or None,
        "ClientIPAddress": client.ip,
        "ClientInfoString": client.info,
        "ClientMachineName": client.machine or None,
        "ClientProcessName": "OUTLOOK.EXE" if outlook else None,
        "ClientRequestId": f"{{{guid(f'request:{act.label}').upper()}}}" if outlook else None,
        "ClientVersion": OUTLOOK_VERSION if outlook else None,
        "ExternalAccess": False,
        "InternalLogonType": 0,
        "LogonType": logon,
        "LogonUserSid": act.actor.sid,
        "MailboxGuid": act.owner.mailbox_guid,
        "MailboxOwnerSid": act.owner.sid,
        "MailboxOwnerUPN": act.owner.upn,
        "OperationProperties": pairs(MailAccessType=act.access, IsThrottled=str(act.throttled)) if act.access else None,
        "OrganizationName": TENANT,
        "OriginatingServer": f"{act.owner.server} ({BUILD})\r\n",
        "SessionId": client.session,
    }
    start = begin(
        act.time,
        stamped_guid(f"record:{act.label}", act.time),
        operation,
        record_type,
        "Exchange",
        user=act.actor.upn,
        key=act.actor.puid,
        result="Succeeded",
        ip=None if record_type == 50 else client.ip,
    )
    return start | {name: value for name, value in values.items() if value is not None}


def _bound_item(act: MailboxAct, mail: Mail) -> dict[str, Any]:
    item: dict[str, Any] = {"InternetMessageId": mail.message_id}
    if act.client.kind != "rest":
        item |= {"Id": item_id(act.owner.key, mail.key), "SizeInBytes": mail.size}
    return item


def _item(act: MailboxAct, mail: Mail | None, folder: dict[str, str]) -> dict[str, Any]:
    item: dict[str, Any] = {"Attachments": mail.attachments} if mail and mail.attachments else {}
    item["Id"] = item_id(act.owner.key, mail.key if mail else act.subject)
    if mail:
        item["InternetMessageId"] = mail.message_id
    item["ParentFolder"] = folder
    if mail:
        item["SizeInBytes"] = mail.size
    item["Subject"] = mail.subject if mail else act.subject
    return item


def _identity_used(act: MailboxAct) -> dict[str, str]:
    prefix = {"SendAs": "SendAsUser", "SendOnBehalf": "SendOnBehalfOfUser"}.get(act.operation)
    return {f"{prefix}MailboxGuid": act.owner.mailbox_guid, f"{prefix}Smtp": act.owner.upn} if prefix else {}


def cmdlet_record(cmdlet: Cmdlet) -> dict[str, Any]:
    """Render a cmdlet."""
    person = cmdlet.caller if isinstance(cmdlet.caller, Person) else None
    caller = person.upn if person else str(cmdlet.caller)
    system = caller.startswith("NT AUTHORITY")
    record = begin(
        cmdlet.time,
        cmdlet_id(cmdlet),
        cmdlet.name,
        1,
        "Exchange",
        user=caller,
        key=person.puid if person else caller,
        user_type=3 if system else 2,
        result=str(cmdlet.succeeded),
        ip=None if system else port_of(cmdlet.ip, cmdlet.label),
        target=cmdlet.target,
    )
    record |= {
        "AppId": cmdlet.app_id,
        "ClientAppId": "",
        "ExternalAccess": cmdlet.external,
        "OrganizationName": TENANT,
        "OriginatingServer": server_of(cmdlet),
        "Parameters": [{"Name": name, "Value": value} for name, value in cmdlet.parameters],
    }
    return record if system else record | {"SessionId": cmdlet.session}


def cmdlet_id(cmdlet: Cmdlet) -> str:
    """Give the id of a cmdlet's record: alerts point to it."""
    return stamped_guid(f"cmdlet:{cmdlet.label}", cmdlet.time)


def server_of(cmdlet: Cmdlet) -> str:
    """Name the server that ran a cmdlet."""
    return f"{pick(cmdlet.label, ('DB6PR07MB3188', 'AM6PR07MB5010', 'HE1PR07MB3340'))} ({BUILD})"
