"""Exchange's two audits in words: what a mailbox operation did, what a cmdlet changed, which client it was.

Mailbox and admin records mean the same in a SearchResult.xml and in the unified audit log; both normalizers share this
module. Its tables are ``mailbox_operations.csv``, ``mailbox_clients.csv`` and ``cmdlets.csv``.
"""

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from m365timeline.normalizers.cmdlets import (
    admin_sentence,
    cmdlet_category,
    command_line,
    fill_admin,
    is_cut,
    setting_changes,
)
from m365timeline.normalizers.sentences import cut, tried, who
from m365timeline.schemas.event import Event
from m365timeline.schemas.reference import rows
from m365timeline.schemas.words import counted

_CLIENT = re.compile(r"Client=([^;]+)", re.IGNORECASE)
_AGENT = re.compile(r"(?!Client=|Action=)[^;=/]{2,60}/[0-9]")  # a product and its version; the text itself may hold ";"
_SELF = "S-1-5-10"  # master account of shared mailboxes: nobody in particular
_PROTOCOL = re.compile(r"Protocol=(POP3|IMAP4)\b", re.IGNORECASE)

__all__ = (
    "actor_is_owner", "admin_sentence", "client_app", "cmdlet_category", "command_line", "fill_admin", "is_cut", "logon_type",
    "mailbox_category", "mailbox_sentence", "setting_changes", "user_agent",
)  # fmt: skip


@cache
def _operations() -> dict[str, dict[str, str]]:
    return {row["operation"].casefold(): row for row in rows("mailbox_operations")}


@lru_cache(maxsize=4096)
def _operation(name: str, access: str | None = None) -> dict[str, str] | None:
    known, key = _operations(), name.strip().casefold()
    if key.startswith("searchqueryinitiated"):
        key = "searchqueryinitiated"
    return (known.get(f"{key}/{access}") if access else None) or known.get(key)


@lru_cache(maxsize=1024)
def mailbox_category(operation: str) -> str:
    """The event category of a mailbox operation (``HardDelete``); ``other`` for an operation no table knows."""
    row = _operation(operation)
    return row["category"] if row else "other"


def mailbox_sentence(event: Event, detail: str | None = None, folders: Sequence[str] = ()) -> str:
    """Say what a mailbox record says, in one sentence.

    Uses operation, access_type, throttled, outcome, actor, logon_type, mailbox, folder, dest_folder, item_count, subject and
    target (a user for permissions, a mailbox for copies into another mailbox). ``folders`` are folders that were moved or
    deleted as a whole; ``detail`` is added in brackets.
    """
    row = _operation(event.operation or "", event.access_type)
    own = event.actor_is_owner is True and event.mailbox is not None and event.mailbox == event.actor
    where = (event.mailbox, event.folder, event.dest_folder, event.target, event.target_type, own)
    if row is None:
        did = tried(event, "performed", "perform")
        sentence = f"{who(event)} {did} {event.operation or 'an unnamed operation'}{_around_items('{of}', *where)[0]}"
    else:
        before, behind = _around_items(row["rest"], *where)
        items = "" if behind is None else _items(event, row["thing"], folders) + behind
        sentence = f"{who(event)} {tried(event, row['past'], row['attempt'])} {before}{items}"
    if event.outcome == "partial":
        sentence += ", with partial success"
    if event.throttled:
        sentence += "; logging of mail access was throttled, so more may have been read"
    return f"{sentence} ({detail})" if detail else sentence


@lru_cache(maxsize=8192)
def _around_items(
    rest: str,
    mailbox: str | None,
    folder: str | None,
    dest_folder: str | None,
    target: str | None,
    target_type: str | None,
    own: bool,
) -> tuple[str, str | None]:
    """The end of a sentence of ``mailbox_operations.csv`` before and behind its items, ``None`` if it names none.

    What is not known is empty; the same few folders and mailboxes recur.
    """
    before, items, behind = rest.partition("{items}")
    places = _places(mailbox, folder, dest_folder, target, target_type, own=own)
    return before.format_map(places), behind.format_map(places) if items else None


