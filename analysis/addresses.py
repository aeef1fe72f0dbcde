"""IP addresses: where did people come from, who else came from there, and since when?

Method: every event that names a client's address, by address. For each person the first event from an address is compared with
how many earlier events of that person came from others. Sign-ins that several logs write down for one account and second count
once; other events count in each.

What the logs cannot show: an address is not a place and not a person; behind one may stand an office, a mobile network, a VPN
or one of Microsoft's own services acting for somebody. The address of a mail in a trace is that of the sending server.
"""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any

from m365timeline.analysis.base import DAY, Case, listed
from m365timeline.analysis.people import People, learn_people
from m365timeline.schemas.sheets import Sheet, SheetColumn, SheetRow, sheet_row
from m365timeline.schemas.words import counted

FEW = 10  # earlier events of a person below which "new" says nothing
_PRIVATE = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")))
SPRAY = 3  # accounts that fail from one address, or failures of one account, that are worth a word

SHEET = Sheet(
    title="IP addresses",
    about="addresses that clients came from",
    method="Every event that names a client's address, by address. An address is new for somebody if at least ten earlier events of theirs, over at least a day, came from other addresses.",
    absence="An address that is not listed appears in no supplied record; many records (most of administration, many of applications) name none. New means new in the supplied logs, not new in life.",
    empty="no event on the timeline names the address of a client.",
    columns=(
        SheetColumn(title="IP", widest=40),
        SheetColumn(title="Network", widest=34, about="Country and owner, only from the logs or a local database; else what the address itself tells."),
        SheetColumn(title="Worth knowing", kind="wrapped"),
        SheetColumn(title="First (UTC)", kind="date"),
        SheetColumn(title="Last (UTC)", kind="date"),
        SheetColumn(title="Events", kind="number"),
        SheetColumn(title="People", kind="number"),
        SheetColumn(title="Who", widest=60, about="People first; services are not counted among them."),
        SheetColumn(title="Sign-ins", kind="number"),
        SheetColumn(title="Failed sign-ins", kind="number"),
        SheetColumn(title="Mailboxes", widest=50),
        SheetColumn(title="What was done", kind="wrapped"),
        SheetColumn(title="Clients", widest=50),
        SheetColumn(title="Sessions", kind="number"),
        SheetColumn(title="First event", kind="row"),
    ),
)  # fmt: skip

# One sign-in that several logs write down counts once: it has the same account and second in each, and not always a common id.
_ACT = "coalesce(lower(actor) || (epoch_us(time) // 1000000)::VARCHAR, record_id, event_id)"

_GROUPS = f"""
SELECT ip, count(*) AS events, epoch_us(min(time)) AS first, epoch_us(max(time)) AS last, min(position) AS start,
  list(position ORDER BY position)[:50] AS positions, list_sort(list(DISTINCT actor)) AS actors,
  list_sort(list(DISTINCT actor) FILTER (actor_type IN ('system', 'microsoft'))) AS services,
  count(DISTINCT {_ACT}) FILTER (category = 'signin') AS signins,
  count(DISTINCT {_ACT}) FILTER (category = 'signin_failed') AS failed,
  list_sort(list(DISTINCT mailbox)) AS mailboxes, list_sort(list(DISTINCT coalesce(client_app, app_name))) AS clients,
  count(DISTINCT session_id) AS sessions, histogram(category) AS categories, arg_min(country, position) AS country,
  arg_min(asn, position) AS asn, arg_min(as_org, position) AS as_org
FROM events WHERE ip IS NOT NULL GROUP BY ip ORDER BY start"""

# For each person and address: how many events with an address came before, and whether the first success came after failures.
_BY_PERSON = f"""
WITH seen AS (
  SELECT e.position, e.time, e.ip, e.category, {_ACT} AS id, coalesce(p.person, lower(e.actor)) AS person,
    row_number() OVER (PARTITION BY coalesce(p.person, lower(e.actor)) ORDER BY e.position) - 1 AS earlier,
    min(e.time) OVER (PARTITION BY coalesce(p.person, lower(e.actor))) AS begun
  FROM events e LEFT JOIN people p ON p.name = e.actor
  WHERE e.ip IS NOT NULL AND e.actor IS NOT NULL AND coalesce(e.actor_type, '') NOT IN ('system', 'microsoft') AND e.category <> 'mail_trace'
)
SELECT ip, person, min(earlier) AS earlier, epoch_us(min(time)) - epoch_us(min(begun)) AS after,
  min(position) FILTER (category = 'signin_failed') AS failed, min(position) FILTER (category = 'signin') AS succeeded,
  count(DISTINCT id) FILTER (category = 'signin_failed') AS failures
FROM seen GROUP BY ip, person ORDER BY ip, person"""


