"""Apps & clients: with what programs was the tenant used, by whom, and since when?

Method: events by application id, else application name, else the kind of client the record tells. Names of Microsoft's own
applications come from a table; a name alone proves nothing, because anybody can register an application under any name.

What the logs cannot show: a program says of itself what it likes; many records name none.
"""

from collections.abc import Iterator
from typing import Any

from m365timeline.analysis.addresses import FEW, in_order_of_count
from m365timeline.analysis.base import DAY, Case, listed
from m365timeline.analysis.people import People, learn_people
from m365timeline.schemas.sheets import Sheet, SheetColumn, SheetRow, sheet_row

SHEET = Sheet(
    title="Apps & clients",
    about="applications and kinds of clients that were used",
    method="Events by application id, else name, else kind of client, with the records that gave an application its rights. New means: first seen at least a day after the first event of the case, and used by one account only.",
    absence="A program that is not listed is named by no supplied record. Rights an application was given before the logs begin are not seen here.",
    empty="no event on the timeline names an application or a kind of client.",
    columns=(
        SheetColumn(title="Application or client", widest=44),
        SheetColumn(title="Application id", widest=38),
        SheetColumn(title="Worth knowing", kind="wrapped"),
        SheetColumn(title="First (UTC)", kind="date"),
        SheetColumn(title="Last (UTC)", kind="date"),
        SheetColumn(title="Events", kind="number"),
        SheetColumn(title="People", kind="number"),
        SheetColumn(title="Who", widest=60),
        SheetColumn(title="What was done", kind="wrapped"),
        SheetColumn(title="Addresses", kind="number"),
        SheetColumn(title="From", widest=60),
        SheetColumn(title="What it said of itself", kind="wrapped", about="User agents and client texts, as logged."),
        SheetColumn(title="First event", kind="row"),
        SheetColumn(title="Rights given in", kind="row", about="The first record that consents to it or gives it rights."),
    ),
)  # fmt: skip

_GROUPS = """
SELECT coalesce(arg_min(app_name, position), arg_min(client_app, position)) AS name, app_id,
  count(*) AS events, epoch_us(min(time)) AS first, epoch_us(max(time)) AS last, min(position) AS start,
  list(position ORDER BY position)[:50] AS positions, histogram(category) AS categories,
  list_sort(list(DISTINCT actor) FILTER (coalesce(actor_type, '') NOT IN ('system', 'microsoft'))) AS actors, count(DISTINCT ip) AS addresses,
  list_sort(list(DISTINCT ip))[:200] AS ips, list_sort(list(DISTINCT coalesce(user_agent, client_info)))[:200] AS agents
FROM events WHERE coalesce(app_id, app_name, client_app) IS NOT NULL
GROUP BY app_id, coalesce(app_id, app_name, client_app) ORDER BY start"""

_CONSENTS = """
SELECT position, target FROM events
WHERE category = 'oauth' AND target IS NOT NULL AND outcome IS DISTINCT FROM 'failure' ORDER BY position"""


def rows(case: Case) -> Iterator[SheetRow]:
    """One row for each program, in order of its first event."""
    people = case.once(learn_people)
    consents: dict[str, int] = {}
    for row in case.rows(_CONSENTS):
        consents.setdefault(row["target"].casefold(), row["position"])
    begun = next(case.rows("SELECT epoch_us(min(time)) AS begun, count(*) AS events FROM events"))
    for row in case.rows(_GROUPS):
        yield _row(row, consents, begun, people)


def _row(row: dict[str, Any], consents: dict[str, int], begun: dict[str, Any], people: People) -> SheetRow:
    persons = sorted({people.of(name) or "" for name in row["actors"] or () if name})
    given = [consents[key] for key in (str(row["app_id"]).casefold(), str(row["name"]).casefold()) if key in consents]
    words = []
    if given:
        words.append("Somebody consented to it, or gave it rights, in the supplied logs")
    late = row["first"] is not None and begun["begun"] is not None and row["first"] - begun["begun"] >= DAY
    if late and len(persons) == 1 and begun["events"] >= FEW * FEW:
        words.append(f"New in the logs, and used by {people.name(persons[0])} only")
    values = (
        row["name"] or "(no name in the logs)", row["app_id"], "\n".join(words) or None, row["first"], row["last"], row["events"], len(persons) or None,
        listed((people.name(key) for key in persons), 6), in_order_of_count(row["categories"]), row["addresses"] or None,
        listed(sorted(ip for ip in row["ips"] or () if ip), 6), listed(sorted(text for text in row["agents"] or () if text), 3, "\n"),
        row["start"], min(given, default=None),
    )  # fmt: skip
    return sheet_row(values, row["positions"], "medium" if given else "low" if words else "info", row["events"])
