"""The Summary: what this is, whether the figures balance, what to beware of, and what the timeline looks like."""

from collections.abc import Sequence

from openpyxl.worksheet.worksheet import Worksheet

from m365timeline.schemas.report import Count, RunReport
from m365timeline.writers.xlsx import charts, styles
from m365timeline.writers.xlsx.page import Page
from m365timeline.writers.xlsx.small import Facts, SmallSheet, iso, set_up_print
from m365timeline.writers.xlsx.told import tell_findings, tell_story

_WIDTHS = (54, 14, 20, 20, 26, 14, 14, 14, 14, 14)
_MOST_WARNINGS, _MOST_SOURCES, _MOST_SERIES, _MOST_BARS = 15, 40, 7, 10
_CHART_ROWS = 20
_DATES = {3: styles.DATE_FORMAT, 4: styles.DATE_FORMAT}

_WHAT = (
    "Every record of the exports listed below as one normalized event, oldest first, each with the file and record it was read from. "
    "Times are UTC. An empty cell means that the log does not say. A count of rows is not a count of actions: Microsoft aggregates repeated accesses. "
    "The absence of an event proves nothing unless the exports are complete for that time and that kind of event."
)
_VERIFY = (
    "The manifest (a .manifest.json beside the first output) holds the SHA-256 of every input and output, the arguments and the versions of this run.",
    "m365timeline verify MANIFEST   reads inputs and outputs again and says what has changed.",
    "m365timeline show MANIFEST EVENT_ID   prints the exact source bytes behind a row; its id stands in the column Event id.",
)


def _fill(sheet: Worksheet, facts: Facts) -> None:
    report = facts.report
    page = Page(sheet, _WIDTHS)
    page.banner(
        "Microsoft 365 timeline",
        f"Made by m365timeline {report.version}   ·   all times UTC   ·   case zone {report.zone or 'not given'}",
    )
    page.paragraph(_WHAT)
    page.space()
    tell_story(page, facts)
    _warn(page, facts)
    tell_findings(page, report)
    _account(page, report)
    _describe(page, facts)
    _list_sources(page, report)
    chart_row = page.row
    page.space(_CHART_ROWS + 1 if report.overview.days else 0)
    _count_severities(page, report)
    for title, names in (
        ("Categories", "by_category"),
        ("Busiest users", "users"),
        ("Busiest mailboxes", "mailboxes"),
        ("Busiest addresses", "addresses"),
        ("Most frequent operations", "operations"),
    ):
        _rank(page, title, getattr(report.overview, names))
    _list_sheets(page, facts)
    page.heading("How to verify")
    for text in _VERIFY:
        page.paragraph(text)
    page.space()
    _chart_periods(page, report, chart_row)
    set_up_print(sheet)


def _warn(page: Page, facts: Facts) -> None:
    warnings = _warnings(facts)
    page.heading("Warnings")
    for text in facts.report.notes:
        page.paragraph(text, colour=styles.PALE)
    for text in warnings[:_MOST_WARNINGS]:
        page.paragraph("▲  " + text, colour=styles.BAD)
    if len(warnings) > _MOST_WARNINGS:
        more = f"▲  … and {len(warnings) - _MOST_WARNINGS:,} more: see the column Warnings on the sheet Sources."
        page.paragraph(more, colour=styles.BAD, bold=True)
    if not warnings:
        page.paragraph("None.", colour=styles.GOOD)
    page.space()


def _warnings(facts: Facts) -> list[str]:
    """What an analyst must know before relying on the timeline, the gravest first. Files that are no exports are none."""
    report = facts.report
    warnings = [f"The figures do not balance: {broken}." for broken in report.totals.balance()]
    warnings += [f"The sheet {title} is left out or incomplete: {why}" for title, why in facts.without.items()]
    if report.totals.rejected:
        warnings.append(
            f"Records that could not be read and are not on the timeline: {report.totals.rejected:,} (sheet Rejected)."
        )
    for title, count in facts.cut.items():
        if count:
            warnings.append(
                f"{title}: cells cut because Excel holds no more: {count:,}. Each says how much is missing and where it is."
            )
    warnings += report.warnings
    sources = [source for source in report.sources if source.status != "skipped"]
    told = set(warnings)
    own = [f"{source.name}: {text}" for source in sources for text in source.warnings]
    return warnings + [text for text in own if text not in told]


def _account(page: Page, report: RunReport) -> None:
    totals = report.totals
    page.heading("Nothing is lost silently")
    read, placed = totals.converted + totals.rejected, totals.timeline + totals.duplicates + totals.out_of_scope
    rows = (
        ("Records read", totals.records, f"= {totals.converted:,} converted + {totals.rejected:,} rejected", _verdict(totals.records, read)),
        ("Events made of them", totals.events, f"= {totals.timeline:,} on the timeline + {totals.duplicates:,} duplicates folded + {totals.out_of_scope:,} out of scope", _verdict(totals.events, placed)),
        ("Files given", totals.inputs, _files(report), "complete" if not totals.unread else "INCOMPLETE"),
    )  # fmt: skip
    for name, number, how, verdict in rows:
        page.table_row((name, number, how), verdict, styles.GOOD if verdict in {"balances", "complete"} else styles.BAD)
    if report.news:
        page.paragraph(report.news.in_words())
    page.space()


