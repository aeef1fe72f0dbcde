"""The values of an Entra record by their meaning, whatever wrapped it: portal CSV, Graph, diagnostic settings, Log Analytics."""

from datetime import date, timedelta
from typing import Any

import msgspec

from m365timeline.normalizers.addresses import clean_address
from m365timeline.normalizers.audit_data.common import known, text_of
from m365timeline.normalizers.audit_data.properties import json_in
from m365timeline.normalizers.context import Context
from m365timeline.normalizers.times import read_time
from m365timeline.schemas.entra_columns import spellings
from m365timeline.schemas.event import Event
from m365timeline.schemas.message_columns import squeeze

_encoder = msgspec.json.Encoder()
_sorted = msgspec.json.Encoder(order="sorted")
_SECOND = 1_000_000
_PARTS = ("_dynamic", "_string")  # Log Analytics splits a column in two when its type has changed


class Facts:
    """A record's values by meaning. ``take`` marks a value as shown; what is not shown is left for ``extra``.

    ``local`` tells that the time stands in the zone of somebody's display (``[Local Time]``), which the file does not name.
    """

    def __init__(self, fields: dict[str, Any]) -> None:
        inner = fields.get("properties")
        self._whole = fields
        self._flat: dict[str, tuple[str, Any]] = {}
        if isinstance(inner, dict):  # the record itself; what stands around it comes second
            self._spread(inner, "properties")
        self._spread({key: value for key, value in fields.items() if key != "properties"}, "")
        self._taken: set[str] = set()
        self.local = False

    def _spread(self, values: dict[str, Any], under: str) -> None:
        for key, value in values.items():
            plain = next((key.removesuffix(end) for end in _PARTS if key.endswith(end)), key)
            place = f"{under}/{key}" if under else key
            name = squeeze(plain.partition("#")[0])
            decoded = json_in(value) if isinstance(value, str) and value[:1] in "[{" else value
            if decoded is None and value is not None and value != "":
                decoded = value
            if decoded is None or decoded in ("", "[]", "{}"):
                continue
            self._flat.setdefault(name, (place, decoded))
            for inner, item in decoded.items() if isinstance(decoded, dict) else ():
                if item is not None and item != "":
                    self._flat.setdefault(name + squeeze(inner), ("", item))

    @property
    def names(self) -> frozenset[str]:
        """The (squeezed) names that hold something."""
        return frozenset(self._flat)

    def value_of(self, name: str) -> Any:
        """The value of a member by its own name, ``None`` if there is none."""
        found = self._flat.get(squeeze(name))
        return found[1] if found else None

    def value(self, field: str) -> Any:
        """The value of a meaning as it came, ``None`` if there is none."""
        return next((self._flat[name][1] for name in spellings(field) if name in self._flat), None)

    def see(self, field: str) -> str | None:
        """The text of a value; ``None`` if it is blank, stands for nothing, or is no text."""
        for name in spellings(field):
            if name in self._flat and (text := known(self._flat[name][1])) is not None:
                return text
        return None

    def take(self, field: str) -> str | None:
        """Like :meth:`see`, for a value that is shown whole in a field of its own."""
        for name in spellings(field):
            if name in self._flat:
                place, value = self._flat[name]
                text = known(value)
                if text is not None:
                    if text_of(value) == text:
                        self._taken.add(place)
                    return text
        return None

    def fill_time(self, event: Event, context: Context) -> None:
        """The time and its basis: UTC by the name of the column, by Microsoft's specification, or as the user says."""
        name = next((name for name in spellings("time") if name in self._flat), None)
        event.time_meaning, event.time_basis = "performed", "none"
        if name is None:
            return
        place, value = self._flat[name]
        event.time_raw = text_of(value)
        if event.time_raw is None:
            return
        self._taken.add(place)
        self.local = name.endswith("localtime") or name == squeeze("Date")
        reading = read_time(event.time_raw, context.dates, context.zone, utc_by_specification=not self.local)
        event.time, event.time_day_first, event.time_basis = reading.time, reading.day_first, reading.basis
        event.quality = list(reading.flags) or None

    def fill_address(self, event: Event) -> None:
        """The client's address, cleaned."""
        text = self.take("ip")
        if text:
            address = clean_address(text)
            event.ip, event.port, event.ip_raw = address.ip, address.port, text

    def fill_extra(self, event: Event) -> None:
        """Everything that has no field of its own, nested values whole."""
        rest = _without(self._whole, self._taken, "")
        if rest:
            event.extra = _encoder.encode(rest).decode()


def _without(values: dict[str, Any], taken: set[str], under: str) -> dict[str, Any]:
    rest: dict[str, Any] = {}
    for key, value in values.items():
        place = f"{under}/{key}" if under else key
        if value is None or value == "" or place in taken:
            continue
        rest[key] = _without(value, taken, place) if place == "properties" and isinstance(value, dict) else value
    return rest


def content_of(event: Event, *more: str | None) -> bytes:
    """What a record says in every wrapping: id, second, actor, address, result. Equal bytes fold.

    Wrappings differ in fractions of a second, in the case of names, in how many columns they keep, and in whether a date's
    day/month order is certain: where an id names the record, its time is compared without that order.
    """
    time = event.time if event.time is not None else event.time_day_first
    moment = None if time is None else _orderless(time) if event.record_id else time // _SECOND
    facts = [event.record_id, moment, event.actor_id, event.ip, event.error_code, event.outcome, *more]
    return _sorted.encode([fact.casefold() if isinstance(fact, str) else fact for fact in facts])


def _orderless(time: int) -> str:
    """A time as year, the smaller and the larger of day and month, and the second of the day."""
    seconds = time // _SECOND
    day = date(1970, 1, 1) + timedelta(days=seconds // 86_400)
    return f"{day.year}/{min(day.month, day.day)}/{max(day.month, day.day)}+{seconds % 86_400}"
