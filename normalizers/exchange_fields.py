"""The fields of an Exchange audit record by name and alias; what nobody takes is left for ``extra``."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from m365timeline.normalizers.context import Context
from m365timeline.normalizers.times import read_time
from m365timeline.schemas.event import Event

_FLAGS = {"true": True, "false": False}
_encoder = msgspec.json.Encoder()


class Fields:
    """Attributes and children of one record. An alias counts only where its name is absent or empty."""

    def __init__(self, fields: Mapping[str, Any], aliases: Mapping[str, Sequence[str]]) -> None:
        self._rest = {key: value for key, value in fields.items() if value not in ("", None, [])}
        self._aliases = aliases

    def _key(self, name: str) -> str | None:
        return next((key for key in (name, *self._aliases.get(name, ())) if isinstance(self._rest.get(key), str)), None)

    def see(self, name: str) -> str | None:
        """The text without outer blanks, ``None`` if there is none; it stays in ``extra`` too."""
        key = self._key(name)
        return (self._rest[key].strip() or None) if key else None

    def take(self, name: str) -> str | None:
        """Like :meth:`see`, for a text that gets a column of its own."""
        key = self._key(name)
        return (self._rest.pop(key).strip() or None) if key else None

    def take_exact(self, name: str) -> str | None:
        """Like :meth:`take`, blanks included."""
        key = self._key(name)
        return self._rest.pop(key) if key else None

    def take_path(self, name: str) -> str | None:
        """A folder's path; the words ``Not Available`` are none."""
        return None if self.see(name) == "Not Available" else self.take(name)

    def take_flag(self, name: str) -> bool | None:
        """``true`` and ``false`` in any case; anything else stays in ``extra``."""
        found = _FLAGS.get((self.see(name) or "").casefold())
        if found is not None:
            self.take(name)
        return found

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The children of a child; they stay in ``extra`` too."""
        found = self._rest.get(name)
        return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []

    def left(self) -> frozenset[str]:
        """The names nobody has taken."""
        return frozenset(self._rest)

    def extra(self) -> str | None:
        """What is left, as JSON."""
        return _encoder.encode(self._rest).decode() if self._rest else None


def fill_time(event: Event, text: str | None, context: Context) -> None:
    """A time with its offset; without one it needs the zone the user gave, and is ambiguous if there is none."""
    if text is None:
        event.time_basis = "none"
        return
    event.time_raw = text
    reading = read_time(text, context.dates, context.zone, utc_by_specification=False)
    event.time, event.time_day_first, event.time_basis = reading.time, reading.day_first, reading.basis
    event.quality = list(reading.flags) or None
