"""Matches of data loss prevention rules as CSV: one row a match.

Where it comes from: ``Get-DlpDetailReport | Export-Csv`` (retired), lists that scripts made of it.

What it looks like: ``Date``, ``Title``, ``Actor``, ``DlpCompliancePolicy``, ``DlpComplianceRule``, ``Action``. Policy and rule
are repeated for every place at which they matched.
"""

from m365timeline.parsers._csv import Table
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers.base import Detection
from m365timeline.schemas.message_columns import squeeze


class DlpReportCsv(RowParser):
    """The report's rows."""

    name = "dlp_report_csv"
    title = "Data loss prevention report, CSV"
    origin = "Get-DlpDetailReport | Export-Csv (retired; Activity explorer replaces it)"
    marks = "a header with Date and DlpComplianceRule"
    time_basis = "UTC by specification of the reporting service (Date), in the culture of the exporting computer"
    limits = "7 days of detail; whole seconds; what was found is named and counted, not shown"
    family = "dlp_report"
    kind = "dlp_report"

    def claim(self, table: Table) -> Detection | None:
        """Claim the report's columns."""
        spelt = {squeeze(key) for key in table.keys}
        return (
            Detection("the header has Date and DlpComplianceRule") if {"date", "dlpcompliancerule"} <= spelt else None
        )
