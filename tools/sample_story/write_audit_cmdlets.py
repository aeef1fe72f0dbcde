"""Exchange's two audits as their cmdlets give them through Export-Csv, and as two scripts simplify them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sample_story.acts import Cmdlet, MailboxAct
from sample_story.audit_data import port_of
from sample_story.audit_exchange import GROUP_OPERATIONS, OUTLOOK_VERSION, server_of
from sample_story.cast import BUILD, PEOPLE, Person
from sample_story.ids import at, digest, folder_id, guid, item_id
from sample_story.mails import Mail
from sample_story.write_audit_csv import lines, plain, quoted
from sample_story.write_trace import american

MAILBOX_COLUMNS = (
    "Operation OperationResult LogonType ExternalAccess DestFolderId DestFolderPathName FolderId FolderPathName FolderName "
    "MemberRights MemberSid MemberUpn ClientInfoString ClientIPAddress ClientIP ClientMachineName ClientProcessName "
    "ClientVersion InternalLogonType MailboxOwnerUPN MailboxOwnerSid DestMailboxOwnerUPN DestMailboxOwnerSid DestMailboxGuid "
    "CrossMailboxOperation LogonUserDisplayName LogonUserSid SourceItems SourceFolders SourceItemIdsList SourceItemSubjectsList "
    "SourceItemAttachmentsList SourceItemFolderPathNamesList SourceFolderPathNamesList SourceItemInternetMessageIdsList ItemId "
    "ItemSubject ItemAttachments ItemInternetMessageId DirtyProperties OriginatingServer SessionId OperationProperties "
    "AuditOperationsCountInAggregatedRecord AggregatedRecordFoldersData AppId ClientAppId ItemIsRecord ItemComplianceLabel "
    "MailboxGuid MailboxResolvedOwnerName LastAccessed Identity IsValid ObjectState"
)
SCRIPT_COLUMNS = (
    "Subject Operation LogonUserDisplayName LastAccessed DestFolderPathName FolderPathName ClientInfoString ClientIPAddress "
    "ClientMachineName ClientProcessName ClientVersion LogonType MailboxResolvedOwnerName OperationResult CrossMailboxOp"
)
ADMIN_COLUMNS = (
    "RunspaceId ObjectModified CmdletName CmdletParameters ModifiedProperties Caller ExternalAccess Succeeded Error RunDate "
    "OriginatingServer ClientIP SessionId AppId ClientAppId Identity IsValid ObjectState"
)
_LIST = "System.Collections.ArrayList"
_PACIFIC_SUMMER = at("2026-03-08T10:00:00")
Entry = tuple[MailboxAct, datetime, Mail | None]


def entries(acts: list[MailboxAct]) -> Iterator[Entry]:
    """Give the entries of what others than the owner did: opening several messages is logged message by message."""
    for owner in PEOPLE.values():
        for act in sorted((act for act in acts if act.owner is owner and not act.by_owner), key=lambda act: act.time):
            for step, mail in enumerate(act.mails if act.access else act.mails[:1] or (None,)):
                yield act, act.time + timedelta(seconds=9 * step), mail


def mailbox_cloud(acts: list[MailboxAct]) -> bytes:
    """Write Search-MailboxAuditLog of Exchange Online from a machine in California: all 55 columns."""
    rows = [quoted(MAILBOX_COLUMNS.split())]
    for act, time, mail in entries(acts):
        cells = mailbox_cells(act, time, mail)
        rows.append(quoted([cells.get(column, "") for column in MAILBOX_COLUMNS.split()]))
    return b"\xef\xbb\xbf" + lines(rows).encode()


def mailbox_cells(act: MailboxAct, time: datetime, mail: Mail | None) -> dict[str, str]:
    """Make the cells of one entry by their column."""
    owner, client, group = act.owner, act.client, act.operation in GROUP_OPERATIONS
    outlook, mails = client.kind == "outlook", act.mails if act.operation in GROUP_OPERATIONS else ()
    cells = {
        "Operation": act.operation, "OperationResult": "Succeeded", "LogonType": "Delegate", "ExternalAccess": "False",
        "DestFolderId": folder_id(owner.key, act.dest) if act.dest else "", "DestFolderPathName": act.dest,
        "FolderId": folder_id(owner.key, act.folder), "FolderPathName": act.folder, "ClientInfoString": client.info,
        "ClientIPAddress": client.ip, "ClientMachineName": client.machine, "ClientProcessName": "OUTLOOK.EXE" if outlook else "",
        "ClientVersion": OUTLOOK_VERSION if outlook else "", "InternalLogonType": "Delegated", "MailboxOwnerUPN": owner.upn,
        "MailboxOwnerSid": owner.sid, "CrossMailboxOperation": "False" if group else "", "LogonUserDisplayName": act.actor.name,
        "LogonUserSid": act.actor.sid, "SourceItems": _LIST, "SourceFolders": _LIST,
        "SourceItemIdsList": ",".join(item_id(owner.key, one.key) for one in mails),
        "SourceItemSubjectsList": ",".join(one.subject for one in mails),
        "SourceItemFolderPathNamesList": act.folder.lstrip("\\") if mails else "",
        "SourceItemInternetMessageIdsList": ",".join(one.message_id for one in mails),
        "DirtyProperties": ", ".join(act.dirty), "OriginatingServer": f"{owner.server} ({BUILD})", "SessionId": client.session,
        "MailboxGuid": owner.object_id, "MailboxResolvedOwnerName": owner.name, "LastAccessed": american(_local(time)),
        "Identity": f"RgAAAA{digest(f'audit:{act.label}:{time.isoformat()}', 24).hex().upper()}", "IsValid": "True", "ObjectState": "New",
    }  # fmt: skip
    if not group and (mail or act.subject):
        cells["ItemId"] = item_id(owner.key, mail.key if mail else act.subject)
        cells["ItemSubject"] = mail.subject if mail else act.subject
        cells["ItemInternetMessageId"] = mail.message_id if mail else ""
    return cells


def _local(time: datetime) -> datetime:
    return time - timedelta(hours=7 if time >= _PACIFIC_SUMMER else 8)


def mailbox_script(acts: list[MailboxAct]) -> bytes:
    """Write what Microsoft's support script makes of it on a German machine: no folder accesses, the first subject only."""
    rows = [quoted(SCRIPT_COLUMNS.split(), ";")]
    for act, time, mail in entries(acts):
        if act.operation == "FolderBind":
            continue
        cells = mailbox_cells(act, time, mail) | {
            "Subject": mail.subject if mail else act.subject,
            "LastAccessed": f"{time + timedelta(hours=1):%d.%m.%Y %H:%M:%S}",
            "CrossMailboxOp": "False" if act.operation in GROUP_OPERATIONS else "N/A",
        }
        rows.append(quoted([cells.get(column, "") for column in SCRIPT_COLUMNS.split()], ";"))
    return b"\xef\xbb\xbf" + lines(rows).encode()


