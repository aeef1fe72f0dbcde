"""Exchange's two audits as PowerShell keeps objects (CLIXML) and as it prints them (Format-List)."""

from datetime import datetime, timedelta
from html import escape
from typing import Any

from sample_story.acts import Cmdlet, MailboxAct
from sample_story.cast import Person
from sample_story.ids import at
from sample_story.mails import Mail
from sample_story.write_audit_cmdlets import entries
from sample_story.write_defender import email_events, quarantined
from sample_story.write_json import admin_row, mailbox_entry, trace_rows
from sample_story.write_trace import american

_NAMESPACE = "http://schemas.microsoft.com/powershell/2004/04"
_TIMES = frozenset({"LastAccessed", "RunDate", "Received", "ReceivedTime", "Timestamp", "Date"})
_FIRST, _LAST = at("2026-03-10T00:00:00"), at("2026-03-12T00:00:00")
_PACIFIC = timedelta(hours=7)


def mailbox_clixml(acts: list[MailboxAct]) -> bytes:
    """Write Search-MailboxAuditLog through Export-Clixml: UTF-16 with a mark, as Windows PowerShell does."""
    return clixml(
        "Microsoft.Exchange.Data.Directory.Management.MailboxAuditLogEvent",
        [mailbox_entry(*entry) for entry in entries(acts) if _FIRST <= entry[1] < _LAST],
    )


def admin_clixml(cmdlets: list[Cmdlet]) -> bytes:
    """Write Search-AdminAuditLog through Export-Clixml."""
    rows = [admin_row(cmdlet) | {"RunDate": f"{cmdlet.time:%Y-%m-%dT%H:%M:%S}+00:00"} for cmdlet in _by_people(cmdlets)]
    return clixml("Microsoft.Exchange.Management.SystemConfigurationTasks.AdminAuditLogEvent", rows)


def _by_people(cmdlets: list[Cmdlet]) -> list[Cmdlet]:
    return sorted((one for one in cmdlets if isinstance(one.caller, Person)), key=lambda one: (one.time, one.label))


def clixml(kind: str, rows: list[dict[str, Any]]) -> bytes:
    """Write objects as Export-Clixml serializes them."""
    written = [f'<Objs Version="1.1.0.1" xmlns="{_NAMESPACE}">']
    for number, row in enumerate(rows):
        names = (
            f'<TN RefId="0"><T>Deserialized.{kind}</T><T>Deserialized.System.Object</T></TN>'
            if not number
            else '<TNRef RefId="0" />'
        )
        members = "".join(f"\r\n      {_element(name, value)}" for name, value in row.items())
        written.append(f'  <Obj RefId="{number}">\r\n    {names}\r\n    <Props>{members}\r\n    </Props>\r\n  </Obj>')
    return b"\xff\xfe" + "\r\n".join([*written, "</Objs>"]).encode("utf-16-le")


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        inner = "".join(
            f'<Obj RefId="9"><MS>{"".join(_element(*pair) for pair in item.items())}</MS></Obj>'
            if isinstance(item, dict)
            else f"<S>{_text(item)}</S>"
            for item in value
        )
        return f'<Obj N="{name}" RefId="8"><LST>{inner}</LST></Obj>'
    if isinstance(value, bool):
        return f'<B N="{name}">{str(value).lower()}</B>'
    if value == "" and name not in {"Value", "OldValue", "NewValue"}:
        return f'<Nil N="{name}" />'
    tag = "DT" if name in _TIMES else "S"
    return f'<{tag} N="{name}">{_text(str(value))}</{tag}>'


def _text(value: str) -> str:
    return escape(value, quote=False).replace("\r", "_x000D_").replace("\n", "_x000A_")


def mailbox_list(acts: list[MailboxAct]) -> bytes:
    """Write the entries of one day as Format-List prints them in California, into a file by redirection."""
    rows = []
    for act, time, mail in entries(acts):
        if f"{time:%Y-%m-%d}" != "2026-03-11":
            continue
        entry = mailbox_entry(act, time, mail)
        items = ", ".join(item["SourceItemId"] for item in entry["SourceItems"])
        rows.append(
            entry | {"LastAccessed": american(time - _PACIFIC), "SourceItems": f"{{{items}}}", "SourceFolders": "{}"}
        )
    return listed(rows)


def admin_list(cmdlets: list[Cmdlet]) -> bytes:
    """Write what people ran as Format-List prints it: names of parameters, no values."""
    rows = []
    for cmdlet in _by_people(cmdlets):
        names = [name for name, _ in cmdlet.parameters]
        shown = ", ".join(names[:4]) + ("..." if len(names) > 4 else "")
        changed = ", ".join(name for name, _, _ in cmdlet.modified)
        row = {
            "RunDate": american(_local(cmdlet.time)),
            "CmdletParameters": f"{{{shown}}}",
            "ModifiedProperties": f"{{{changed}}}",
        }
        rows.append(admin_row(cmdlet) | row)
    return listed(rows)


def _local(time: datetime) -> datetime:
    return time - (_PACIFIC if f"{time:%Y-%m-%dT%H}" >= "2026-03-08T10" else timedelta(hours=8))


