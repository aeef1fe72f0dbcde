"""What a run has to say about itself: figures that balance, decisions, warnings. No clock value stands here."""

from typing import Any

import msgspec

from m365timeline.schemas.coverage import Coverage
from m365timeline.schemas.findings import Findings
from m365timeline.schemas.story import Story


class SourceReport(msgspec.Struct, kw_only=True):
    """One source: what it is and what became of its records. ``status`` is read, unread, skipped or empty.

    ``records = converted + rejected``; ``states`` are the converted records that are context and give no event. Times are
    microseconds since 1970-01-01T00:00:00Z. ``decisions`` say how the source was read and why; ``warnings`` what an analyst must
    know before relying on it, of which ``short`` are signs that the export itself is short. ``bytes_by_kind`` says what every
    byte is (preamble, header, event, state, duplicate, reject, blank, aside, trailing) and sums to ``size``; ``origin_sha256`` is
    the hash of the archive or mail a source is a member of.
    """

    name: str
    status: str = "read"
    origin: str = ""
    sha256: str = ""
    size: int = 0
    format: str = ""
    title: str = ""
    variant: str = ""
    encoding: str = ""
    records: int = 0
    converted: int = 0
    rejected: int = 0
    events: int = 0
    states: int = 0
    duplicates: int = 0
    first_time: int | None = None
    last_time: int | None = None
    decisions: list[str] = msgspec.field(default_factory=list)
    warnings: list[str] = msgspec.field(default_factory=list)
    short: list[str] = msgspec.field(default_factory=list)
    bytes_by_kind: dict[str, int] = msgspec.field(default_factory=dict)
    origin_sha256: str = ""


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


class News(msgspec.Struct, kw_only=True):
    """What a run brought to a case that was there before.

    ``sources`` and ``events`` nobody had seen before; ``known`` are events of the new sources that earlier ones had brought;
    ``carried`` counts sources that were not given again and taken from the case.
    """

    sources: int
    events: int
    known: int
    carried: int

    def in_words(self) -> str:
        """One sentence."""
        return (
            f"New in this case: {_counted(self.sources, 'source')} with {_counted(self.events, 'new event')}, {self.known:,} already known"
            + (f"; taken from the case, not given again: {_counted(self.carried, 'source')}." if self.carried else ".")
        )


class Totals(msgspec.Struct, kw_only=True):
    """The whole run: ``records = converted + rejected``; ``events = timeline + duplicates + out_of_scope``."""

    inputs: int = 0
    unread: int = 0
    records: int = 0
    converted: int = 0
    rejected: int = 0
    events: int = 0
    duplicates: int = 0
    out_of_scope: int = 0
    timeline: int = 0

    def balance(self) -> list[str]:
        """The conservation laws that do not hold; empty if all do."""
        broken = []
        if self.records != self.converted + self.rejected:
            broken.append(f"records {self.records} ≠ converted {self.converted} + rejected {self.rejected}")
        if self.events != self.timeline + self.duplicates + self.out_of_scope:
            broken.append(
                f"events {self.events} ≠ timeline {self.timeline} + duplicates {self.duplicates} + out of scope {self.out_of_scope}"
            )
        return broken


class Count(msgspec.Struct, kw_only=True):
    """One row of an overview table: how often, and when first and last (microseconds, ``None`` if no time is known)."""

    name: str
    events: int
    first: int | None = None
    last: int | None = None


class Overview(msgspec.Struct, kw_only=True):
    """Counts over the timeline for the Summary sheet and its charts."""

    days: list[str] = msgspec.field(
        default_factory=list
    )  # yyyy-mm-dd (UTC), every day or week between first and last that has events
    categories: list[str] = msgspec.field(default_factory=list)  # columns of by_day, busiest first
    by_day: list[list[int]] = msgspec.field(default_factory=list)  # one row a day, one column a category
    period: str = "day"  # what a row of by_day is: day, week or month
    severities: list[Count] = msgspec.field(default_factory=list)
    by_category: list[Count] = msgspec.field(default_factory=list)
    users: list[Count] = msgspec.field(default_factory=list)
    mailboxes: list[Count] = msgspec.field(default_factory=list)
    addresses: list[Count] = msgspec.field(default_factory=list)
    operations: list[Count] = msgspec.field(default_factory=list)
    untimed: int = 0


class RunReport(msgspec.Struct, kw_only=True):
    """Everything the first sheets of a workbook say about the run.

    ``zone`` is the case zone shown beside UTC (an IANA name) or ``None``; ``scope`` the filters as given;
    ``news`` what the run brought to a case that was there before; ``findings`` ``None`` where no rule was asked for;
    ``story`` that of the focus, if one was asked for; ``notes`` say what became of an analyst's tags and notes;
    ``without`` the sheets that could not be worked out (title → why).
    """

    version: str
    zone: str | None = None
    scope: dict[str, Any] = msgspec.field(default_factory=dict)
    sources: list[SourceReport] = msgspec.field(default_factory=list)
    totals: Totals = msgspec.field(default_factory=Totals)
    overview: Overview = msgspec.field(default_factory=Overview)
    coverage: Coverage = msgspec.field(default_factory=Coverage)
    news: News | None = None
    warnings: list[str] = msgspec.field(default_factory=list)
    findings: Findings | None = None
    story: Story | None = None
    notes: list[str] = msgspec.field(default_factory=list)
    without: dict[str, str] = msgspec.field(default_factory=dict)
