"""Messages exposed: what was read, what could have been, and what cannot be ruled out?

Method: one row for each message (MailItemsAccessed of the kind bind, MessageBind) and each folder (sync, FolderBind), by reader,
mailbox, address and client. Subjects, senders and recipients come from traces, sent mail and other records with the same internet
message id; a MessageBind, which logs no id, is joined by subject to the only message of that subject the same reader opened.

What the logs cannot show: that a person looked at what a program fetched; which messages of a synchronized folder were looked at;
anything while logging was throttled or bypassed.
"""

from collections.abc import Iterator
from typing import Any

from m365timeline.analysis.base import Case, listed
from m365timeline.analysis.blind import THROTTLED, Blind, learn_blind
from m365timeline.analysis.people import People, learn_people
from m365timeline.schemas.sheets import Sheet, SheetColumn, SheetRow, sheet_row

READ, EXPOSED, OPEN = "read", "exposed", "cannot be ruled out"
SHEET = Sheet(
    title="Messages exposed",
    about="messages and folders that were read, exposed, or of which reading cannot be ruled out",
    method="Read: the log names the message (MailItemsAccessed bind, MessageBind). Exposed: the folder was copied to a client (sync) or opened (FolderBind), so that its messages or their list could be seen. Subject, sender and recipients come from other records with the same internet message id.",
    absence="A message that is not listed was not necessarily left unread: MailItemsAccessed is not logged for every licence, nothing is logged while throttled (up to 24 hours) or bypassed; such times are listed as “cannot be ruled out”. An empty Subject means that no record supplied has that message id with a subject.",
    empty="no event on the timeline says that a message or a folder was opened.",
    columns=(
        SheetColumn(title="Verdict", widest=20),
        SheetColumn(title="Mailbox"),
        SheetColumn(title="Reader"),
        SheetColumn(
            title="Reader is",
            widest=16,
            about="the owner, not the owner; empty: the record does not say. A stolen account is its owner.",
        ),
        SheetColumn(title="Subject", widest=50),
        SheetColumn(title="Sender", widest=36),
        SheetColumn(title="Recipients", widest=44),
        SheetColumn(title="Folder", widest=36),
        SheetColumn(title="First access (UTC)", kind="date"),
        SheetColumn(title="Last access (UTC)", kind="date"),
        SheetColumn(title="IP", widest=26),
        SheetColumn(title="Client", widest=28),
        SheetColumn(title="Sessions", widest=40),
        SheetColumn(title="Why", kind="wrapped"),
        SheetColumn(
            title="Message sent (UTC)",
            kind="date",
            about="The first time a trace or a sending record gives for the message.",
        ),
        SheetColumn(title="Subject from", widest=30),
        SheetColumn(title="Message-ID", widest=50),
    ),
    frozen=3,
)

_WHO = """coalesce(b.person, lower(e.mailbox)) AS box, coalesce(a.person, lower(e.actor)) AS who, e.actor_is_owner AS own, e.ip,
 coalesce(e.client_app, e.app_name) AS client, e.session_id, e.folder, e.position, epoch_us(e.time) AS time, e.operation"""
_FROM = "FROM events e LEFT JOIN people b ON b.name = e.mailbox LEFT JOIN people a ON a.name = e.actor"

_MESSAGES = f"""
WITH named AS (SELECT {_WHO}, unnest(e.message_ids) AS id, CASE WHEN len(e.message_ids) = 1 THEN e.subject END AS own_subject
    {_FROM} WHERE e.category = 'message_read' AND e.message_ids IS NOT NULL AND e.access_type IS DISTINCT FROM 'sync'),
known AS (SELECT id, arg_min(subject, rank) FILTER (subject IS NOT NULL) AS subject, arg_min(sender, rank) FILTER (sender IS NOT NULL) AS sender,
      list_sort(list_distinct(flatten(list(recipients) FILTER (recipients IS NOT NULL)))) AS recipients, min(time) FILTER (rank < 2000000000) AS sent,
      arg_min(source_type, rank) FILTER (subject IS NOT NULL) AS told_by
    FROM (SELECT unnest(message_ids) AS id, subject, sender, recipients, source_type, epoch_us(time) AS time,
            position + CASE category WHEN 'mail_trace' THEN 0 WHEN 'message_send' THEN 1000000000 ELSE 2000000000 END AS rank
          FROM events WHERE len(message_ids) = 1 AND category IN ('mail_trace', 'message_send', 'message_modify', 'message_delete'))
    WHERE id IN (SELECT id FROM named) GROUP BY id),
titled AS (SELECT box, who, id, coalesce(min(k.subject), arg_min(own_subject, position)) AS subject FROM named LEFT JOIN known k USING (id) GROUP BY box, who, id),
single AS (SELECT box, who, subject, min(id) AS id FROM titled WHERE subject IS NOT NULL GROUP BY ALL HAVING count(*) = 1),
unnamed AS (SELECT {_WHO}, e.subject AS own_subject {_FROM} WHERE e.category = 'message_read' AND e.message_ids IS NULL AND e.subject IS NOT NULL),
every AS (SELECT box, who, own, ip, client, session_id, folder, position, time, operation, id, own_subject, false AS by_subject FROM named
    UNION ALL SELECT u.box, u.who, own, ip, client, session_id, folder, position, time, operation, s.id, own_subject, s.id IS NOT NULL
    FROM unnamed u LEFT JOIN single s ON s.box IS NOT DISTINCT FROM u.box AND s.who IS NOT DISTINCT FROM u.who AND s.subject = u.own_subject)
SELECT box, who, bool_and(own) AS own, ip, client, id, coalesce(min(k.subject), arg_min(own_subject, position)) AS subject, min(k.sender) AS sender,
  min(k.recipients) AS recipients, min(k.sent) AS sent, min(k.told_by) AS told_by, min(time) AS first, max(time) AS last,
  min(position) AS low, max(position) AS high, count(*) AS events, list_sort(list_distinct(list(folder))) AS folders, list_sort(list_distinct(list(session_id))) AS sessions,
  list_sort(list_distinct(list(operation))) AS operations, bool_or(by_subject) AS by_subject
FROM every LEFT JOIN known k USING (id)
GROUP BY box, who, ip, client, id, CASE WHEN id IS NULL THEN own_subject END
ORDER BY coalesce(bool_and(own), true), box, who, low, id"""

