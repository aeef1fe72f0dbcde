"""Raw items of the administrator audit: the text of the messages in which Exchange keeps it.

Where it comes from: the audit mailbox (an arbitration mailbox; in Exchange 2010 RTM an ordinary one), exported with MFCMAPI
or from a data file, saved as text or as mail.

What it looks like: ``Label: value`` lines from ``Cmdlet Name`` on, ``Parameter: Name = Value`` as often as there are
parameters, ``Property Modified`` and ``Property Original`` likewise; ``Run Date`` is UTC.
"""

from typing import Any

from m365timeline.parsers._labelled_parser import LabelledParser
from m365timeline.parsers._slices import Look
from m365timeline.parsers.base import Detection

_NAMES = {
    "cmdlet name": "CmdletName", "object modified": "ObjectModified", "modified object resolved name": "ModifiedObjectResolvedName",
    "caller": "Caller", "externalaccess": "ExternalAccess", "succeeded": "Succeeded", "error": "Error", "run date": "RunDate(UTC)",
    "originatingserver": "OriginatingServer",
}  # fmt: skip
_LISTS = ("parameter", "property modified", "property original")


class AdminAuditText(LabelledParser):
    """Admin audit as Exchange stores it."""

    name = "admin_audit_text"
    title = "Admin audit log, raw audit items (IPM.AuditLog)"
    origin = "the audit mailbox of an Exchange organization: MFCMAPI, a data file; as text or as the text of a mail"
    marks = "lines 'Cmdlet Name: …', 'Caller: …', 'Run Date: …'"
    time_basis = "UTC by specification (Run Date)"
    limits = "what follows a line end inside a value is missing; values are cut at 1,024 characters, files at 64 bytes"
    family = "admin_audit"
    kind = "admin_audit"
    repeated = frozenset(_LISTS)

    def knows(self, label: str) -> bool:
        """Labels of an entry."""
        return label in _NAMES or label in _LISTS

    def claim(self, look: Look) -> Detection | None:
        """Claim a block with a cmdlet and its caller or time."""
        keys = {name.casefold() for name in look.keys}
        if "cmdlet name" not in keys or not keys & {"caller", "run date"}:
            return None
        return Detection("lines with the labels Cmdlet Name and Caller")

    def fields_of(self, labels: dict[str, Any]) -> dict[str, Any]:
        """Parameters and changes become lists of names and values."""
        lower = {name.casefold(): value for name, value in labels.items()}
        fields = {_NAMES[name]: value for name, value in lower.items() if name in _NAMES}
        if "parameter" in lower:
            fields["CmdletParameters"] = [
                {"Name": name, "Value": value} for name, value in map(_pair, lower["parameter"])
            ]
        new, old = (dict(map(_pair, lower.get(name, ()))) for name in _LISTS[1:])
        if new or old:
            names = dict.fromkeys([*new, *old])
            fields["ModifiedProperties"] = [
                {"Name": name, "OldValue": old.get(name), "NewValue": new.get(name)} for name in names
            ]
        return fields


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip(), value.strip()
