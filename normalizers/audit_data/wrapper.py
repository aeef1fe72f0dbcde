"""The columns around AuditData: what is left of a record whose AuditData is missing or damaged, and the rest for extra."""

from functools import lru_cache
from typing import Any

import msgspec

from m365timeline.normalizers.actors import read_actor
from m365timeline.normalizers.addresses import clean_address
from m365timeline.normalizers.context import Context
from m365timeline.normalizers.severity import rate
from m365timeline.normalizers.times import parse_culture, parse_iso, read_time
from m365timeline.schemas.event import Event
from m365timeline.schemas.record import Record
from m365timeline.schemas.reference import record_type

_encoder = msgspec.json.Encoder()
_QUARTER, _DAY = 15 * 60_000_000, 86_400_000_000  # in µs
_TIME = ("timegenerated", "creationdate", "time", "date", "createddatetime", "timestamp")
_UTC_TIME = ("timegenerated", "creationdate", "createddatetime")
_OPERATION = ("operation", "operations", "action", "activity", "actiontype")
_USER = ("userid", "userids", "user", "accountdisplayname", "accountid")
_ADDRESS = ("ip address", "ipaddress", "clientip")
_ID = ("recordid", "identity")
# Columns that say again what the event already says, when they say the same.
_REPEATED = frozenset({*_ID, *_OPERATION, *_USER, "recordtype", "creationdate", "timegenerated"})


def _first(fields: dict[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = fields.get(name)
        if isinstance(value, str) and value.strip():
            return value
    return None


def from_wrapper(record: Record, context: Context) -> Event:
    """An event from the wrapper's columns alone; its quality says so."""
    fields = record.fields
    event = Event(time_meaning="recorded", outcome="unknown", category="other")
    event.record_id = _first(fields, _ID)
    event.operation = _first(fields, _OPERATION)
    kind = fields.get("recordtype")
    if isinstance(kind, str) and kind.strip():
        event.record_type = record_type(kind)[1]
    actor = read_actor(_first(fields, _USER) or "")
    event.actor, event.actor_type = actor.name, actor.kind
    event.ip_raw = _first(fields, _ADDRESS)
    address = clean_address(event.ip_raw or "")
    event.ip, event.port = address.ip, address.port
    event.time_raw = _first(fields, _TIME)
    if event.time_raw is not None:
        utc = _first(fields, _UTC_TIME) is not None  # the oldest portal exports wrote the browser's local time
        reading = read_time(event.time_raw, context.dates, context.zone, utc_by_specification=utc)
        event.time, event.time_day_first, event.time_basis = reading.time, reading.day_first, reading.basis
        event.quality = list(reading.flags) or None
    else:
        event.time_basis = "none"
    name = event.actor or "An unnamed actor"
    what = f"{name} performed {event.operation or 'an unnamed operation'}"
    service = fields.get("application") or "another service"
    event.summary = (
        f"{what} in {service}, as Defender for Cloud Apps recorded it"
        if "raweventdata" in fields
        else f"{what}; the details are lost (no readable AuditData)"
    )
    said = (event.record_id, event.operation, event.time_raw)
    rest = {key: value for key, value in fields.items() if value and value not in said}
    if rest:
        event.extra = _encoder.encode({"wrapper": rest}).decode()
    rate(event)
    return event


def wrapper_rest(fields: dict[str, Any], event: Event) -> dict[str, Any]:
    """The wrapper's columns that say something the record itself does not."""
    said = {event.record_id, event.operation, event.actor, event.time_raw, *_words(event.record_type)}
    return {
        key: value
        for key, value in fields.items()
        if value != "" and (key not in _REPEATED or not isinstance(value, str) or value not in said)
    }


@lru_cache(maxsize=1024)
def _words(record_type: str | None) -> tuple[str, ...]:
    """A record type's number and name."""
    return () if record_type is None else tuple(record_type.split(" "))


def contradicts(fields: dict[str, Any], event: Event, data: dict[str, Any]) -> bool:
    """Whether the columns around a damaged record name another id, operation, user or time than the record itself."""
    pairs = (
        (_first(fields, _ID), event.record_id),
        (_first(fields, ("operation", "operations")), event.operation),
        (_first(fields, ("userid", "userids")), data.get("UserId")),
    )
    for outer, inner in pairs:
        if outer and isinstance(inner, str) and inner.strip() and outer.strip().casefold() != inner.strip().casefold():
            return True
    outer_time = _first(fields, _TIME)
    return outer_time is not None and event.time is not None and _far_apart(outer_time, event.time)


def _far_apart(text: str, time: int) -> bool:
    """Whether a date cannot be ``time`` under any day/month order and any zone of the exporting machine."""
    culture, iso = parse_culture(text), parse_iso(text)
    slack = 60_000_000 if culture and culture.seconds_lost else 1_000_000
    readings = [iso.us] if iso else [culture.month_first, culture.day_first] if culture else []
    differences = [reading - time for reading in readings if reading is not None]
    return bool(differences) and not any(
        abs(difference) < _DAY and min(difference % _QUARTER, -difference % _QUARTER) < slack
        for difference in differences
    )


def borrow(event: Event, record: Record, context: Context) -> None:
    """Give a damaged record what it lost and the columns around it still say: id, operation, record type, user."""
    outer = from_wrapper(record, context)
    for name in ("record_id", "operation", "record_type"):
        if getattr(event, name) is None:
            setattr(event, name, getattr(outer, name))
    if event.actor is None:
        event.actor, event.actor_type = outer.actor, outer.actor_type


def admit_loss(event: Event) -> None:
    """What can no longer be said of a record whose end is lost: how many, the whole command, whether a sign-in worked."""
    event.item_count = event.command = event.target_type = None
    summary = event.summary
    if event.category in {"signin", "signin_failed"}:
        event.category, event.outcome = "signin", "unknown"
        summary = f"{event.actor or 'An unnamed actor'}: {event.operation or 'a sign-in'}; whether it worked is lost"
    event.summary = f"Damaged record, read in part: {summary}"
