"""Audit report of a SharePoint site collection: one row an event, in a workbook or saved from it as CSV.

Where it comes from: Site settings > Site collection administration > Audit log reports > Run a custom report (SharePoint Server
and, until it was retired, SharePoint Online).

What it looks like: below a title the columns ``Site Id``, ``Item Id``, ``User Id``, ``Document Location``,
``Occurred (GMT)``, ``Event``, ``Event Data``.
"""

from m365timeline.parsers._csv import Table
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers.base import Detection
from m365timeline.schemas.message_columns import squeeze

_OWN = {squeeze(name) for name in ("Site Id", "Item Id", "Occurred (GMT)", "Event")}


class SharePointAuditReport(RowParser):
    """Rows of the report."""

    name = "sharepoint_audit_report"
    title = "SharePoint site collection audit report (workbook or CSV)"
    origin = "Site settings > Audit log reports > Run a custom report (.xlsx in a document library)"
    marks = "a header with Site Id, Item Id, Occurred (GMT) and Event, also below title rows of a sheet"
    time_basis = "UTC, by the column's name (Occurred (GMT))"
    limits = "only the events the site collection was set to audit; no client address; reports are trimmed with the audit log"
    family = "sharepoint_audit_report"
    kind = "sharepoint_audit"

    def claim(self, table: Table) -> Detection | None:
        """Claim a header with the report's own columns."""
        if not {squeeze(key) for key in table.keys} >= _OWN:
            return None
        return Detection("the header has Site Id, Item Id, Occurred (GMT) and Event")
