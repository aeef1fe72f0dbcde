"""Times as exports write them, read without guessing.

A time becomes whole microseconds since 1970-01-01T00:00:00Z, or ``None``. The text as written always stays beside it.
Nothing here asks the clock, the locale or the machine's zone. Dates whose day/month order is open keep both readings;
``schemas.dates`` decides for the whole file.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

import msgspec

from m365timeline.schemas.dates import MINUTE, DateEvidence

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_NAIVE = datetime(1970, 1, 1)  # noqa: DTZ001 (used only to subtract a time whose zone is decided elsewhere)
_MICROSECOND = timedelta(microseconds=1)
_FURTHEST = 14 * 60  # minutes a zone may be from UTC (Kiribati): a larger offset is damage, and gives no time
EARLIEST, LATEST = 1990, 2100  # outside: sentinels (0001, 1601, 9999) and other calendars (2569, 1447)
_FIRST = (datetime(EARLIEST, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LAST = (datetime(LATEST + 1, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND

_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?\s*(Z|z|UTC|[+-][0-9]{2}:?[0-9]{2})?"
)
_CULTURE = re.compile(
    r"([0-9]{1,4})([./-])\s?([0-9]{1,2})\2\s?([0-9]{1,4})\.?(?:,?\s+|T)([0-9]{1,2})[:.]([0-9]{2})"
    r"(?:[:.]([0-9]{2})(?:[.,]([0-9]{1,7}))?)?\s*([AaPp])?\.?(?(9)\s?[Mm]\.?)\s*(?:UTC|GMT|Z)?"
)
_SECONDS = {f":{second:02}": second * 1_000_000 for second in range(60)}
_HALVES = frozenset({" AM", " PM"})
_PLAIN_ENDS = frozenset({"", "Z"})
_JSON_DATE = re.compile(r"\\?/Date\((-?[0-9]{1,16})(?:[+-][0-9]{4})?\)\\?/")


class Iso(msgspec.Struct, frozen=True):
    """A time in ISO 8601: ``us`` is UTC if ``zoned``, else the wall clock as written."""

    us: int
    zoned: bool


class Culture(msgspec.Struct, frozen=True):
    """A date in some culture's own form, under both readings (``None`` where a reading is no date)."""

    month_first: int | None
    day_first: int | None
    dotted: bool = False
    seconds_lost: bool = False


def parse_iso(text: str) -> Iso | None:
    """Read ISO 8601, with or without zone, up to 9 fraction digits (cut to microseconds; the raw text keeps them)."""
    if text[4:5] != "-" and not text[:1].isspace():
        return None  # most other forms, without a search
    second, end = _SECONDS.get(text[16:19]), text[19:]
    if second is not None and end in _PLAIN_ENDS:  # times hardly ever recur, minutes do
        minute = _parse_iso(text[:16])
        return None if minute is None else Iso(minute.us + second, end != "")
    return _parse_iso(text)


@lru_cache(maxsize=16384)
def _parse_iso(text: str) -> Iso | None:
    match = _ISO.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        moment = datetime(  # noqa: DTZ001 (the zone is decided by the caller)
            int(year),
            int(month),
            int(day),
            int(hour),
            int(minute),
            int(second or 0),
            int((fraction or "0")[:6].ljust(6, "0")),
        )
    except ValueError:
        return None
    if not EARLIEST <= moment.year <= LATEST:
        return None
    us = (moment - _EPOCH_NAIVE) // _MICROSECOND
    if zone is None:
        return Iso(us, zoned=False)
    if zone not in {"Z", "z", "UTC"}:
        digits = zone[1:].replace(":", "")
        minutes = int(digits[:2]) * 60 + int(digits[2:])
        if minutes > _FURTHEST or digits[2:] > "59":
            return None
        us -= (minutes if zone[0] == "+" else -minutes) * MINUTE
    return Iso(us, zoned=True)


def parse_culture(text: str) -> Culture | None:
    """Read ``5/18/2021 9:13:33 PM``, ``18.10.2015 15:48:15``, ``2024/03/01 10:00``, ``d.M.yyyy H.mm.ss`` and their kin."""
    end = len(text) - 3 if text[-3:] in _HALVES else len(text)
    second = _SECONDS.get(text[end - 3 : end]) if text.count(":") == 2 else None
    if second is None:
        return _parse_culture(text)
    minute = _parse_culture(f"{text[: end - 3]}:00{text[end:]}")  # times hardly ever recur, minutes do
    if minute is None:
        return None
    month, day = minute.month_first, minute.day_first
    return Culture(None if month is None else month + second, None if day is None else day + second, minute.dotted)


@lru_cache(maxsize=16384)
def _parse_culture(text: str) -> Culture | None:
    match = _CULTURE.fullmatch(text.strip())
    if match is None:
        return None
    first, separator, second, third, hour, minute, secs, fraction, half = match.groups()
    clock = _clock(int(hour), int(minute), int(secs or 0), fraction or "", half)
    if clock is None:
        return None
    lost = secs is None
    if len(first) == 4:
        only = _wall(int(first), int(second), int(third), clock)
        return Culture(only, only, seconds_lost=lost) if only is not None else None
    if len(third) != 4:
        return None  # two-digit years are not guessed
    month_first = _wall(int(third), int(first), int(second), clock)
    day_first = _wall(int(third), int(second), int(first), clock)
    if month_first is None and day_first is None:
        return None
    return Culture(month_first, day_first, separator == ".", lost)


