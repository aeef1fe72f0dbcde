"""The workbook: small sheets made with openpyxl, long ones streamed between them, all in one zip file.

Nothing that grows with the number of rows is kept in memory, and no clock value is written: equal input gives equal
bytes.
"""

from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

from m365timeline.schemas.failure import TooLittleMemoryError
from m365timeline.schemas.journeys import MessageJourney
from m365timeline.schemas.notes import Notes
from m365timeline.schemas.record import Issue
from m365timeline.schemas.report import RunReport
from m365timeline.schemas.sheets import ORDER, Answer
from m365timeline.writers.xlsx import answers as analyses
from m365timeline.writers.xlsx import coverage, journeys, legend, rejected, sources, summary, timeline
from m365timeline.writers.xlsx.container import Container
from m365timeline.writers.xlsx.grid import Grid
from m365timeline.writers.xlsx.package import OPENING, arrange, new_book, parts, with_streamed
from m365timeline.writers.xlsx.small import Facts, SmallSheet
from m365timeline.writers.xlsx.streamed import StreamedTable
from m365timeline.writers.xlsx.styles import StreamedStyles

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

MOST_ROWS = 1_000_000  # of a sheet, below Excel's 1,048,576

BEFORE: tuple[SmallSheet, ...] = (summary.SHEET,)  # the small sheets before the Timeline
BETWEEN: tuple[SmallSheet, ...] = (coverage.SHEET, sources.SHEET)  # after it, before Rejected
AFTER: tuple[SmallSheet, ...] = (legend.SHEET,)


class XlsxWriter:
    """Writes the timeline as a workbook to a seekable stream. ``report`` is final when the writer is made.

    ``issues``, ``messages`` and ``answers`` are asked for when the timeline is written: what was not read, the message
    journeys, and the sheets of the analyses, whose rows lead to rows of the timeline. ``notes`` are an analyst's own, of an
    earlier workbook.

    Raises OSError if the stream cannot be written, ValueError if ``report.zone`` is no time zone.
    """

    columns: ClassVar[tuple[str, ...]] = timeline.COLUMNS

    def __init__(
        self,
        stream: BinaryIO,
        report: RunReport,
        issues: Callable[[], Iterator[Issue]],
        messages: Callable[[], Iterator[MessageJourney]] = lambda: iter(()),
        answers: Callable[[], Iterable[Answer]] = tuple,
        *,
        sheet_rows: int = MOST_ROWS,
        notes: Notes | None = None,
    ) -> None:
        self._issues = issues
        self._messages = messages
        self._answers = answers
        self._members: dict[str, str] = {}
        self._sheet_rows = sheet_rows
        self._facts = Facts(report=report, without=dict(report.without))
        self._container = Container(stream)
        self._book = new_book()
        self._small: list[tuple[Worksheet, SmallSheet]] = []
        self._add_small(BEFORE)
        opening = parts(self._book)
        for name in OPENING:
            self._container.add(name, opening[name])
        self._styles = StreamedStyles(self._book.worksheets[0])
        columns = timeline.timeline_columns(report.zone, notes)
        grid = Grid(columns, self._styles, rate=timeline.severities, rest=timeline.REST)
        self._timeline = StreamedTable(self._book, self._container, "Timeline", grid, sheet_rows, frozen=6)

    def write(self, batch: Any) -> None:
        """Append a batch of events."""
        self._timeline.write(batch)

    def close(self) -> list[str]:
        """Finish the file; the stream stays open. Returns notes worth telling the user."""
        self._finish(self._timeline, "events, oldest first")
        places = self._facts.places = analyses.Places(self._timeline.titles, self._timeline.starts)
        for answer in self._answers():
            self._write_answer(answer, places)
        about = "messages that traces speak of, each with its way through the transport service in one sentence"
        self._write_table(journeys, journeys.batches(self._messages()), about)
        self._add_small(BETWEEN)
        about = "records and files that were not read: where they stand, why, and their text"
        self._write_table(rejected, rejected.batches(self._issues()), about)
        self._add_small(AFTER)
        arrange(self._book, ORDER)
        self._facts.contents.sort(key=_place)
        self._facts.left_out.sort(key=_place)
        self._book.worksheets[0].sheet_view.tabSelected = True
        for sheet, small in self._small:
            small.fill(sheet, self._facts)
        for name, data in with_streamed(parts(self._book), self._book, self._members).items():
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

    def _write_answer(self, answer: Answer, places: analyses.Places) -> None:
        sheet = answer.sheet
        grid = lambda: Grid(  # noqa: E731 (made only where there is a row)
            analyses.columns(sheet, places), self._styles, rate=analyses.severities, rest=analyses.REST, notes=analyses.notes(sheet)
        )  # fmt: skip
        batches = analyses.batches(sheet, answer.rows(), places)
        self._stream(sheet.title, grid, batches, sheet.about, sheet.empty, sheet.frozen)

    def _write_table(self, sheet: ModuleType, batches: Iterator[Any], about: str) -> None:
        """Stream one of the tables that are modules with TITLE, COLUMNS, REST and ABSENT."""
        grid = lambda: Grid(sheet.COLUMNS, self._styles, rate=None, rest=sheet.REST)  # noqa: E731 (as above)
        self._stream(sheet.TITLE, grid, batches, about, sheet.ABSENT, 1)

    def _stream(
        self, title: str, grid: Callable[[], Grid], batches: Iterator[Any], about: str, absent: str, frozen: int
    ) -> None:
        """Write a table as it is worked out. What needs more memory than there may be ends there, and the workbook says so."""
        table = None
        try:
            for batch in batches:
                table = table or StreamedTable(
                    self._book, self._container, title, grid(), self._sheet_rows, frozen=frozen
                )
                table.write(batch)
        except TooLittleMemoryError as error:
            self._facts.without[title] = error.why()
            about += ". INCOMPLETE: see Warnings"
        if table is not None:
            self._finish(table, about)
        elif title not in self._facts.without:
            self._facts.left_out.append((title, absent))

    def _finish(self, table: StreamedTable, about: str) -> None:
        table.close()
        self._members.update(table.members)
        self._facts.cut[table.titles[0]] = table.cut
        self._facts.contents.append((", ".join(table.titles), f"{table.rows:,} {about}."))

    def _notes(self) -> list[str]:
        notes = [
            f"{title}: cells cut because Excel holds no more: {count:,}; each says where the rest is"
            for title, count in self._facts.cut.items()
            if count
        ]
        notes += [f"The sheet {title} is left out or incomplete: {why}" for title, why in self._facts.without.items()]
        if len(self._timeline.titles) > 1:
            notes.append(f"{self._timeline.rows:,} events on {len(self._timeline.titles)} sheets")
        return notes


def _place(item: tuple[str, str]) -> int:
    """Where a sheet stands in the workbook, by the first of its titles."""
    title = item[0].partition(",")[0]
    return ORDER.index(title) if title in ORDER else len(ORDER)