def listed(rows: list[dict[str, Any]]) -> bytes:
    """Write objects as Format-List prints them, into a file by redirection."""
    width = max(len(name) for row in rows for name in row)
    blocks = [
        "\r\n".join(
            f"{name:<{width}} : {value}".rstrip(" ") if value != "" else f"{name:<{width}} : "
            for name, value in row.items()
        )
        for row in rows
    ]
    return b"\xff\xfe" + ("\r\n\r\n" + "\r\n\r\n".join(blocks) + "\r\n\r\n\r\n\r\n").encode("utf-16-le")


def mailbox_items(acts: list[MailboxAct]) -> bytes:
    """Write Victor's entries as Exchange keeps them in the mailbox: one message each, their texts put one behind the other."""
    blocks = []
    for act, time, mail in entries(acts):
        if act.actor.key != "victor":
            continue
        entry = mailbox_entry(act, time, mail)
        names = "Operation OperationResult LogonType ExternalAccess"
        rest = (
            "InternalLogonType MailboxGuid MailboxOwnerUPN MailboxOwnerSid LogonUserSid LogonUserDisplayName ClientInfoString ClientIPAddress "
            "OriginatingServer FolderId FolderPathName ItemId ItemSubject DestFolderId DestFolderPathName CrossMailboxOperation"
        )
        rows = [(name, entry.get(name, "")) for name in names.split()]
        rows += [("UtcTime", f"{time:%Y-%m-%dT%H:%M:%S}"), *((name, entry.get(name, "")) for name in rest.split())]
        rows += [
            (f"{number}..{name}", value)
            for number, item in enumerate(entry["SourceItems"])
            for name, value in item.items()
        ]
        blocks.append("".join(f"{name}: {value}\r\n" for name, value in rows if value != ""))
    return "\r\n".join(blocks).encode()


def admin_items(cmdlets: list[Cmdlet]) -> bytes:
    """Write what people ran as Exchange keeps it."""
    blocks = []
    for cmdlet in _by_people(cmdlets):
        row = admin_row(cmdlet)
        lines = [f"Cmdlet Name: {cmdlet.name}", f"Object Modified: {cmdlet.target}"]
        lines += [f"Parameter: {name} = {value}" for name, value in cmdlet.parameters]
        lines += [f"Property Modified: {name} = {new}" for name, _, new in cmdlet.modified]
        lines += [f"Property Original: {name} = {old}" for name, old, _ in cmdlet.modified]
        lines += [
            f"Caller: {row['Caller']}",
            f"ExternalAccess: {cmdlet.external}",
            f"Succeeded: {cmdlet.succeeded}",
            f"Error: {row['Error']}",
        ]
        lines += [f"Run Date: {cmdlet.time:%Y-%m-%dT%H:%M:%S}", f"OriginatingServer: {row['OriginatingServer']}"]
        blocks.append("".join(f"{line}\r\n" for line in lines))
    return "\r\n".join(blocks).encode()


def trace_clixml(mails: list[Mail]) -> bytes:
    """Write Get-MessageTraceV2 of some mails through Export-Clixml."""
    return clixml("Microsoft.Exchange.Management.FfoReporting.MessageTraceV2", list(trace_rows(mails)))


def trace_list(mails: list[Mail]) -> bytes:
    """Write the same as Format-List prints it on an American machine: UTC, as the cmdlet gives it."""
    return listed(
        [row | {"Received": american(time)} for row, time in zip(trace_rows(mails), _times(mails), strict=True)]
    )


def _times(mails: list[Mail]) -> list[datetime]:
    return [mail.time for mail in mails for _ in mail.deliveries]


def quarantine_clixml(phish: Mail) -> bytes:
    """Write Get-QuarantineMessage through Export-Clixml."""
    rows = [row | {"RecipientAddress": row["RecipientAddress"][0], "ReleasedBy": ""} for row in quarantined(phish)]
    return clixml("Microsoft.Exchange.Management.FfoQuarantine.QuarantineMessage", rows)


def quarantine_list(phish: Mail) -> bytes:
    """Write the same as Format-List prints it in California."""
    printed = {"ReceivedTime": american(phish.time - _PACIFIC), "ReleasedBy": "{}"}
    return listed(
        [row | {"RecipientAddress": f"{{{row['RecipientAddress'][0]}}}"} | printed for row in quarantined(phish)]
    )


def explorer_list(phish: Mail) -> bytes:
    """Write the phishing mail as the objects behind Threat Explorer are printed in California."""
    return listed(
        [
            {
                "Key": f"{phish.network_id}-{number}",
                "NetworkMessageId": phish.network_id,
                "Timestamp": american(phish.time - _PACIFIC),
                "InternetMessageId": phish.message_id,
                "Sender": phish.sender,
                "Recipients": f"{{{row['RecipientEmailAddress']}}}",
                "SenderIp": row["SenderIPv4"],
                "Subject": row["Subject"],
                "MailEvents": "{@{EventResult=; EventStatus=; EventType=OriginalDelivery; "
                f"Action={row['DeliveryAction']}; DeliveryFolder={row['DeliveryLocation']}}}}}",
                "UrlCount": row["UrlCount"],
            }
            for number, row in enumerate(email_events([phish]), 1)
        ]
    )
