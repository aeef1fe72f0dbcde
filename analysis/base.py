"""What every analysis shares: the case as it may see it, and times and lists in words."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Case(Protocol):
    """A case, as far as an analysis may see it."""

    def rows(self, text: str) -> Iterator[dict[str, Any]]:
        """Run a query over the view ``events``: every event field, and ``position``; times with ``epoch_us(time)``."""


def at(us: int | None) -> str:
    """A time in a sentence: ``2026-03-10 18:42:11 UTC``."""
    return "at an unknown time" if us is None else f"{_EPOCH + timedelta(microseconds=us):%Y-%m-%d %H:%M:%S} UTC"


def listed(values: Iterable[Any], most: int = 10) -> str | None:
    """Distinct values in their order, the first ones named, the others counted; ``None`` if there is none."""
    names = list(dict.fromkeys(str(value) for value in values if value is not None and value != ""))
    if not names:
        return None
    more = f" | and {len(names) - most} more" if len(names) > most else ""
    return " | ".join(names[:most]) + more


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number and its noun: ``1 message``, ``2,100 messages``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
