"""Admin changes: what did administrators change, and first of all: who watched the watchers?

Method: every event that changes the organization, by what it concerns: auditing first, then roles, access, mail flow and
forwarding, rules, applications, the directory, the rest. An act that several logs write down (same second, same cmdlet, same
person, in the same order) is one row. Maintenance by Microsoft's services is folded to a row a service and cmdlet, at the end.

What the logs cannot show: reading cmdlets (Get-, Search-) are not logged on premises; a log switched off records the switching
at best; parameters may be cut or masked by the export.
"""

from collections.abc import Iterator
from typing import Any

from m365timeline.analysis.base import SECOND, SERVICES, Case, at, listed
from m365timeline.analysis.people import People, bare, learn_people
from m365timeline.schemas.sheets import MOST_POSITIONS, Sheet, SheetColumn, SheetRow, sheet_row
from m365timeline.schemas.words import counted

# What a change concerns, in the order an investigator looks: by category of the event.
CONCERNS = {
    "audit_config": "1 Auditing", "role": "2 Roles", "permission": "3 Access", "forwarding": "4 Forwarding", "mail_flow_config": "5 Mail flow",
    "rule": "6 Rules", "ediscovery": "7 Searches and exports", "oauth": "8 Applications", "directory_change": "9 Directory",
}  # fmt: skip
_CHANGES = ", ".join(f"'{name}'" for name in CONCERNS)

SHEET = Sheet(
    title="Admin changes",
    about="changes to the organization, its mailboxes and its accounts",
    method="Cmdlets and directory changes by what they concern: auditing first, because whoever can switch it off decides what the rest shows. An act that two logs write down in the same second is one row; an entry whose time is not settled, or whose log has lost the actor, stands with the only act that is otherwise like it; maintenance by Microsoft's services is folded and stands last.",
    absence="A change that is not listed may lie before or outside the supplied logs; administration is recorded by default, but can be switched off, and that itself stands first here if it was recorded. An empty Before → after means that the log does not give the values.",
    empty="no event on the timeline changes the organization.",
    columns=(
        SheetColumn(title="Concerns", widest=24),
        SheetColumn(title="Time (UTC)", kind="date"),
        SheetColumn(title="Who"),
        SheetColumn(title="Cmdlet or operation", widest=36),
        SheetColumn(title="Object", widest=50),
        SheetColumn(title="What", kind="wrapped"),
        SheetColumn(title="Before → after", kind="wrapped"),
        SheetColumn(title="Result", widest=20),
        SheetColumn(title="IP", widest=30),
        SheetColumn(title="Client", widest=30),
        SheetColumn(title="Command", kind="wrapped", about="For reading: cut or masked values stay as logged."),
        SheetColumn(title="Written down by", widest=50, about="The logs that hold this act."),
        SheetColumn(title="Event", kind="row"),
    ),
    frozen=2,
)  # fmt: skip

_QUERY = f"""
SELECT position, epoch_us(time) AS time, actor, actor_type, category, operation, coalesce(target, mailbox) AS object, summary, changes, outcome, error_text,
  severity, ip, coalesce(client_app, app_name) AS client, command, source_type
FROM events WHERE category IN ({_CHANGES}) OR (category = 'other' AND regexp_matches(operation, '^[A-Z][a-z]+-[A-Z][A-Za-z]+$'))
ORDER BY position"""


def rows(case: Case) -> Iterator[SheetRow]:
    """People's changes by concern and time, then what services did."""
    people = case.once(learn_people)
    acts: dict[Any, list[dict[str, Any]]] = {}
    maintenance: dict[tuple[str, str], list[dict[str, Any]]] = {}
    nth: dict[Any, int] = {}
    for row in case.rows(_QUERY):
        if row["actor_type"] in SERVICES:
            _fold(maintenance.setdefault((row["actor"] or "", row["operation"] or ""), []), row)
            continue
        act = (
            None if row["time"] is None else row["time"] // SECOND,
            _plain(row["operation"]),
            people.of(row["actor"]),
        )
        nth[act, row["source_type"]] = number = nth.get((act, row["source_type"]), 0) + 1
        acts.setdefault((act, number if row["time"] is not None else row["position"]), []).append(row)
    ranked = sorted(_joined(list(acts.values()), people), key=lambda group: (_concern(group), group[0]["position"]))
    for group in ranked:
        yield _row(group, people)
    for (actor, operation), group in sorted(maintenance.items()):
        yield _folded(actor, operation, group)


