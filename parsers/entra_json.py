"""Sign-ins, directory changes and risk detections of Entra (Azure AD) as JSON, in whatever they are wrapped.

Where it comes from: the portal's JSON download, Graph (``auditLogs/signIns``, ``auditLogs/directoryAudits``,
``identityProtection``), diagnostic settings (event hub, storage account), Log Analytics, and the tools that save these.

What it looks like: objects with ``createdDateTime`` and ``status.errorCode``, or ``activityDateTime`` and
``targetResources``; diagnostic settings put them into ``properties`` of an object with a ``category``, mixed in one file; log collectors put
either into an object of their own, often as text (``message``, ``event.original``);
Log Analytics has the same members as columns (``ResultType``, ``TimeGenerated``).
"""

from typing import Any

from m365timeline.parsers._json import decode_object, storable
from m365timeline.parsers._objects import JsonParser
from m365timeline.parsers._slices import Found, Look
from m365timeline.parsers.base import Detection
from m365timeline.schemas.message_columns import squeeze
from m365timeline.schemas.record import Issue, Record

_HOLDERS = ("message", "_raw", "event.original", "original", "event", "input", "_source", "data")
_DEEPEST = 4
_RISK = {"riskeventtype", "risktype"}


class EntraJson(JsonParser):
    """Entra records, one by one; each says itself what it is."""

    name = "entra_json"
    title = "Entra sign-in and audit logs, JSON"
    origin = "Entra admin center > Download > JSON; Graph auditLogs/signIns and directoryAudits, risk detections; diagnostic settings (event hub, storage); Log Analytics; tools saving these"
    marks = "objects with createdDateTime and status.errorCode, activityDateTime and targetResources, or category and properties of diagnostic settings"
    time_basis = "offset stated, or UTC by specification; of diagnostic settings the time within properties, not the later one around it"
    limits = "250,000 records a download; 30 days back (7 without a premium licence); Graph v1.0 leaves out session and authentication details"
    family = "entra"
    kind = "entra_signin"

    def claim(self, look: Look) -> Detection | None:
        """Claim a file whose first records are Entra's."""
        kinds = [kind_of(record) for record in map(unwrap, look.records)]
        if not any(kinds) or not (kinds[0] or look.has("category", "properties")):
            return None
        words = {
            "entra_signin": "sign-ins",
            "entra_audit": "directory changes",
            "entra_risk": "risk detections",
            "entra_other": "Graph requests",
        }
        found = list(dict.fromkeys(words[kind] for kind in kinds if kind))
        wrapped = (
            "a log collector"
            if unwrap(look.first) is not look.first
            else "diagnostic settings"
            if "properties" in look.keys
            else "Log Analytics"
            if "TimeGenerated" in look.keys
            else "Graph or portal"
        )
        return Detection(f"its objects are {' and '.join(found)} of Entra", f"{wrapped}: {', '.join(found)}")

    def read_object(self, found: Found, number: int) -> Record | Issue:
        """A record of the kind it says it is; one of another kind is still told, by its own name."""
        record = self.record(found, number)
        inner = unwrap(record.fields)
        if inner is not record.fields:
            record.fields, record.canonical, mended = storable(inner)
            record.quality += ["lone_surrogate"] if mended and "lone_surrogate" not in record.quality else []
        record.kind = kind_of(record.fields) or "entra_other"
        return record


def unwrap(record: dict[str, Any], depth: int = 0) -> dict[str, Any]:
    """The record a log collector put into an object of its own, as an object or as a text; the object itself if it holds none."""
    if kind_of(record) is None and depth < _DEEPEST:
        for name in _HOLDERS:
            inner = record.get(name)
            if isinstance(inner, str) and inner.lstrip().startswith("{"):
                decoded = decode_object(inner)
                inner = decoded.data if decoded else None
            if isinstance(inner, dict) and kind_of(found := unwrap(inner, depth + 1)) is not None:
                return found
    return record


def kind_of(record: dict[str, Any]) -> str | None:
    """What an object is, ``None`` if it is no record of Entra."""
    inner = record.get("properties")
    members = {squeeze(key) for key in (inner if isinstance(inner, dict) else record)}
    category = str(record.get("category") or record.get("Category") or "")
    if members & _RISK and members & {"activitydatetime", "detecteddatetime"}:
        return "entra_risk"
    if members >= {"activitydisplayname", "targetresources"}:
        return "entra_audit"
    if category == "MicrosoftGraphActivityLogs" and isinstance(inner, dict):
        return "entra_other"
    named = members & {"userprincipalname", "serviceprincipalid", "userid"}
    if "createddatetime" in members and {"status", "ipaddress"} <= members and named:
        return "entra_signin"
    if {"timegenerated", "resulttype", "ipaddress"} <= members and named:
        return "entra_signin"
    return "entra_signin" if category.endswith("SignInLogs") and isinstance(inner, dict) else None
