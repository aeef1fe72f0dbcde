"""Tables of mail and logons of Defender's advanced hunting as CSV: the e-mail tables, UrlClickEvents, IdentityLogonEvents.

Where it comes from: Defender portal > Advanced hunting > Export; Log Analytics and Sentinel > Export, which put the zone
into the name of the column (``TimeGenerated [UTC]``).

What it looks like: the columns of the query, so any can be missing or new. A time with Z says what it is; one in the
culture of a browser is in the zone set in the portal, which the file does not name.
"""

from m365timeline.parsers._csv import Table
from m365timeline.parsers._csv_block import Row
from m365timeline.parsers._hunting import table_of
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers.base import Detection
from m365timeline.schemas.record import Issue, Record


class DefenderHuntingCsv(RowParser):
    """Rows of one of the tables, told by its columns."""

    name = "defender_hunting_csv"
    title = "Defender advanced hunting, tables of mail and logons as CSV"
    origin = "Microsoft Defender portal > Advanced hunting > Export; Log Analytics or Sentinel > Export"
    marks = "a header with Timestamp or TimeGenerated and the columns of EmailEvents, EmailUrlInfo, EmailAttachmentInfo, EmailPostDeliveryEvents, UrlClickEvents or IdentityLogonEvents"
    time_basis = "UTC where the value ends in Z or the column says UTC; else the zone set in the portal, which needs --source-timezone"
    limits = "10,000 or 30,000 rows a query; 30 days back; the columns are those the query asked for"
    family = "defender_hunting"
    kind = "email_event"

    def claim(self, table: Table) -> Detection | None:
        """Claim the columns of a mail table."""
        found = table_of(table.keys)
        return None if found is None else Detection(f"the header has the columns of {found.name}", found.name)

    def read_row(self, table: Table, row: Row, number: int) -> Record | Issue:
        """One row, under the names the table itself uses."""
        record = super().read_row(table, row, number)
        found = table_of(table.keys)
        if isinstance(record, Record) and found is not None:
            record.kind = found.kind
            record.fields = dict(zip(table.columns, row.cells, strict=False))
        return record
