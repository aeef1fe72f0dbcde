"""Rows of SharePoint's site collection audit report.

Facts: Microsoft's SPAuditEventType. The report writes who (a claims name), what, where and when; not from which address, and not
whether it succeeded.
"""

import re
from functools import cache
from typing import Any

import msgspec

from m365timeline.normalizers.context import Context
from m365timeline.normalizers.sentences import cut, who
from m365timeline.normalizers.severity import rate
from m365timeline.normalizers.times import in_range, read_time
from m365timeline.schemas.event import Event
from m365timeline.schemas.message_columns import squeeze
from m365timeline.schemas.record import Record
from m365timeline.schemas.reference import rows

_encoder = msgspec.json.Encoder()
_NAMED = re.compile(r"(?P<name>.*?)\s*<(?P<claim>[^<>]+)>\s*")
_SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]+)?")
_EXCEL_ZERO = 25_569  # days from 1899-12-30 to 1970-01-01
_DAY = 86_400_000_000


@cache
def _events() -> dict[str, tuple[str, str]]:
    return {squeeze(row["event"]): (row["category"], row["words"]) for row in rows("sharepoint_audit_events")}


def normalize(record: Record, context: Context) -> list[Event]:
    """Turn one row into its event."""
    rest: dict[str, Any] = {key: value for key, value in record.fields.items() if value not in (None, "")}
    names = {squeeze(key): key for key in rest}

    def take(name: str) -> str | None:
        return rest.pop(names[name]) if name in names else None

    event = Event(workload="SharePoint", outcome="unknown", time_meaning="performed", time_basis="none")
    _fill_time(event, take("occurredgmt"), context)
    event.operation = take("event")
    _fill_actor(event, take("userid"))
    event.target, event.target_type = take("documentlocation"), (take("itemtype") or "").casefold() or None
    category, words = _events().get(squeeze(event.operation or ""), ("other", ""))
    event.category = category
    target = cut(event.target or "a place that is not named")
    done = f"{words} {target}" if words else f"performed {cut(event.operation or 'an unnamed operation')} on {target}"
    event.summary = f"{who(event)} {done}"
    rate(event)
    if rest:
        event.extra = _encoder.encode(rest).decode()
    return [event]


def _fill_actor(event: Event, text: str | None) -> None:
    """``Tom Okafor <i:0#.f|membership|tom@x.example>``: the account is the last part of the claim."""
    event.actor_type = "unknown"
    if text is None:
        return
    named = _NAMED.fullmatch(text)
    claim = named["claim"] if named else text
    event.actor_id = claim if "|" in claim else None
    account = claim.rpartition("|")[2] or claim
    event.actor = account if "@" in account or not named else named["name"] or account
    if account.casefold() in {"sharepoint\\system", "system"}:
        event.actor_type = "system"


def _fill_time(event: Event, text: str | None, context: Context) -> None:
    """A date, or Excel's count of days since 1899-12-30."""
    event.time_raw = text
    if text is None:
        return
    if _SERIAL.fullmatch(text):
        us = round((float(text) - _EXCEL_ZERO) * _DAY / 1000) * 1000  # a double holds no finer part of a day
        event.time = event.time_day_first = us if in_range(us) else None
        event.time_basis = "none" if event.time is None else "utc_by_specification"
        return
    reading = read_time(text, context.dates, context.zone, utc_by_specification=True)
    event.time, event.time_day_first, event.time_basis = reading.time, reading.day_first, reading.basis
    event.quality = list(reading.flags) or None
