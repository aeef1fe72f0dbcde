"""What all records of message traces share: the message, its ids, its window of query, and what makes two rows one."""

import re
from datetime import date, timedelta, timezone
from functools import lru_cache
from typing import Any

import msgspec

from m365timeline.normalizers.addresses import clean_address
from m365timeline.normalizers.audit_data.common import whole
from m365timeline.normalizers.context import Context
from m365timeline.normalizers.sentences import cut
from m365timeline.normalizers.times import Culture, parse_culture, parse_iso, parse_json_date, read_time
from m365timeline.normalizers.transport import is_lost
from m365timeline.schemas.dates import DateEvidence
from m365timeline.schemas.event import Event
from m365timeline.schemas.message_columns import by_letters, message_columns, squeeze, time_is_utc, time_offset

_DAY = 86_400_000_000
_LONGEST_WINDOW = 32 * _DAY
_HEX = re.compile(r"[0-9a-f]{32}")
_DIRECTIONS = {
    "1": "incoming", "incoming": "incoming", "inbound": "incoming", "2": "outgoing", "originating": "outgoing", "outbound": "outgoing",
}  # fmt: skip
# Columns that differ between two answers about the same thing: the query and the session, not the mail.
_OF_THE_QUERY = frozenset({"window_start", "window_end", "index", "pscomputername", "runspaceid", "psshowcomputername"})
_encoder = msgspec.json.Encoder()
_sorted = msgspec.json.Encoder(order="sorted")


class Cells:
    """The cells of a record by their meaning (``message_columns.csv``). What nobody takes is left for ``extra``."""

    def __init__(self, fields: dict[str, Any]) -> None:
        keys = tuple(fields)
        self.utc = time_is_utc(keys)
        offset = time_offset(keys)
        self.zone = None if offset is None else timezone(timedelta(minutes=offset))  # stated by the name of the column
        self.fields = fields
        self.rest = {key: value for key, value in fields.items() if value is not None and value != ""}
        self.lost = any(type(value) is str and value[-1] == "]" and is_lost(value) for value in self.rest.values())
        self._columns = message_columns(keys)

    def has(self, field: str) -> bool:
        """Whether the export has a column of this meaning, blank or not."""
        return field in self._columns

    def see(self, field: str) -> str | None:
        """The text of a cell, ``None`` if it is blank or was lost in the export; it stays in ``rest`` too."""
        return self._text(self._columns.get(field))

    def named(self, name: str) -> str | None:
        """The text of the column whose letters and digits are ``name`` (``urldomain``); it stays in ``rest`` too."""
        return self._text(by_letters(tuple(self.fields)).get(name))

    def words(self, name: str) -> list[str]:
        """The items of a cell that holds a list in whatever form: JSON, a JSON text, ``{a, b}``, ``a, b``."""
        value = self.rest.get(by_letters(tuple(self.fields)).get(name, ""))
        if isinstance(value, str) and value.startswith(("[", '{"')):
            try:
                value = msgspec.json.decode(value)
            except (msgspec.DecodeError, UnicodeEncodeError):
                return [value]
        if isinstance(value, dict):  # the methods by threat: {"Phish": ["URL reputation"]}
            value = [item for found in value.values() for item in (found if isinstance(found, list) else [found])]
        if isinstance(value, str):
            value = [] if is_lost(value) else re.split(r"[,;]", value.strip("{}"))
        found = value if isinstance(value, list) else []
        return [text for text in dict.fromkeys(str(item).strip() for item in found) if text and text != "None"]

    def _text(self, column: str | None) -> str | None:
        value = None if column is None else self.rest.get(column)
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            value = ";".join(value)
        if value is None or isinstance(value, (dict, list)):
            return None
        text = value if type(value) is str else str(value)
        return None if not text or text.isspace() or (self.lost and is_lost(text)) else text

    def take(self, field: str) -> str | None:
        """Like :meth:`see`, for a value that gets a column of its own."""
        text = self.see(field)
        if text is not None:
            del self.rest[self._columns[field]]
        return text

    def replace(self, field: str, value: Any) -> None:
        """Put a decoded form of a cell in the place of its text."""
        self.rest[self._columns[field]] = value


def fill_message(event: Event, cells: Cells, context: Context) -> None:
    """Fill time, message, sender, ids and tenant. Recipients, outcome and address are each kind's own business."""
    event.workload, event.category, event.outcome = "Exchange", "mail_trace", "unknown"
    _fill_time(event, cells, context)
    event.subject = cells.take("subject")
    sender = cells.take("sender")
    event.sender = sender.strip() if sender else None
    event.actor = event.sender if event.sender != "<>" else None
    event.actor_type = "unknown"
    message_id = cells.take("message_id")
    event.message_ids = [plain_id(message_id)] if message_id else None
    network_id = cells.take("network_message_id")
    event.network_message_id = network_message_id(network_id) if network_id else None
    event.tenant, event.tenant_id = cells.take("tenant"), cells.take("tenant_id")
    event.size_bytes = whole(cells.see("size"))
    if event.size_bytes is not None:
        cells.take("size")
    direction = cells.take("directionality")
    event.direction = _DIRECTIONS.get(direction.strip().casefold(), direction) if direction else None
    if cells.lost:
        event.quality = [*(event.quality or []), "details_lost"]


