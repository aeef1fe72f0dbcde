"""Context: what rules, rights and devices were there when somebody made a list of them, and which items a search exported?

Method: the rows of the lists of states among the inputs, as they stand, in words. Rows that say the same in two lists (a collector
often writes one list twice) are one row that names both.

What the lists cannot show: when a state came to be, who brought it about, and what had been before and was gone when the list was
made. For that the audit logs are asked.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from m365timeline.analysis.base import Case, listed
from m365timeline.schemas.sheets import Sheet, SheetColumn, SheetRow, sheet_row

if TYPE_CHECKING:
    from m365timeline.schemas.state import State

_WORDS = {
    "inbox_rule": "inbox rule",
    "transport_rule": "transport rule",
    "mailbox_permission": "permission",
    "mobile_device": "device",
    "exported_item": "exported item",
}
_YES = {True: "yes", False: "no", None: None}

SHEET = Sheet(
    title="Context",
    about="rules, rights, devices and exported items, as lists without times show them",
    method="Rows of the lists of states among the inputs (Get-InboxRule, Get-MailboxPermission and their kin, reports of eDiscovery exports), in words. What two lists say alike is one row that names both.",
    absence="A list says how things stood when it was made, which it does not say itself. What was removed before is not in it; when a state came to be, and who brought it about, only an audit log says.",
    empty="no list of rules, permissions, devices or exported items was supplied.",
    columns=(
        SheetColumn(title="Kind", widest=16),
        SheetColumn(title="Mailbox / owner", widest=34),
        SheetColumn(title="Name", widest=34),
        SheetColumn(title="In force", widest=10, about="Empty: the list does not say."),
        SheetColumn(title="Who / where to", widest=40),
        SheetColumn(title="What it says", kind="wrapped"),
        SheetColumn(title="Listed in", widest=60),
    ),
    frozen=2,
)


def rows(case: Case) -> Iterator[SheetRow]:
    """One row for each state that a list holds."""
    found: dict[tuple[str, str | None, str], tuple[State, list[str]]] = {}
    for state in case.states():
        _, places = found.setdefault((state.kind, state.owner, state.summary), (state, []))
        places.append(f"{state.source_file}#{state.record_number}")
    for state, places in sorted(found.values(), key=lambda item: (item[0].kind, item[0].owner or "", item[1][0])):
        values = (
            _WORDS[state.kind],
            state.owner,
            state.name,
            _YES[state.enabled],
            state.holder,
            state.summary,
            listed(places, 5),
        )
        yield sheet_row(values, ())
