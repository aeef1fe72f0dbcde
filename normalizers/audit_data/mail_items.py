"""The messages and folders a mailbox record speaks of, wherever the record keeps them.

A single item stands in ``Item``, a group in ``AffectedItems``, an aggregated access in ``Folders[].FolderItems[]`` and an
access to attachments in ``Messages[].MessageItems[]``. Ids of items and folders have no column and stay in ``extra``.
"""

from typing import Any

from m365timeline.normalizers.audit_data.common import known, whole
from m365timeline.schemas.event import Event

_NESTED = (("Folders", "FolderItems"), ("Messages", "MessageItems"))


def fill_items(event: Event, data: dict[str, Any]) -> None:
    """Fill folders, message ids, subjects, size and count.

    ``size_bytes`` is the sum over all items and stays empty if one of them does not say its size. ``item_count`` is what the
    record counts (``OperationCount``), else how many items it lists; a record about a folder alone has none.
    """
    items, folders = _collect(data)
    if folders:
        event.folder = " | ".join(dict.fromkeys(folders))
    destination = data.get("DestFolder")
    if type(destination) is dict:
        event.dest_folder = folder_name(destination)
    if items:
        _describe(event, items)
    counted = whole(data.get("OperationCount"))
    event.item_count = counted if counted is not None else len(items) or None


def _collect(data: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    items: list[dict[str, Any]] = []
    folders: list[str] = []
    for key, inner in _NESTED:
        entries = data.get(key)
        for entry in _dicts(entries) if entries is not None else ():
            _add(folders, entry)
            nested = entry.get(inner)
            items.extend(_dicts(nested) if nested is not None else [entry] if key == "Messages" else [])
    item = data.get("Item")
    if type(item) is dict:
        parent = item.get("ParentFolder")
        if type(parent) is dict:
            _add(folders, parent)
        if not _is_folder(item, parent):
            items.append(item)
    affected = data.get("AffectedItems")
    if affected is not None:
        affected = _dicts(affected)
        items.extend(affected)
    folder = data.get("Folder")
    if type(folder) is dict:
        _add(folders, folder)
    elif affected:
        for each in affected:
            parent = each.get("ParentFolder")
            if type(parent) is dict:
                _add(folders, parent)
    return items, folders


def _dicts(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; an exporter may have turned a list of one into the object itself."""
    if type(value) is list:
        return [each for each in value if type(each) is dict]
    return [value] if type(value) is dict else []


def _is_folder(item: dict[str, Any], parent: Any) -> bool:
    """A synchronization or a change of permissions names the folder itself as its item."""
    if "InternetMessageId" in item or "Subject" in item:
        return False
    return type(parent) is dict and parent.get("Id") == item.get("Id")


def folder_name(folder: dict[str, Any]) -> str | None:
    """The path of a folder, or its name where the path was not available."""
    return known(folder.get("Path")) or known(folder.get("Name"))


def _add(folders: list[str], folder: dict[str, Any]) -> None:
    name = folder_name(folder)
    if name is not None:
        folders.append(name)


def _describe(event: Event, items: list[dict[str, Any]]) -> None:
    ids: dict[str, None] = {}
    subjects: dict[str, None] = {}
    size: int | None = 0
    for item in items:
        get = item.get
        message = known(get("InternetMessageId"))
        if message is not None:
            ids[message[1:-1] if message[0] == "<" and message[-1] == ">" and len(message) > 2 else message] = None
        subject = get("Subject")
        if type(subject) is str and subject:
            subjects[subject] = None
        if size is not None:
            length = whole(get("SizeInBytes"))
            size = None if length is None else size + length
    event.message_ids = list(ids) or None
    event.subject = " | ".join(subjects) or None
    event.size_bytes = whole(size)