def _fill_time(event: Event, cells: Cells, context: Context) -> None:
    event.time_raw = cells.take("time")
    if event.time_raw is None:
        event.time_basis = "none"
        return
    reading = read_time(event.time_raw, context.dates, cells.zone or context.zone, utc_by_specification=cells.utc)
    event.time, event.time_day_first, event.time_basis = reading.time, reading.day_first, reading.basis
    if cells.zone is not None and reading.basis == "zone_given":
        event.time_basis = "offset_stated"
    event.quality = list(reading.flags) or None
    start, end = cells.see("window_start"), cells.see("window_end")
    if start is not None and end is not None:
        note_window(event.time_raw, start, end, context.dates)


def note_window(text: str, start: str, end: str, evidence: DateEvidence) -> None:
    """Count what the window of the query proves about the day/month order of the time found in it.

    Proof is a time that lies in the window if all three are read one way, but more than a day outside if all are read
    the other way, or that is no date, or gives a window longer than the service ever allowed (a trace reaches back
    10 days, formerly 30).
    """
    readings = [_both(value) for value in (text, start, end)]
    if readings[0].month_first == readings[0].day_first:
        return
    month = [reading.month_first for reading in readings]
    day = [reading.day_first for reading in readings]
    if _fits(month, 0) and not _fits(day, _DAY):
        evidence.reference_month_first += 1
    elif _fits(day, 0) and not _fits(month, _DAY):
        evidence.reference_day_first += 1


def _both(text: str) -> Culture:
    """Both readings of a time in any form; none of the forms gives neither."""
    iso = parse_iso(text)
    instant = iso.us if iso else parse_json_date(text)
    return Culture(instant, instant) if instant is not None else parse_culture(text) or Culture(None, None)


def _fits(times: list[int | None], slack: int) -> bool:
    moment, start, end = times
    if moment is None or start is None or end is None or end - start > _LONGEST_WINDOW:
        return False
    return start - slack <= moment <= end + slack


def plain_id(text: str) -> str:
    """A Message-ID without blanks and angle brackets."""
    return text.strip().removeprefix("<").removesuffix(">").strip()


def network_message_id(text: str) -> str:
    """The id that joins all reports on a message: lower case, with hyphens, without braces."""
    plain = text.strip().strip("{}").lower()
    if _HEX.fullmatch(plain):
        return f"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:]}"
    return plain


def fill_address(event: Event, text: str | None) -> None:
    """The client's address."""
    if text:
        address = clean_address(text)
        event.ip, event.port, event.ip_raw = address.ip, address.port, text


def fill_extra(event: Event, cells: Cells) -> None:
    """Everything without a column of its own, under the names of the source."""
    if cells.rest:
        event.extra = _encoder.encode(cells.rest).decode()


def content_of(event: Event, cells: Cells, chosen: frozenset[str] | None = None) -> bytes:
    """What a row says, apart from the query that found it: equal bytes for the same row in another page or culture.

    ``chosen`` names the meanings that count; by default all columns but those of the query.
    A message's time is compared without its day/month order where an id names the message: two copies written in two
    cultures are one, and no two messages share an id.
    """
    content: dict[str, Any] = {}
    for key, name in _counting(tuple(cells.fields), chosen):
        value = cells.fields[key]
        if type(value) is str:
            if value:
                content[name] = value
        elif value is not None:
            content[name] = (
                ";".join(map(str, value))
                if isinstance(value, list)
                else str(value)
                if isinstance(value, int)
                else value
            )
    if "network_message_id" in content:
        content["network_message_id"] = event.network_message_id
    if "message_id" in content and event.message_ids:
        content["message_id"] = event.message_ids[0]
    if isinstance(content.get("status"), str):
        content["status"] = content["status"].strip().casefold()
    if event.time_raw is not None and (event.message_ids or event.network_message_id):
        content["time"] = _orderless(event.time_raw)
    return _sorted.encode(content)


@lru_cache(maxsize=512)
def _counting(keys: tuple[str, ...], chosen: frozenset[str] | None) -> tuple[tuple[str, str], ...]:
    """The columns of a header that tell rows apart, and their meanings."""
    meanings = _meanings(keys).items()
    return tuple((key, name) for key, name in meanings if (name in chosen if chosen else name not in _OF_THE_QUERY))


def _meanings(keys: tuple[str, ...]) -> dict[str, str]:
    """The meaning of each column of a header, else its squeezed name."""
    meanings = {column: field for field, column in message_columns(keys).items()}
    return {key: meanings.get(key) or squeeze(key) for key in keys}


def _orderless(text: str) -> str:
    """A time as year, the two smaller parts of its date in order of size, and the clock: the same in every culture."""
    reading = _both(text)
    moment = reading.month_first if reading.month_first is not None else reading.day_first
    if moment is None or reading.seconds_lost:
        return text
    days, clock = divmod(moment, _DAY)
    return f"{_orderless_day(days)}+{clock}"


@lru_cache(maxsize=4096)
def _orderless_day(days: int) -> str:
    day = date(1970, 1, 1) + timedelta(days=days)
    return f"{day.year}/{min(day.month, day.day)}/{max(day.month, day.day)}"


def within(event: Event) -> str:
    """:func:`about` for the middle of a sentence."""
    text = about(event)
    return f"a{text[1:]}" if text.startswith("A message") else text


def about(event: Event) -> str:
    """The beginning of a sentence on a message: ``"Invoice" from a@x.example to b@y.example``."""
    subject = f'"{cut(event.subject, 80)}"' if event.subject and event.subject.strip() else "A message"
    sender = (
        " from the empty sender <>" if event.sender == "<>" else f" from {cut(event.sender)}" if event.sender else ""
    )
    recipients = f" to {cut(', '.join(event.recipients[:3]))}" if event.recipients else ""
    return f"{subject}{sender}{recipients}"
