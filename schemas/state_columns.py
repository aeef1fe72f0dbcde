"""Which list of states a header or an object belongs to, and which of its columns means what (``state_columns.csv``)."""

from collections.abc import Iterable
from functools import cache

from m365timeline.schemas.message_columns import squeeze
from m365timeline.schemas.reference import rows


@cache
def columns_of(kind: str, field: str) -> tuple[str, ...]:
    """The (squeezed) names of a meaning in lists of a kind, in order of preference."""
    return tuple(
        squeeze(row["column"]) for row in rows("state_columns") if (row["kind"], row["field"]) == (kind, field)
    )


def kind_of_list(names: Iterable[str]) -> str | None:
    """The kind of list that has these (squeezed) columns, ``None`` if it is none: a log has times these lists have not."""
    present = frozenset(names)

    def any_of(kind: str, *fields: str) -> bool:
        return any(present & set(columns_of(kind, field)) for field in fields)

    if present & {"creationtime", "creationdate", "operation", "auditdata", "rundate", "cmdletname", "received"}:
        return None
    if "accessrights" in present and any_of("mailbox_permission", "holder") and any_of("mailbox_permission", "owner"):
        return "mailbox_permission"
    if "deviceid" in present and present & {"firstsynctime", "lastsuccesssync", "deviceaccessstate"}:
        return "mobile_device"
    if present >= {"subjectortitle", "senderorcreatedby"} and any_of("exported_item", "own"):
        return "exported_item"
    if present >= {"name", "state", "mode", "priority"}:
        return "transport_rule"
    if any_of("inbox_rule", "name") and any_of("inbox_rule", "own") and any_of("inbox_rule", "forwards", "action"):
        return "inbox_rule"
    return None
