"""Signs that an export itself is short or was handled: what an analyst must know before relying on its silence."""

from m365timeline.schemas.dates import DateDecision
from m365timeline.schemas.report import SourceReport
from m365timeline.schemas.result_sets import ResultSets
from m365timeline.schemas.words import counted

# Sizes at which Microsoft's tools stop without saying so.
KNOWN_LIMITS = {
    100: "Search-UnifiedAuditLog without ResultSize",
    1_000: "one page of a message trace",
    5_000: "one call of Search-UnifiedAuditLog, one page of a message trace",
    10_000: "Search-UnifiedAuditLog with mixed session commands",
    50_000: "one session of Search-UnifiedAuditLog, a portal export, a trace report",
    100_000: "a historical search",
    1_000_000: "a Premium portal export",
}
# The same for formats that have limits of their own.
LIMITS_OF = {
    "defender_hunting_csv": {10_000: "one query of advanced hunting", 30_000: "one query of advanced hunting", 100_000: "one query of advanced hunting"},
    "defender_hunting_json": {10_000: "one query of advanced hunting", 100_000: "one query of advanced hunting"},
    "threat_explorer_csv": {200_000: "an export of Threat Explorer"},
    "message_tracking_csv": {1_000: "Get-MessageTrackingLog without ResultSize"},
    "mailbox_audit_csv": {1_000: "Search-MailboxAuditLog without ResultSize"},
    "mailbox_audit_json": {1_000: "Search-MailboxAuditLog without ResultSize"},
    "mailbox_audit_clixml": {1_000: "Search-MailboxAuditLog without ResultSize"},
    "admin_audit_csv": {1_000: "Search-AdminAuditLog without ResultSize"},
    "admin_audit_json": {1_000: "Search-AdminAuditLog without ResultSize"},
    "admin_audit_clixml": {1_000: "Search-AdminAuditLog without ResultSize"},
    "quarantine_csv": {100: "Get-QuarantineMessage without PageSize", 1_000: "one page of Get-QuarantineMessage"},
    "quarantine_json": {100: "Get-QuarantineMessage without PageSize", 1_000: "one page of Get-QuarantineMessage"},
}  # fmt: skip
# How many records these formats are fetched at a time: a script that stops early leaves whole pages.
PAGES = {"unified_audit_csv": 5_000, "message_trace_csv": 1_000, "message_trace_json": 1_000}
_TEN_MEGABYTES = range(
    9_500_000, 11_010_049
)  # New-AdminAuditLogSearch sends at most 10 MB; counted in either way, 5 % about

_MOST_UNKNOWN = 15


def warn_of_limit(report: SourceReport) -> str | None:
    """A record count that is exactly a known limit, or whole pages."""
    records = report.records
    limits = LIMITS_OF.get(report.format, KNOWN_LIMITS)
    if records in limits:
        return f"Exactly {counted(records, 'record')}: the limit of {limits[records]}. The export may have been cut there; ask for the time after its last record."
    page = PAGES.get(report.format)
    if page is None or not records or records % page:
        return None
    return f"Exactly {counted(records, 'record')}: whole pages of {page:,}. The script that fetched them may have stopped before the last page; ask for the time after its last record."


def warn_of_size(report: SourceReport) -> str | None:
    """An admin audit log as large as its search can send."""
    if report.format != "admin_audit_xml" or report.size not in _TEN_MEGABYTES:
        return None
    return f"{report.size:,} bytes: New-AdminAuditLogSearch sends at most 10 MB. The log may have been cut there; ask for a search over a shorter time."


def warn_of_half_character(report: SourceReport) -> str | None:
    """A file of two bytes a character that has an odd number of them."""
    if not report.encoding.startswith("utf-16") or report.size % 2 == 0:
        return None
    return "The file ends in the middle of a character (UTF-16 with an odd number of bytes): it was cut. Ask for a complete copy."


def warn_of_gaps(sets: ResultSets) -> str | None:
    """Result sets that lack records."""
    gaps = sets.gaps()
    if not gaps:
        return None
    shown = [f"{counted(count, 'record')}, missing {_numbers(missing, first)}" for count, missing, first in gaps[:5]]
    more = f" and {len(gaps) - 5} more" if len(gaps) > 5 else ""
    return f"Result sets that lack records: {len(gaps)} of {len(sets.seen)} ({'; '.join(shown)}{more}): the search lost them, or the file is a selection of its rows."


def _numbers(missing: int, first: list[int]) -> str:
    if missing <= len(first):
        return "number " + ", ".join(map(str, first))
    return f"{missing:,} of them"


