"""Entra sign-ins and directory audits as tables made of Graph's objects: one row a record.

Where it comes from: ``Get-MgAuditLogSignIn`` or ``Get-MgAuditLogDirectoryAudit | Export-Csv``, collection scripts that pick members
(``Select-Object``), tools that write inner members as columns of their own.

What it looks like: Graph's names as columns, inner members by their way (``Status.ErrorCode``, ``Location.City``) or shortened by the
script (``City``, ``OS``). ``Export-Csv`` writes the type of an inner object in place of its values.
"""

import re

from m365timeline.parsers._csv import Table
from m365timeline.parsers._csv_block import Row
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers.base import Detection
from m365timeline.schemas.entra_columns import has_all
from m365timeline.schemas.message_columns import squeeze
from m365timeline.schemas.record import Issue, Record

_LOST = re.compile(r"(?:Microsoft\.(?:Graph|Open)|System)\.[\w.]+(?:`\d+\[.*\])?(?:\[\])?")
_SIGN_INS, _CHANGES = "sign-ins", "directory changes"
_OTHERS = {
    "auditdata",
    "operation",
    "operationname",
    "aadoperationtype",
    "reportid",
    "requestid",
    "type",
    "riskeventtype",
    "resulttype",
}


class EntraGraphCsv(RowParser):
    """Rows made of Graph's sign-ins or directory audits."""

    name = "entra_graph_csv"
    title = "Entra logs as tables of Graph's objects, CSV"
    origin = "Get-MgAuditLogSignIn or Get-MgAuditLogDirectoryAudit | Export-Csv; scripts that flatten Graph's answers"
    marks = "a header with createdDateTime, userPrincipalName, ipAddress and appDisplayName, or with activityDateTime, activityDisplayName and result"
    time_basis = "UTC by specification; a text without an offset is in the culture of the machine that exported it"
    limits = "Export-Csv loses inner objects (error code, device, place, targets) unless the script spread them out"
    family = "entra"
    kind = "entra_signin"

    def claim(self, table: Table) -> Detection | None:
        """Claim Graph's names without the marks of the portal or of Log Analytics."""
        names = frozenset(map(squeeze, table.keys))
        if names & _OTHERS or any(name.startswith("timegenerated") for name in names):
            return None
        if "createddatetime" in names and has_all(names, "upn", "ip", "app_name"):
            return Detection(
                "the header has Graph's createdDateTime, userPrincipalName, ipAddress and appDisplayName", _SIGN_INS
            )
        if {"activitydatetime", "activitydisplayname", "result"} <= names:
            return Detection("the header has Graph's activityDateTime, activityDisplayName and result", _CHANGES)
        return None

    def read_row(self, table: Table, row: Row, number: int) -> Record | Issue:
        """One row without the names of types; a status that is a number is the error code it was taken from."""
        record = super().read_row(table, row, number)
        if not isinstance(record, Record):
            return record
        if "activitydatetime" in map(squeeze, table.keys):
            record.kind = "entra_audit"
        whole = {
            key: value
            for key, value in record.fields.items()
            if not (isinstance(value, str) and _LOST.fullmatch(value))
        }
        if len(whole) < len(record.fields):
            record.quality.append("details_lost")
        if str(whole.get("status", "")).isdecimal():
            whole["status.errorcode"] = whole.pop("status")
        record.fields = whole
        return record
