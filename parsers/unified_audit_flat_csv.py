"""Unified audit log as CSV with one column for each member of AuditData.

Where it comes from: tools that take AuditData apart: Sparrow, Hawk (``Simple_*.csv``), Microsoft-Extractor-Suite with
``-AuditDataOnly``, O365-InvestigationTooling (CSV folder), scripts with ``ConvertFrom-Json | Export-Csv``.

What it looks like: columns ``CreationTime``, ``Operation``, ``Workload``, ``UserId`` and more, those of the first record; nested
members are JSON, their own columns (``Param_Name``, ``Folders_0_Path``), or lost (``System.Object[]``, flagged).
"""

from m365timeline.parsers._csv import Table
from m365timeline.parsers._csv_block import Row
from m365timeline.parsers._flat import flat_record
from m365timeline.parsers._json import flattened
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers._slices import Slice
from m365timeline.parsers.base import Detection
from m365timeline.schemas.record import Issue, Record


class UnifiedAuditFlatCsv(RowParser):
    """AuditData taken apart."""

    name = "unified_audit_flat_csv"
    title = "Unified audit log, CSV with AuditData taken apart"
    origin = "Sparrow; Hawk (Simple_*.csv); Microsoft-Extractor-Suite -AuditDataOnly; O365-InvestigationTooling (CSV); ConvertFrom-Json | Export-Csv"
    marks = "a header with CreationTime, Operation and Workload, without AuditData"
    time_basis = "UTC by specification (CreationTime)"
    limits = "only the members the first record has; nested values may be lost (System.Object[]); Sparrow takes < and > out of message ids and stops at 5,000 rows"
    family = "unified_audit_log"
    kind = "audit_data"

    def claim(self, table: Table) -> Detection | None:
        """Claim the members of AuditData as columns."""
        keys = set(table.keys)
        if not {"creationtime", "operation", "workload"} <= keys or keys & {
            "auditdata",
            "raweventdata",
            "officeworkload",
        }:
            return None
        variant = (
            "Hawk"
            if {"fullcommand", "parameterstring"} & keys
            else "Sparrow"
            if "supportticketid" in keys and "organization" in keys
            else "selected members"
        )
        return Detection("the header has CreationTime, Operation and Workload", variant)

    def knows(self, column: str) -> bool:  # noqa: ARG002 (columns are members of AuditData, which are told as such)
        """Every column: what it holds is told as a member of AuditData."""
        return True

    def read_row(self, table: Table, row: Row, number: int) -> Record | Issue:
        """A row as the record it was."""
        quality = (["unterminated_last_record"] if row.unterminated else []) + (
            ["details_lost"] if flattened(row.raw) else []
        )
        cells = zip((column.replace("\ufeff", "").strip() for column in table.columns), row.cells, strict=False)
        return flat_record(cells, {}, Slice(row.raw, row.offset, row.length, row.line), number, quality)
