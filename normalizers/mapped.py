"""Rows of a table that the user's map explains: every field as the map says, everything else in ``extra``."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from m365timeline.normalizers.addresses import clean_address
from m365timeline.normalizers.audit_data.common import flag, whole
from m365timeline.normalizers.audit_data.operations import say
from m365timeline.normalizers.context import Context
from m365timeline.normalizers.sentences import cut
from m365timeline.normalizers.severity import rate
from m365timeline.normalizers.times import UNREADABLE, Reading, in_range, read_time, to_utc
from m365timeline.normalizers.transport import split_list
from m365timeline.schemas.dates import DateEvidence
from m365timeline.schemas.event import Event
from m365timeline.schemas.mapping import Mapping, TimeColumn, field_kinds
from m365timeline.schemas.record import Record
from m365timeline.schemas.zones import zone_named

_encoder = msgspec.json.Encoder()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def normalize(record: Record, context: Context) -> list[Event]:
    """Turn one row into its event. Raises KeyError if the context holds no map."""
    mapping = context.mapping
    if mapping is None:
        raise KeyError("mapping")
    rest = {key: value for key, value in record.fields.items() if value is not None and value != ""}
    event = Event(time_meaning=mapping.time.meaning, actor_type="unknown", category="other", outcome="unknown")
    _fill_time(event, mapping.time, rest, context)
    for name, value in mapping.constants.items():
        setattr(event, name, value)
    for name, columns in mapping.fields.items():
        column = next((column for column in columns if column in rest), None)
        if column is not None and _fill(event, name, _text(rest[column])):
            del rest[column]
    _fill_closed(event, mapping)
    if event.summary is None:
        event.summary = say(event, None, **({"target": cut(event.target)} if event.target else {}))
    rate(event)
    if rest:
        event.extra = _encoder.encode(rest).decode()
    return [event]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _encoder.encode(value).decode()


def _fill(event: Event, name: str, text: str) -> bool:
    """Set one field; ``False`` if the text is no value of its type and has to stay in ``extra``."""
    kind = field_kinds()[name]
    value: Any = text
    if name == "ip":
        address = clean_address(text)
        event.ip, event.port, event.ip_raw = address.ip, address.port, text
        return True
    if kind == "integer":
        value = whole(text)
    elif kind == "boolean":
        value = flag(text)
    elif kind == "list of text":
        value = list(split_list(text))
    setattr(event, name, value)
    return value is not None


def _fill_closed(event: Event, mapping: Mapping) -> None:
    """Category by operation, outcome by result; what the map does not list keeps the map's constant, else says nothing."""
    category = mapping.categories.get((event.operation or "").strip().casefold())
    outcome = mapping.outcomes.get((event.outcome_raw or "").strip().casefold())
    event.category, event.outcome = category or event.category, outcome or event.outcome
    if event.category == "signin" and event.outcome == "failure":
        event.category = "signin_failed"


def _fill_time(event: Event, time: TimeColumn, rest: dict[str, Any], context: Context) -> None:
    text = " ".join(_text(rest.pop(column)) for column in time.columns if column in rest)
    if not text.strip():
        event.time_basis = "none"
        return
    event.time_raw = text
    reading = _by_pattern(text.strip(), time, context) if time.format else _by_form(text, time, context)
    event.time, event.time_day_first, event.time_basis = reading.time, reading.day_first, reading.basis
    event.quality = list(reading.flags) or None


def _by_form(text: str, time: TimeColumn, context: Context) -> Reading:
    """ISO 8601 or a culture's own form; the order of day and month is the map's, else the file's evidence decides."""
    zone = zone_named(time.zone) if time.zone else context.zone
    evidence = DateEvidence() if time.order else context.dates
    reading = read_time(text, evidence, zone, utc_by_specification=False)
    if time.order is None or reading.basis not in {"ambiguous", "zone_given"} or zone is None:
        return reading
    moment = reading.day_first if time.order == "dmy" else reading.time
    return UNREADABLE if moment is None else Reading(moment, moment, "zone_given", reading.flags)


def _by_pattern(text: str, time: TimeColumn, context: Context) -> Reading:
    if time.format in {"epoch", "epoch_ms"}:
        count = whole(text)
        us = None if count is None else count * (1_000_000 if time.format == "epoch" else 1000)
        return Reading(us, us, "zone_given") if us is not None and in_range(us) else UNREADABLE
    try:
        moment = datetime.strptime(text, time.format or "")  # noqa: DTZ007 (the zone is decided below)
    except ValueError:
        return UNREADABLE
    us = (moment.replace(tzinfo=moment.tzinfo or UTC) - _EPOCH) // timedelta(microseconds=1)
    if not in_range(us):
        return UNREADABLE
    if moment.tzinfo is not None:
        return Reading(us, us, "offset_stated")
    zone = zone_named(time.zone) if time.zone else context.zone
    if zone is None:
        return Reading(None, None, "ambiguous", ("zone_unknown",))
    us = to_utc(us, zone)
    return Reading(us, us, "zone_given")
