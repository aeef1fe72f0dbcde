"""Sentinel's table OfficeActivity as JSON: the unified audit log, split into columns.

Where it comes from: the Log Analytics API and command line (``{"tables":[{"columns":…,"rows":…}]}``), data export, tools saving rows
as objects.

What it looks like: objects or rows with ``OfficeWorkload`` and ``TimeGenerated`` (ISO 8601, UTC); nested members are texts of JSON.
"""

from m365timeline.parsers._flat import flat_record, office_activity
from m365timeline.parsers._objects import JsonParser
from m365timeline.parsers._slices import Found, Look
from m365timeline.parsers.base import Detection
from m365timeline.schemas.record import Issue, Record


class OfficeActivityJson(JsonParser):
    """Objects of OfficeActivity."""

    name = "office_activity_json"
    title = "Unified audit log in Sentinel (OfficeActivity), JSON"
    origin = "Log Analytics API or az monitor log-analytics query; Sentinel data export; tools saving the rows"
    marks = "objects with OfficeWorkload, RecordType and Operation"
    time_basis = "UTC by specification, stated in TimeGenerated (Z)"
    limits = (
        "Exchange, SharePoint, OneDrive and Teams only, no sign-ins; members without a column of their own are lost"
    )
    family = "unified_audit_log"
    kind = "audit_data"

    def claim(self, look: Look) -> Detection | None:
        """Claim the table's columns."""
        if not look.has("OfficeWorkload", "RecordType", "Operation"):
            return None
        return Detection(
            "its objects have OfficeWorkload, RecordType and Operation",
            "rows under columns" if "rows" in look.wrapper else "objects",
        )

    def read_object(self, found: Found, number: int) -> Record | Issue:
        """An object as the record it was."""
        if found.decoded is None:
            return self.read_damaged(found, number)
        return flat_record(
            found.decoded.data.items(), office_activity(), found.place, number, list(found.decoded.flags)
        )