def admin_cloud(cmdlets: list[Cmdlet]) -> bytes:
    """Write Search-AdminAuditLog of Exchange Online from a machine in California: the parameters are lost."""
    rows = [quoted(ADMIN_COLUMNS.split())]
    for cmdlet in sorted(cmdlets, key=lambda one: (one.time, one.label), reverse=True):
        cells = {
            "RunspaceId": guid("runspace:admin"), "ObjectModified": cmdlet.target, "CmdletName": cmdlet.name, "CmdletParameters": _LIST,
            "ModifiedProperties": _LIST, "Caller": _caller(cmdlet), "ExternalAccess": str(cmdlet.external),
            "Succeeded": str(cmdlet.succeeded), "Error": cmdlet.error or "None", "RunDate": american(_local(cmdlet.time)),
            "OriginatingServer": server_of(cmdlet), "ClientIP": port_of(cmdlet.ip, cmdlet.label), "SessionId": cmdlet.session,
            "AppId": cmdlet.app_id, "Identity": f"AAMk{digest(f'admin:{cmdlet.label}', 24).hex()}", "IsValid": "True", "ObjectState": "New",
        }  # fmt: skip
        rows.append(quoted([cells.get(column, "") for column in ADMIN_COLUMNS.split()]))
    return b"\xef\xbb\xbf" + lines(rows).encode()


def admin_simple(cmdlets: list[Cmdlet]) -> bytes:
    """Write the simplified report of an investigation tool: whole commands, short names, UTC as its column says."""
    rows = ["Caller,Cmdlet,FullCommand,RunDate(UTC),ObjectModified"]
    people = [cmdlet for cmdlet in cmdlets if isinstance(cmdlet.caller, Person)]
    for cmdlet in sorted(people, key=lambda one: (one.time, one.label)):
        parameters = " ".join(f"-{name}{_argument(value)}" for name, value in cmdlet.parameters)
        caller, target = (text.rpartition("/")[2].rpartition("\\")[2] for text in (_caller(cmdlet), cmdlet.target))
        rows.append(plain([caller, cmdlet.name, f"{cmdlet.name} {parameters}", american(cmdlet.time), target]))
    return lines(rows).encode()


def _argument(value: str) -> str:
    if value in {"True", "False"}:
        return f":${value}"
    return f' "{value}"' if " " in value or not value else f" {value}"


def _caller(cmdlet: Cmdlet) -> str:
    return cmdlet.caller.upn if isinstance(cmdlet.caller, Person) else cmdlet.caller
