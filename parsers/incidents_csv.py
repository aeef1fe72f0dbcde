"""Incidents of the Defender portal as CSV: one row an incident.

Where it comes from: Defender portal > Incidents & alerts > Incidents > Export.

What it looks like: words for headers (``Incident name``, ``Active alerts``, ``Impacted assets``). An incident is told at ``Creation time``;
``Last activity`` stays beside it. Known from one public description.
"""

from m365timeline.parsers._csv import Table
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers.base import Detection
from m365timeline.schemas.message_columns import message_columns, squeeze


class IncidentsCsv(RowParser):
    """The portal's list of incidents."""

    name = "incidents_csv"
    title = "Defender incidents, CSV"
    origin = "Microsoft Defender portal > Incidents & alerts > Incidents > Export"
    marks = "a header with Incident Id, Incident name and Creation time"
    time_basis = "the offset in the value or the zone in the column's name; without either it needs --source-timezone"
    limits = "what Defender concluded and people decided, at the time the incident was made; its alerts are not in the list; known from one public description"
    family = "incidents"
    kind = "defender_report"

    def claim(self, table: Table) -> Detection | None:
        """Claim the portal's columns."""
        if "time" not in message_columns(table.keys) or not {squeeze(key) for key in table.keys} >= {
            "incidentid",
            "incidentname",
        }:
            return None
        return Detection("the header has Incident Id, Incident name and Creation time")
