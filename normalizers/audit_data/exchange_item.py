"""What was done in a mailbox: single items, groups of items and aggregated access (record types 2, 3, 19 and 50).

A record of an application (``Client=RESTSystem``) names the mailbox owner as its user although no person need have been
there: the sentence speaks of an application, and nothing is said about ownership.
"""

from functools import lru_cache
from typing import Any

from m365timeline.normalizers.actors import is_sid
from m365timeline.normalizers.audit_data.common import flag, known, named, text_of
from m365timeline.normalizers.audit_data.exchange_rules import fill_rule_update
from m365timeline.normalizers.audit_data.mail_items import fill_items
from m365timeline.normalizers.exchange import client_app, logon_type, mailbox_category, mailbox_sentence
from m365timeline.normalizers.sentences import cut, tried, who
from m365timeline.schemas.event import Change, Event

KEYS = frozenset({"MailboxOwnerUPN", "MailboxGuid", "ClientInfoString", "OriginatingServer"})

_APPLICATION = "Client=RESTSystem"
_SELF = "S-1-5-10"  # MailboxOwnerMasterAccountSid of shared and group mailboxes: nobody in particular


def fill(event: Event, data: dict[str, Any]) -> None:
    """Fill mailbox, ownership, client, items and the sentence."""
    get = data.get
    event.mailbox = text_of(get("MailboxOwnerUPN"))
    event.mailbox_id = text_of(get("MailboxGuid"))
    event.external_access = flag(get("ExternalAccess"))
    event.server = (text_of(get("OriginatingServer")) or "").strip() or None  # ends with a line break
    event.device_id, event.device_name = known(get("DeviceId")), known(get("ClientMachineName"))
    application = _fill_client(event, data)
    _fill_actor(event, data, application=application)
    fill_items(event, data)
    other = known(get("DestMailboxOwnerUPN"))
    if other is not None and (event.mailbox is None or other.casefold() != event.mailbox.casefold()):
        event.target, event.target_type = other, "mailbox"
    operation = event.operation or ""
    event.category = mailbox_category(operation)
    if event.category == "other":
        event.quality = [*(event.quality or []), "unknown_operation"]
    event.summary = _summary(event, data, operation)


def _fill_client(event: Event, data: dict[str, Any]) -> bool:
    """Returns whether it is an application."""
    process = data.get("ClientProcessName")
    event.client_info = text_of(data.get("ClientInfoString"))
    event.client_app, event.user_agent, application = _read_client(
        event.client_info, process if type(process) is str else None, known(data.get("UserAgent"))
    )
    return application


@lru_cache(maxsize=16384)
def _read_client(info: str | None, process: str | None, agent: str | None) -> tuple[str | None, str | None, bool]:
    """The client in words, its program text, whether it is an application."""
    app = client_app(info, process)
    application = info is not None and _APPLICATION in info
    if application:
        app = f"{app or 'REST'} (application)"
    return app, (_user_agent(info) if info is not None else None) or agent, application


def _user_agent(text: str) -> str | None:
    """The program text behind ``Client=OWA;`` or ``Client=WebServices;``, without the ``[AppId=…]`` some clients add."""
    agent = text.partition(";")[2].partition("[AppId=")[0].strip("; ")
    return None if agent.casefold().startswith(("client=", "action=")) else agent or None


def _fill_actor(event: Event, data: dict[str, Any], *, application: bool) -> None:
    get = data.get
    event.logon_type = logon_type(text_of(get("LogonType")))
    sid = known(get("LogonUserSid"))
    if event.actor is None or is_sid(event.actor):
        event.actor = known(get("LogonUserDisplayName")) or event.actor
    event.actor_id = event.actor_id or sid
    event.sender = known(get("SendAsUserSmtp")) or known(get("Sender"))
    event.on_behalf_of = known(get("SendOnBehalfOfUserSmtp")) or event.on_behalf_of
    event.actor_is_owner = None if application else _is_owner(event, data, sid)


