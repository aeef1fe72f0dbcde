"""Non-owner access: was anyone other than the owner in a mailbox?

Method: every event in a mailbox whose actor is not its owner, grouped by actor, mailbox, logon type, client and address.
Microsoft's own services are folded to one row a mailbox and service, so that they can be counted and passed over.

What the logs cannot show: the classic mailbox audit records only the actions it is set to for delegates and administrators,
and keeps 90 days; an account excluded from auditing leaves nothing at all.
"""

from collections.abc import Iterator

from m365timeline.analysis.base import Case, listed
from m365timeline.schemas.sheets import Sheet, SheetColumn, SheetRow, sheet_row

SHEET = Sheet(
    title="Non-owner access",
    about="ways in which somebody other than the owner was in a mailbox",
    method="Every event whose record says that its actor is not the owner of the mailbox, by actor, mailbox, logon type, client and address. What Microsoft's own services did is folded to a row for each mailbox and stands last.",
    absence="A mailbox that is not listed was not necessarily left alone: auditing may have been off, limited to some actions, bypassed for an account, or the records were not supplied. Events whose record does not say who owns the mailbox are not counted here.",
    empty="no event on the timeline says that somebody other than the owner was in a mailbox.",
    columns=(
        SheetColumn(title="Actor", widest=40),
        SheetColumn(title="Mailbox", widest=40),
    ),
    frozen=2,
)


def rows(case: Case) -> Iterator[SheetRow]:
    """One row for each way in."""
    found = case.rows(
        "SELECT actor, mailbox, count(*) AS events, list(position ORDER BY position)[:50] AS positions FROM events WHERE actor_is_owner = false GROUP BY ALL ORDER BY actor, mailbox"
    )
    for row in found:
        yield sheet_row((listed([row["actor"]]), row["mailbox"]), row["positions"], count=row["events"])
