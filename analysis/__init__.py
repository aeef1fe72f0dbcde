"""Questions asked of a case; each is one module here and one sheet of the workbook.

An analysis is a module with a docstring (the question, the method, what the logs cannot show) and two names:

- ``SHEET``, a ``Sheet`` (schemas/sheets.py): title, words, columns. Its title stands in ``ORDER`` there.
- ``rows(case) -> Iterator[SheetRow]``: asks ``case.rows("SELECT position, epoch_us(time) AS time, ... FROM events WHERE ...
  ORDER BY position")`` and yields ``sheet_row((value, ...), positions)``, one value for each column, in plain types: text,
  whole numbers, times in microseconds, positions of events for columns of the kind ``row``.

The view ``events`` has one row a timeline event: every field of schemas/event.py, as the case settled it, and ``position``,
its place on the timeline from 1. Name only the columns you need (only these are read), filter on ``category`` or
``operation`` first, and leave ``raw`` and ``extra`` alone where you can. What grows with the number of events is worked out
by the query or streamed; a dict may grow with the number of users, mailboxes, rules or sessions.

``case.states()`` gives the rows of lists of states (schemas/state.py): inbox and transport rules, permissions, devices as they
stood when somebody made the list. They have no time; compare them with events, never present them as such.

What several analyses need is worked out once: ``case.once(learn_people)``, ``case.once(learn_grants)``, ``case.once(learn_access)``.

Then add the module's name to ``ANALYSES``. Every row must be one you could defend in court: it says what was logged, rests on
events one can click to, and the sheet's ``absence`` says what a missing row does not prove.
"""

from collections.abc import Iterator
from functools import partial
from importlib import import_module

from m365timeline.analysis.base import Case, Store
from m365timeline.schemas.sheets import Answer

ANALYSES: tuple[str, ...] = (
    "non_owner_access",
    "permissions",
    "messages_exposed",
    "messages_sent",
    "rules_forwarding",
    "admin_changes",
    "sign_ins",
    "addresses",
    "users",
    "applications",
    "files",
    "context",
    "sessions",
)  # modules, in no particular order: schemas/sheets.py orders the sheets


def ask(store: Store) -> Iterator[Answer]:
    """Every analysis of a case, worked out as its rows are asked for."""
    case = Case(store)
    for name in ANALYSES:
        module = import_module(f"m365timeline.analysis.{name}")
        yield Answer(module.SHEET, partial(module.rows, case))
