"""SharePoint & OneDrive: who opened, downloaded, shared or removed files, where, and was it more than usual?

Method: file events by person and site, with the day on which most different files were downloaded or synchronized against that
person's median over all their days with downloads anywhere; sharing, with what the record says of the link, a row an act. A link that
lets anyone in is told together with the later records of its use and removal, which name the object and not the link.

What the logs cannot show: repeated accesses within minutes are one record, so counts are of records, not of acts; a synchronized
folder goes on synchronizing; what a link's receiver did after a download.
"""

from collections.abc import Iterator
from typing import Any

from m365timeline.analysis.addresses import in_order_of_count
from m365timeline.analysis.base import Case, at, listed
from m365timeline.analysis.people import People, learn_people
from m365timeline.schemas.sheets import Sheet, SheetColumn, SheetRow, sheet_row
from m365timeline.schemas.words import counted

MUCH = 5  # times the median, and at least so many files, that are worth a look
LEAST = 20

SHEET = Sheet(
    title="SharePoint & OneDrive",
    about="rows of file access by person and site, and acts of sharing",
    method="File events by person and site; acts of sharing one by one, before them; behind a link for anybody, what later records say of that object's links. Worth knowing compares the day with most different files downloaded or synchronized with that person's own median day.",
    absence="A file that is not listed may still have been read: a synchronized copy leaves no further record, and repeated accesses within minutes are one record. Who holds a link is known only where it was used.",
    empty="no event on the timeline concerns files or sharing.",
    columns=(
        SheetColumn(title="Kind", widest=14, about="Sharing: one act; Files: all file events of a person in a site."),
        SheetColumn(title="Who"),
        SheetColumn(title="Site", widest=60),
        SheetColumn(title="Worth knowing", kind="wrapped"),
        SheetColumn(title="First (UTC)", kind="date"),
        SheetColumn(title="Last (UTC)", kind="date"),
        SheetColumn(title="Events", kind="number"),
        SheetColumn(title="Different files", kind="number"),
        SheetColumn(title="Downloaded", kind="number", about="Different files downloaded or synchronized."),
        SheetColumn(title="Busiest day", widest=14, about="The UTC day with most different files downloaded or synchronized."),
        SheetColumn(title="Files that day", kind="number"),
        SheetColumn(title="Own median", kind="number", about="Files downloaded on that person's median day with downloads."),
        SheetColumn(title="What was done", kind="wrapped"),
        SheetColumn(title="Object", widest=70, about="Of sharing: what was shared. Of files: some of them."),
        SheetColumn(title="From", widest=50),
        SheetColumn(title="Clients", widest=50),
        SheetColumn(title="First event", kind="row"),
        SheetColumn(title="Link used in", kind="row", about="The first use of a link for anybody, after it was made."),
    ),
    frozen=2,
)  # fmt: skip

_TAKEN = "operation IN ('FileDownloaded', 'FileSyncDownloadedFull', 'FileSyncDownloadedPartial')"
# A site's own audit report leaves the host out: ``sites/Finance/Shared Documents/…``.
_SITE = r"regexp_extract(coalesce(target, folder), '^(https?://[^/]+/(?:(?:sites|teams|personal)/[^/]+)?|/?(?:sites|teams|personal)/[^/]+)', 1)"

_SITES = f"""
WITH files AS (
  SELECT coalesce(p.person, lower(e.actor)) AS person, {_SITE} AS site, e.position, e.time, e.operation, e.target, e.ip,
    coalesce(e.client_app, e.app_name, e.user_agent) AS client, e.{_TAKEN} AS taken
  FROM events e LEFT JOIN people p ON p.name = e.actor WHERE e.category = 'file_access'
), days AS (
  SELECT person, site, strftime(time, '%Y-%m-%d') AS day, count(DISTINCT target) AS files FROM files WHERE taken GROUP BY ALL
), own AS (
  SELECT person, median(files) AS usual, count(*) AS days FROM (SELECT person, day, sum(files) AS files FROM days GROUP BY ALL) GROUP BY person
), busiest AS (
  SELECT person, site, arg_max(day, (files, day)) AS day, max(files) AS files FROM days GROUP BY ALL
)
SELECT f.person, f.site, count(*) AS events, epoch_us(min(f.time)) AS first, epoch_us(max(f.time)) AS last, min(f.position) AS start,
  list(f.position ORDER BY f.position)[:50] AS positions, histogram(f.operation) AS operations, count(DISTINCT f.target) AS files,
  count(DISTINCT f.target) FILTER (f.taken) AS taken, list_sort(list(DISTINCT f.target))[:1000] AS targets, list_sort(list(DISTINCT f.ip)) AS ips,
  list_sort(list(DISTINCT f.client)) AS clients, min(b.day) AS day, min(b.files) AS day_files, min(o.usual) AS usual, min(o.days) AS days
FROM files f LEFT JOIN busiest b ON b.person IS NOT DISTINCT FROM f.person AND b.site = f.site LEFT JOIN own o ON o.person IS NOT DISTINCT FROM f.person
GROUP BY f.person, f.site ORDER BY start"""

