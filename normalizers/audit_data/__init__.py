"""AuditData: the record of the unified audit log, whatever file it was wrapped in.

This module fills what all workloads share; the module of the workload fills the rest and says in one sentence what
happened. Facts: Microsoft's Management Activity API schema, corrected by what real records hold.
"""

from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec

from m365timeline.normalizers.audit_data import common
from m365timeline.normalizers.audit_data.dispatch import Workload, module_for
from m365timeline.normalizers.audit_data.shapes import Shape, shape_of
from m365timeline.normalizers.audit_data.wrapper import admit_loss, borrow, contradicts, from_wrapper, wrapper_rest
from m365timeline.normalizers.context import Context
from m365timeline.normalizers.severity import rate
from m365timeline.normalizers.times import compare_with_reference, parse_iso, parse_json_date
from m365timeline.schemas.event import Event
from m365timeline.schemas.record import Record
from m365timeline.schemas.reference import record_type, user_type

_encoder = msgspec.json.Encoder()
_canonical = msgspec.json.Encoder(order="sorted")
_NESTED = frozenset({dict, list})
_PLAIN = len("2026-03-02T08:00:00")
_SAMPLE = 200  # wrapper dates compared with the record's own time, per part of a file


class _Reading(msgspec.Struct):
    """A record on its way to its event."""

    record: Record
    data: dict[str, Any]
    shape: Shape
    event: Event


def normalize(record: Record, context: Context) -> list[Event]:
    """Turn one unified-audit record into its event."""
    return normalize_all([record], context)[0]


def normalize_all(records: list[Record], context: Context) -> list[list[Event]]:
    """Turn each record into its event. Each step is taken for all of them, which costs a tenth less than all steps for each."""
    begun = [None if record.data is None else _begin(record, record.data) for record in records]
    told = [reading for reading in begun if reading is not None]
    for reading in told:
        common.fill(reading.event, reading.data, reading.shape)
    events = [
        [from_wrapper(record, context) if reading is None else _settle(reading, context)]
        for record, reading in zip(records, begun, strict=True)
    ]
    modules = [(module_for(reading.event, reading.data), reading) for reading in told]
    for module, reading in sorted(modules, key=_by_name):
        module.fill(reading.event, reading.data)
    for module, reading in modules:
        _finish(reading, module)
    return events


def _by_name(pair: tuple[Workload, _Reading]) -> str:
    return pair[0].__name__


def _begin(record: Record, data: dict[str, Any]) -> _Reading:
    shape = shape_of(tuple(data))
    record.new_members = shape.new
    if shape.has_odata:
        data = _without_odata(data)
        shape = shape_of(tuple(data))
    if (
        data is not record.data
        or type(data.get("RecordType")) is str
        or type(data.get("UserType")) is str
        or not _plain_time(data)
    ):
        record.canonical = _canonical.encode({**data, **_numbered(data), **_timed(data)})
    return _Reading(record, data, shape, Event())


def _settle(reading: _Reading, context: Context) -> Event:
    """What the columns around the record say of what it does not, or not alone."""
    event, record = reading.event, reading.record
    alone = record.salvage is not None and contradicts(record.fields, event, reading.data)
    if alone:
        event.quality = [*(event.quality or []), "contradicting_wrapper"]
    elif record.salvage is not None:
        borrow(event, record, context)
    if event.time is None and not alone:
        _borrow_time(event, record, context)
    elif event.time is not None and context.compared < _SAMPLE:
        _compare(event.time, record, context)
    if event.record_id is None and not alone:
        event.record_id = record.fields.get("recordid") or record.fields.get("identity") or None
    return event


def _finish(reading: _Reading, module: Workload) -> None:
    """Severity, and in ``extra`` what has no field of its own."""
    event, record, data = reading.event, reading.record, reading.data
    rate(event)
    if record.salvage is not None and "lost" in record.salvage:
        admit_loss(event)
    rest = _rest_of(data, reading.shape.shown_of(_shown_by(module.KEYS), data))
    wrapper = wrapper_rest(record.fields, event)
    if wrapper:
        rest[_free("wrapper", rest)] = wrapper
    if record.salvage:
        rest[_free("salvage", rest)] = record.salvage
    if rest:
        event.extra = _encoder.encode(rest).decode()


@cache
def _shown_by(keys: frozenset[str]) -> frozenset[str]:
    """The keys whose text stands whole in event fields; only what has no text is told in ``extra`` too."""
    return common.KEYS | keys


def _rest_of(data: dict[str, Any], shown: tuple[str, ...]) -> dict[str, Any]:
    """The record without the texts and numbers that stand whole in event fields."""
    rest = data.copy()
    for key in shown:
        value = data[key]
        if value is not None and value != "" and type(value) not in _NESTED:
            del rest[key]
    return rest


def _free(name: str, rest: dict[str, Any]) -> str:
    return name if name not in rest else f"{name} (m365timeline)"


def _without_odata(data: dict[str, Any]) -> dict[str, Any]:
    """Drop Graph's ``Key@odata.type`` companions: they describe the encoding, not the record."""
    return {key: _strip(value) for key, value in data.items() if "@odata." not in key}


def _numbered(data: dict[str, Any]) -> dict[str, Any]:
    """Record and user type as numbers, whichever way the export wrote them: ``-Formatted`` and tools write names."""
    numbers: dict[str, Any] = {}
    if type(data.get("RecordType")) is str:
        numbers["RecordType"] = record_type(data["RecordType"])[0]
    if type(data.get("UserType")) is str:
        numbers["UserType"] = user_type(data["UserType"])
    return {key: value for key, value in numbers.items() if value is not None}


def _plain_time(data: dict[str, Any]) -> bool:
    """Whether the time is written as the service writes it: ``2026-03-02T08:00:00``, which is UTC."""
    time = data.get("CreationTime")
    return type(time) is str and len(time) == _PLAIN and time[10] == "T"


def _timed(data: dict[str, Any]) -> dict[str, Any]:
    """The time as the service writes it, where it is the same instant: Graph and Defender add ``Z``, tools a fraction or ``/Date(…)/``."""
    time = data.get("CreationTime")
    iso = parse_iso(time) if isinstance(time, str) else None
    us = iso.us if iso else parse_json_date(time) if isinstance(time, str) else None
    if us is None or us % 1_000_000:
        return {}
    return {"CreationTime": datetime.fromtimestamp(us // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")}


def _strip(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _strip(item) for key, item in value.items() if "@odata." not in key}
    if isinstance(value, list):
        return [_strip(item) for item in value]
    return value


def _compare(reference: int, record: Record, context: Context) -> None:
    """The wrapper's date beside the record's own time proves the day/month order of the file."""
    wrapped = record.fields.get("creationdate") or record.fields.get("time")
    if isinstance(wrapped, str) and wrapped:
        context.compared += 1
        compare_with_reference(wrapped, reference, context.dates)


def _borrow_time(event: Event, record: Record, context: Context) -> None:
    """A record without a readable CreationTime takes the wrapper's date."""
    outer = from_wrapper(record, context)
    event.time, event.time_day_first, event.time_basis = outer.time, outer.time_day_first, outer.time_basis
    if not (event.time_raw or "").strip():
        event.time_raw = outer.time_raw
    if outer.quality:
        event.quality = [*(event.quality or []), *outer.quality]
    if outer.time_raw is not None and "timegenerated" not in record.fields:  # Sentinel's name for the record's own time
        event.quality = [*(event.quality or []), "time_from_wrapper"]
