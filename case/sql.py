"""The queries of the case store, each a sentence about evidence.

``keys`` has one row an event: where it stands, its ids, its settled time and the short columns that order, scope and
counting need. ``folded`` has one row for each set of identical copies. ``timeline`` is what is in scope, numbered.
"""

from collections.abc import Sequence

USER_COLUMNS = ("actor", "actor_id", "on_behalf_of")
MAILBOX_COLUMNS = ("mailbox", "mailbox_id", "sender", "recipient_text")
_KEPT = (
    "operation",
    "category",
    "severity",
    "actor",
    "actor_id",
    "actor_type",
    "on_behalf_of",
    "mailbox",
    "mailbox_id",
    "sender",
    "ip",
    "workload",
    "outcome",
)

# ``arrival`` is the number of the run that brought the source into the case: what came first keeps its ids.
SOURCES = "CREATE TABLE sources (source INTEGER, arrival INTEGER, name VARCHAR, sha256 VARCHAR, date_order VARCHAR, date_basis VARCHAR, offset_minutes INTEGER)"
PARTS = "CREATE TABLE parts (source INTEGER, path VARCHAR, records BIGINT, lines BIGINT)"

# A date that can be read both ways takes the reading its file was decided on; a date only one reading can be takes that.
_SETTLED = """CASE
    WHEN e.time IS NOT DISTINCT FROM e.time_day_first THEN e.time
    WHEN s.date_order = 'mdy' AND e.time IS NOT NULL THEN e.time
    WHEN s.date_order = 'dmy' AND e.time_day_first IS NOT NULL THEN e.time_day_first
    WHEN e.time IS NULL THEN e.time_day_first
    WHEN e.time_day_first IS NULL THEN e.time
  END"""
_BORROWED = "list_has_any(e.quality, ['wrapper_only', 'damaged_audit_data', 'time_from_wrapper'])"


def quote(text: str) -> str:
    """A text as SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def like(column: str, pattern: str) -> str:
    """Compare without case; ``*`` stands for anything, everything else for itself."""
    escaped = pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("*", "%")
    return f"{column} ILIKE {quote(escaped)} ESCAPE '\\'"


def _files(paths: Sequence[str]) -> str:
    return "read_parquet([" + ", ".join(map(quote, paths)) + "], filename = true, file_row_number = true)"


def keys(paths: Sequence[str]) -> str:
    """One row an event, over all segments; a segment two identical sources share counts for both."""
    return f"""
CREATE TABLE keys AS
SELECT p.source, s.arrival, s.name, p.path, e.file_row_number AS row, p.records + e.record_number AS record, e.part, e.event_id, e.content, e.length,
  CAST({_SETTLED} - CASE WHEN {_BORROWED} THEN to_minutes(s.offset_minutes) ELSE to_minutes(0) END AS TIMESTAMP) AS time,
  e.time_basis, p.lines, e.line, s.date_basis, s.sha256, e.quality, array_to_string(e.recipients, ' ') AS recipient_text,
  {", ".join("e." + name for name in _KEPT)}