def _is_owner(event: Event, data: dict[str, Any], sid: str | None) -> bool | None:
    """Whether logon type, user name and SID agree that the owner acted, or that somebody else did.

    ``None`` where they contradict each other or say nothing. Different SIDs alone prove nothing: the owner of a linked
    mailbox signs in with an account of another forest.
    """
    owner_sid, same = known(data.get("MailboxOwnerSid")), None
    if sid is not None and owner_sid is not None:
        master = known(data.get("MailboxOwnerMasterAccountSid"))
        same = sid == owner_sid or (sid == master and master != _SELF)
    return _agreed(event.logon_type, event.actor, event.mailbox, same)


@lru_cache(maxsize=16384)
def _agreed(logon: str | None, user: str | None, owner: str | None, same: bool | None) -> bool | None:
    votes = [] if logon is None else [logon == "Owner"]
    if user and owner and "@" in user and "@" in owner:
        votes.append(user.casefold() == owner.casefold())
    if same or (same is not None and votes):
        votes.append(same)
    return votes[0] if votes and votes.count(votes[0]) == len(votes) else None


def _summary(event: Event, data: dict[str, Any], operation: str) -> str:
    category = event.category
    if operation == "MailItemsAccessed":
        properties = named(data.get("OperationProperties"))
        access = properties.get("MailAccessType", "").strip().casefold()
        event.access_type = access if access in {"bind", "sync"} else None
        event.throttled = flag(properties.get("IsThrottled"))
    elif category == "rule":
        return _by(event, fill_rule_update(event, data))
    elif category == "permission":
        return _by(event, mailbox_sentence(event, _fill_permission(event, data)))
    elif operation in {"SendAs", "SendOnBehalf"}:
        return _by(event, _say_sent(event))
    elif operation == "Update":
        event.changes = _modified(data.get("ModifiedProperties"))
    elif category == "search":
        said = "; ".join(f"{name}: {value}" for name, value in named(data.get("OperationProperties")).items() if value)
        return _by(event, mailbox_sentence(event, cut(said) or None))
    return _by(event, mailbox_sentence(event))


def _by(event: Event, sentence: str) -> str:
    """The same sentence with an application as its subject, where it was one."""
    if event.client_info is None or _APPLICATION not in event.client_info:
        return sentence
    name = event.app_name or (f"id {event.app_id}" if event.app_id else None)
    logged = who(event)
    return f"An application{f' ({name})' if name else ''}, logged as {logged},{sentence.removeprefix(logged)}"


def _say_sent(event: Event) -> str:
    """Sent in another's name. ``MailboxOwnerUPN`` may be the sender's own mailbox, so the name comes from SendAs…/SendOnBehalf…."""
    what = f"the message “{cut(event.subject)}”" if event.subject else "a message"
    name = event.sender or event.mailbox
    alias = f" as {name}" if event.operation == "SendAs" and name else ""
    if event.operation == "SendOnBehalf" and event.on_behalf_of is None:
        alias = f" on behalf of {event.mailbox or 'somebody the record does not name'}"
    partly = ", with partial success" if event.outcome == "partial" else ""
    return f"{who(event)} {tried(event, 'sent', 'send')} {what}{alias}{partly}"


def _fill_permission(event: Event, data: dict[str, Any]) -> str | None:
    """Target is the member whose rights were changed; the log says the new rights, never the old ones."""
    item = data.get("Item")
    parent = item.get("ParentFolder") if isinstance(item, dict) else None
    folder = parent if isinstance(parent, dict) else {}
    member = known(folder.get("MemberUpn")) or known(folder.get("MemberSid"))
    rights = known(folder.get("MemberRights"))
    event.item_count = None
    if member is not None:
        event.target, event.target_type = member, "user"
    if rights is None:
        return None
    removed = (event.operation or "").startswith("Remove")
    if event.outcome != "failure":
        event.changes = [Change("MemberRights", rights, None) if removed else Change("MemberRights", None, rights)]
    return f"rights: {cut(rights)}"


def _modified(value: Any) -> list[Change] | None:
    """``ModifiedProperties`` names what changed; only some records say what it was and is."""
    changes = []
    for each in value if isinstance(value, list) else []:
        name = text_of(each.get("Name")) if isinstance(each, dict) else text_of(each)
        if name is not None:
            old, new = (each.get("OldValue"), each.get("NewValue")) if isinstance(each, dict) else (None, None)
            changes.append(Change(name, text_of(old), text_of(new)))
    return changes or None
