"""The fields every unified-audit record shares: id, time, operation, actor, address, outcome, ids of app and session."""

from functools import lru_cache
from typing import Any

from m365timeline.normalizers.actors import Actor, read_actor
from m365timeline.normalizers.addresses import clean_address
from m365timeline.normalizers.audit_data.shapes import Shape
from m365timeline.normalizers.times import parse_iso, parse_json_date
from m365timeline.schemas.event import Event
from m365timeline.schemas.reference import app_name, record_type

# Only keys whose text always stands in a field as it came. UserId, UserKey, UserType, the addresses and the ids of app and
# session are shown cleaned, or one of several is shown: they stay in extra too, so that no value is ever lost.
KEYS = frozenset({
    "Id", "RecordType", "CreationTime", "Operation", "OrganizationId", "OrganizationName", "Workload", "ResultStatus",
})  # fmt: skip

_OUTCOMES = {
    "true": "success", "success": "success", "succeeded": "success", "successful": "success", "partiallysucceeded": "partial",
    "false": "failure", "failed": "failure", "failure": "failure",
}  # fmt: skip
_ABSENT = frozenset(
    {"", "Not Available", "__NULL__", "<null>", "null", "Unknown", "00000000-0000-0000-0000-000000000000"}
)
_FLAGS = {"true": True, "false": False}


def text_of(value: Any) -> str | None:
    """A scalar as text, ``None`` for absent and empty; lists and objects are not text."""
    if type(value) is str:
        return value or None
    if value is None or isinstance(value, (dict, list)):
        return None
    if value is True:
        return "True"
    if value is False:
        return "False"
    return str(value)


def known(value: Any) -> str | None:
    """Like :func:`text_of`, but also ``None`` for the words that stand for nothing (``Not Available``, ``<null>``)."""
    if type(value) is not str:
        value = None if value is None else text_of(value)
        if value is None:
            return None
    text: str = value.strip()
    return None if text in _ABSENT else text


def flag(value: Any) -> bool | None:
    """A boolean, written as such or as the text ``True`` or ``False``; ``None`` for anything else."""
    if type(value) is bool:
        return value
    return _FLAGS.get(value.strip().casefold()) if type(value) is str else None


def whole(value: Any) -> int | None:
    """A count or size, written as a number or as digits; ``None`` for anything else."""
    if type(value) is int:
        return value if 0 <= value < 1 << 63 else None
    return int(value) if type(value) is str and value.isascii() and value.isdigit() and len(value) <= 18 else None


@lru_cache(maxsize=1024)
def outcome_of(text: str) -> str:
    """``success``, ``failure``, ``partial`` or ``unknown`` from a ResultStatus."""
    return _OUTCOMES.get(text.strip().casefold(), "unknown")


def named(value: Any) -> dict[str, str]:
    """Read a ``[{"Name": …, "Value": …}]`` list (also ``Key``/``Value``) as a dict of text; other shapes give ``{}``.

    A name that comes twice keeps both values, separated by ``; ``. A missing value is an empty text, a list of values is
    joined with ``;`` as Exchange does. A lone object stands for a list of one: some exporters write it so.
    """
    result: dict[str, str] = {}
    for item in value if type(value) is list else (value,):
        if type(item) is dict:
            name = item.get("Name") or item.get("Key")
            if type(name) is not str:
                name = text_of(name)
                if name is None:
                    continue
            text = item.get("Value")
            if type(text) is not str:
                text = ";".join(filter(None, map(text_of, text))) if type(text) is list else text_of(text) or ""
            result[name] = f"{result[name]}; {text}" if name in result else text
    return result


def fill(event: Event, data: dict[str, Any], shape: Shape) -> None:
    """Fill the shared fields. ``outcome`` follows ResultStatus; workloads that know better replace it."""
    get = data.get
    event.record_id = text_of(get("Id"))
    _fill_time(event, get("CreationTime"))
    recurring = (
        get("Workload"), get("RecordType"), get("Operation"), get("ResultStatus"), get("OrganizationId"), get("OrganizationName"),
        get("UserId"), get("UserType"),
    )  # fmt: skip
    try:
        found = _read_recurring(*recurring)
    except TypeError:  # a list or an object where a scalar belongs
        found = _read_recurring.__wrapped__(*recurring)
    event.workload, event.record_type, event.operation, event.outcome_raw, event.outcome = found[:5]
    event.tenant_id, event.tenant, actor = found[5:]
    event.actor, event.actor_type, event.on_behalf_of = actor.name, actor.kind, actor.on_behalf_of
    event.actor_id = known(get("UserKey"))
    _fill_address(event, data, shape.addresses)
    _fill_application(event, data, shape)


_Recurring = tuple[str | None, str | None, str | None, str | None, str, str | None, str | None, Actor]


@lru_cache(maxsize=8192, typed=True)
def _read_recurring(
    workload: Any, number: Any, operation: Any, status: Any, tenant_id: Any, tenant: Any, user: Any, user_type: Any
) -> _Recurring:
    """What the same few values of a tenant's records say, read once for each set of them: who did what kind of thing."""
    outcome_raw = text_of(status)
    return (
        text_of(workload), None if number is None else record_type(str(number))[1], text_of(operation), outcome_raw,
        "unknown" if outcome_raw is None else outcome_of(outcome_raw), text_of(tenant_id), text_of(tenant),
        read_actor(text_of(user) or "", text_of(user_type) or ""),
    )  # fmt: skip


def _fill_time(event: Event, value: Any) -> None:
    event.time_meaning = "recorded"
    if not isinstance(value, str):
        event.time_raw, event.time_basis = text_of(value), "none"
        return
    event.time_raw = value
    iso = parse_iso(value)
    if iso is not None:
        event.time = event.time_day_first = iso.us
        event.time_basis = "offset_stated" if iso.zoned else "utc_by_specification"
        return
    event.time = event.time_day_first = parse_json_date(value)
    event.time_basis = "none" if event.time is None else "utc_by_specification"


def _fill_address(event: Event, data: dict[str, Any], names: tuple[str, ...]) -> None:
    for key in names:
        raw = data[key]
        if type(raw) is str and raw:
            address = clean_address(raw)
            if address.ip or (address.host and event.ip_raw is None):
                event.ip, event.port, event.ip_raw = address.ip, address.port, raw
                if address.ip:
                    return


def _fill_application(event: Event, data: dict[str, Any], shape: Shape) -> None:
    name = text_of(data.get("ApplicationDisplayName"))
    access = data["AppAccessContext"] if shape.has_context else None
    if type(access) is dict and access:
        inner = access.get
        event.token_id = known(inner("UniqueTokenId"))
        app = _first(data, shape.own_apps) or known(inner("ClientAppId")) or _first(data, shape.apps)
        name = text_of(inner("ClientAppName")) or name
        session = _first(data, shape.own_sessions) or known(inner("AADSessionId")) or _first(data, shape.sessions)
        correlation = (
            _first(data, shape.own_correlations) or known(inner("CorrelationId")) or _first(data, shape.correlations)
        )
    else:
        app, session = _first(data, shape.apps), _first(data, shape.sessions)
        correlation = _first(data, shape.correlations)
    event.app_id = app
    event.app_name = app_name(app) if app and not name else name
    event.session_id = session.strip("{}").lower() if session else None
    event.correlation_id = correlation


def _first(data: dict[str, Any], names: tuple[str, ...]) -> str | None:
    """The first known value among several members that are there."""
    for name in names:
        text = known(data[name])
        if text is not None:
            return text
    return None
