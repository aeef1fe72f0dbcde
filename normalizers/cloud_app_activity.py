"""Activities and alerts of Defender for Cloud Apps: what was done in which cloud application, in its own words."""

from functools import cache
from typing import Any

import msgspec

from m365timeline.normalizers.actors import read_actor
from m365timeline.normalizers.addresses import clean_address
from m365timeline.normalizers.audit_data.common import whole
from m365timeline.normalizers.audit_data.operations import client_of
from m365timeline.normalizers.context import Context
from m365timeline.normalizers.sentences import cut, who
from m365timeline.normalizers.severity import rate
from m365timeline.normalizers.times import in_range, read_time
from m365timeline.schemas.event import Event
from m365timeline.schemas.message_columns import squeeze
from m365timeline.schemas.record import Record
from m365timeline.schemas.reference import rows

_encoder = msgspec.json.Encoder()
_sorted = msgspec.json.Encoder(order="sorted")
_OF_THE_WAY = frozenset({"before CEF", "agent version"})  # how the line came, not what it says


@cache
def _columns(field: str) -> tuple[str, ...]:
    return tuple(squeeze(row["column"]) for row in rows("cloud_app_columns") if row["field"] == field)


class _Values:
    """The values of a record by meaning; what is taken is not told again in ``extra``."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self.rest = {key: value for key, value in fields.items() if value not in (None, "")}
        self._names = {squeeze(key): key for key in self.rest}

    def take(self, field: str) -> tuple[str, str]:
        """The name and text of a value; two empty texts if there is none."""
        for name in _columns(field):
            key = self._names.get(name)
            if key in self.rest:
                return name, str(self.rest.pop(key))
        return "", ""


def normalize(record: Record, context: Context) -> list[Event]:
    """Turn one activity or alert into its event."""
    values = _Values(record.fields)
    event = Event(workload="DefenderForCloudApps", outcome="unknown", time_meaning="performed")
    _fill_time(event, *values.take("time"), context)
    event.record_id = values.take("id")[1] or None
    event.operation = values.take("operation")[1] or None
    actor = read_actor(values.take("user")[1], "")
    event.actor, event.actor_type = actor.name, actor.kind
    address = values.take("ip")[1] or values.take("ip6")[1]
    if address:
        cleaned = clean_address(address)
        event.ip, event.port, event.ip_raw = cleaned.ip, cleaned.port, address
    event.user_agent = values.take("agent")[1] or None
    event.client_app = client_of(event.user_agent) if event.user_agent else None
    event.app_name = values.take("app")[1] or None
    event.target = values.take("objects")[1] or None
    event.category = _category(event.operation or "")
    if event.category == "signin_failed":
        event.outcome = "failure"
    words = values.take("description")[1] or event.operation or "an activity that is not named"
    in_app = f" in {cut(event.app_name, 60)}" if event.app_name else ""
    if event.category == "alert":
        event.summary = f"Defender for Cloud Apps raised an alert: {cut(words)}{in_app}"
    else:
        event.summary = f"{who(event)}{in_app}: {cut(words)}"
    rate(event)
    record.canonical = _sorted.encode({key: value for key, value in record.fields.items() if key not in _OF_THE_WAY})
    if values.rest:
        event.extra = _encoder.encode(values.rest).decode()
    return [event]


def _fill_time(event: Event, name: str, text: str, context: Context) -> None:
    event.time_raw, event.time_basis = text or None, "none"
    milliseconds = whole(text) if name in {"rt", "start"} else None
    if milliseconds is not None:
        us = milliseconds * 1000
        event.time = event.time_day_first = us if in_range(us) else None
        event.time_basis = "none" if event.time is None else "utc_by_specification"
    elif text:
        reading = read_time(text, context.dates, context.zone, utc_by_specification=name.endswith("utc"))
        event.time, event.time_day_first, event.time_basis = reading.time, reading.day_first, reading.basis
        event.quality = list(reading.flags) or None


@cache
def _category(operation: str) -> str:
    """By the words in the activity's type; the first row of the table that fits counts."""
    text = operation.upper()
    return next((row["category"] for row in rows("cloud_app_events") if row["pattern"] in text), "other")
