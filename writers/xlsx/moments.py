"""Times as cells: real Excel dates, which know no zone and show no more than a millisecond.

What is finer than a millisecond is a date too, so that columns sort and filter as one; its exact text stands in Details.
What cannot be a date in Excel (before 1900-03-01, because Excel believes in a 29 February 1900; after 9999) is ISO 8601
text with its offset.
"""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from m365timeline.schemas.zones import zone_named

DATE, FRACTION, TEXT = 0, 1, 2  # how a time is shown

_SECOND, _DAY, _QUARTER = 1_000_000, 86_400_000_000, 900_000_000
_EPOCH_SERIAL = 25_569.0  # 1970-01-01 in days since 1899-12-30
_FIRST, _END = (
    -2_203_891_200 * _SECOND,
    253_402_300_800 * _SECOND - 1_000,
)  # 1900-03-01; the last millisecond of 9999, which a serial number would round up
_YEAR_ONE = 62_135_596_800 * _SECOND


class Zone:
    """The offsets of a time zone, looked up once for every quarter of an hour that occurs."""

    def __init__(self, name: str) -> None:
        found = zone_named(name)
        if found is None:
            raise ValueError(f"{name!r} is no time zone")
        self._zone: tzinfo = found
        self._known: dict[int, int] = {}

    def offsets(self, us: Any) -> Any:
        """Microseconds to add to UTC (Arrow integers) for times in microseconds."""
        quarters = pc.divide(pc.add(us, _YEAR_ONE), _QUARTER).dictionary_encode()
        return pa.array([self._offset(number) for number in quarters.dictionary.to_pylist()], pa.int64()).take(
            quarters.indices
        )

    def _offset(self, quarter: int) -> int:
        known = self._known.get(quarter)
        if known is None:
            moment = datetime(1, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * quarter)
            try:
                offset = moment.astimezone(self._zone).utcoffset() or timedelta()
            except OverflowError:  # the first and the last day of the calendar stay in UTC
                offset = timedelta()
            known = self._known[quarter] = offset // timedelta(microseconds=1)
        return known


def moments(times: Any, zone: Zone | None = None) -> tuple[Any, Any]:
    """Show times in UTC or in ``zone``: (DATE, FRACTION or TEXT for each; serial number or ISO text for each)."""
    us = times.cast(pa.int64())
    offsets = zone.offsets(us) if zone else None
    local = us if offsets is None else pc.add(us, offsets)
    rest = pc.subtract(us, pc.multiply(pc.divide(us, _SECOND), _SECOND))
    outside = pc.or_(pc.less(local, _FIRST), pc.greater_equal(local, _END))
    as_text = pc.fill_null(outside, fill_value=False)
    how = pc.if_else(as_text, TEXT, pc.if_else(pc.fill_null(pc.equal(rest, 0), fill_value=True), DATE, FRACTION))
    shown = pc.add(pc.divide(local.cast(pa.float64(), safe=False), float(_DAY)), _EPOCH_SERIAL).cast(pa.string())
    if pc.any(as_text).as_py():
        shown = pc.if_else(as_text, _iso(local, offsets), shown)
    return how, shown


def exact(times: Any) -> Any:
    """The ISO 8601 text of times finer than a millisecond; absent for all others."""
    us = times.cast(pa.int64())
    fine = pc.not_equal(us, pc.multiply(pc.divide(us, 1000), 1000))
    if not pc.any(fine).as_py():
        return pa.nulls(len(us), pa.string())
    return pc.if_else(fine, _iso(us, None), None)


def _iso(local: Any, offsets: Any) -> Any:
    text = pc.replace_substring(local.cast(pa.timestamp("us")).cast(pa.string()), " ", "T")
    text = pc.replace_substring(text, ".000000", "")
    if offsets is None:
        return pc.binary_join_element_wise(text, "Z", "")
    kinds = offsets.dictionary_encode()
    return pc.binary_join_element_wise(
        text, pa.array([_offset_text(us) for us in kinds.dictionary.to_pylist()], pa.string()).take(kinds.indices), ""
    )


def _offset_text(us: int | None) -> str | None:
    if us is None:
        return None
    minutes, seconds = divmod(abs(us) // _SECOND, 60)
    text = f"{'-' if us < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{text}:{seconds:02d}" if seconds else text