_FOLDERS = f"""
WITH opened AS (SELECT {_WHO}, e.access_type {_FROM}
    WHERE (e.category = 'message_read' AND e.access_type = 'sync') OR (e.category = 'mailbox_access' AND e.operation = 'FolderBind'))
SELECT box, who, bool_and(own) AS own, ip, client, folder, access_type = 'sync' AS sync, min(time) AS first, max(time) AS last,
  min(position) AS low, max(position) AS high, count(*) AS events, list_sort(list_distinct(list(session_id))) AS sessions
FROM opened GROUP BY box, who, ip, client, folder, access_type ORDER BY coalesce(bool_and(own), true), access_type IS NULL, box, who, low"""

_WHY_SYNC = "The folder was synchronized to a client: treat every message in it at that time as copied"
_WHY_OPENED = "The folder was opened: the list of its messages (sender, subject) could be seen"
_WHY_THROTTLED = "Exchange stopped logging mail access to this mailbox for up to 24 hours after this record: nothing can be ruled out in this time"
_WHY_BLIND = "{}: what was read in this time is not logged. Silence proves nothing"


def rows(case: Case) -> Iterator[SheetRow]:
    """What cannot be ruled out, then folders, then messages; each first where the reader is not the owner."""
    people = case.once(learn_people)
    for blind in case.once(learn_blind):
        yield _blind(blind, people)
    for row in case.rows(_FOLDERS):
        yield _folder(row, people)
    for row in case.rows(_MESSAGES):
        yield _message(row, people)


def _blind(blind: Blind, people: People) -> SheetRow:
    why = _WHY_THROTTLED if blind.kind == THROTTLED else _WHY_BLIND.format(blind.words[0].upper() + blind.words[1:])
    values = (
        OPEN, people.name(blind.mailbox) or "every mailbox this account could open", people.name(blind.account) or "anybody", None, None, None,
        None, "every folder", blind.start, blind.end, None, None, None, why, None, None, None,
    )  # fmt: skip
    return sheet_row(values, blind.positions, "high")


def _owner(own: bool | None) -> str | None:
    return None if own is None else "the owner" if own else "not the owner"


def _severity(own: bool | None, *, grave: bool) -> str:
    if own is False:
        return "high" if grave else "medium"
    return "low" if grave else "info"


def _folder(row: dict[str, Any], people: People) -> SheetRow:
    values = (
        EXPOSED, people.name(row["box"]), people.name(row["who"]), _owner(row["own"]), None, None, None, row["folder"], row["first"], row["last"],
        row["ip"], row["client"], _sessions(row), _WHY_SYNC if row["sync"] else _WHY_OPENED, None, None, None,
    )  # fmt: skip
    return sheet_row(values, _ends(row), _severity(row["own"], grave=bool(row["sync"])), row["events"])


def _message(row: dict[str, Any], people: People) -> SheetRow:
    how = " and ".join(row["operations"])
    why = f"The log names this message ({how})"
    if row["by_subject"] and row["id"]:
        why += "; MessageBind has no id and is joined by subject"
    told = row["told_by"] or ("the record itself" if row["subject"] else "not in the supplied logs")
    values = (
        READ, people.name(row["box"]), people.name(row["who"]), _owner(row["own"]), row["subject"], row["sender"], listed(row["recipients"] or (), 6),
        listed(row["folders"] or (), 3), row["first"], row["last"], row["ip"], row["client"], _sessions(row), why, row["sent"], told, row["id"],
    )  # fmt: skip
    return sheet_row(values, _ends(row), _severity(row["own"], grave=False), row["events"])


def _sessions(row: dict[str, Any]) -> str | None:
    return listed(sorted(session for session in row["sessions"] or () if session), 3)


def _ends(row: dict[str, Any]) -> tuple[int, ...]:
    return (row["low"], row["high"]) if row["high"] != row["low"] else (row["low"],)
