"""The workbook: small sheets made with openpyxl, long ones streamed between them, all in one zip file.

Nothing that grows with the number of rows is kept in memory, and no clock value is written: equal input gives equal
bytes.
"""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

from m365timeline.schemas.journeys import MessageJourney
from m365timeline.schemas.record import Issue
from m365timeline.schemas.report import RunReport
from m365timeline.writers.xlsx import journeys, legend, rejected, sources, summary, timeline
from m365timeline.writers.xlsx.container import Container
from m365timeline.writers.xlsx.grid import Grid
from m365timeline.writers.xlsx.package import OPENING, new_book, parts
from m365timeline.writers.xlsx.small import Facts, SmallSheet
from m365timeline.writers.xlsx.streamed import StreamedTable
from m365timeline.writers.xlsx.styles import StreamedStyles

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

MOST_ROWS = 1_000_000  # of a sheet, below Excel's 1,048,576

BEFORE: tuple[SmallSheet, ...] = (summary.SHEET,)  # the small sheets before the Timeline
BETWEEN: tuple[SmallSheet, ...] = (sources.SHEET,)  # after it, before Rejected
AFTER: tuple[SmallSheet, ...] = (legend.SHEET,)


class XlsxWriter:
    """Writes the timeline as a workbook to a seekable stream. ``report`` is final when the writer is made.

    ``issues`` and ``messages`` are asked for when the timeline is written: what was not read, and the message journeys.

    Raises OSError if the stream cannot be written, ValueError if ``report.zone`` is no time zone.
    """

    columns: ClassVar[tuple[str, ...]] = timeline.COLUMNS

    def __init__(
        self,
        stream: BinaryIO,
        report: RunReport,
        issues: Callable[[], Iterator[Issue]],
        messages: Callable[[], Iterator[MessageJourney]] = lambda: iter(()),
        *,
        sheet_rows: int = MOST_ROWS,
    ) -> None:
        self._issues = issues
        self._messages = messages
        self._sheet_rows = sheet_rows
        self._facts = Facts(report=report)
        self._container = Container(stream)
        self._book = new_book()
        self._small: list[tuple[Worksheet, SmallSheet]] = []
        self._add_small(BEFORE)
        opening = parts(self._book)
        for name in OPENING:
            self._container.add(name, opening[name])
        self._styles = StreamedStyles(self._book.worksheets[0])
        columns = timeline.timeline_columns(report.zone)
        grid = Grid(columns, self._styles, rate=timeline.severities, rest=timeline.REST)
        self._timeline = StreamedTable(self._book, self._container, "Timeline", grid, sheet_rows, frozen=6)

    def write(self, batch: Any) -> None:
        """Append a batch of events."""
        self._timeline.write(batch)

    def close(self) -> list[str]:
        """Finish the file; the stream stays open. Returns notes worth telling the user."""
        self._finish(self._timeline, "events, oldest first")
        about = "messages that traces speak of, each with its way through the transport service in one sentence"
        self._write_table(journeys, journeys.batches(self._messages()), about)
        self._add_small(BETWEEN)
        about = "records and files that were not read: where they stand, why, and their text"
        self._write_table(rejected, rejected.batches(self._issues()), about)
        self._add_small(AFTER)
        self._book.worksheets[0].sheet_view.tabSelected = True
        for sheet, small in self._small:
            small.fill(sheet, self._facts)
        for name, data in parts(self._book).items():
            if name not in self._container.names:
                self._container.add(name, data)
        self._container.close()
        return self._notes()

    def _add_small(self, sheets: tuple[SmallSheet, ...]) -> None:
        for small in sheets:
            why = small.absent(self._facts.report)
            if why is not None:
                self._facts.left_out.append((small.title, why))
                continue
            self._small.append((self._book.create_sheet(small.title), small))
            self._facts.contents.append((small.title, small.about))

    def _write_table(self, sheet: ModuleType, batches: Iterator[Any], about: str) -> None:
        """Stream one of the tables that are modules with TITLE, COLUMNS, REST and ABSENT."""
        table = None
        for batch in batches:
            if table is None:
                grid = Grid(sheet.COLUMNS, self._styles, rate=None, rest=sheet.REST)
                table = StreamedTable(self._book, self._container, sheet.TITLE, grid, self._sheet_rows, frozen=1)
            table.write(batch)
        if table is None:
            self._facts.left_out.append((sheet.TITLE, sheet.ABSENT))
        else:
            self._finish(table, about)

    def _finish(self, table: StreamedTable, about: str) -> None:
        table.close()
        self._facts.cut[table.titles[0]] = table.cut
        self._facts.contents.append((", ".join(table.titles), f"{table.rows:,} {about}."))

    def _notes(self) -> list[str]:
        notes = [
            f"{title}: cells cut because Excel holds no more: {count:,}; each says where the rest is"
            for title, count in self._facts.cut.items()
            if count
        ]
        if len(self._timeline.titles) > 1:
            notes.append(f"{self._timeline.rows:,} events on {len(self._timeline.titles)} sheets")
        return notes
