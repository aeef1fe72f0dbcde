"""Non-owner access: was anyone other than the owner in a mailbox, and were they allowed to?

Method: every event in a mailbox whose record says that the actor is not its owner, grouped by actor, mailbox, logon type, client
and address, each with the right behind it. Microsoft's own services are one row a service and mailbox, so that they can be counted
and passed over.

What the logs cannot show: an administrator who was given Full Access is logged as a delegate. The classic mailbox audit records
only the actions it is set to for delegates and administrators, and keeps 90 days; an account excluded from auditing leaves nothing.
"""

from collections.abc import Iterator

from m365timeline.analysis.access import Access, learn_access
from m365timeline.analysis.base import Case, listed
from m365timeline.analysis.grants import Grants, learn_grants
from m365timeline.analysis.people import People, learn_people
from m365timeline.analysis.permissions import behind
from m365timeline.analysis.rights import UNNAMED
from m365timeline.schemas.sheets import Sheet, SheetColumn, SheetRow, sheet_row

SHEET = Sheet(
    title="Non-owner access",
    about="ways in which somebody other than the owner was in a mailbox",
    method="Events whose record says that the actor is not the owner of the mailbox, by actor, mailbox, logon type, client and address; what Microsoft's services did stands last. Counts are acts: what two logs write down in the same second counts once. A name without address is taken for the one account that reads the same.",
    absence="A mailbox or action that is not listed was not necessarily left alone: auditing may have been off, limited to some actions, bypassed for an account, or its records were not supplied. Records that do not say who owns the mailbox are not counted here.",
    empty="no event on the timeline says that somebody other than the owner was in a mailbox.",
    columns=(
        SheetColumn(title="Actor"),
        SheetColumn(title="Mailbox"),
        SheetColumn(
            title="From",
            widest=22,
            about="Microsoft, own organization (the domain of a mailbox in the case), another domain; empty: not known.",
        ),
        SheetColumn(title="Logon type", widest=16),
        SheetColumn(title="Client", widest=28),
        SheetColumn(title="IP", widest=26),
        SheetColumn(title="First (UTC)", kind="date"),
        SheetColumn(title="Last (UTC)", kind="date"),
        SheetColumn(title="Acts", kind="number"),
        SheetColumn(title="Opened", kind="number"),
        SheetColumn(title="Read", kind="number"),
        SheetColumn(title="Sent", kind="number"),
        SheetColumn(title="Deleted", kind="number"),
        SheetColumn(title="Changed", kind="number"),
        SheetColumn(title="What was done", kind="wrapped"),
        SheetColumn(title="Right behind it", kind="wrapped"),
        SheetColumn(title="Given in", kind="row"),
        SheetColumn(title="Sessions", widest=40),
        SheetColumn(title="Named as", widest=40, about="The names under which the logs know the actor."),
    ),
    frozen=2,
)
_COUNTED = ("mailbox_access", "message_read", "message_send", "message_delete", "message_modify")


def rows(case: Case) -> Iterator[SheetRow]:
    """One row for each way in."""
    people, grants = case.once(learn_people), case.once(learn_grants)
    found = case.once(learn_access)
    own = people.domains({access.mailbox for access in found})
    for access in found:
        yield _row(access, people, grants, own)


def _row(access: Access, people: People, grants: Grants, own: set[str]) -> SheetRow:
    counts = [access.by_category[name] or None for name in _COUNTED]
    right, given = (None, None)
    if not access.service and access.actor != UNNAMED:
        right, given = behind(
            access.actor, access.mailbox, (access.first, access.last), set(access.by_category), grants
        )
    done = ", ".join(f"{name} × {count:,}" for name, count in access.acts.most_common())
    values = (
        people.name(access.actor), people.name(access.mailbox), _origin(access, own), access.logon_type, access.client, access.ip,
        access.first, access.last, access.acts.total(), *counts, done, right, given, listed(sorted(access.sessions), 5),
        listed(sorted(access.names), 5),
    )  # fmt: skip
    deleted = access.by_category["message_delete"] or given is not None
    severity = (
        "info" if access.service else "high" if deleted else "medium" if access.by_category["message_send"] else "low"
    )
    return sheet_row(values, access.positions, severity, access.events)


def _origin(access: Access, own: set[str]) -> str | None:
    if access.service:
        return "Microsoft"
    if access.external:
        return "outside the tenant (as logged)"
    domain = access.actor.partition("@")[2]
    if not domain:
        return None
    return "own organization" if domain in own else "another domain"
