"""What the CSV forms of Exchange's two audits share: rows whose fields bear Exchange's own names."""

from m365timeline.parsers._csv import Table
from m365timeline.parsers._csv_block import Row
from m365timeline.parsers._rows import RowParser
from m365timeline.schemas.exchange_columns import own_spelling
from m365timeline.schemas.record import Issue, Record


class ExchangeRowParser(RowParser):
    """Rows of Search-MailboxAuditLog or Search-AdminAuditLog."""

    def read_row(self, table: Table, row: Row, number: int) -> Record | Issue:
        """One row, its fields in Exchange's spelling; unknown columns keep theirs."""
        record = super().read_row(table, row, number)
        if isinstance(record, Record):
            record.fields = dict(zip(map(own_spelling, table.columns), row.cells, strict=False))
        return record
