"""Entra's tables of Log Analytics and Sentinel as CSV: SigninLogs and its kin, AuditLogs; AzureActivity.

Where it comes from: Azure portal > Log Analytics or Sentinel > Logs > Export > CSV; results of hunting queries.

What it looks like: the members of the record as columns, nested ones as JSON of several lines, some split in two
(``…_dynamic``, ``…_string``). Dates carry their zone in the column's name: ``TimeGenerated [UTC]``; ``[Local Time]`` is the
zone of the display, which the file does not name. A query may leave any column out, also the time.
"""

from m365timeline.parsers._csv import Table
from m365timeline.parsers._csv_block import Row
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers.base import Detection
from m365timeline.schemas.message_columns import squeeze
from m365timeline.schemas.record import Issue, Record

_SIGNIN = {"resulttype", "appdisplayname", "ipaddress"}
_AUDIT = {"targetresources", "initiatedby"}
_AZURE = {"operationnamevalue", "caller", "calleripaddress"}
_CHANGES, _ACTIVITY = "directory changes", "Azure activity"
_TABLES_OWN = {"operationname", "aadoperationtype"}  # Graph's own objects have neither
_ELSEWHERE = {"officeworkload", "reportid", "auditdata"}  # tables with parsers of their own


class LogAnalyticsCsv(RowParser):
    """Rows of Entra's tables."""

    name = "log_analytics_csv"
    title = "Entra logs from Log Analytics or Sentinel, CSV"
    origin = "Azure portal > Log Analytics workspace or Sentinel > Logs > Export to CSV (SigninLogs, AADNonInteractiveUserSignInLogs, AADServicePrincipalSignInLogs, AADManagedIdentitySignInLogs, AuditLogs, AzureActivity)"
    marks = "a header with ResultType, AppDisplayName and IPAddress, with TargetResources and InitiatedBy, or with OperationNameValue, Caller and CallerIpAddress"
    time_basis = "UTC where the column says [UTC] or nothing; [Local Time] needs --source-timezone"
    limits = "30,000 rows an export; a query may rename, drop or aggregate columns; names are written in lower case"
    family = "entra"
    kind = "entra_signin"

    def claim(self, table: Table) -> Detection | None:
        """Claim a header with the columns of a table."""
        names = frozenset(squeeze(key) for key in table.keys)
        if names & _ELSEWHERE or squeeze("Request ID") in names:
            return None
        if names >= _SIGNIN and names & {"userprincipalname", "serviceprincipalid"}:
            return Detection("the header has ResultType, AppDisplayName and IPAddress", "sign-ins")
        if names >= _AUDIT and (names & _TABLES_OWN or any(name.startswith("timegenerated") for name in names)):
            return Detection("the header has TargetResources and InitiatedBy", _CHANGES)
        if names >= _AZURE:
            return Detection("the header has OperationNameValue, Caller and CallerIpAddress", _ACTIVITY)
        return None

    def read_row(self, table: Table, row: Row, number: int) -> Record | Issue:
        """A row is of the kind its header says."""
        record = super().read_row(table, row, number)
        found = self.claim(table)
        if isinstance(record, Record) and found is not None:
            record.kind = {_CHANGES: "entra_audit", _ACTIVITY: "entra_other"}.get(found.variant, self.kind)
        return record
