"""Messages sent: what was sent while somebody was in the mailbox, and how sure is it?

Method: every record of sending (Send, SendAs, SendOnBehalf), joined to the traces by internet message id, else by sender, subject
and time. Traces of messages nobody's audit tells of are added where their sender was in another's mailbox, held a right given in the
logs, or was excluded from auditing at that time.

What the logs cannot show: mail sent through other services; the content; for a match by time alone, that it is the same message.
"""

from collections.abc import Iterator
from heapq import merge
from typing import Any

import msgspec

from m365timeline.analysis.access import learn_access
from m365timeline.analysis.base import HOUR, MINUTE, Case, at, listed
from m365timeline.analysis.blind import BYPASS, learn_blind
from m365timeline.analysis.grants import learn_grants
from m365timeline.analysis.people import People, learn_people
from m365timeline.analysis.rights import MAILBOX_KINDS, SENDING_KINDS
from m365timeline.analysis.sessions import Stolen, learn_stolen
from m365timeline.schemas.sheets import Sheet, SheetColumn, SheetRow, sheet_row

SHEET = Sheet(
    title="Messages sent",
    about="messages sent, in order of time",
    method="Records of sending joined to message traces: by the same message id, else by sender, subject and time (5 minutes). Traced messages of which no audit record tells are added if their sender was in another's mailbox, held a right given in the supplied logs, or was excluded from auditing at that time.",
    absence="A message that is not listed may have been sent where sending is not audited and no trace was supplied. An empty Delivery means that no trace supplied has the message. A match by time alone does not prove that it is the same act.",
    empty="no record of sending is on the timeline.",
    columns=(
        SheetColumn(title="Sent (UTC)", kind="date"),
        SheetColumn(title="Sender", widest=36, about="From: the mailbox the message was sent from."),
        SheetColumn(title="Sent by", widest=36),
        SheetColumn(title="How", widest=24),
        SheetColumn(title="Subject", widest=50),
        SheetColumn(title="Recipients", kind="wrapped"),
        SheetColumn(title="Outside domains", widest=36, about="Recipients' domains that own no mailbox in the case."),
        SheetColumn(title="Delivery", kind="wrapped", about="What the traces say, by recipient."),
        SheetColumn(title="Match", widest=30, about="How audit and trace were joined."),
        SheetColumn(title="During", kind="wrapped", about="The access, right or blind time the message was sent in."),
        SheetColumn(title="IP", widest=26),
        SheetColumn(title="Client", widest=28),
        SheetColumn(title="Session id", widest=38),
        SheetColumn(title="Message-ID", widest=50),
    ),
    frozen=1,
)

SAME_ID, LIKE, TRACE_ONLY, AUDIT_ONLY = (
    "same message id",
    "sender, subject and time",
    "trace only: sender and time",
    "audit only: no trace has it",
)