def describe_dates(decision: DateDecision | None, ambiguous: int) -> tuple[list[str], list[str]]:
    """The decision on day/month order as (decisions, warnings)."""
    if decision is None:
        return [], []
    decisions, warnings = [f"Dates: {decision.why}."], []
    if decision.contradiction:
        warnings.append(f"Day/month order: {decision.why}. Look at the times of this file before using them.")
    if ambiguous and decision.order is None:  # a missing zone is told by its own flag
        warnings.append(
            f"{counted(ambiguous, 'event')} without a time: {decision.why}. Look for them at the end of the timeline, with the text as written."
        )
    if decision.offset_minutes:
        decisions.append(
            f"The wrapper's dates are {counted(decision.offset_minutes, 'minute')} ahead of the records' own UTC times; where only the wrapper's date is left, that is subtracted."
        )
    return decisions, warnings


FLAG_WARNINGS = {
    "wrapper_only": "Records without AuditData, or with one that says nothing: {n}. Their events are made from the wrapper's columns and lack the details.",
    "damaged_audit_data": "Records whose AuditData cannot be read (cut or edited): {n}. Their events are made from the wrapper's columns; the text is kept.",
    "salvaged": "Damaged records (cut, re-quoted, edited), read as far as they can be: {n}. What each lost stands in its details. Ask for these records again.",
    "ends_early": "Records that end in the middle of their AuditData: {n}. Whoever exported or saved them cut them. Ask for these records again.",
    "contradicting_wrapper": "Damaged records that disagree with the columns around them about id, time, user or operation: {n}. Somebody edited or mixed up this file.",
    "cell_limit": "Records that end at the limit of an Excel cell (32,767 characters): {n}. The file went through a spreadsheet, which cut them. Ask for the original export.",
    "nested_too_deep": "Records nested deeper than any real record: {n}. Their events are made from the wrapper's columns.",
    "read_from_raw": "Records without AuditData, read from the column _raw beside it (Splunk): {n}.",
    "unterminated_last_record": "The file ends without a line end: its last record may be cut. Compare with the original.",
    "invalid_bytes": "Records with bytes that are no text in the file's encoding: {n}. These bytes are shown as \\xNN.",
    "details_lost": "Records that lost their details when they were exported (System.Object[] and the like): {n}. Ask for an export as JSON or XML.",
    "truncated_value": "Records with values the exporting tool had cut: {n}.",
    "repaired_item_element": "Records with the malformed element <ItemId=…>, read as <Item Id=…>: {n}.",
    "illegal_characters_replaced": "Records with characters XML does not allow: {n}. These are shown as U+FFFD.",
    "duplicate_keys": "Records that name a JSON key twice: {n}. The last value is shown; the record as it stood has both.",
    "invalid_number": "Records with NaN or Infinity, which JSON does not know: {n}. Kept as text.",
    "lone_surrogate": "Records with half characters (lone surrogates): {n}. These are shown as \\uXXXX.",
    "zone_unknown": "Events with a time without a zone, where the format does not say which it is: {n}. They stand without a time. Give --source-timezone.",
    "unreadable_time": "Events whose time is none that can be: {n}. They stand at the end of the timeline with the text as written. Compare with the original.",
    "long_value_cut": "Records with a field of more than 32,767 characters, as no real one has: {n}. It is shown to that length; the record as it stood has it whole.",
    "seconds_lost": "Events with times without seconds (a re-save in a spreadsheet): {n}.",
}

# Flags that say that the export was cut, not only damaged.
CUT = frozenset({"cell_limit", "ends_early", "unterminated_last_record", "truncated_value"})


def warn_of_quality(counts: dict[str, int]) -> list[str]:
    """Warnings for quality flags that an analyst must know of."""
    return [text.format(n=f"{counts[flag]:,}") for flag, text in FLAG_WARNINGS.items() if counts.get(flag)]


def add_counts(sums: dict[str, int], more: dict[str, int]) -> None:
    """Add counts by name."""
    for name, count in more.items():
        sums[name] = sums.get(name, 0) + count


def describe_unknown(counts: dict[str, int]) -> list[str]:
    """Operations and record types that this version has no words for: the service has moved on, and one should see it."""
    if not counts:
        return []
    first = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MOST_UNKNOWN]
    shown = ", ".join(f"{name} ({count:,})" for name, count in first)
    rest = f" and {len(counts) - len(first):,} more" if len(counts) > len(first) else ""
    return [f"Kept and named as logged, without words of our own: {shown}{rest}."]
