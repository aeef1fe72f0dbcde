"""Message trace and Exchange's two audits as JSON: of the web service, of both PowerShells, of a tool that appends."""

import json
from datetime import datetime
from typing import Any

from sample_story.acts import Cmdlet, MailboxAct
from sample_story.audit_exchange import GROUP_OPERATIONS, server_of
from sample_story.cast import TENANT, Person
from sample_story.ids import digest, fraction, guid, item_id
from sample_story.mails import Mail
from sample_story.write_audit_cmdlets import entries, mailbox_cells
from sample_story.write_trace import V1_WINDOW, V2_WINDOW, in_window, to_ip


def _milliseconds(time: datetime) -> str:
    return f"/Date({int(time.timestamp()) * 1000})/"


def _iso(time: datetime, label: str) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S}.{fraction(label)}"


def trace_odata(mails: list[Mail]) -> bytes:
    """Write the answer of the reporting web service: dates in milliseconds, an index, the query's window."""
    window = {"StartDate": _milliseconds(V1_WINDOW[0]), "EndDate": _milliseconds(V1_WINDOW[1])}
    rows: list[dict[str, Any]] = []
    for mail in in_window(mails, V1_WINDOW)[:40]:
        for address, status in mail.deliveries:
            rows.append(
                {
                    "__metadata": {"type": "TenantReporting.MessageTrace"}, "Organization": TENANT, "MessageId": mail.message_id,
                    "Received": _milliseconds(mail.time), "SenderAddress": mail.sender, "RecipientAddress": address, "Subject": mail.subject,
                    "Status": status, "ToIP": to_ip(mail, address) or None, "FromIP": mail.ip or None, "Size": mail.size,
                    "MessageTraceId": mail.network_id, **window, "Index": len(rows),
                }
            )  # fmt: skip
    return json.dumps({"d": {"results": rows}}, ensure_ascii=False).encode()


def trace_v2(mails: list[Mail]) -> bytes:
    """Write the answer of Get-MessageTraceV2 as its REST interface gives it, with the types of its values."""
    types = {"Received": "System.DateTime", "Size": "System.Int32"}
    rows = []
    for row in trace_rows(in_window(mails, V2_WINDOW)[:40]):
        typed: dict[str, Any] = {}
        for name, value in row.items():
            if name in types:
                typed[f"{name}@data.type"] = types[name]
            typed[name] = value
        rows.append(typed)
    return json.dumps({"@odata.context": "messageTraces", "value": rows}, ensure_ascii=False, indent=1).encode()


def trace_rows(mails: list[Mail]) -> list[dict[str, Any]]:
    """Make the properties of Get-MessageTraceV2: one object a message and recipient."""
    return [
        {
            "MessageTraceId": mail.network_id, "MessageId": mail.message_id, "Received": f"{_iso(mail.time, mail.key)}Z",
            "SenderAddress": mail.sender, "RecipientAddress": address, "FromIP": mail.ip, "ToIP": to_ip(mail, address), "Subject": mail.subject,
            "Status": status, "Size": mail.size,
        }
        for mail in mails
        for address, status in mail.deliveries
    ]  # fmt: skip


def trace_detail(mails: list[Mail]) -> bytes:
    """Write Graph's details of the fraud mails."""
    rows = []
    for mail in mails:
        base = {"messageId": mail.message_id, "dateTime": f"{_iso(mail.time, mail.key)}Z"}
        data = '<root><MEP Name="RcptCount" Integer="1"/></root>'
        rows.append(
            {
                "id": mail.network_id,
                **base,
                "event": "Receive",
                "action": "",
                "description": "Message received.",
                "data": data,
            }
        )
        rows.append(
            {
                "id": mail.network_id,
                **base,
                "event": "Submit",
                "action": "",
                "description": "The message was submitted.",
                "data": "",
            }
        )
    return json.dumps({"value": rows}, ensure_ascii=False, indent=1).encode()


def mailbox_audit(acts: list[MailboxAct]) -> bytes:
    """Write Search-MailboxAuditLog of PowerShell 7, appended batch by batch as a tool does: the last batch is one bare object."""
    found = [mailbox_entry(act, time, mail) for act, time, mail in entries(acts)]
    batches = [found[:60], found[60:-1]]
    texts = [json.dumps(batch, ensure_ascii=False, indent=2) for batch in batches]
    return "\r\n".join([*texts, json.dumps(found[-1], ensure_ascii=False, indent=2)]).encode("utf-8-sig")


def mailbox_entry(act: MailboxAct, time: datetime, mail: Mail | None) -> dict[str, Any]:
    """Make one entry with its items as children."""
    cells: dict[str, Any] = dict(mailbox_cells(act, time, mail))
    group = act.operation in GROUP_OPERATIONS
    label = act.label if not act.access or mail is None else f"{act.label}:{mail.key}"
    cells["LastAccessed"] = f"{_iso(time, label)}+00:00"
    cells["ExternalAccess"] = False
    cells["SourceFolders"] = []
    cells["SourceItems"] = [
        {
            "SourceItemId": item_id(act.owner.key, one.key),
            "SourceItemSubject": one.subject,
            "SourceItemFolderPathName": act.folder,
        }
        for one in (act.mails if group else ())
    ]
    if group:
        cells["CrossMailboxOperation"] = False
    return cells


def admin_audit(cmdlets: list[Cmdlet]) -> bytes:
    """Write Search-AdminAuditLog of Windows PowerShell: dates in milliseconds, the slash escaped."""
    rows = [admin_row(cmdlet) for cmdlet in sorted(cmdlets, key=lambda one: (one.time, one.label), reverse=True)]
    return (
        json.dumps(rows, ensure_ascii=False, indent=4)
        .replace("/Date(", "\\/Date(")
        .replace(")/", ")\\/")
        .encode("utf-8-sig")
    )


def admin_row(cmdlet: Cmdlet) -> dict[str, Any]:
    """Make one entry with its parameters and changes as children."""
    caller = cmdlet.caller.upn if isinstance(cmdlet.caller, Person) else cmdlet.caller
    return {
        "RunspaceId": guid("runspace:admin"), "ObjectModified": cmdlet.target, "CmdletName": cmdlet.name,
        "CmdletParameters": [{"Name": name, "Value": value} for name, value in cmdlet.parameters],
        "ModifiedProperties": [{"Name": name, "OldValue": old, "NewValue": new} for name, old, new in cmdlet.modified],
        "Caller": caller if cmdlet.caller_in_xml is None else cmdlet.caller_in_xml, "ExternalAccess": cmdlet.external,
        "Succeeded": cmdlet.succeeded, "Error": cmdlet.error or "None", "RunDate": _milliseconds(cmdlet.time),
        "OriginatingServer": server_of(cmdlet), "Identity": f"AAMk{digest(f'admin:{cmdlet.label}', 24).hex()}",
        "IsValid": True, "ObjectState": "New",
    }  # fmt: skip
