"""The queries of the case store, each a sentence about evidence.

Every event has a number, ``id``: its place in the order of sources, records and events. ``keys`` has a narrow row for each:
its settled time and a hash of its event id. Only events whose hash occurs twice are compared exactly (``candidates``,
``marked``); what they are copies of is all that folding keeps. ``placed`` numbers what is in scope. Everything else is read
from the segments when it is asked for, through the views ``segments``, ``timeline`` and ``events``.
"""

from collections.abc import Sequence

USER_COLUMNS = ("actor", "actor_id", "on_behalf_of")
MAILBOX_COLUMNS = ("mailbox", "mailbox_id", "sender", "recipient_text")
_SHORT = (
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
EMPTY = "no_events"  # what a case without any event has for segments
NO_EVENTS = f"CREATE TABLE {EMPTY} AS SELECT * FROM shape"

# ``arrival`` is the number of the run that brought the source into the case: what came first keeps its ids.
SOURCES = "CREATE TABLE sources (source INTEGER, arrival INTEGER, name VARCHAR, sha256 VARCHAR, date_order VARCHAR, date_basis VARCHAR, offset_minutes INTEGER)"
# ``first`` is the id of the first event of a part; ``records`` and ``lines`` are what stands before it in its source.
PARTS = "CREATE TABLE parts (part INTEGER, source INTEGER, path VARCHAR, first BIGINT, records BIGINT, lines BIGINT)"

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


def segments(paths: Sequence[str]) -> str:
    """Every event as it was read, with its ``id``, ``source``, ``part`` and its record and line in the source.

    A segment that two identical sources share counts for both.
    """
    return f"""
CREATE VIEW segments AS
SELECT p.first + e.file_row_number AS id, p.part AS segment, p.source, p.records + e.record_number AS record,
  p.lines + e.line AS source_line, e.*
FROM {_files(paths) if paths else EMPTY} e JOIN parts p ON p.path = e.filename"""


KEYS = f"""
CREATE TABLE keys AS
SELECT e.id, e.segment, e.source, hash(e.event_id) AS hash, e.time_basis = 'ambiguous' AS ambiguous,
  CAST({_SETTLED} - CASE WHEN {_BORROWED} THEN to_minutes(s.offset_minutes) ELSE to_minutes(0) END AS TIMESTAMP) AS time
FROM segments e JOIN sources s ON s.source = e.source"""

CANDIDATES = """
CREATE TABLE candidates AS
SELECT e.id, s.arrival, s.name || '#' || e.record AS place, e.event_id, e.content
FROM segments e JOIN sources s ON s.source = e.source
SEMI JOIN (SELECT id FROM keys WHERE hash IN (SELECT hash FROM keys GROUP BY hash HAVING count(*) > 1)) k ON k.id = e.id"""

# The first copy in source order stands for all. Same id, other content: both stay; all but the one known first get a longer id.
MARKED = """
CREATE TABLE marked AS
WITH folded AS (
  SELECT min(id) AS id, count(*) AS copies, min(arrival) AS known_since, list(id ORDER BY id)[2:] AS others,
    list(place ORDER BY id)[2:] AS places, event_id, content
  FROM candidates GROUP BY event_id, content
), counted AS (
  SELECT *, row_number() OVER (PARTITION BY event_id ORDER BY known_since, id) AS version,
    count(*) OVER (PARTITION BY event_id) AS versions
  FROM folded
)
SELECT * EXCLUDE (version), CASE WHEN version > 1 THEN '~' || substr(hex(content), 1, 6) ELSE '' END AS suffix
FROM counted WHERE copies > 1 OR versions > 1"""

DROPPED = "CREATE TABLE dropped AS SELECT unnest(others) AS id FROM marked"


def placed(condition: str | None) -> str:
    """What is left and in scope, in its total order: by time, unknown times last, then by source."""
    scope = ""
    if condition is not None:
        scope = f"""SEMI JOIN (
  SELECT e.id FROM (SELECT e.* EXCLUDE (time), k.time, array_to_string(e.recipients, ' ') AS recipient_text
    FROM segments e JOIN keys k ON k.id = e.id) e WHERE {condition}) w ON w.id = k.id"""
    return f"""
CREATE TABLE placed AS
SELECT k.id, k.segment, k.time, row_number() OVER (ORDER BY k.time NULLS LAST, k.id) AS position
FROM keys k ANTI JOIN dropped d ON d.id = k.id {scope}"""


TOTALS = """
SELECT (SELECT count(*) FROM keys), (SELECT count(*) FROM dropped),
  (SELECT count(*) FROM keys k ANTI JOIN dropped d ON d.id = k.id) - (SELECT count(*) FROM placed), (SELECT count(*) FROM placed)"""

FIGURES = """
SELECT k.source, count(d.id), count(*) FILTER (WHERE m.versions > 1), count(*) FILTER (WHERE k.time IS NULL AND k.ambiguous),
  epoch_us(min(k.time)), epoch_us(max(k.time))
FROM keys k LEFT JOIN dropped d ON d.id = k.id LEFT JOIN marked m ON m.id = k.id
GROUP BY k.source ORDER BY k.source"""

# Bytes of the records all of whose events are copies of others.
COPIED_BYTES = """
WITH copied AS (
  SELECT e.source, e.record, count(*) AS events, min(e.length) AS length
  FROM segments e SEMI JOIN dropped d ON d.id = e.id GROUP BY e.source, e.record
), whole AS (
  SELECT e.source, e.record, count(*) AS events
  FROM segments e SEMI JOIN copied c ON c.source = e.source AND c.record = e.record GROUP BY e.source, e.record
)
SELECT c.source, sum(c.length)::BIGINT
FROM copied c JOIN whole w ON w.source = c.source AND w.record = c.record AND w.events = c.events GROUP BY c.source"""

# Of a run that adds to a case: events nobody had seen before, and those of its sources that an earlier run had brought.
NEWS = """
SELECT (SELECT count(*) FROM keys k JOIN sources s ON s.source = k.source LEFT JOIN marked m ON m.id = k.id
    ANTI JOIN dropped d ON d.id = k.id WHERE coalesce(m.known_since, s.arrival) = $run),
  (SELECT count(*) FROM candidates c JOIN marked m ON m.event_id = c.event_id AND m.content = c.content
   WHERE c.arrival = $run AND m.known_since < $run)"""

# What the case has settled about an event, by event field.
SETTLED = {
    "event_id": "e.event_id || coalesce(m.suffix, '')",
    "time": "t.time AT TIME ZONE 'UTC'",
    "time_basis": "CASE WHEN e.time_basis = 'ambiguous' AND t.time IS NOT NULL THEN s.date_basis ELSE e.time_basis END",
    "source_file": "s.name",
    "source_sha256": "s.sha256",
    "record_number": "e.record",
    "line": "e.source_line",
    "duplicates": "coalesce(m.copies, 1) - 1",
    "also_in": "CASE WHEN m.copies > 1 THEN m.places END",
    "quality": "CASE WHEN m.versions > 1 OR (t.time IS NULL AND e.time_basis = 'ambiguous') THEN "
    "list_concat(coalesce(e.quality, []), CASE WHEN m.versions > 1 THEN ['conflicting_duplicate'] ELSE [] END, "
    "CASE WHEN t.time IS NULL AND e.time_basis = 'ambiguous' AND NOT list_contains(coalesce(e.quality, []), 'zone_unknown') "
    "THEN ['ambiguous_time'] ELSE [] END) ELSE e.quality END",
}


def events(fields: Sequence[str]) -> str:
    """The view ``events``: the timeline with all ``fields`` of an event as the case has settled them, and ``position``.

    A query reads only the columns it names. Nothing is in an order that is not asked for: ``ORDER BY position``.
    """
    listed = ", ".join(f'{SETTLED[name]} AS "{name}"' if name in SETTLED else f'e."{name}"' for name in fields)
    return f"""
CREATE VIEW events AS SELECT t.position, {listed}
FROM segments e JOIN placed t ON t.id = e.id JOIN sources s ON s.source = e.source LEFT JOIN marked m ON m.id = e.id"""


def kept(name: str, given: str) -> str:
    """A table of what was given."""
    return f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM {given}"


# The same with the short columns only, and the time as UTC without zone: for counting.
TIMELINE = f"""
CREATE VIEW timeline AS SELECT t.position, t.time, e.source, {", ".join("e." + name for name in _SHORT)}
FROM segments e JOIN placed t ON t.id = e.id"""

# Where the rows of each part stand on the timeline, for writing.
STRETCHES = """
SELECT p.part, p.path, p.first, p.records, p.lines, s.name, s.sha256, s.date_basis, min(t.position) - 1, max(t.position)
FROM placed t JOIN parts p ON p.part = t.segment JOIN sources s ON s.source = p.source
GROUP BY ALL ORDER BY min(t.position)"""

POSITIONS = "SELECT id, position - 1 AS position, time FROM placed WHERE segment = ? ORDER BY id"
MARKS = "SELECT m.id, m.suffix, m.copies - 1 AS duplicates, m.places, m.versions > 1 AS conflict FROM marked m JOIN placed t ON t.id = m.id ORDER BY m.id"

# The trace events on the timeline, ordered by message and position.
MESSAGES = """
SELECT network_message_id, epoch_us(time) AS time, category, operation, recipients, sender, subject, message_ids,
  delivery_status, ip, server, extra, source_type
FROM events WHERE network_message_id IS NOT NULL AND category IN ('mail_trace', 'forwarding')
ORDER BY network_message_id, position"""

# Where every copy of one shown event id stands.
PLACES = """
WITH one AS (
  SELECT e.id, m.others FROM segments e JOIN placed t ON t.id = e.id LEFT JOIN marked m ON m.id = e.id
  WHERE e.event_id || coalesce(m.suffix, '') = ?
)
SELECT s.name, e.record, e.source_line, e."offset", e.length
FROM segments e JOIN sources s ON s.source = e.source
SEMI JOIN (SELECT id FROM one UNION ALL SELECT unnest(others) FROM one) o ON o.id = e.id ORDER BY e.id"""
