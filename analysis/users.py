"""Users & mailboxes: every account of the case, what it did, and what was done to its mailbox by others.

Method: events by the person who acted (one person under several names is one, see people.py), and events in a mailbox by
anyone but its owner. Traces count a person as sender or recipient only.

What the logs cannot show: who sat at the keyboard; accounts that left no record in what was supplied.
"""

from collections.abc import Iterator
from typing import Any

from m365timeline.analysis.addresses import in_order_of_count
from m365timeline.analysis.base import SERVICES, Case, listed
from m365timeline.analysis.people import People, learn_people
from m365timeline.schemas.sheets import Sheet, SheetColumn, SheetRow, sheet_row

SHEET = Sheet(
    title="Users & mailboxes",
    about="accounts that acted, or whose mailbox was acted on",
    method="Every account by its best name: what it did, from where and with what, and who else was in its mailbox. People stand first, those with the most events before the others; services and applications follow.",
    absence="An account that is not listed left no record in the supplied logs. No others in a mailbox means that no record says so; the classic mailbox audit and many exports do not record what owners do.",
    empty="no event on the timeline names an actor or a mailbox.",
    columns=(
        SheetColumn(title="Account"),
        SheetColumn(title="Kind", widest=18),
        SheetColumn(title="First (UTC)", kind="date", about="Of what the account did."),
        SheetColumn(title="Last (UTC)", kind="date"),
        SheetColumn(title="Events", kind="number", about="What the account did; a count of rows is not a count of acts."),
        SheetColumn(title="What it did", kind="wrapped"),
        SheetColumn(title="Sign-ins", kind="number"),
        SheetColumn(title="Failed sign-ins", kind="number"),
        SheetColumn(title="Addresses", kind="number"),
        SheetColumn(title="From", widest=60),
        SheetColumn(title="Clients", widest=50),
        SheetColumn(title="Other mailboxes", widest=50, about="Mailboxes of others the account was in."),
        SheetColumn(title="Others in its mailbox", widest=50, about="People who were in this mailbox and are not its owner."),
        SheetColumn(title="Their events", kind="number"),
        SheetColumn(title="Named as", widest=60, about="The names under which the logs know the account."),
        SheetColumn(title="First event", kind="row"),
    ),
)  # fmt: skip

_ACTORS = """
SELECT coalesce(p.person, lower(e.actor)) AS person, list_sort(list(DISTINCT e.actor)) AS names, list_sort(list(DISTINCT e.actor_type)) AS kinds,
  count(*) AS events, epoch_us(min(e.time)) AS first, epoch_us(max(e.time)) AS last, min(e.position) AS start,
  list(e.position ORDER BY e.position)[:50] AS positions, histogram(e.category) AS categories,
  count(DISTINCT coalesce(e.record_id, e.event_id)) FILTER (e.category = 'signin') AS signins,
  count(DISTINCT coalesce(e.record_id, e.event_id)) FILTER (e.category = 'signin_failed') AS failed,
  count(DISTINCT e.ip) AS addresses, list_sort(list(DISTINCT e.ip))[:200] AS ips, list_sort(list(DISTINCT coalesce(e.client_app, e.app_name))) AS clients,
  list_sort(list(DISTINCT e.mailbox) FILTER (e.actor_is_owner = false)) AS others
FROM events e LEFT JOIN people p ON p.name = e.actor WHERE e.actor IS NOT NULL GROUP BY 1"""

_MAILBOXES = """
SELECT coalesce(o.person, lower(e.mailbox)) AS person, count(*) AS events, count(*) FILTER (e.actor_is_owner = false) AS foreign_events,
  list_sort(list(DISTINCT e.actor) FILTER (e.actor_is_owner = false AND coalesce(e.actor_type, '') NOT IN ('system', 'microsoft'))) AS visitors,
  list_sort(list(DISTINCT e.mailbox)) AS names, min(e.position) AS start, list(e.position ORDER BY e.position)[:50] AS positions
FROM events e LEFT JOIN people o ON o.name = e.mailbox WHERE e.mailbox IS NOT NULL GROUP BY 1"""


def rows(case: Case) -> Iterator[SheetRow]:
    """One row for each account."""
    people = case.once(learn_people)
    mailboxes = {row["person"]: row for row in case.rows(_MAILBOXES)}
    found = [(row, mailboxes.pop(row["person"], None)) for row in case.rows(_ACTORS)]
    found.sort(key=lambda pair: (_is_service(pair[0]), -pair[0]["events"], str(pair[0]["person"])))
    for actor, mailbox in found:
        yield _row(actor, mailbox, people)
    for mailbox in sorted(mailboxes.values(), key=lambda row: (-row["events"], str(row["person"]))):
        yield _row(None, mailbox, people)


def _is_service(row: dict[str, Any]) -> bool:
    kinds = {kind for kind in row["kinds"] or () if kind and kind != "unknown"}
    return bool(kinds) and kinds <= {*SERVICES, "application", "service_principal", "policy"}


def _row(actor: dict[str, Any] | None, mailbox: dict[str, Any] | None, people: People) -> SheetRow:
    def names(values: list[str] | None, most: int = 6) -> str | None:
        return listed(sorted({people.name(people.of(name)) or "" for name in values or () if name}), most)

    known = actor or mailbox or {}
    visitors = names(mailbox["visitors"]) if mailbox else None
    did: tuple[Any, ...] = (None,) * 10
    if actor:
        kinds = sorted(kind for kind in actor["kinds"] or () if kind and kind != "unknown")
        did = (
            listed(kinds, 4, ", "), actor["first"], actor["last"], actor["events"], in_order_of_count(actor["categories"]), actor["signins"] or None,
            actor["failed"] or None, actor["addresses"] or None, listed(sorted(ip for ip in actor["ips"] or () if ip), 6),
            listed(sorted(name for name in actor["clients"] or () if name), 6),
        )  # fmt: skip
    else:
        did = ("mailbox only", *did[1:])
    aliases = {*(actor["names"] if actor else ()), *(mailbox["names"] if mailbox else ())}
    values = (
        people.name(known["person"]), *did, names(actor["others"]) if actor else None, visitors,
        (mailbox["foreign_events"] or None) if mailbox else None, listed(sorted(name for name in aliases if name), 6), known["start"],
    )  # fmt: skip
    return sheet_row(values, known["positions"], "low" if visitors else "info", known["events"])
