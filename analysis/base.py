"""What every analysis shares: the case as it may see it, what is worked out once for several, times and lists in words."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Protocol, TypeVar

from m365timeline.schemas.state import State

SECOND = 1_000_000  # microseconds
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
SERVICES = frozenset({"system", "microsoft"})  # actor types that are no person of the tenant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Found = TypeVar("Found")


class Store(Protocol):
    """A case, as far as an analysis may see it."""

    def rows(self, text: str) -> Iterator[dict[str, Any]]:
        """Run a query over the view ``events``: every event field, and ``position``; times with ``epoch_us(time)``."""

    def states(self) -> Iterator[State]:
        """The rows of lists of states (inbox rules, permissions, devices): context without times."""

    def keep(self, name: str, columns: dict[str, list[Any]]) -> None:
        """Make a small table that queries may join."""


class Case:
    """A case and what its analyses have worked out so far."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[Any, Any] = {}
        self.rows = store.rows
        self.keep = store.keep
        self.states = store.states

    def once(self, work_out: "Callable[[Case], Found]") -> Found:
        """What a function of this case returns, worked out the first time it is asked for."""
        if work_out not in self._known:
            self._known[work_out] = work_out(self)
        found: Found = self._known[work_out]
        return found


def at(us: int | None) -> str:
    """A time in a sentence: ``2026-03-10 18:42:11 UTC``."""
    if us is None:
        return "at an unknown time"
    return f"{(_EPOCH + timedelta(seconds=us // SECOND)).isoformat(' ', 'seconds')[:19]} UTC"


def lasted(us: int) -> str:
    """A span in words: ``1 d 13 h``, ``25 min``, ``8 s``."""
    for unit, word, smaller, small_word in (
        (DAY, "d", HOUR, "h"),
        (HOUR, "h", MINUTE, "min"),
        (MINUTE, "min", SECOND, "s"),
    ):
        if us >= unit:
            rest = us % unit // smaller
            return f"{us // unit:,} {word}" + (f" {rest} {small_word}" if rest else "")
    return f"{us // SECOND} s"


def listed(values: Iterable[Any], most: int = 10, between: str = " | ") -> str | None:
    """Distinct values in their order, the first ones named, the others counted; ``None`` if there is none."""
    if isinstance(values, list) and len(values) == 1:  # as in most rows
        return None if values[0] is None or values[0] == "" else str(values[0])
    names = {str(value): None for value in values if value is not None and value != ""}
    if len(names) <= 1:
        return next(iter(names), None)
    more = f"{between}and {len(names) - most:,} more" if len(names) > most else ""
    return between.join(islice(names, most)) + more


def literal(text: str) -> str:
    """A text from the evidence as SQL; a NUL, which no SQL text may hold, is made by the database."""
    return "('" + text.replace("'", "''").replace("\0", "' || chr(0) || '") + "')"
