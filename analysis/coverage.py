"""Coverage: which days does each log reach, where is it quieter than its own rhythm, and what is therefore not known?

Method: events of everything supplied (copies too, filters not applied) by log and day. A pause is a run of days without any event
of a log that is longer than three days and than three times the median distance of its days with events; a weekend is none. A span
that equals a known retention says that older records were probably deleted.

What this cannot show: a day with some events can still lack others; a quiet log may be a quiet day.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise
from statistics import median
from typing import Any, Protocol

from m365timeline.schemas.coverage import Coverage, Log
from m365timeline.schemas.words import counted

_MOST = 400  # periods of the grid
_SHORTEST = 3  # days: a weekend and a holiday are no pause
RETENTIONS = {
    7: "sign-in logs without a premium licence", 10: "message traces of the cmdlet", 30: "sign-in logs, tracking logs",
    90: "mailbox audit, message traces and, before October 2023, the unified log", 180: "the unified log",
    365: "the unified log with a premium licence",
}  # fmt: skip
FAMILIES = {
    "mailbox_audit": "Mailbox audit", "admin_audit": "Admin audit", "unified_audit_log": "Unified log", "message_trace": "Message trace",
    "message_trace_detail": "Message trace detail", "message_trace_summary": "Message trace, summary report",
    "message_trace_extended": "Message trace, extended report", "message_tracking": "Message tracking", "entra": "Entra",
    "entra_auth_step": "Entra authentication steps", "mapped": "Mapped tables",
    "defender_hunting": "Defender mail tables", "threat_explorer": "Threat Explorer", "quarantine": "Quarantine", "safe_links": "Safe Links",
    "dlp_report": "Data loss prevention report", "sharepoint_audit_report": "SharePoint audit report",
    "cloud_app_activity": "Defender for Cloud Apps",
}  # fmt: skip
# What an investigation asks first, by the categories that answer it, and what it means if there are none.
_QUESTIONS = (
    ({"mailbox_access", "message_read"}, "No record of access to mailboxes was supplied: who opened a mailbox or read messages is not known."),
    ({"message_send", "mail_trace"}, "Neither a message trace nor a record of sending was supplied: what was sent is not known."),
    ({"mail_trace"}, "No message trace was supplied: recipients, delivery and mail forwarded by rules are not known, except where an audit record names them."),
    ({"signin", "signin_failed"}, "No sign-ins were supplied: from where accounts were used is known only from what they did afterwards."),
    ({"permission", "role", "audit_config", "directory_change", "forwarding", "rule", "oauth"}, "No record of administration was supplied: who gave access to whom, and whether auditing was on, is not known."),
    ({"file_access"}, "No file events were supplied: what was opened or downloaded in SharePoint and OneDrive is not known."),
)  # fmt: skip
_QUERY = """
SELECT e.source_type, e.workload, e.category, e.operation = 'MailItemsAccessed' AS accessed, CAST(k.time AS DATE) AS day, count(*) AS events,
  list_sort(list(DISTINCT e.source)) AS sources, epoch_us(min(k.time)) AS first, epoch_us(max(k.time)) AS last
