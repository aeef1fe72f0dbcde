"""Directory audit log of Entra (Azure AD) as the portal downloads it: one row a change.

Where it comes from: Entra admin center > Audit logs > Download > CSV.

What it looks like: 86 columns: ``Date (UTC)``, ``Activity``, ``Service``, an actor, three targets of five changed properties
each, six details. What does not fit into these is not in the file, so full slots are flagged. In
Spanish six names are known, of the targets ``Objetivo1NombrePrincipalDeUsuario``; the others stay in ``extra``.
"""

import re
from typing import Any

from m365timeline.parsers._csv import Table
from m365timeline.parsers._csv_block import Row
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers.base import Detection
from m365timeline.schemas.entra_columns import has_all
from m365timeline.schemas.message_columns import squeeze
from m365timeline.schemas.record import Issue, Record

_OWN = {squeeze(name) for name in ("Date (UTC)", "Activity", "Service", "ActorType", "Target1Type")}
_LOCALIZED = re.compile(r"objetivo([123])nombreprincipaldeusuario")
_TARGETS, _PROPERTIES, _DETAILS = 3, 5, 6


class EntraAuditCsv(RowParser):
    """Portal audit rows, put back into the shape the service logged them in."""

    name = "entra_audit_csv"
    title = "Entra audit log, portal CSV"
    origin = "Entra admin center > Monitoring > Audit logs > Download > CSV"
    marks = "a header with Date (UTC), Activity, Service, ActorType and Target1Type"
    time_basis = "UTC, by the column's name (Date (UTC))"
    limits = "at most 3 targets, 5 changed properties each and 6 details: the JSON download has all; 30 days back (7 without a premium licence); no record id"
    family = "entra"
    kind = "entra_audit"

    def claim(self, table: Table) -> Detection | None:
        """Claim a header with the portal's own columns."""
        names = frozenset(squeeze(key) for key in table.keys)
        if names >= _OWN:
            return Detection("the header has Date (UTC), Activity, Service and the columns of a first target")
        if any(map(_LOCALIZED.fullmatch, names)) and has_all(names, "time", "operation", "service", "result"):
            return Detection(
                "the header has a time in UTC, an activity, a service, a result and a target", "localized header"
            )
        return None

    def knows(self, column: str) -> bool:
        """Whether the column is one of Entra's."""
        return super().knows(column) or _numbered(_english(squeeze(column)))

    def read_row(self, table: Table, row: Row, number: int) -> Record | Issue:
        """Give the row the members it has in JSON; the numbered columns become lists."""
        record = super().read_row(table, row, number)
        if isinstance(record, Record):
            cells = {_english(squeeze(key)): (key, value) for key, value in record.fields.items()}
            nested = _nested(cells)
            if _is_full(cells):
                record.quality.append("details_lost")
            record.fields = {
                key: value for key, value in record.fields.items() if not _numbered(_english(squeeze(key)))
            } | nested
        return record


def _english(name: str) -> str:
    """The portal's English name of a target's column, where the language of the header is known."""
    return _LOCALIZED.sub(r"target\1userprincipalname", name)


def _numbered(name: str) -> bool:
    return name.startswith(("target1", "target2", "target3", "additionaldetail", "actor"))


def _nested(cells: dict[str, tuple[str, str]]) -> dict[str, Any]:
    def cell(name: str) -> str | None:
        return cells.get(name, ("", ""))[1] or None

    user = {
        "id": cell("actorobjectid"),
        "userPrincipalName": cell("actoruserprincipalname"),
        "displayName": cell("actordisplayname"),
    }
    app = {"servicePrincipalId": cell("actorserviceprincipalid"), "displayName": cell("actorserviceprincipalname")}
    targets = []
    for number in range(1, _TARGETS + 1):
        start = f"target{number}"
        target: dict[str, Any] = {
            "type": cell(f"{start}type"), "displayName": cell(f"{start}displayname"), "id": cell(f"{start}objectid"),
            "userPrincipalName": cell(f"{start}userprincipalname"),
        }  # fmt: skip
        changes = [
            {"displayName": cell(f"{start}modifiedproperty{item}name"), "oldValue": cell(f"{start}modifiedproperty{item}oldvalue"), "newValue": cell(f"{start}modifiedproperty{item}newvalue")}
            for item in range(1, _PROPERTIES + 1)
        ]  # fmt: skip
        target["modifiedProperties"] = [change for change in changes if change["displayName"]]
        if any(target.values()):
            targets.append(target)
    details = [
        {"key": cell(f"additionaldetail{item}key"), "value": cell(f"additionaldetail{item}value")}
        for item in range(1, _DETAILS + 1)
    ]
    by_app = bool(app["servicePrincipalId"] or app["displayName"]) and not user["userPrincipalName"]
    initiator = {
        "actorType": cell("actortype"),
        "homeTenantId": cell("actorhometenantid"),
        "homeTenantName": cell("actorhometenantname"),
    }
    return {
        "initiatedBy": {**initiator, **({"app": app} if by_app else {"user": user})},
        "targetResources": targets,
        "additionalDetails": [detail for detail in details if detail["key"]],
    }


def _is_full(cells: dict[str, tuple[str, str]]) -> bool:
    """Whether the last of any kind of slot is taken: there may have been more."""
    last = [f"target{number}modifiedproperty{_PROPERTIES}name" for number in range(1, _TARGETS + 1)]
    return any(
        cells.get(name, ("", ""))[1] for name in (*last, f"target{_TARGETS}type", f"additionaldetail{_DETAILS}key")
    )
