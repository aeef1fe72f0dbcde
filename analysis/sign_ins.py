"""Sign-ins: who signed in, or failed to, from where, with what, to which application?

Method: sign-ins of all logs, by person, address, client and application, each with its results. A sign-in that several logs
write down under one id counts once; logs without that id count it again.

What the logs cannot show: sessions that were begun before the logs, or elsewhere, go on without a sign-in; a stolen token needs
none. Refreshing access is a sign-in of its own kind, which few exports hold.
"""

from collections.abc import Iterator
from typing import Any

from m365timeline.analysis.addresses import network_in_words
from m365timeline.analysis.base import Case, listed
from m365timeline.analysis.people import People, learn_people
from m365timeline.schemas.sheets import Sheet, SheetColumn, SheetRow, sheet_row
from m365timeline.schemas.words import counted

FEW, MANY = 3, 10  # failures that are hardly, and surely, no slip of the fingers

SHEET = Sheet(
    title="Sign-ins",
    about="ways in which accounts signed in or failed to",
    method="Sign-ins by account, address, device or browser, and application, oldest first. A sign-in that two logs hold under one id counts once; interruptions (a prompt for a second factor, a consent page) are no failures.",
    absence="An account that is not listed may still have been used: sessions begun earlier go on without a sign-in, a stolen token needs none, and exports of sign-ins reach back 7 or 30 days. An empty cell means that the log does not say.",
    empty="no sign-in stands on the timeline; whether accounts were used is not known from sign-ins.",
    columns=(
        SheetColumn(title="Account"),
        SheetColumn(title="IP", widest=40),
        SheetColumn(title="Network", widest=30),
        SheetColumn(title="Client", widest=50),
        SheetColumn(title="Application", widest=34),
        SheetColumn(title="Worth knowing", kind="wrapped"),
        SheetColumn(title="First (UTC)", kind="date"),
        SheetColumn(title="Last (UTC)", kind="date"),
        SheetColumn(title="Succeeded", kind="number"),
        SheetColumn(title="Failed", kind="number"),
        SheetColumn(title="Why they failed", kind="wrapped"),
        SheetColumn(title="Device", widest=30),
        SheetColumn(title="Sessions", kind="number"),
        SheetColumn(title="First success", kind="row"),
        SheetColumn(title="Last failure", kind="row"),
    ),
    frozen=2,
)  # fmt: skip

_GROUPS = """
WITH named AS (
  SELECT events.*, coalesce(p.person, lower(actor)) AS person, coalesce(user_agent, device_os, client_app) AS client
  FROM events LEFT JOIN people p ON p.name = actor WHERE category IN ('signin', 'signin_failed')
)
SELECT e.person, e.ip, e.client, arg_min(e.app_name, e.position) AS app_name,
  count(*) AS events, epoch_us(min(e.time)) AS first, epoch_us(max(e.time)) AS last, min(e.position) AS start,
  list(e.position ORDER BY e.position)[:50] AS positions,
  count(DISTINCT coalesce(e.record_id, e.event_id)) FILTER (e.category = 'signin' AND e.outcome = 'success') AS succeeded,
  count(DISTINCT coalesce(e.record_id, e.event_id)) FILTER (e.category = 'signin_failed') AS failed,
  min(e.position) FILTER (e.category = 'signin' AND e.outcome = 'success') AS success,
  min(e.position) FILTER (e.category = 'signin_failed') AS failure, max(e.position) FILTER (e.category = 'signin_failed') AS last_failure,
  list_sort(list(DISTINCT coalesce(e.error_text, e.error_code)) FILTER (e.category = 'signin_failed')) AS reasons,
  list_sort(list(DISTINCT coalesce(e.device_name, e.device_os))) AS devices, count(DISTINCT e.session_id) AS sessions,
  arg_min(e.country, e.position) AS country, arg_min(e.asn, e.position) AS asn, arg_min(e.as_org, e.position) AS as_org
FROM named e GROUP BY e.person, e.ip, e.client, coalesce(e.app_id, e.app_name) ORDER BY start"""


def rows(case: Case) -> Iterator[SheetRow]:
    """One row for each way of signing in, in order of its first event."""
    people = case.once(learn_people)
    for row in case.rows(_GROUPS):
        yield _row(row, people)


def _row(row: dict[str, Any], people: People) -> SheetRow:
    words, severity = _worth_knowing(row)
    reasons = listed(sorted(reason for reason in row["reasons"] or () if reason), 5, "\n")
    values = (
        people.name(row["person"]) or "(not named in the log)", row["ip"], network_in_words(row), row["client"], row["app_name"], words,
        row["first"], row["last"], row["succeeded"] or None, row["failed"] or None, reasons,
        listed(sorted(name for name in row["devices"] or () if name), 3), row["sessions"] or None, row["success"], row["last_failure"],
    )  # fmt: skip
    return sheet_row(values, row["positions"], severity, row["events"])


def _worth_knowing(row: dict[str, Any]) -> tuple[str | None, str]:
    if row["failed"] and row["success"] is not None and row["failure"] < row["success"]:
        severity = "medium" if row["failed"] >= FEW else "low"
        return f"{counted(row['failed'], 'failure')}, the first before the first success", severity
    if row["failed"] >= MANY and not row["succeeded"]:
        return f"{counted(row['failed'], 'failure')} and no success", "medium"
    return None, "low" if row["failed"] and not row["succeeded"] else "info"