def _joined(groups: list[list[dict[str, Any]]], people: People) -> list[list[dict[str, Any]]]:
    """Entries whose time is not settled, or whose actor their log has lost, with the only act that is otherwise like them."""
    alike: dict[Any, list[list[dict[str, Any]]]] = {}
    for group in groups:
        for key in _likenesses(group[0], people):
            alike.setdefault(key, []).append(group)
    kept = []
    for group in groups:
        row = group[0]
        where = _plain(row["operation"]), _words(row["object"])
        key = (where, people.of(row["actor"])) if row["time"] is None else (where, row["time"] // SECOND)
        lacking = row["time"] is None or row["actor"] is None
        found = [other for other in alike.get(key, ()) if other is not group] if lacking else []
        if len(found) == 1:
            found[0].extend(group)
        else:
            kept.append(group)
    return kept


def _likenesses(row: dict[str, Any], people: People) -> Iterator[Any]:
    """What an entry of the same act may share with a whole one: actor or second, beside operation and object."""
    if row["time"] is not None and row["actor"] is not None:
        where = _plain(row["operation"]), _words(row["object"])
        yield where, people.of(row["actor"])
        yield where, row["time"] // SECOND


def _words(name: str | None) -> str:
    return bare(name or "").casefold()


def _plain(operation: str | None) -> str:
    """``Reset user password.`` of one log is ``Reset user password`` of another."""
    return (operation or "").rstrip(".").casefold()


def _fold(group: list[dict[str, Any]], row: dict[str, Any]) -> None:
    """Keep the first rows of a service's maintenance whole, of the others the time and the count."""
    if len(group) < MOST_POSITIONS:
        group.append({"position": row["position"], "first": row["time"], "last": row["time"], "count": 1})
    else:
        group[-1]["count"] += 1
        group[-1]["last"] = row["time"]


def _concern(group: list[dict[str, Any]]) -> str:
    return min(CONCERNS.get(row["category"], "Other") for row in group)


def _row(group: list[dict[str, Any]], people: People) -> SheetRow:
    # The log that says most of it speaks for all: whether it worked, what changed, the command.
    said = max(
        group,
        key=lambda row: (
            row["outcome"] != "unknown",
            len(row["changes"] or ()),
            len(row["command"] or ""),
            -row["position"],
        ),
    )

    def first(name: str) -> Any:
        return next((row[name] for row in (said, *group) if row[name] is not None), None)

    result = " · ".join(filter(None, (first("outcome"), first("error_text"))))
    values = (
        _concern(group), group[0]["time"], people.name(people.of(first("actor"))) or "(not named in the log)", said["operation"], first("object"),
        said["summary"], _before_after(said["changes"]), result or None, first("ip"), first("client"), first("command"),
        listed(sorted({row["source_type"] for row in group}), 8, ", "), group[0]["position"],
    )  # fmt: skip
    severity = min((row["severity"] or "info" for row in group), key=("high", "medium", "low", "info").index)
    return sheet_row(values, sorted(row["position"] for row in group), severity)


def _before_after(changes: list[dict[str, Any]] | None) -> str | None:
    """``name: old → new``, a line each; where the log does not give the old value, the new one only."""
    lines = []
    for change in changes or ():
        old, new = change["old"], change["new"]
        lines.append(
            f"{change['name']}: " + (f"{old} → {'(none)' if new is None else new}" if old is not None else f"→ {new}")
        )
    return "\n".join(lines) or None


def _folded(actor: str, operation: str, group: list[dict[str, Any]]) -> SheetRow:
    count = sum(row["count"] for row in group)
    times = [row["last"] for row in group if row["last"] is not None]
    last = f", the last {at(max(times))}" if times else ""
    values = (
        "Maintenance", group[0]["first"], actor or "(not named in the log)", operation, None,
        f"Microsoft's service ran it {counted(count, 'time')}{last}", None, None, None, None, None, None, group[0]["position"],
    )  # fmt: skip
    return sheet_row(values, [row["position"] for row in group], "info", count)
