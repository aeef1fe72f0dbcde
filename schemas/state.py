"""A state: how something stood when a list was made (a rule, a right, a device). It has no time and is never an event.

Lists of states are what an investigator is given beside the logs: ``Get-InboxRule``, ``Get-MailboxPermission`` and their kin. They
say what there was, not when it came to be or who made it. Analyses ask for them with ``case.states()``; the workbook shows
them on the sheet Context.
"""

from typing import Any

import msgspec

STATE_KINDS = ("inbox_rule", "transport_rule", "mailbox_permission", "mobile_device", "exported_item")


class State(msgspec.Struct, kw_only=True):
    """One row of a list. ``kind`` is one of STATE_KINDS.

    ``owner`` is whose mailbox or device it is, ``name`` what the thing is called, ``holder`` who has the right or receives
    the mail, ``rights`` what the holder may do. ``enabled`` is empty if the list does not say; ``inherited`` is
    said of rights that come from above. ``summary`` is one plain
    English sentence, ``fields`` every value of the row under the list's own names. The last fields say where it stands.
    """

    kind: str
    owner: str | None = None
    name: str | None = None
    holder: str | None = None
    rights: list[str] = msgspec.field(default_factory=list)
    enabled: bool | None = None
    inherited: bool | None = None
    summary: str = ""
    fields: dict[str, Any] = msgspec.field(default_factory=dict)
    quality: list[str] = msgspec.field(default_factory=list)
    source_file: str = ""
    source_sha256: str = ""
    record_number: int | None = None
    line: int | None = None
    offset: int | None = None
    length: int | None = None
    raw: str | None = None
