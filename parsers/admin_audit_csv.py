"""The administrator audit of Exchange as CSV: one row a cmdlet that was run.

Where it comes from: ``Search-AdminAuditLog`` through ``Export-Csv``; the simplified reports that Microsoft's support script
``Get-SimpleAuditLogReport.ps1`` and investigation tools made of it.

What it looks like: ``Caller``, ``CmdletName``, ``RunDate`` and, as the name of a list type, ``CmdletParameters``: what the
cmdlet was told is lost. The simplified reports write the whole command into ``FullCommand`` and shorten caller and object
to the last part of their names. ``RunDate`` is local time without a zone, except where the column says UTC.
"""

from m365timeline.parsers._csv import Table
from m365timeline.parsers._exchange_rows import ExchangeRowParser
from m365timeline.parsers.base import Detection


class AdminAuditCsv(ExchangeRowParser):
    """Admin audit as Export-Csv writes it, and its simplified reports."""

    name = "admin_audit_csv"
    title = "Admin audit log, Search-AdminAuditLog as CSV"
    origin = "Search-AdminAuditLog | Export-Csv; the simplified report of Get-SimpleAuditLogReport.ps1 and of investigation tools"
    marks = "a header with Caller and CmdletName, or with Caller, Cmdlet and FullCommand"
    time_basis = "local time of the machine that exported it, in its culture, without a zone: needs --source-timezone; UTC where the column says so"
    limits = (
        "whole seconds; parameters and old values are lost in the cmdlet's own form (System.Collections…); the simplified report "
        "has neither outcome nor client and shortens names; 1,000 entries a search unless -ResultSize says otherwise"
    )
    family = "admin_audit"
    kind = "admin_audit"

    def claim(self, table: Table) -> Detection | None:
        """Claim the properties of audit entries, or the columns of the simplified report."""
        keys = set(table.keys)
        if "caller" not in keys or "auditdata" in keys:
            return None
        if "cmdletname" in keys:
            return Detection(
                "the header has Caller and CmdletName",
                "Exchange Online" if keys & {"clientip", "clientappid"} else "on premises",
            )
        if {"cmdlet", "fullcommand"} <= keys:
            return Detection("the header has Caller, Cmdlet and FullCommand", "simplified report")
        return None
