"""SharePoint and OneDrive: files, pages, lists, sites, sharing and permissions (record types 4, 6, 14, 36, 54, 56 and kin).

The records carry no result: the outcome is unknown unless ResultStatus says otherwise. Microsoft folds repeated access
to one file by one person within minutes into one record, so records are not counts of actions.
"""

import re
from functools import lru_cache
from typing import Any

from m365timeline.normalizers.audit_data.common import known, text_of, whole
from m365timeline.normalizers.audit_data.operations import client_of, find, say
from m365timeline.normalizers.audit_data.properties import changes_in, tags_in
from m365timeline.normalizers.sentences import cut
from m365timeline.schemas.event import Event
from m365timeline.schemas.reference import rows

KEYS = frozenset({"UserAgent"})

_LINK_GROUP = re.compile(r"SharingLinks\.[0-9a-f-]{36}\.([A-Za-z]+)\.[0-9a-f-]{36}", re.IGNORECASE)
_LINKS = {
    "anonymousedit": "anyone with the link can edit", "anonymousview": "anyone with the link can view",
    "organizationedit": "everyone in the organization can edit", "organizationview": "everyone in the organization can view",
    "flexible": "named people",
}  # fmt: skip
_RECIPIENTS = {
    "guest": "the guest ",
    "securitygroup": "the group ",
    "sharepointgroup": "the SharePoint group ",
    "partner": "the partner ",
}
_TYPES = {"web": "site", "site": "site", "documentlibrary": "list", "invalid": ""}
_ARTICLES = {
    "site": "the site ",
    "page": "the page ",
    "folder": "the folder ",
    "list": "the list ",
    "listitem": "the list item ",
}
_NAMED_BY_TITLE = {"list": "the list", "listitem": "an item of the list"}


def fill(event: Event, data: dict[str, Any]) -> None:
    """Fill the object, where it lies, with whom it was shared, and the client."""
    get = data.get
    event.target = (
        text_of(get("ObjectId"))
        or text_of(get("SearchQueryText"))
        or text_of(get("SourceFileName"))
        or text_of(get("ListTitle"))
    )
    event.target_type = _target_type(text_of(get("ItemType")) or "")
    event.user_agent = text_of(get("UserAgent"))
    event.client_app = client_of(event.user_agent) if event.user_agent else None
    event.device_name, event.device_os = known(get("DeviceDisplayName")), known(get("Platform"))
    event.size_bytes = whole(get("FileSizeBytes"))
    site = text_of(get("SiteUrl")) or ""
    event.folder = _path(site, get("SourceRelativeUrl"))
    event.dest_folder = _path(site, get("DestinationRelativeUrl"))
    modified = get("ModifiedProperties")
    event.changes = (changes_in(modified) or None) if modified else None
    operation = find("sharepoint", event.operation or "")
    event.category = operation.category if operation else _category(event)
    places = {"target": _thing(event, data)}
    if event.category in {"sharing", "permission"} or "DestinationFileName" in data or "SearchQueryText" in data:
        _add_places(places, event, data)
    event.summary = say(event, operation, **places)


@lru_cache(maxsize=64)
def _target_type(item_type: str) -> str | None:
    if item_type.lstrip("-").isdigit():
        names = {row["value"]: row["name"] for row in rows("audit_codes") if row["list"] == "SharePointItemType"}
        item_type = names.get(item_type, item_type)
    text = item_type.casefold()
    return _TYPES.get(text, text) or None


def _path(site: str, relative: Any) -> str | None:
    text = text_of(relative)
    if text is None:
        return None
    return f"{site.rstrip('/')}/{text.lstrip('/')}" if site else text


def _category(event: Event) -> str:
    """Operations newer than the table: by the first word of their name."""
    name = event.operation or ""
    if name.startswith("SearchQuery"):
        return "search"
    if name.startswith(("File", "Folder", "ListItem")):
        return "file_access"
    if name.startswith(("Sharing", "Shared", "AnonymousLink", "CompanyLink", "SecureLink", "Access")):
        return "sharing"
    return "permission" if "Permission" in name else "other"


def _thing(event: Event, data: dict[str, Any]) -> str:
    """The object in a sentence: a file by name and folder, a list by title, all else by its address."""
    name = text_of(data.get("SourceFileName"))
    if name:
        folder = event.folder or text_of(data.get("SiteUrl"))
        if folder and folder.endswith("/" + name):  # records of sharing repeat the name in the path
            folder = folder[: -len(name) - 1]
        kind = "the folder " if event.target_type == "folder" else ""
        return f"{kind}{cut(name)} (in {cut(folder)})" if folder else f"{kind}{cut(name)}"
    words = _NAMED_BY_TITLE.get(event.target_type or "")
    title = text_of(data.get("ListTitle"))
    if words and title and not _is_id(title):
        return f"{words} {cut(title)}" + (f" ({cut(event.target)})" if event.target and event.target != title else "")
    kind = _ARTICLES.get(event.target_type or "", "")
    return kind + cut(event.target or "(not named)", 160)


@lru_cache(maxsize=4096)
def _is_id(title: str) -> bool:
    return len(title) == 36 and title.count("-") == 4


def _add_places(places: dict[str, str], event: Event, data: dict[str, Any]) -> None:
    """With whom, by what link or group, with what rights, from where to where."""
    said = tags_in(text_of(data.get("EventData")) or "")
    other = _recipient(event, data)
    if other:
        places["other"], places["with"] = other, f" with {other}"
    rights = (
        said.get("Permissions granted")
        or said.get("Permission granted")
        or said.get("Type")
        or said.get("PermissionLevel")
    )
    if rights:
        places["rights"] = f" ({cut(rights)})"
    places["group"] = _group(said.get("Group") or _named_group(event))
    destination = text_of(data.get("DestinationFileName"))
    if destination or event.dest_folder:
        places["to"] = f" to {cut('/'.join(part for part in (event.dest_folder, destination) if part), 160)}"
    query = text_of(data.get("SearchQueryText"))
    if query:
        places["query"] = f" for {cut(query)}"


def _recipient(event: Event, data: dict[str, Any]) -> str:
    name = known(data.get("TargetUserOrGroupName")) or known(data.get("UserSharedWith"))
    if name is None:
        admin = next((change for change in event.changes or [] if change.name == "SiteAdmin"), None)
        return cut((admin.new or admin.old or "") if admin else "")
    if _LINK_GROUP.fullmatch(name):
        return _group(name)
    kind = (text_of(data.get("TargetUserOrGroupType")) or "").casefold()
    return _RECIPIENTS.get(kind, "") + cut(name)


def _named_group(event: Event) -> str:
    return next((change.new or change.old or "" for change in event.changes or [] if change.name == "Name"), "")


@lru_cache(maxsize=2048)
def _group(name: str) -> str:
    """A site group; the hidden groups behind sharing links say what their link allows."""
    link = _LINK_GROUP.fullmatch(name)
    if link:
        return f"the group of a sharing link ({_LINKS.get(link.group(1).casefold(), link.group(1))})"
    return f"the site group {cut(name)}" if name else "a site group"