_SHARING = f"""
SELECT position, epoch_us(time) AS time, actor, operation, target, {_SITE} AS site, summary, severity, ip, coalesce(client_app, app_name, user_agent) AS client
FROM events WHERE category = 'sharing' AND coalesce(actor_type, '') NOT IN ('system', 'microsoft') ORDER BY position"""


# What later records say of links for anybody to the same object. Records name the object: two links to it are told together.
_LINKS = """
SELECT made.position, count(*) FILTER (later.operation = 'AnonymousLinkUsed') AS used,
  min(later.position) FILTER (later.operation = 'AnonymousLinkUsed') AS first_use,
  epoch_us(min(later.time) FILTER (later.operation = 'AnonymousLinkUsed')) AS first, epoch_us(max(later.time) FILTER (later.operation = 'AnonymousLinkUsed')) AS last,
  list_sort(list(DISTINCT later.ip) FILTER (later.operation = 'AnonymousLinkUsed')) AS addresses,
  epoch_us(min(later.time) FILTER (later.operation = 'AnonymousLinkRemoved')) AS removed
FROM events made LEFT JOIN events later ON later.target = made.target AND later.position > made.position
  AND later.operation IN ('AnonymousLinkUsed', 'AnonymousLinkRemoved')
WHERE made.operation = 'AnonymousLinkCreated' GROUP BY made.position"""


def rows(case: Case) -> Iterator[SheetRow]:
    """Acts of sharing, then people and sites, in order of the first event."""
    people = case.once(learn_people)
    links = {row["position"]: row for row in case.rows(_LINKS)}
    for row in case.rows(_SHARING):
        yield _shared(row, people, links.get(row["position"]))
    for row in case.rows(_SITES):
        yield _site(row, people)


def _shared(row: dict[str, Any], people: People, link: dict[str, Any] | None) -> SheetRow:
    words = row["summary"] if link is None else f"{row['summary']}\n{_fate(link)}"
    severity = "medium" if link is not None else row["severity"] or "low"
    values = (
        "Sharing", people.name(people.of(row["actor"])) or "(not named in the log)", row["site"] or "(not named in the log)", words, row["time"], row["time"], 1,
        None, None, None, None, None, row["operation"], row["target"], row["ip"], row["client"], row["position"], link["first_use"] if link else None,
    )  # fmt: skip
    return sheet_row(values, [row["position"]], severity)


def _fate(link: dict[str, Any]) -> str:
    """Say what became of a link for anybody, as far as later records name its object."""
    used = "No use seen in the supplied logs"
    if link["used"]:
        addresses = listed(sorted(ip for ip in link["addresses"] or () if ip), 5) or "an address that is not logged"
        used = f"{counted(link['used'], 'use')} logged, from {addresses}, first {at(link['first'])}, last {at(link['last'])}"
    removed = f"a link removed {at(link['removed'])}" if link["removed"] else "no record removes it"
    return f"{used}; {removed}"


def _site(row: dict[str, Any], people: People) -> SheetRow:
    words, severity = None, "info"
    if row["day_files"] and row["day_files"] >= LEAST and row["days"] > 1 and row["day_files"] >= MUCH * row["usual"]:
        words, severity = (
            f"{counted(row['day_files'], 'file')} on {row['day']}, {row['day_files'] / row['usual']:.0f} times the usual",
            "medium",
        )
    elif row["day_files"] and row["day_files"] >= LEAST and row["days"] == 1:
        words, severity = (
            f"{counted(row['day_files'], 'file')} on the only day with downloads: there is nothing to compare with",
            "low",
        )
    values = (
        "Files", people.name(row["person"]) or "(not named in the log)", row["site"] or "(not named in the log)", words, row["first"], row["last"], row["events"],
        row["files"], row["taken"] or None, row["day"], row["day_files"], None if row["usual"] is None else round(row["usual"]),
        in_order_of_count(row["operations"]), listed(sorted(name for name in row["targets"] or () if name), 5, "\n"),
        listed(sorted(ip for ip in row["ips"] or () if ip), 6), listed(sorted(name for name in row["clients"] or () if name), 3), row["start"], None,
    )  # fmt: skip
    return sheet_row(values, row["positions"], severity, row["events"])
