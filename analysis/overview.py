"""Counts over the timeline for the Summary sheet and its charts.

Method: plain counting of the events in scope, each once (copies are folded). A count of rows is not a count of actions:
Microsoft aggregates repeated accesses.
"""

from collections import Counter
from typing import Any, Protocol

from m365timeline.schemas.report import Count, Overview

_TOP = 15
_MOST_PERIODS = 400


class Queryable(Protocol):
    """A case, as far as an analysis may see it."""

    def query(self, text: str) -> Any:
        """Run a query over ``timeline``; the result has ``.fetchall()``."""


def make_overview(case: Queryable) -> Overview:
    """Count the timeline by day, category, severity, user, mailbox, address and operation."""
    period, days, categories, by_day = _by_period(case)
    return Overview(
        period=period,
        days=days,
        categories=categories,
        by_day=by_day,
        severities=_counts(case, "severity", None),
        by_category=_counts(case, "category", None),
        users=_counts(case, "actor", _TOP, "actor_type NOT IN ('system', 'microsoft')"),
        mailboxes=_counts(case, "mailbox", _TOP),
        addresses=_counts(case, "ip", _TOP),
        operations=_counts(case, "operation", _TOP),
        untimed=case.query("SELECT count(*) FROM timeline WHERE time IS NULL").fetchall()[0][0],
    )


def _counts(case: Queryable, column: str, most: int | None, condition: str = "true") -> list[Count]:
    text = f"""SELECT {column} AS name, count(*) AS events, epoch_us(min(time)) AS first, epoch_us(max(time)) AS last
        FROM timeline WHERE {column} IS NOT NULL AND {condition} GROUP BY 1 ORDER BY events DESC, name"""
    rows = case.query(text + (f" LIMIT {most}" if most else "")).fetchall()
    return [Count(name=name, events=events, first=first, last=last) for name, events, first, last in rows]


def _by_period(case: Queryable) -> tuple[str, list[str], list[str], list[list[int]]]:
    """Events by period and category: days, or weeks or months where days would be too many for a chart.

    Returns the kind of period, the periods, the categories (the busiest first), and the counts, a row for each period.
    """
    counts: dict[str, dict[str, int]] = {}
    for period in ("day", "week", "month"):
        counts = {}
        rows = case.query(
            f"""SELECT strftime(date_trunc('{period}', time), '%Y-%m-%d') AS day, coalesce(category, 'other') AS category, count(*) AS events
            FROM timeline WHERE time IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2"""
        ).fetchall()
        for day, category, events in rows:
            counts.setdefault(day, {})[category] = events
        if len(counts) <= _MOST_PERIODS:
            break
    total: Counter[str] = Counter()
    for row in counts.values():
        total.update(row)
    busiest = sorted(total, key=lambda name: (-total[name], name))
    return period, list(counts), busiest, [[row.get(name, 0) for name in busiest] for row in counts.values()]