_PARTS = """
WITH sent AS (SELECT e.position, epoch_us(e.time) AS time, e.operation, coalesce(a.person, lower(e.actor)) AS who, coalesce(b.person, lower(e.mailbox)) AS box,
    e.actor_is_owner AS own, e.message_ids[1] AS id, e.subject, e.recipients, e.ip, coalesce(e.client_app, e.app_name) AS client, e.session_id
  FROM events e LEFT JOIN people a ON a.name = e.actor LEFT JOIN people b ON b.name = e.mailbox WHERE e.category = 'message_send'),
twins AS (SELECT who, box, subject, time // 1000000 AS second, min(id) AS id FROM sent WHERE id IS NOT NULL AND time IS NOT NULL GROUP BY ALL),
alone AS (SELECT who, box, subject, min(id) AS id FROM sent WHERE id IS NOT NULL GROUP BY ALL HAVING count(DISTINCT id) = 1),
keyed AS (SELECT s.* EXCLUDE (id), coalesce(s.id, t.id, o.id) AS id FROM sent s
  LEFT JOIN twins t ON s.id IS NULL AND t.who = s.who AND t.box IS NOT DISTINCT FROM s.box AND t.subject = s.subject AND t.second = s.time // 1000000
  LEFT JOIN alone o ON s.id IS NULL AND s.time IS NULL AND o.who = s.who AND o.box IS NOT DISTINCT FROM s.box AND o.subject = s.subject),
audit AS (SELECT id, who, box, arg_min(operation, position) AS operation, bool_and(own) AS own, arg_min(subject, position) AS subject, min(time) AS time,
    arg_min(recipients, position) AS recipients, arg_min(ip, position) AS ip, arg_min(client, position) AS client, arg_min(session_id, position) AS session_id,
    list(position ORDER BY position)[:20] AS positions, count(*) AS events
  FROM keyed GROUP BY id, who, box, CASE WHEN id IS NULL THEN coalesce(time // 1000000, -position) END, CASE WHEN id IS NULL THEN subject END),
traced AS (SELECT message_ids[1] AS id, lower(arg_min(sender, position)) AS sender, arg_min(subject, position) AS subject, min(epoch_us(time)) AS time,
    list_sort(list_distinct(flatten(list(recipients)))) AS recipients,
    list_sort(list_distinct(list(array_to_string(recipients, ', ') || ': ' || delivery_status) FILTER (delivery_status NOT IN ('To', 'Cc', 'Bcc')))) AS delivery,
    list(position ORDER BY position)[:20] AS positions, count(*) AS events
  FROM events WHERE category IN ('mail_trace', 'forwarding') AND message_ids IS NOT NULL AND sender IS NOT NULL AND recipients IS NOT NULL
    AND (message_ids[1] IN (SELECT id FROM audit) OR lower(sender) IN (SELECT who FROM send_windows) OR subject IN (SELECT subject FROM audit WHERE id IS NULL))
  GROUP BY message_ids[1]),
alike AS (SELECT a.positions[1] AS audit, min(t.id) AS id FROM audit a JOIN traced t ON a.id IS NULL AND t.subject = a.subject
    AND t.sender IN (a.who, a.box) AND abs(t.time - a.time) <= {near} GROUP BY ALL HAVING count(*) = 1)
"""
_AUDIT = """
SELECT a.* EXCLUDE (positions, recipients, events, id), coalesce(a.id, t.id) AS id, a.id IS NULL AS by_likeness, t.id IS NOT NULL AS is_traced, t.sender,
  coalesce(t.recipients, a.recipients) AS recipients, t.delivery, list_sort(list_concat(a.positions, coalesce(t.positions, []))) AS positions,
  a.events + coalesce(t.events, 0) AS events
FROM audit a LEFT JOIN alike l ON l.audit = a.positions[1] LEFT JOIN traced t ON t.id = coalesce(a.id, l.id)
ORDER BY a.time NULLS LAST, a.positions[1]"""
_TRACE = """
SELECT t.* FROM traced t WHERE id NOT IN (SELECT id FROM audit WHERE id IS NOT NULL) AND id NOT IN (SELECT id FROM alike)
AND EXISTS (SELECT 1 FROM send_windows w WHERE w.who = t.sender AND t.time BETWEEN w.start AND w.stop) ORDER BY time, positions[1]"""
# Times in which somebody is in another's mailbox: pauses below an hour.
_VISITS = """
WITH acts AS (SELECT coalesce(a.person, lower(e.actor)) AS who, coalesce(b.person, lower(e.mailbox)) AS box, epoch_us(e.time) AS time
  FROM events e JOIN people a ON a.name = e.actor JOIN people b ON b.name = e.mailbox
  WHERE e.actor_is_owner = false AND e.time IS NOT NULL AND coalesce(e.actor_type, '') NOT IN ('system', 'microsoft')),
steps AS (SELECT *, CASE WHEN time - lag(time) OVER same <= {pause} THEN 0 ELSE 1 END AS gap FROM acts WINDOW same AS (PARTITION BY who, box ORDER BY time)),
visits AS (SELECT who, box, time, sum(gap) OVER (PARTITION BY who, box ORDER BY time ROWS UNBOUNDED PRECEDING) AS visit FROM steps)
SELECT who, box, min(time) AS first, max(time) AS last FROM visits GROUP BY who, box, visit ORDER BY who, first, box"""
_FOREVER, _AFTER = 1 << 62, 15 * MINUTE


class Window(msgspec.Struct):
    """A time in which what a person sends deserves a look, and why."""

    who: str
    start: int | None
    end: int | None
    words: str

    def holds(self, time: int | None) -> bool:
        """Whether a time lies in it."""
        return (
            time is not None and (self.start is None or self.start <= time) and (self.end is None or time <= self.end)
        )