def _clock(hour: int, minute: int, second: int, fraction: str, half: str | None) -> int | None:
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half in "Pp" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return ((hour * 60 + minute) * 60 + second) * 1_000_000 + int(fraction[:6].ljust(6, "0") or 0)


@lru_cache(maxsize=4096)
def _day(year: int, month: int, day: int) -> int | None:
    if not EARLIEST <= year <= LATEST:
        return None
    try:
        return (datetime(year, month, day) - _EPOCH_NAIVE).days * 86_400_000_000  # noqa: DTZ001
    except ValueError:
        return None


def _wall(year: int, month: int, day: int, clock: int) -> int | None:
    start = _day(year, month, day)
    return None if start is None else start + clock


def parse_json_date(text: str) -> int | None:
    r"""Read ``/Date(1658751973240)/`` and ``\/Date(…+0200)\/``: milliseconds UTC; the offset does not change the instant."""
    match = _JSON_DATE.fullmatch(text.strip()) if "Date" in text else None
    if match is None:
        return None
    us = int(match.group(1)) * 1000
    return us if in_range(us) else None


def to_utc(wall: int, zone: tzinfo) -> int:
    """Turn a wall clock in ``zone`` into UTC. In the repeated hour of a clock change the earlier instant is taken."""
    local = (_EPOCH_NAIVE + timedelta(microseconds=wall)).replace(tzinfo=zone)
    return (local.astimezone(UTC) - _EPOCH) // _MICROSECOND


def in_range(us: int) -> bool:
    """Whether an instant lies in the years that evidence can come from."""
    return _FIRST <= us < _LAST


class Reading(msgspec.Struct, frozen=True):
    """A time ready for an event: see ``Event.time``, ``time_day_first``, ``time_basis``."""

    time: int | None
    day_first: int | None
    basis: str
    flags: tuple[str, ...] = ()


UNREADABLE = Reading(None, None, "none")


def read_time(text: str, evidence: DateEvidence, zone: tzinfo | None, *, utc_by_specification: bool) -> Reading:
    """Read a time column of an export and note what it proves about the file's day/month order.

    ``zone`` is the zone the user gave for sources that do not say theirs; it is not used where the text has an offset
    or the format's specification says UTC. A date that can be read both ways keeps both readings and the basis
    ``ambiguous``; the case store settles it when the whole file is known.
    """
    iso = parse_iso(text)
    if iso is not None:
        if iso.zoned:
            return Reading(iso.us, iso.us, "offset_stated")
        return _place(iso.us, iso.us, zone, utc=utc_by_specification, flags=())
    culture = parse_culture(text)
    if culture is None:
        instant = parse_json_date(text)
        return UNREADABLE if instant is None else Reading(instant, instant, "utc_by_specification")
    flags = ("seconds_lost",) if culture.seconds_lost else ()
    note_order(culture, evidence)
    if culture.month_first == culture.day_first or utc_by_specification or zone is not None:
        return _place(culture.month_first, culture.day_first, zone, utc=utc_by_specification, flags=flags)
    return _place(culture.month_first, culture.day_first, None, utc=False, flags=flags)


def note_order(culture: Culture, evidence: DateEvidence) -> None:
    """Count what one date says about the order of its file."""
    if culture.dotted and culture.month_first != culture.day_first:
        evidence.dotted += 1
    elif culture.day_first is None:
        evidence.month_first_only += 1
    elif culture.month_first is None:
        evidence.day_first_only += 1
    elif culture.month_first != culture.day_first:
        evidence.undecided += 1


def _place(
    month_first: int | None, day_first: int | None, zone: tzinfo | None, *, utc: bool, flags: tuple[str, ...]
) -> Reading:
    open_order = "ambiguous" if month_first != day_first else None
    if utc:
        return Reading(month_first, day_first, open_order or "utc_by_specification", flags)
    if zone is None:
        return Reading(None, None, "ambiguous", (*flags, "zone_unknown"))
    readings = [None if wall is None else to_utc(wall, zone) for wall in (month_first, day_first)]
    return Reading(readings[0], readings[1], open_order or "zone_given", flags)


def compare_with_reference(text: str, reference: int, evidence: DateEvidence) -> None:
    """Compare a wrapper's date with the record's own UTC time (in µs): the strongest proof of the file's order.

    A difference of whole quarters of an hour is noted as an offset (somebody converted to local time).
    """
    culture = parse_culture(text)
    if culture is None:
        iso = parse_iso(text)
        if iso is not None:
            _note_offset(iso.us - reference, evidence)
        return
    slack = 60_000_000 if culture.seconds_lost else 1_000_000
    month = culture.month_first is not None and abs(culture.month_first - reference) < slack
    day = culture.day_first is not None and abs(culture.day_first - reference) < slack
    if month or day:
        _note_offset(0, evidence)
        if month and not day:
            evidence.reference_month_first += 1
        elif day and not month:
            evidence.reference_day_first += 1
    else:
        evidence.reference_neither += 1
        near = min((wall - reference for wall in (culture.month_first, culture.day_first) if wall is not None), key=abs)
        if not culture.seconds_lost:
            _note_offset(near, evidence)


def _note_offset(difference: int, evidence: DateEvidence) -> None:
    minutes, rest = divmod(difference, MINUTE)
    if rest < 1_000_000 and minutes % 15 == 0 and abs(minutes) <= _FURTHEST:
        evidence.offsets[minutes] = evidence.offsets.get(minutes, 0) + 1