FROM {_files(paths)} e JOIN parts p ON p.path = e.filename JOIN sources s ON s.source = p.source"""


NO_KEYS = (
    "CREATE TABLE keys (source INTEGER, arrival INTEGER, name VARCHAR, path VARCHAR, row BIGINT, record BIGINT, part INTEGER, event_id VARCHAR, content BLOB, length BIGINT, "
    "time TIMESTAMP, time_basis VARCHAR, lines BIGINT, line BIGINT, date_basis VARCHAR, sha256 VARCHAR, quality VARCHAR[], recipient_text VARCHAR, "
    + ", ".join(f"{name} VARCHAR" for name in _KEPT)
    + ")"
)

# The first copy in source order stands for all. Same id, other content: both stay; all but the one known first get a longer id.
FOLDED = """
CREATE TABLE folded AS
WITH ranked AS (
  SELECT *, row_number() OVER same AS copy, count(*) OVER (PARTITION BY event_id, content) AS copies,
    min(arrival) OVER (PARTITION BY event_id, content) AS known_since,
    list(name || '#' || record) OVER (PARTITION BY event_id, content ORDER BY source, record, part
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS places
  FROM keys WINDOW same AS (PARTITION BY event_id, content ORDER BY source, record, part)
)
SELECT * EXCLUDE (copy), row_number() OVER (PARTITION BY event_id ORDER BY known_since, source, record, part) AS version,
  count(*) OVER (PARTITION BY event_id) AS versions
FROM ranked WHERE copy = 1"""


def timeline(condition: str) -> str:
    """The folded events in scope, in their total order."""
    return f"""
CREATE TABLE timeline AS
SELECT *, row_number() OVER (ORDER BY time NULLS LAST, source, record, part) AS position,
  CASE WHEN version > 1 THEN event_id || '~' || substr(hex(content), 1, 6) ELSE event_id END AS shown_id
FROM folded WHERE {condition}"""


TOTALS = """
SELECT (SELECT count(*) FROM keys), (SELECT coalesce(sum(copies - 1), 0)::BIGINT FROM folded),
  (SELECT count(*) FROM folded) - (SELECT count(*) FROM timeline), (SELECT count(*) FROM timeline)"""

FIGURES = """
SELECT k.source, count(*) FILTER (WHERE f.path IS NULL), count(*) FILTER (WHERE f.versions > 1),
  count(*) FILTER (WHERE k.time IS NULL AND k.time_basis = 'ambiguous'), epoch_us(min(k.time)), epoch_us(max(k.time))
FROM keys k LEFT JOIN folded f ON f.source = k.source AND f.path = k.path AND f.row = k.row
GROUP BY k.source ORDER BY k.source"""

# Bytes of the records all of whose events are copies of others.
COPIED_BYTES = """
SELECT source, sum(length)::BIGINT FROM (
  SELECT k.source, k.record, min(k.length) AS length
  FROM keys k LEFT JOIN folded f ON f.source = k.source AND f.path = k.path AND f.row = k.row
  GROUP BY k.source, k.record HAVING count(f.path) = 0)
GROUP BY source"""

# Of a run that adds to a case: events nobody had seen before, and those of its sources that an earlier run had brought.
NEWS = """
SELECT (SELECT count(*) FROM folded WHERE known_since = $run),
  (SELECT count(*) FROM keys k JOIN folded f ON f.event_id = k.event_id AND f.content = k.content
   WHERE k.arrival = $run AND f.known_since < $run)"""

# What the case has settled about an event, by event field.
SETTLED = {
    "event_id": "shown_id",
    "time": "CAST(time AS TIMESTAMP) AT TIME ZONE 'UTC'",
    "time_basis": "CASE WHEN time_basis = 'ambiguous' AND time IS NOT NULL THEN date_basis ELSE time_basis END",
    "source_file": "name",
    "source_sha256": "sha256",
    "record_number": "record",
    "line": "lines + line",
    "duplicates": "copies - 1",
    "also_in": "CASE WHEN copies > 1 THEN places[2:] END",
    "quality": "CASE WHEN versions > 1 OR (time IS NULL AND time_basis = 'ambiguous') THEN "
    "list_concat(coalesce(quality, []), CASE WHEN versions > 1 THEN ['conflicting_duplicate'] ELSE [] END, "
    "CASE WHEN time IS NULL AND time_basis = 'ambiguous' AND NOT list_contains(coalesce(quality, []), 'zone_unknown') "
    "THEN ['ambiguous_time'] ELSE [] END) ELSE quality END",
}


def events(paths: Sequence[str], fields: Sequence[str]) -> str:
    """The view ``events``: the timeline with all ``fields`` of an event as the case has settled them, and ``position``.

    A query reads only the columns it names. Nothing is in an order that is not asked for: ``ORDER BY position``.
    """
    shown = ", ".join(f"{SETTLED[name]} AS {name}" for name in fields if name in SETTLED)
    listed = ", ".join(f"t.{name}" if name in SETTLED else f'e."{name}"' for name in fields)
    return f"""
CREATE VIEW events AS SELECT t.position, {listed}
FROM {_files(paths) if paths else EMPTY} e
JOIN (SELECT path, row, position, {shown} FROM timeline) t ON t.path = e.filename AND t.row = e.file_row_number"""


def kept(name: str, given: str) -> str:
    """A table of what was given."""
    return f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM {given}"


EMPTY = "no_events"  # what a case without any event has for segments
NO_EVENTS = f"CREATE TABLE {EMPTY} AS SELECT * FROM shape"


def settled(columns: Sequence[str]) -> str:
    """What is settled of the named fields, segment by segment in the order of their rows."""
    shown = "".join(f", {SETTLED[name]} AS {name}" for name in columns if name in SETTLED)
    return f"SELECT path, row, position{shown} FROM timeline ORDER BY path, row"


def messages(paths: Sequence[str]) -> str:
    """The trace events on the timeline, ordered by message and position."""
    return f"""
SELECT e.network_message_id, epoch_us(t.time) AS time, e.category, e.operation, e.recipients, e.sender, e.subject, e.message_ids,
  e.delivery_status, e.ip, e.server, e.extra, e.source_type
FROM {_files(paths)} e JOIN timeline t ON t.path = e.filename AND t.row = e.file_row_number
WHERE e.network_message_id IS NOT NULL AND e.category IN ('mail_trace', 'forwarding')
ORDER BY e.network_message_id, t.position"""


def places(paths: Sequence[str]) -> str:
    """Where every copy of one shown event id stands."""
    return f"""
SELECT k.name, k.record, k.lines + k.line, e."offset", e.length
FROM timeline t JOIN keys k ON k.event_id = t.event_id AND k.content = t.content
JOIN {_files(paths)} e ON e.filename = k.path AND e.file_row_number = k.row
WHERE t.shown_id = ? ORDER BY k.source, k.record, k.part"""