def learn_windows(case: Case) -> dict[str, list[Window]]:
    """By person, the times in which what they send deserves a look."""
    people = case.once(learn_people)
    case.once(learn_access)  # marks which rights were used
    found = [
        Window(
            row["who"],
            row["first"],
            row["last"] + _AFTER,
            f"while in the mailbox of {people.name(row['box'])} ({at(row['first'])} to {at(row['last'])})",
        )
        for row in case.rows(_VISITS.format(pause=HOUR))
    ]
    found += [
        Window(
            item.holder,
            item.granted.time,
            item.revoked.time if item.revoked else None,
            f"while holding {item.right} on {people.name(item.on)}",
        )
        for item in case.once(learn_grants).intervals
        if item.uses and item.granted and not item.listed and item.kind in (*MAILBOX_KINDS, *SENDING_KINDS)
    ]
    found += [
        Window(item.account, item.start, item.end, f"while the account was excluded from auditing ({item.words})")
        for item in case.once(learn_blind)
        if item.kind == BYPASS and item.account
    ]
    windows: dict[str, list[Window]] = {}
    for window in found:
        windows.setdefault(window.who, []).append(window)
    case.keep(
        "send_windows",
        {
            "who": [window.who for window in found] or [""],
            "start": [window.start or 0 for window in found] or [0],
            "stop": [_FOREVER if window.end is None else window.end for window in found] or [0],
        },
    )
    return windows


def rows(case: Case) -> Iterator[SheetRow]:
    """One row for each message, in order of time."""
    people, windows = case.once(learn_people), case.once(learn_windows)
    own = people.domains({key for key in map(people.of, people.mailboxes) if key})
    parts = _PARTS.format(near=5 * MINUTE)
    stolen = case.once(learn_stolen)
    audit = (
        (row["time"], _audit(row, people, windows, own, stolen.get(row["session_id"])))
        for row in case.rows(parts + _AUDIT)
    )
    trace = ((row["time"], _trace(row, people, windows, own)) for row in case.rows(parts + _TRACE))
    for _time, row in merge(audit, trace, key=lambda item: (item[0] is None, item[0] or 0)):
        yield row


def _audit(
    row: dict[str, Any], people: People, windows: dict[str, list[Window]], own: set[str], stolen: Stolen | None
) -> SheetRow:
    during = _during(row["who"], row["time"], windows)
    if stolen is not None and not (row["time"] or 0) < (stolen.since or 0):
        during.insert(0, f"in a session that {stolen.words[0].lower()}{stolen.words[1:]}")
    if row["own"] is False and not any(words.startswith("while in the mailbox") for words in during):
        during.insert(0, "in another's mailbox")
    match = AUDIT_ONLY if not row["is_traced"] else LIKE if row["by_likeness"] else SAME_ID
    values = (
        row["time"], people.name(row["box"]), people.name(row["who"]), row["operation"], row["subject"], listed(row["recipients"] or (), 20, "\n"),
        _outside(row["recipients"], own), listed(row["delivery"] or (), 8, "\n"), match, "\n".join(during) or None, row["ip"], row["client"],
        row["session_id"], row["id"],
    )  # fmt: skip
    severity = (
        "high"
        if any("stolen" in words for words in during)
        or (row["own"] is False and any("right" in words or "holding" in words for words in during))
        else "medium"
        if during
        else "info"
    )
    return sheet_row(values, row["positions"], severity, row["events"])


def _trace(row: dict[str, Any], people: People, windows: dict[str, list[Window]], own: set[str]) -> SheetRow:
    during = _during(row["sender"], row["time"], windows)
    outside = _outside(row["recipients"], own)
    values = (
        row["time"], people.name(row["sender"]), None, "not in the audit", row["subject"], listed(row["recipients"] or (), 20, "\n"), outside,
        listed(row["delivery"] or (), 8, "\n"), TRACE_ONLY, "\n".join(during) or None, None, None, None, row["id"],
    )  # fmt: skip
    blind = any("excluded from auditing" in words for words in during)
    return sheet_row(
        values, row["positions"], "high" if blind and outside else "medium" if outside else "low", row["events"]
    )


def _during(who: str | None, time: int | None, windows: dict[str, list[Window]]) -> list[str]:
    return list(dict.fromkeys(window.words for window in windows.get(who or "", ()) if window.holds(time)))


def _outside(recipients: list[str] | None, own: set[str]) -> str | None:
    domains = {name.rpartition("@")[2].lower() for name in recipients or () if "@" in name}
    return listed(sorted(domains - own), 10)