FROM segments e JOIN keys k ON k.id = e.id GROUP BY ALL"""


class Queryable(Protocol):
    """A case, as far as this may see it."""

    def query(self, text: str) -> Any:
        """Run a query; the result has ``.fetchall()``."""


def make_coverage(case: Queryable, families: Mapping[str, str]) -> Coverage:
    """What was supplied. ``families`` names the family of each format."""
    found = case.query(_QUERY).fetchall()
    groups: dict[str, list[Any]] = defaultdict(list)
    for row in found:
        groups[_name(families.get(row[0], row[0]), row[1], row[2])].append(row)
    days = sorted({row[4] for row in found if row[4] is not None})
    period, starts = _periods(days)
    ends = (days[0], days[-1]) if days else None
    logs = [_log(name, rows, period, starts, ends) for name, rows in sorted(groups.items())]
    return Coverage(period=period, starts=[str(start) for start in starts], logs=logs, unknown=_unknown(found, logs))


def _name(family: str, workload: str | None, category: str | None) -> str:
    words = FAMILIES.get(family, family)
    if family == "unified_audit_log":
        return f"{words}: {workload or 'no workload named'}"
    if family == "entra":
        return f"{words}: {'sign-ins' if category in {'signin', 'signin_failed'} else 'directory'}"
    return words


def _periods(days: list[date]) -> tuple[str, list[date]]:
    """Every day, week or month of the case, whichever a sheet can show."""
    if not days:
        return "day", []
    for period in ("day", "week", "month"):
        starts = [_start_of(days[0], period)]
        while starts[-1] <= days[-1] and len(starts) <= _MOST:
            starts.append(_next(starts[-1], period))
        if starts[-1] > days[-1] or period == "month":
            break
    return period, starts[:-1]


def _start_of(day: date, period: str) -> date:
    if period == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if period == "week" else day


def _next(start: date, period: str) -> date:
    if period == "month":
        return (start + timedelta(days=32)).replace(day=1)
    return start + timedelta(days=7 if period == "week" else 1)


def _log(name: str, rows: list[Any], period: str, starts: list[date], ends: tuple[date, date] | None) -> Log:
    counts = dict.fromkeys(starts, 0)
    for row in rows:
        if row[4] is not None and _start_of(row[4], period) in counts:
            counts[_start_of(row[4], period)] += row[5]
    days = sorted({row[4] for row in rows if row[4] is not None})
    log = Log(
        name=name, files=len({source for row in rows for source in row[6]}), events=sum(row[5] for row in rows), days=len(days),
        first=min((row[7] for row in rows if row[7] is not None), default=None),
        last=max((row[8] for row in rows if row[8] is not None), default=None), counts=list(counts.values()),
    )  # fmt: skip
    if days and ends:
        log.pauses = _pauses(days)
        log.uncovered = [
            *([f"before {days[0]}"] if days[0] > ends[0] else []), *([f"after {days[-1]}"] if days[-1] < ends[1] else []),
        ]  # fmt: skip
        span = (days[-1] - days[0]).days + 1
        kept = next((days for days in RETENTIONS if days >= 90 and abs(span - days) <= 1), None)
        if kept:
            log.edges = [
                f"It spans {counted(span, 'day')}, as long as {RETENTIONS[kept]} are kept: older records were probably deleted."
            ]
    return log


def _pauses(days: list[date]) -> list[str]:
    distances = [(later - earlier).days for earlier, later in pairwise(days)]
    if not distances:
        return []
    longest = max(_SHORTEST, 3 * median(distances))
    return [
        f"{earlier + timedelta(days=1)} to {later - timedelta(days=1)}"
        for earlier, later in pairwise(days)
        if (later - earlier).days > longest
    ]


def _unknown(found: list[Any], logs: list[Log]) -> list[str]:
    there = {row[2] for row in found}
    sentences = [words for categories, words in _QUESTIONS if not there & categories]
    exchange = any(log.name == "Unified log: Exchange" for log in logs)
    if exchange and not any(row[3] for row in found):
        sentences.append(
            "The unified log holds no MailItemsAccessed: which messages were read is not known, whether because nothing was read, the licence did not include it, or it was left out of the search."
        )
    for log in logs:
        if log.pauses:
            sentences.append(
                f"{log.name}: nothing at all {'; '.join(log.pauses[:5])}{' and more' if len(log.pauses) > 5 else ''}. What happened then is not known from it."
            )
        sentences += [f"{log.name}: {edge}" for edge in log.edges]
    untimed = sum(row[5] for row in found if row[4] is None)
    if untimed:
        sentences.append(f"{counted(untimed, 'event')} without a known time: none can fill any of these days.")
    return sentences