def rows(case: Case) -> Iterator[SheetRow]:
    """One row for each address, in order of its first event."""
    people = case.once(learn_people)
    by_address: dict[str, list[dict[str, Any]]] = {}
    for row in case.rows(_BY_PERSON):
        by_address.setdefault(row["ip"], []).append(row)
    for row in case.rows(_GROUPS):
        yield _row(row, by_address.get(row["ip"], []), people)


def _row(row: dict[str, Any], visits: list[dict[str, Any]], people: People) -> SheetRow:
    services = set(row["services"] or ())
    persons = sorted({people.of(name) or "" for name in row["actors"] or () if name and name not in services})
    words, severity = _worth_knowing(row, visits, people)
    values = (
        row["ip"], network_in_words(row), words, row["first"], row["last"], row["events"], len(persons),
        listed([*(people.name(key) for key in persons), *sorted(services)], 8), row["signins"] or None, row["failed"] or None,
        listed(sorted({people.name(people.of(name)) or "" for name in row["mailboxes"] or () if name}), 5),
        in_order_of_count(row["categories"]), listed(sorted(name for name in row["clients"] or () if name), 5), row["sessions"] or None, row["start"],
    )  # fmt: skip
    return sheet_row(values, row["positions"], severity, row["events"])


def _worth_knowing(row: dict[str, Any], visits: list[dict[str, Any]], people: People) -> tuple[str | None, str]:
    found: list[str] = []
    severity = "info"
    if {name for name, _ in row["categories"] or ()} <= {"mail_trace", "forwarding"} and row["categories"]:
        return "Only in message traces: a mail server, or the client that handed in a mail", severity
    new = [visit for visit in visits if visit["earlier"] >= FEW and (visit["after"] or 0) >= DAY]
    if new:
        severity = "low"
        found += [
            f"New for {people.name(visit['person'])}: {counted(visit['earlier'], 'earlier event')} came from other addresses"
            for visit in new[:5]
        ]
        found += [f"and new for {len(new) - 5:,} more"] if len(new) > 5 else []
    # Who signs in from here every day and once mistypes a password is not worth a word: no success may stand before.
    failing = [
        visit for visit in visits
        if visit["failures"] and (visit["succeeded"] is None or visit["failed"] < visit["succeeded"])
    ]  # fmt: skip
    if len(failing) >= SPRAY:
        severity = "medium"
        found.append(f"Sign-ins of {len(failing):,} accounts failed from here before any of them succeeded")
    for visit in failing[:5]:
        if visit["succeeded"] is not None and visit["failures"] >= SPRAY:
            severity = "medium"
            found.append(
                f"{people.name(visit['person'])}: {counted(visit['failures'], 'failed sign-in')}, then the first success from here"
            )
    return "\n".join(found) or None, severity


def network_in_words(row: dict[str, Any]) -> str | None:
    """Country and owner of a network as far as the row has them; else what the address itself tells."""
    owner = " ".join(filter(None, (f"AS{row['asn']}" if row["asn"] else None, row["as_org"])))
    known = " · ".join(filter(None, (row["country"], owner)))
    if known:
        return known
    try:
        address = ip_address(row["ip"])
    except ValueError:
        return None
    if address.is_loopback:
        return "the server itself (loopback)"
    if address.is_link_local:
        return "link-local"
    return "private network" if any(address in network for network in _PRIVATE) else None


def in_order_of_count(counts: list[tuple[str, int]] | None) -> str | None:
    """``signin × 12, file_access × 3`` of pairs of name and count."""
    ranked = sorted(counts or (), key=lambda item: (-item[1], str(item[0])))
    return ", ".join(f"{name} × {count:,}" for name, count in ranked if name) or None