def _files(report: RunReport) -> str:
    statuses = [source.status for source in report.sources]
    words = {"read": "read", "empty": "without a record", "unread": "not read", "skipped": "no exports, skipped"}
    return "; ".join(f"{text}: {statuses.count(status):,}" for status, text in words.items() if status in statuses)


def _verdict(whole: int, parts: int) -> str:
    return "balances" if whole == parts else "DOES NOT BALANCE"


def _describe(page: Page, facts: Facts) -> None:
    report = facts.report
    times = [time for source in report.sources for time in (source.first_time, source.last_time) if time is not None]
    page.heading("Scope and times")
    scope = "; ".join(f"{name}: {value}" for name, value in report.scope.items()) or "everything: no filter was given"
    untimed = report.overview.untimed
    rows = [
        ("Filters", scope),
        (
            "Case zone",
            f"{report.zone}: second column of the Timeline"
            if report.zone
            else "not given: times are shown in UTC only",
        ),
        (
            "First and last event of all sources",
            f"{iso(min(times))}  to  {iso(max(times))}" if times else "no event has a time",
        ),
        (
            "Events without a time",
            f"{untimed:,} at the end of the Timeline; Details has the time as written" if untimed else "none",
        ),
    ]
    for row in rows:
        page.table_row(row)
    page.space()


def _list_sources(page: Page, report: RunReport) -> None:
    page.heading("Sources (SHA-256, encoding and decisions for each on the sheet Sources)")
    sources = [source for source in report.sources if source.status != "skipped"]
    listed = sources[:_MOST_SOURCES]
    page.table(
        (
            "File",
            "Records",
            "First (UTC)",
            "Last (UTC)",
            "Format",
            "Converted",
            "Rejected",
            "Duplicates",
            "Warnings",
            "Status",
        ),
        [
            (
                item.name,
                item.records,
                item.first_time,
                item.last_time,
                item.format or "–",
                item.converted,
                item.rejected,
                item.duplicates,
                len(item.warnings),
                item.status,
            )
            for item in listed
        ],
        forms=_DATES,
        colours=[styles.BAD if item.rejected or item.status == "unread" else None for item in listed],
    )
    if len(report.sources) > len(listed):
        skipped = len(report.sources) - len(sources)
        page.paragraph(
            f"… and {len(report.sources) - len(listed):,} more on the sheet Sources (no exports: {skipped:,})."
        )
    page.space()


def _count_severities(page: Page, report: RunReport) -> None:
    overview = report.overview
    order = {name: number for number, name in enumerate(styles.SEVERITY_FILLS)}
    found = sorted(overview.severities, key=lambda item: order.get(item.name, len(order)))
    page.heading("Severities (how much an event deserves a look; the rules stand in the Legend)")
    page.table(
        ("Severity", "Events", "First (UTC)", "Last (UTC)"),
        _rows(found),
        forms=_DATES,
        colours=[styles.SEVERITY_FILLS.get(item.name) for item in found],
    )
    page.space()


def _rank(page: Page, title: str, counts: Sequence[Count]) -> None:
    if not counts:
        return
    page.heading(title)
    header = page.table(("Name", "Events", "First (UTC)", "Last (UTC)"), _rows(counts), forms=_DATES)
    shown = min(len(counts), _MOST_BARS)
    page.row = max(page.row, header + 10)
    page.place(charts.bars(page.sheet, header, header + shown), "F", header, page.row - header)
    page.space()


def _rows(counts: Sequence[Count]) -> list[tuple[str, int, int | None, int | None]]:
    return [(item.name, item.events, item.first, item.last) for item in counts]


def _list_sheets(page: Page, facts: Facts) -> None:
    page.heading("Sheets of this workbook")
    for row in facts.contents:
        page.table_row(row)
    for title, why in facts.left_out:
        page.table_row((f"{title} (left out)", f"Nothing to say: {why}"))
    page.space()


def _chart_periods(page: Page, report: RunReport, chart_row: int) -> None:
    """The table behind the first chart stands at the end of the sheet, the chart before the counts."""
    overview = report.overview
    if not overview.days:
        return
    names, rest = overview.categories[:_MOST_SERIES], len(overview.categories) > _MOST_SERIES
    title = f"Events per {overview.period} by category"
    page.heading(f"{title} (UTC)")
    rows = [
        (day, *counts[: len(names)], *([sum(counts[len(names) :])] if rest else []))
        for day, counts in zip(overview.days, overview.by_day, strict=True)
    ]
    header = page.table((overview.period.capitalize(), *names, *(["all others"] if rest else [])), rows)
    chart = charts.stacked_columns(page.sheet, title, header, page.row - 1, len(names) + rest)
    page.place(chart, "B", chart_row, _CHART_ROWS)
    page.break_before(chart_row)


SHEET = SmallSheet(title="Summary", about="This sheet: warnings, accounting, sources, counts and charts.", fill=_fill)
