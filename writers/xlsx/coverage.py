"""The Coverage sheet: what is not known, how far each log reaches, and a coloured grid of days and logs."""

from openpyxl.worksheet.worksheet import Worksheet

from m365timeline.schemas.coverage import Coverage, Log
from m365timeline.schemas.report import RunReport
from m365timeline.writers.xlsx import styles
from m365timeline.writers.xlsx.page import Page
from m365timeline.writers.xlsx.small import Facts, SmallSheet, put, set_up_print

_SHADES = ("E7EEF7", "C9DAEE", "AFCAE6", "94B8DD", "7AA6D3")  # few events … the busiest day of that log
_OUTSIDE, _QUIET = "EDEDED", styles.BAD
_LEAST = 8  # columns of the page
_DATES = {4: styles.DATE_FORMAT, 5: styles.DATE_FORMAT}
_HOW = (
    "Everything supplied counts here, copies too, whatever filters the timeline has. Darker: more events of that log, against its own busiest "
    "time. Red: no event although the log reaches over it; grey: before its first or after its last event. A pause is longer than three days and "
    "than three times the usual distance of days with events. A day with events can still lack others."
)


def _fill(sheet: Worksheet, facts: Facts) -> None:
    coverage, report = facts.report.coverage, facts.report
    page = Page(sheet, (52, *(19,) * max(_LEAST, len(coverage.logs))))
    page.banner("Coverage", "What the supplied logs reach, and what they therefore cannot tell   ·   all days UTC")
    page.heading("What is not known")
    for text in coverage.unknown:
        page.paragraph("▲  " + text, colour=styles.BAD)
    if not coverage.unknown:
        page.paragraph(
            "No gap was found by the methods named below. That is no proof of completeness.", colour=styles.GOOD
        )
    page.space()
    short = [(source.name, text) for source in report.sources for text in source.short]
    page.heading("Signs that an export itself is short")
    if short:
        page.table(("Source", "Sign"), short, colours=[styles.BAD] * len(short), spread=True)
    else:
        page.paragraph(
            "None: no gap in a numbering, no count at a known limit, no record cut at a limit.", colour=styles.GOOD
        )
    page.space()
    page.heading("How far each log reaches")
    page.table(
        ("Log", "Files", "Events", "First (UTC)", "Last (UTC)", "Days with events", "Not covered"),
        [_reach(log) for log in coverage.logs], forms=_DATES, spread=True,
    )  # fmt: skip
    page.space()
    _grid(page, coverage)
    set_up_print(sheet, paper="A3")


def _reach(log: Log) -> tuple[object, ...]:
    missing = [f"nothing {words}" for words in log.uncovered] + [f"pause {words}" for words in log.pauses]
    return log.name, log.files, log.events, log.first, log.last, log.days, "; ".join(missing) or "–"


def _grid(page: Page, coverage: Coverage) -> None:
    page.heading(f"Events per {coverage.period} and log")
    page.paragraph(_HOW)
    header = page.table((coverage.period.capitalize(), *(log.name for log in coverage.logs)), [])
    page.sheet.row_dimensions[header].height = 42
    for number, start in enumerate(coverage.starts):
        cell = page.cell(1)
        styles.style_body(cell)
        put(cell, start)
        for column, log in enumerate(coverage.logs, 2):
            cell = page.cell(column)
            styles.style_body(cell, number=True)
            put(cell, log.counts[number] or None)
            cell.fill = styles.fill(_colour(log.counts, number))
        page.row += 1


def _colour(counts: list[int], number: int) -> str:
    """The fill of one cell, against the log's own busiest time."""
    if counts[number]:
        return _SHADES[min(len(_SHADES) - 1, counts[number] * len(_SHADES) // (max(counts) + 1))]
    return _QUIET if any(counts[:number]) and any(counts[number:]) else _OUTSIDE


def _absent(report: RunReport) -> str | None:
    return None if report.coverage.logs else "no event was read."


SHEET = SmallSheet(
    title="Coverage", about="Days and logs: what was supplied, pauses, limits reached, and what is therefore not known.", fill=_fill, absent=_absent
)  # fmt: skip
