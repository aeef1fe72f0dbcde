"""The two ``SearchResult.xml``: mailbox audit (UTF-16 without a mark, +01:00) and admin audit (UTF-8, Pacific time)."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from html import escape

from sample_story.acts import Cmdlet, MailboxAct
from sample_story.audit_exchange import GROUP_OPERATIONS, OUTLOOK_VERSION, server_of
from sample_story.cast import BUILD, PEOPLE, Person
from sample_story.ids import at, folder_id, fraction, item_id

_PACIFIC_SUMMER = at("2026-03-08T10:00:00")  # from here on the servers of the admin log are at -07:00


def _element(name: str, attributes: dict[str, str], depth: int, children: Iterable[str] = ()) -> str:
    written = "".join(f' {key}="{_text(value)}"' for key, value in attributes.items() if value)
    indent, inner = "  " * depth, list(children)
    if not inner:
        return f"{indent}<{name}{written} />"
    return "\r\n".join([f"{indent}<{name}{written}>", *inner, f"{indent}</{name}>"])


def _text(value: str) -> str:
    return escape(value, quote=False).replace('"', "&quot;").replace("\r", "&#xD;").replace("\n", "&#xA;")


def _document(encoding: str, events: list[str]) -> str:
    body = "\r\n".join(["<SearchResults>", *events, "</SearchResults>"]) if events else "<SearchResults />"
    return f'<?xml version="1.0" encoding="{encoding}"?>\r\n{body}'


def _mailbox_time(time: datetime, label: str) -> str:
    digits = fraction(label).rstrip("0")
    return f"{time + timedelta(hours=1):%Y-%m-%dT%H:%M:%S}{'.' + digits if digits else ''}+01:00"


def mailbox_search(acts: list[MailboxAct]) -> bytes:
    """Write the detailed mailbox audit: what others than the owner did, mailbox by mailbox."""
    events: list[str] = []
    for owner in PEOPLE.values():
        for act in sorted((act for act in acts if act.owner is owner and not act.by_owner), key=lambda act: act.time):
            events += _mailbox_events(act)
    return _document("utf-16", events).encode("utf-16-le")


def mailbox_summary(acts: list[MailboxAct]) -> bytes:
    """Write the same search without details: one line a mailbox, with the time of the last access."""
    events = []
    for owner in PEOPLE.values():
        own = [act for act in acts if act.owner is owner and not act.by_owner]
        if own:
            last = max(own, key=lambda act: act.time)
            attributes = {
                "MailboxGuid": owner.object_id,
                "Owner": owner.name,
                "LastAccessed": _mailbox_time(last.time, last.label),
            }
            events.append(_element("Event", attributes, 1))
    return _document("utf-16", events).encode("utf-16-le")


def _mailbox_events(act: MailboxAct) -> Iterator[str]:
    """Give the events of one act: opening several messages is logged message by message."""
    if not act.access:
        yield _mailbox_event(act, act.time, act.label)
        return
    for step, mail in enumerate(act.mails):
        time = act.time + timedelta(seconds=9 * step)
        yield _mailbox_event(act, time, f"{act.label}:{mail.key}", {"ItemId": mail.key, "ItemSubject": mail.subject})


def _mailbox_event(act: MailboxAct, time: datetime, label: str, item: dict[str, str] | None = None) -> str:
    owner, client = act.owner, act.client
    group = act.operation in GROUP_OPERATIONS
    if item is None and not group and (act.mails or act.subject):
        mail = act.mails[0] if act.mails else None
        item = {"ItemId": mail.key if mail else act.subject, "ItemSubject": mail.subject if mail else act.subject}
    outlook = client.kind == "outlook"
    attributes = {
        "MailboxGuid": owner.object_id,
        "Owner": owner.name,
        "LastAccessed": _mailbox_time(time, label),
        "Operation": act.operation,
        "ItemId": item_id(owner.key, item["ItemId"]) if item else "",
        "ItemSubject": item["ItemSubject"] if item else "",
        "OperationResult": "Succeeded",
        "LogonType": "Delegate",
        "DestFolderId": folder_id(owner.key, act.dest) if act.dest else "",
        "DestFolderPathName": act.dest,
        "FolderId": folder_id(owner.key, act.folder),
        "FolderPathName": act.folder,
        "ClientInfoString": client.info,
        "ClientIPAddress": client.ip,
        "ClientMachineName": client.machine,
        "ClientProcessName": "OUTLOOK.EXE" if outlook else "",
        "ClientVersion": OUTLOOK_VERSION if outlook else "",
        "InternalLogonType": "Delegated",
        "MailboxOwnerUPN": owner.upn,
        "MailboxOwnerSid": owner.sid,
        "CrossMailboxOperation": "false" if group else "",
        "LogonUserDisplayName": act.actor.name,
        "LogonUserSid": act.actor.sid,
        "DirtyProperties": ", ".join(act.dirty),
        "OriginatingServer": f"{owner.server} ({BUILD})",
    }
    return _element("Event", attributes, 1, [_source_items(act)] if group else [])


def _source_items(act: MailboxAct) -> str:
    items = []
    for mail in act.mails:
        values = {"Id": item_id(act.owner.key, mail.key), "Subject": mail.subject, "FolderPathName": act.folder}
        items.append(_element("Item", values, 3))
    return _element("SourceItems", {}, 2, items)


def admin_search(cmdlets: list[Cmdlet]) -> bytes:
    """Write the admin audit, newest first."""
    events = [_admin_event(cmdlet) for cmdlet in sorted(cmdlets, key=lambda one: (one.time, one.label), reverse=True)]
    return _document("utf-8", events).encode()


def _admin_event(cmdlet: Cmdlet) -> str:
    hours = -7 if cmdlet.time >= _PACIFIC_SUMMER else -8
    caller = cmdlet.caller.upn if isinstance(cmdlet.caller, Person) else cmdlet.caller
    if cmdlet.caller_in_xml is not None:
        caller = cmdlet.caller_in_xml
    attributes = {
        "Cmdlet": cmdlet.name,
        "RunDate": f"{cmdlet.time + timedelta(hours=hours):%Y-%m-%dT%H:%M:%S}-{-hours:02d}:00",
        "Succeeded": str(cmdlet.succeeded).lower(),
        "ObjectModified": cmdlet.target,
        "Error": cmdlet.error or "None",
        "ExternalAccess": str(cmdlet.external).lower(),
        "OriginatingServer": server_of(cmdlet),
    }
    values = [
        f'      <Parameter Name="{_text(name)}" Value="{_text(value)}" />' for name, value in cmdlet.parameters
    ]  # an empty value is written, unlike an empty attribute of Event
    children = [_element("CmdletParameters", {}, 2, values)]
    if cmdlet.modified:
        changes = [
            f'      <Property Name="{_text(name)}" OldValue="{_text(old)}" NewValue="{_text(new)}" />'
            for name, old, new in cmdlet.modified
        ]
        children.append(_element("ModifiedProperties", {}, 2, changes))
    event = _element("Event", attributes, 1, children)
    return event.replace("<Event ", f'<Event Caller="{_text(caller)}" ', 1)
