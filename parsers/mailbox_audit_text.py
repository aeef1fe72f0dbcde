r"""Raw items of the mailbox audit: the text of the messages that Exchange keeps in a mailbox's own hidden folder.

Where it comes from: *Recoverable Items\Audits* of a mailbox, exported with MFCMAPI, from a data file, by eDiscovery: one
message of the class ``IPM.AuditLog`` an entry, saved as text or as mail.

What it looks like: ``Label: value`` lines from ``Operation`` on; ``UtcTime`` is UTC without saying so; the items of deletions
and moves are ``0..SourceItemId``, ``0..SourceItemSubject`` and so on. What follows a line end inside a value may be missing.
"""

import re
from typing import Any

from m365timeline.parsers._labelled_parser import LabelledParser
from m365timeline.parsers._slices import Look
from m365timeline.parsers.base import Detection
from m365timeline.schemas.exchange_columns import own_spelling

_CHILD = re.compile(r"(\d{1,6})\.\.(source(?:item(?:id|subject|folderpathname)|folder(?:id|pathname)))")
_NAMES = {
    "sourceitemid": ("SourceItems", "Id"), "sourceitemsubject": ("SourceItems", "Subject"), "sourceitemfolderpathname": ("SourceItems", "FolderPathName"),
    "sourcefolderid": ("SourceFolders", "Id"), "sourcefolderpathname": ("SourceFolders", "PathName"),
}  # fmt: skip
_LABELS = frozenset(
    [
        "operation",
        "operationresult",
        "logontype",
        "externalaccess",
        "utctime",
        "internallogontype",
        "mailboxguid",
        "mailboxownerupn",
        "mailboxownersid",
        "mailboxownermasteraccountsid",
        "logonusersid",
        "logonuserdisplayname",
        "clientinfostring",
        "clientipaddress",
        "clientmachinename",
        "clientprocessname",
        "clientversion",
        "originatingserver",
        "folderid",
        "folderpathname",
        "itemid",
        "itemsubject",
        "dirtyproperties",
        "destfolderid",
        "destfolderpathname",
        "crossmailboxoperation",
        "destmailboxguid",
        "destmailboxownerupn",
        "destmailboxownersid",
        "destmailboxownermasteraccountsid",
    ]
)


class MailboxAuditText(LabelledParser):
    """Mailbox audit as Exchange stores it."""

    name = "mailbox_audit_text"
    title = "Mailbox audit log, raw audit items (IPM.AuditLog)"
    origin = "the hidden folder Recoverable Items\\Audits of a mailbox: MFCMAPI, a data file, eDiscovery; as text or as the text of a mail"
    marks = "lines 'Operation: …', 'UtcTime: …', 'MailboxGuid: …'"
    time_basis = "UTC by specification (UtcTime); whole seconds"
    limits = "what follows a line end inside a value is missing; whole seconds, so entries do not fold with those of SearchResult.xml"
    family = "mailbox_audit"
    kind = "mailbox_audit"

    def knows(self, label: str) -> bool:
        """Labels of an entry, and of its numbered items."""
        return label in _LABELS or _CHILD.fullmatch(label) is not None

    def claim(self, look: Look) -> Detection | None:
        """Claim a block with an operation, its UTC time and a mailbox."""
        keys = {name.casefold() for name in look.keys}
        marked = {"operation", "utctime"} <= keys and keys & {"mailboxguid", "mailboxownerupn"}
        return Detection("lines with the labels Operation, UtcTime and MailboxGuid") if marked else None

    def fields_of(self, labels: dict[str, Any]) -> dict[str, Any]:
        """Numbered labels become the items and folders they describe."""
        fields: dict[str, Any] = {}
        children: dict[tuple[str, int], dict[str, str]] = {}
        for name, value in labels.items():
            child = _CHILD.fullmatch(name.casefold())
            if child is None:
                fields[own_spelling(name)] = value
            else:
                parent, key = _NAMES[child[2]]
                children.setdefault((parent, int(child[1])), {})[key] = value
        for (parent, _), row in sorted(children.items(), key=lambda pair: pair[0]):
            fields.setdefault(parent, []).append(row)
        return fields
