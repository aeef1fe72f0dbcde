"""Sentinel's table OfficeActivity as CSV: the unified audit log, split into columns.

Where it comes from: Sentinel or Log Analytics > Logs > Export > CSV; results of hunting queries.

What it looks like: some 140 columns; ``OfficeWorkload``, ``OfficeObjectId``, ``OfficeId`` and others are members of AuditData under
names of their own (``office_activity_columns.csv``), nested ones are JSON of several lines. ``TimeGenerated [UTC]`` is the time of
the record; ``Start_Time`` and ``ElevationTime`` are later and say when it was collected.
"""

from m365timeline.parsers._csv import Table
from m365timeline.parsers._csv_block import Row
from m365timeline.parsers._flat import flat_record, office_activity
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers._slices import Slice
from m365timeline.parsers.base import Detection
from m365timeline.schemas.record import Issue, Record


class OfficeActivityCsv(RowParser):
    """Rows of OfficeActivity."""

    name = "office_activity_csv"
    title = "Unified audit log in Sentinel (OfficeActivity), CSV"
    origin = "Sentinel or Log Analytics > Logs > table OfficeActivity > Export > CSV"
    marks = "a header with OfficeWorkload, RecordType and Operation"
    time_basis = "UTC where the column says [UTC] or nothing; [Local Time] needs --source-timezone"
    limits = "30,000 rows an export; Exchange, SharePoint, OneDrive and Teams only, no sign-ins; members without a column of their own are lost"
    family = "unified_audit_log"
    kind = "audit_data"

    def claim(self, table: Table) -> Detection | None:
        """Claim the table's columns."""
        if not {"officeworkload", "operation", "recordtype"} <= set(table.keys):
            return None
        times = [column for column in table.columns if column.casefold().startswith("timegenerated")]
        return Detection(
            "the header has OfficeWorkload, RecordType and Operation",
            times[0] if times else "without TimeGenerated: no time",
        )

    def knows(self, column: str) -> bool:  # noqa: ARG002 (columns are members of AuditData, which are told as such)
        """Every column: what it holds is told as a member of AuditData."""
        return True

    def read_row(self, table: Table, row: Row, number: int) -> Record | Issue:
        """A row as the record it was."""
        quality = ["unterminated_last_record"] if row.unterminated else []
        cells = zip((column.replace("\ufeff", "").strip() for column in table.columns), row.cells, strict=False)
        return flat_record(cells, office_activity(), Slice(row.raw, row.offset, row.length, row.line), number, quality)
