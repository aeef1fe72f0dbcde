"""What the command line says, as lines of text; printing them is the business of commands/."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from m365timeline.schemas.words import counted

if TYPE_CHECKING:
    from m365timeline.schemas.report import RunReport, SourceReport

_HIDDEN = frozenset(
    [
        *range(32),
        *range(127, 160),
        0x061C,
        0x200E,
        0x200F,
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
        0x2028,
        0x2029,
    ]
)


def plain(text: str, keep: str = "") -> str:
    r"""Text from files shown on a console or a page: control and direction characters as ``\xNN`` and ``\uNNNN``, but those in ``keep``."""
    return "".join(
        (f"\\x{ord(letter):02x}" if ord(letter) < 256 else f"\\u{ord(letter):04x}")
        if (ord(letter) in _HIDDEN and letter not in keep) or 0xD800 <= ord(letter) <= 0xDFFF
        else letter
        for letter in text
    )


def describe_sources(sources: "list[SourceReport]") -> list[str]:
    """What each source is, why, and what to know about it."""
    lines = []
    for source in sources:
        what = f"{source.title} ({source.variant})" if source.variant else source.title or source.status
        lines += [plain(source.name), f"    {what}"]
        if source.title and source.status in {"read", "empty"}:
            span = (
                f", {_moment(source.first_time)} to {_moment(source.last_time)}"
                if source.first_time is not None
                else ""
            )
            rejected = f", {source.rejected:,} not readable" if source.rejected else ""
            lines.append(f"    {counted(source.records, 'record')}{rejected}{span}")
            lines += [f"    · {plain(decision)}" for decision in source.decisions]
        lines += [f"    ! {plain(warning)}" for warning in source.warnings]
    return lines


def describe_warnings(report: "RunReport") -> list[str]:
    """Every warning of every source, and every rule that was not applied."""
    lines = [
        f"! {plain(source.name)}: {plain(warning)}"
        for source in report.sources
        for warning in source.warnings
        if source.status != "skipped"
    ]
    not_run = report.findings.not_run if report.findings else []
    return lines + [f"! The rule {plain(rule)} was not applied: {plain(why)}." for rule, why in not_run]


def describe_outcome(report: "RunReport", written: list[str], notes: list[str]) -> list[str]:
    """The figures that must balance, and what was written."""
    totals = report.totals
    return [
        counted(totals.inputs, "source") + (f", {totals.unread:,} of them not read" if totals.unread else ""),
        f"{counted(totals.records, 'record')} = {totals.converted:,} converted + {totals.rejected:,} rejected",
        f"{counted(totals.events, 'event')} = {totals.timeline:,} on the timeline + {counted(totals.duplicates, 'duplicate')} + {totals.out_of_scope:,} out of scope",
        *([report.news.in_words()] if report.news else []),
        *_findings(report),
        *map(plain, notes),
        *(f"wrote {plain(path)}" for path in written),
    ]


def _findings(report: "RunReport") -> list[str]:
    """How many findings there are, if rules ran."""
    if report.findings is None:
        return []
    found = report.findings.found
    if not found:
        return [f"no finding: none of {report.findings.rules:,} rules matched, which proves nothing"]
    counts = [(name, sum(item.severity == name for item in found)) for name in ("high", "medium", "low")]
    parts = ", ".join(f"{number:,} {name}" for name, number in counts if number)
    return [f"{counted(len(found), 'finding')} ({parts}) of {report.findings.rules:,} rules: see the sheet Findings"]


def _moment(us: int | None) -> str:
    return "?" if us is None else datetime.fromtimestamp(us // 1_000_000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