def _places(
    mailbox: str | None,
    folder: str | None,
    dest_folder: str | None,
    target: str | None,
    target_type: str | None,
    *,
    own: bool,
) -> dict[str, str]:
    """Where it happened, in words."""
    owner = "themselves" if own else cut(mailbox) if mailbox else "an unnamed owner"
    of = " in their own mailbox" if own else f" in {owner}" if mailbox else ""
    folder = cut(folder) if folder else ""
    destination = cut(dest_folder) if dest_folder else ""
    if target and target_type == "mailbox":
        destination = f"{destination or 'a folder'} of {cut(target)}"
    user = cut(target) if target and target_type == "user" else ""
    return {
        "owner": owner, "of": of,
        "named": f" of {owner}" if mailbox and not own else "", "through": "" if own else f" from the mailbox of {owner}" if mailbox else "",
        "folder": f" {folder}" if folder else "", "in": f" in {folder}" if folder else "",
        "from": f" from {folder}" if folder else "", "on": f" on {folder}" if folder else "",
        "to": f" to {destination}" if destination else "",
        "to_user": f" to {user}" if user else "", "for_user": f" of {user}" if user else "",
    }  # fmt: skip


def _items(event: Event, thing: str, folders: Sequence[str]) -> str:
    number = event.item_count
    if event.subject and number in {None, 1}:
        items = f'the {thing} "{cut(event.subject)}"'
    elif number == 1:
        items = f"{'an' if thing[:1] in 'aeiou' else 'a'} {thing}"
    else:
        items = counted(number, thing) if number else "" if folders else f"an unstated number of {thing}s"
    moved = (
        [f"the folder {cut(folders[0])}" if len(folders) == 1 else counted(len(folders), "folder")] if folders else []
    )
    return " and ".join([items, *moved] if items else moved)


@cache
def _logon_names() -> dict[str, str]:
    names = {"external": "External"}
    for row in rows("logon_types"):
        best = row["name_mailbox_audit_log"] or row["name_mgmt_api"]
        names.update({key.casefold(): best for key in (row["value"], row["name_mgmt_api"], best)})
    return names


@lru_cache(maxsize=1024, typed=True)
def logon_type(value: str | int | None) -> str | None:
    """Owner, Admin, Delegate, ... from a number (unified audit log) or a word (``Delegated``); unknown words stay."""
    text = "" if value is None else str(value).strip()
    return _logon_names().get(text.casefold(), text) or None


def actor_is_owner(logon: str | None, user_sid: str | None, *owner_sids: str | None) -> bool | None:
    """Whether the actor owns the mailbox: by equal SIDs (owner's or master account's), else by a logon type as of :func:`logon_type`.

    Different SIDs alone prove nothing: the owner of a linked mailbox signs in with an account of another forest.
    """
    if user_sid and user_sid.casefold() in {sid.casefold() for sid in owner_sids if sid and sid != _SELF}:
        return True
    if logon == "Owner":
        return True
    return False if logon in {"Admin", "Delegate", "External", "DelegatedAdmin", "Transport", "SystemService"} else None


@lru_cache(maxsize=4096)
def client_app(client_info: str | None, process: str | None = None) -> str | None:
    """The client in plain words from ClientInfoString and ClientProcessName; ``None`` if no table knows it."""
    token = _CLIENT.search(client_info or "")
    if token is None:
        return "Outlook desktop" if _is_outlook(process) else None
    words = _clients().get(token[1].strip().casefold())
    if words == "Outlook desktop (MAPI)":
        return "Outlook desktop" if _is_outlook(process) else "MAPI client" if process else words
    protocol = _PROTOCOL.search(client_info or "")
    if words == "POP3 or IMAP4" and protocol:
        return protocol[1].upper()
    return "Outlook for Mac (EWS)" if words == "EWS" and "macoutlook" in (client_info or "").casefold() else words


def _is_outlook(process: str | None) -> bool:
    return (process or "").strip().casefold() in {"outlook.exe", "outlook"}


@cache
def _clients() -> dict[str, str]:
    return {row["token"]: row["words"] for row in rows("mailbox_clients")}


@lru_cache(maxsize=4096)
def user_agent(client_info: str | None) -> str | None:
    """The browser or program text inside ClientInfoString, where it holds one (``Client=OWA;Mozilla/5.0 (…``)."""
    _, _, rest = (client_info or "").partition(";")
    return rest if _AGENT.match(rest) else None
