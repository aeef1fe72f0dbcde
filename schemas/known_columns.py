"""Which columns and members of an export this version has seen or read of: what is not among them is named on Sources.

Names are compared by their letters and digits alone. ``record_columns.csv`` lists what stands in no other table, by the family of the
formats; its column ``basis`` says whether a real export or only a description has the name.
"""

import re
from functools import cache, lru_cache

from m365timeline.schemas.entra_columns import is_known_column
from m365timeline.schemas.message_columns import squeeze
from m365timeline.schemas.reference import rows

_EXCHANGE, _MAIL = ("exchange_audit_columns",), ("record_columns", "message_columns")
_TABLES = {
    "audit_data": ("audit_members",),
    "admin_audit": _EXCHANGE,
    "mailbox_audit": _EXCHANGE,
    "cloud_app_activity": ("record_columns", "cloud_app_columns"),
    "unified_audit_log": ("record_columns",),
    "message_trace": _MAIL, "message_trace_detail": _MAIL, "message_trace_summary": _MAIL, "message_trace_extended": _MAIL,
    "message_tracking": _MAIL, "quarantine": _MAIL, "defender_hunting": _MAIL, "safe_links": _MAIL, "mail_threat_report": _MAIL,
    "dlp_report": _MAIL, "threat_explorer": _MAIL, "submissions": _MAIL, "incidents": _MAIL, "content_malware": _MAIL, "activity_explorer": _MAIL, "sharepoint_audit_report": ("record_columns",),
}  # fmt: skip
_ZONE = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*$")


@lru_cache(maxsize=4096)
def is_known(family: str, name: str) -> bool:
    """Whether a column or member belongs to the exports of a family; every name does to a family no table speaks of."""
    if family in {"entra", "entra_auth_step"}:
        return is_known_column(name)
    if family not in _TABLES:
        return True
    plain = name.partition("#")[0]
    return "@odata." in name or not {squeeze(plain), squeeze(_ZONE.sub("", plain))}.isdisjoint(_known(family))


@lru_cache(maxsize=4096)
def unknown_among(family: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Of the names of a record or header, those this version does not know, cut to what a report can show."""
    return tuple(name[:80] for name in names if name and not is_known(family, name))


@cache
def _known(family: str) -> frozenset[str]:
    return frozenset(
        squeeze(row["column"])
        for table in _TABLES[family]
        for row in rows(table)
        if row.get("family", family) == family
    )
