"""The loop shared by the formats that are tables with one record a row."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from m365timeline.parsers._csv import RowReader, Table
from m365timeline.parsers._csv_block import Row
from m365timeline.parsers.base import Detection, Head, Parser
from m365timeline.schemas.known_columns import is_known
from m365timeline.schemas.record import Issue, Record
from m365timeline.schemas.source import Reader


class RowParser(Parser):
    """A format whose rows are records of one ``kind``. Formats say which headers are theirs; the rest is here."""

    kind: ClassVar[str]  # of the records: which normalizer understands them
    splittable = True

    @abstractmethod
    def claim(self, table: Table) -> Detection | None:
        """Claim a header, or do not."""

    def detect(self, head: Head) -> Detection | None:
        """Claim a delimited header. A table drawn in a text (Markdown) is no export."""
        table = head.table
        if table is None or (table.delimiter == "|" and "" in table.keys):
            return None
        return self.claim(table)

    def records(self, reader: Reader, head: Head) -> Iterator[Record | Issue]:
        """Yield a record for every row, under the normalized column names of the header it stands under."""
        if head.table is not None:
            yield from self.read_rows(reader, head.table)

    def read_rows(self, reader: Reader, table: Table) -> Iterator[Record | Issue]:
        """Yield a record for every row of a table whose header is known."""
        if table.line_end == "\r":
            self.notes.append(
                "Lines end in CR alone, as on old Macs or in a spreadsheet's CSV (Macintosh); read as such."
            )
        rows = RowReader(reader, table, lambda other: self.claim(other) is not None)
        for number, item in enumerate(rows, 1):
            if isinstance(item, Issue):
                item.record_number = number
                yield item
            else:
                yield self.read_row(rows.table, item, number)
        self.sequential = rows.header_changed or rows.damaged
        self._note_new(rows.table)
        self.blank_lines, self.repeated_headers = rows.blank_lines, rows.headers

    def knows(self, column: str) -> bool:
        """Whether a (normalized) column is one this version has seen in exports of the family."""
        return is_known(self.family, column)

    def _note_new(self, table: Table) -> None:
        """Columns that appeared since: kept, but not understood, and worth telling."""
        new = [name for name, key in zip(table.columns, table.keys, strict=True) if key and not self.knows(key)]
        if new:
            shown = ", ".join(new[:12]) + (f" and {len(new) - 12} more" if len(new) > 12 else "")
            self.notes.append(
                f"Columns this version does not know ({len(new)}): {shown}. Their values are kept in extra."
            )

    def read_row(self, table: Table, row: Row, number: int) -> Record | Issue:
        """One row under the header it stands under."""
        return Record(
            kind=self.kind,
            fields=dict(zip(table.keys, row.cells, strict=False)),
            number=number,
            line=row.line,
            offset=row.offset,
            length=row.length,
            raw=row.raw,
            quality=["unterminated_last_record"] if row.unterminated else [],
        )
