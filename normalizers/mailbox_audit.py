"""A record of the mailbox audit: who did what in whose mailbox.

Attributes of SearchResult.xml and properties of Search-MailboxAuditLog are the same under a few names; both are read.
The time is that of the audit entry, which may lag behind the action.
"""

import re
from typing import Any

from m365timeline.normalizers.actors import read_actor
from m365timeline.normalizers.addresses import clean_address
from m365timeline.normalizers.audit_data.common import whole
from m365timeline.normalizers.context import Context
from m365timeline.normalizers.exchange import (
    actor_is_owner,
    client_app,
    logon_type,
    mailbox_category,
    mailbox_sentence,
    user_agent,
)
from m365timeline.normalizers.exchange_fields import Fields, content_of_entry, content_of_rows, fill_time
from m365timeline.normalizers.sentences import cut
from m365timeline.normalizers.severity import rate
from m365timeline.schemas.event import Event
from m365timeline.schemas.exchange_columns import OF_THE_SESSION
from m365timeline.schemas.record import Record

_ALIASES = {
    "LastAccessed": ("UtcTime",),
    "Owner": ("MailboxResolvedOwnerName",),
    "LogonUserDisplayName": ("LogonUserDN", "DelegateUserDisplayName"),
    "DestMailboxGuid": ("DestMailboxOwnerGuid",),
    "CrossMailboxOperation": ("CrossMailboxOp",),
    "ItemSubject": ("Subject",),
    "ClientIPAddress": ("CientIPAddress", "ClientIP"),  # misspelt names are Exchange's own internal ones
    "ClientMachineName": ("CientMachineName",),
    "ClientProcessName": ("CientProcessName",),
    "ClientVersion": ("CientVersion",),
}
_SUMMARY = OF_THE_SESSION | {"Owner", "MailboxResolvedOwnerName", "Identity"}
_OUTCOMES = {"succeeded": "success", "partiallysucceeded": "partial", "failed": "failure"}
_ACCESS = re.compile(r"MailAccessType\W{1,5}(Bind|Sync)\b", re.IGNORECASE)
_THROTTLED = re.compile(r"IsThrottled\W{1,5}(True|False)\b", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<([^<>\s\"]{1,250}@[^<>\s\"]{1,250})>")
_GROUP = frozenset({"copy", "move", "movetodeleteditems", "softdelete", "harddelete"})  # one entry for many items
_MACHINES = frozenset({"SystemService", "Transport"})


def normalize(record: Record, context: Context) -> list[Event]:
    """Turn one mailbox-audit record into its event."""
    fields = Fields(record.fields, _ALIASES)
    event = Event(workload="Exchange", time_meaning="recorded", outcome="unknown")
    fill_time(event, fields.take("LastAccessed"), context, utc="UtcTime" in record.fields)
    event.mailbox_id = fields.take("MailboxGuid")
    upn = fields.take("MailboxOwnerUPN")
    event.mailbox = upn or fields.take("Owner")
    event.operation = fields.take("Operation")
    event.server = fields.take("OriginatingServer")
    if fields.lost and _lists_matter(event, fields):
        event.quality = [*(event.quality or []), "details_lost"]
    if event.operation is None and not fields.left() - _SUMMARY:
        _fill_summary_only(event)
    else:
        _fill_actor(event, fields)
        _fill_client(event, fields)
        _fill_items(event, fields)
        _fill_outcome(event, fields)
        _fill_rest(event, fields)
    rate(event)
    record.canonical = content_of_entry(event, _told(event, fields)) or content_of_rows(record.fields)
    event.extra = fields.extra()
    return [event]


def _lists_matter(event: Event, fields: Fields) -> bool:
    """Whether a list that was lost held anything: only entries on many items have one, and its ids may stand beside it."""
    if mailbox_category(event.operation or "") != "other" and (event.operation or "").casefold() not in _GROUP:
        return False
    return not any(fields.see(name) for name in ("SourceItemIdsList", "SourceFolderPathNamesList", "ItemId"))


def _told(event: Event, fields: Fields) -> dict[str, Any]:
    """What tells an entry from another of the same time, operation and mailbox."""
    names = (
        "ItemId",
        "FolderId",
        "DestFolderId",
        "ClientProcessName",
        "DirtyProperties",
        "DestMailboxGuid",
        "MemberUpn",
    )
    return {
        **{name: fields.see(name) for name in names},
        "result": (event.outcome_raw or "").casefold(), "logon": event.logon_type, "user": event.actor_id, "name": event.actor,
        "folder": event.folder, "to": event.dest_folder, "subject": event.subject, "client": event.client_info, "ip": event.ip_raw,
        "items": fields.rows("SourceItems"), "folders": fields.rows("SourceFolders"), "properties": fields.see("OperationProperties"),
    }  # fmt: skip


def _fill_summary_only(event: Event) -> None:
    """A search without details: the last access by anyone but the owner that the directory remembers for a mailbox."""
    event.category, event.actor_is_owner, event.actor_type = "mailbox_access", False, "unknown"
    name = cut(event.mailbox) if event.mailbox else "an unnamed owner"
    event.summary = f"Someone other than the owner last accessed the mailbox of {name} (the export holds no details)"
    event.quality = [*(event.quality or []), "summary_only"]


def _fill_actor(event: Event, fields: Fields) -> None:
    event.logon_type = logon_type(fields.take("LogonType"))
    event.actor_id = fields.take("LogonUserSid")
    event.actor_is_owner = actor_is_owner(
        event.logon_type, event.actor_id, fields.see("MailboxOwnerSid"), fields.see("MailboxOwnerMasterAccountSid")
    )
    event.external_access = fields.take_flag("ExternalAccess")
    text = fields.see("LogonUserDisplayName") or ""
    actor = read_actor(text)
    event.actor, event.on_behalf_of = actor.name, actor.on_behalf_of
    if actor.name == text:
        fields.take("LogonUserDisplayName")
    if event.actor is None and event.actor_is_owner:
        event.actor = event.mailbox
    machine = event.logon_type in _MACHINES or read_actor(event.actor_id or "").kind == "system"
    event.actor_type = "system" if machine else actor.kind


def _fill_client(event: Event, fields: Fields) -> None:
    address = fields.take("ClientIPAddress")
    if address is not None:
        cleaned = clean_address(address)
        event.ip, event.port, event.ip_raw = cleaned.ip, cleaned.port, address
    event.client_info = fields.take("ClientInfoString")
    event.client_app = client_app(event.client_info, fields.see("ClientProcessName"))
    event.user_agent = user_agent(event.client_info)
    event.device_name = fields.take("ClientMachineName")
    session = fields.take("SessionId")
    event.session_id = session.strip("{}").lower() if session else None
    event.app_id = fields.take("ClientAppId") or fields.take("AppId")


def _fill_items(event: Event, fields: Fields) -> None:
    """Folder, subjects and number of items; ids, and items one by one, stay in ``extra``."""
    items = fields.rows("SourceItems")
    event.folder = (
        fields.take_path("FolderPathName")
        or _joined(items, "FolderPathName")
        or _alone(fields.see("SourceItemFolderPathNamesList"))
    )
    event.dest_folder = fields.take_path("DestFolderPathName")
    subject = fields.take("ItemSubject")
    event.subject = subject or _joined(items, "Subject") or fields.see("SourceItemSubjectsList")
    message_id = fields.take("ItemInternetMessageId")
    event.message_ids = [message_id.removeprefix("<").removesuffix(">")] if message_id else _listed_messages(fields)
    counted = fields.see("AuditOperationsCountInAggregatedRecord")
    ids = fields.see("SourceItemIdsList")  # ids hold no commas, so these can be counted; subjects cannot
    single = (subject and not _names_first_only(event, fields)) or message_id or fields.see("ItemId")
    told = whole(counted)
    event.item_count = (
        told if told is not None else len(items) or (len(ids.split(",")) if ids else None) or (1 if single else None)
    )


def _alone(text: str | None) -> str | None:
    """A list of one: its parts are joined with commas that are not told from those inside a name."""
    return text if text and "," not in text else None


def _listed_messages(fields: Fields) -> list[str] | None:
    """Ids of the messages of a group operation, or of an aggregated reading of mail."""
    texts = (fields.see("SourceItemInternetMessageIdsList"), fields.see("AggregatedRecordFoldersData"))
    return list(dict.fromkeys(found for text in texts if text for found in _MESSAGE_ID.findall(text))) or None


def _names_first_only(event: Event, fields: Fields) -> bool:
    """Whether the export is that of the support script, which keeps of many items the first one's subject."""
    return (
        (event.operation or "").casefold() in _GROUP and not fields.rows("SourceItems") and fields.see("ItemId") is None
    )


def _joined(rows: list[dict[str, Any]], key: str) -> str | None:
    texts = (str(row.get(key) or "").strip() for row in rows)
    return " | ".join(dict.fromkeys(text for text in texts if text and text != "Not Available")) or None


def _fill_outcome(event: Event, fields: Fields) -> None:
    event.outcome_raw = fields.take("OperationResult")
    event.outcome = _OUTCOMES.get((event.outcome_raw or "").casefold(), "unknown")


def _fill_rest(event: Event, fields: Fields) -> None:
    """The other party, how mail was accessed, category and sentence."""
    properties = fields.see("OperationProperties") or ""
    access, throttled = _ACCESS.search(properties), _THROTTLED.search(properties)
    event.access_type = access[1].lower() if access else None
    event.throttled = throttled[1].lower() == "true" if throttled else None
    detail = None
    member, other = fields.see("MemberUpn"), fields.see("DestMailboxOwnerUPN") or fields.see("DestMailboxGuid")
    if member is not None:
        event.target, event.target_type, detail = member, "user", fields.see("MemberRights")
    elif other is not None and other.casefold() not in {
        (event.mailbox or "").casefold(),
        (event.mailbox_id or "").casefold(),
    }:
        event.target, event.target_type = other, "mailbox"
    event.category = mailbox_category(event.operation or "")
    if event.category == "other":
        event.quality = [*(event.quality or []), "unknown_operation"]
    changed = fields.see("DirtyProperties")
    folders = fields.rows("SourceFolders")
    moved = [str(row.get("PathName") or row.get("Id") or "") for row in folders]
    if event.item_count is None and event.subject and _names_first_only(event, fields):
        detail = "the export names the first item only; there may be more"
        event.quality = [*(event.quality or []), "details_lost"]
    event.summary = mailbox_sentence(event, f"changed: {cut(changed)}" if changed else detail, moved)
    event.folder = event.folder or _joined(folders, "PathName")
