"""Counts over the timeline for the Summary sheet and its charts.

Method: plain counting of the events in scope, each once (copies are folded). A count of rows is not a count of actions:
Microsoft aggregates repeated accesses.
"""

from typing import Any, Protocol

import pandas as pd

from m365timeline.schemas.report import Count, Overview

_TOP = 15
_MOST_PERIODS = 400


class Queryable(Protocol):
    """A case, as far as an analysis may see it."""

    def query(self, text: str) -> Any:
        """Run a query over ``timeline``; the result has ``.df()``."""


def make_overview(case: Queryable) -> Overview:
    """Count the timeline by day, category, severity, user, mailbox, address and operation."""
    period, table = _by_period(case)
    return Overview(
        period=period,
        days=[str(day) for day in table.index],
        categories=[str(name) for name in table.columns],
        by_day=[[int(value) for value in row] for row in table.to_numpy()],
        severities=_counts(case, "severity", None),
        by_category=_counts(case, "category", None),
        users=_counts(case, "actor", _TOP, "actor_type NOT IN ('system', 'microsoft')"),
        mailboxes=_counts(case, "mailbox", _TOP),
        addresses=_counts(case, "ip", _TOP),
        operations=_counts(case, "operation", _TOP),
        untimed=int(case.query("SELECT count(*) AS events FROM timeline WHERE time IS NULL").df()["events"].iloc[0]),
    )


def _counts(case: Queryable, column: str, most: int | None, condition: str = "true") -> list[Count]:
    text = f"""SELECT {column} AS name, count(*) AS events, epoch_us(min(time)) AS first, epoch_us(max(time)) AS last
        FROM timeline WHERE {column} IS NOT NULL AND {condition} GROUP BY 1 ORDER BY events DESC, name"""
    rows = case.query(text + (f" LIMIT {most}" if most else "")).df()
    return [
        Count(name=str(name), events=int(events), first=_whole(first), last=_whole(last))
        for name, events, first, last in zip(rows["name"], rows["events"], rows["first"], rows["last"], strict=True)
    ]


def _whole(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def _by_period(case: Queryable) -> tuple[str, pd.DataFrame]:
    """Events by period and category: days, or weeks or months where days would be too many for a chart."""
    for period in ("day", "week", "month"):
        rows = case.query(
            f"""SELECT strftime(date_trunc('{period}', time), '%Y-%m-%d') AS day, coalesce(category, 'other') AS category, count(*) AS events
            FROM timeline WHERE time IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2"""
        ).df()
        if period == "month" or rows["day"].nunique() <= _MOST_PERIODS:
            break
    if rows.empty:
        return period, pd.DataFrame()
    table = rows.pivot_table(index="day", columns="category", values="events", aggfunc="sum", fill_value=0)
    busiest = sorted(table.columns, key=lambda name: (-int(table[name].sum()), str(name)))
    return period, table[busiest]
