"""The fields every unified-audit record shares: id, time, operation, actor, address, outcome, ids of app and session."""

from typing import Any

from m365timeline.normalizers.actors import read_actor
from m365timeline.normalizers.addresses import clean_address
from m365timeline.normalizers.times import parse_iso, parse_json_date
from m365timeline.schemas.event import Event
from m365timeline.schemas.reference import app_name, record_type

KEYS = frozenset({
    "Id", "RecordType", "CreationTime", "Operation", "OrganizationId", "UserType", "UserKey", "Workload", "ResultStatus",
    "UserId", "ClientIP", "ClientIPAddress", "ActorIpAddress", "Version",
})  # fmt: skip
# Not in KEYS although partly used: ObjectId (each workload says what it is), AppAccessContext, ClientAppId, ... stay in
# extra too unless a workload takes them whole: a value is never lost because a column shows a cleaned form of it.

_OUTCOMES = {
    "true": "success", "success": "success", "succeeded": "success", "successful": "success", "partiallysucceeded": "partial",
    "false": "failure", "failed": "failure", "failure": "failure",
}  # fmt: skip
_ABSENT = frozenset({"", "Not Available", "__NULL__", "<null>", "null", "Unknown", "00000000-0000-0000-0000-000000000000"})


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
    text = text_of(value)
    return None if text is None or text.strip() in _ABSENT else text.strip()


def outcome_of(text: str) -> str:
    """``success``, ``failure``, ``partial`` or ``unknown`` from a ResultStatus."""
    return _OUTCOMES.get(text.strip().casefold(), "unknown")


def named(value: Any) -> dict[str, str]:
    """Read a ``[{"Name": …, "Value": …}]`` list (also ``Key``/``Value``) as a dict of text; other shapes give ``{}``.

    A name that comes twice keeps both values, separated by ``; ``. A missing value is an empty text.
    """
    result: dict[str, str] = {}
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict):
                name = text_of(item.get("Name")) or text_of(item.get("Key"))
                if name is not None:
                    text = text_of(item.get("Value")) or ""
                    result[name] = f"{result[name]}; {text}" if name in result else text
    return result


def fill(event: Event, data: dict[str, Any]) -> None:
    """Fill the shared fields. ``outcome`` follows ResultStatus; workloads that know better replace it."""
    get = data.get
    event.record_id = text_of(get("Id"))
    event.workload = text_of(get("Workload"))
    number = get("RecordType")
    if number is not None:
        event.record_type = record_type(str(number))[1]
    _fill_time(event, get("CreationTime"))
    event.operation = text_of(get("Operation"))
    status = text_of(get("ResultStatus"))
    if status is not None:
        event.outcome_raw, event.outcome = status, outcome_of(status)
    else:
        event.outcome = "unknown"
    _fill_actor(event, data)
    _fill_address(event, data)
    event.tenant_id = known(get("OrganizationId"))
    event.tenant = text_of(get("OrganizationName"))
    _fill_application(event, data)


def _fill_time(event: Event, value: Any) -> None:
    event.time_meaning = "recorded"
    if not isinstance(value, str):
        return
    event.time_raw = value
    iso = parse_iso(value)
    if iso is not None:
        event.time = event.time_day_first = iso.us
        event.time_basis = "offset_stated" if iso.zoned else "utc_by_specification"
        return
    event.time = event.time_day_first = parse_json_date(value)
    event.time_basis = "none" if event.time is None else "utc_by_specification"


def _fill_actor(event: Event, data: dict[str, Any]) -> None:
    user = text_of(data.get("UserId")) or ""
    user_type = text_of(data.get("UserType")) or ""
    actor = read_actor(user, user_type)
    event.actor, event.actor_type, event.on_behalf_of = actor.name, actor.kind, actor.on_behalf_of
    event.actor_id = known(data.get("UserKey"))


def _fill_address(event: Event, data: dict[str, Any]) -> None:
    """ClientIP before ClientIPAddress before ActorIpAddress: the client's own fields first."""
    for key in ("ClientIP", "ClientIPAddress", "ActorIpAddress"):
        raw = data.get(key)
        if isinstance(raw, str) and raw:
            address = clean_address(raw)
            if address.ip or address.host:
                event.ip, event.port, event.ip_raw = address.ip, address.port, raw
                if address.ip:
                    return


def _fill_application(event: Event, data: dict[str, Any]) -> None:
    access = data.get("AppAccessContext")
    if not isinstance(access, dict):
        access = {}
    for value in (data.get("ClientAppId"), access.get("ClientAppId"), data.get("AppId"), data.get("ApplicationId")):
        event.app_id = known(value)
        if event.app_id:
            break
    event.app_name = text_of(access.get("ClientAppName")) or text_of(data.get("ApplicationDisplayName"))
    if event.app_id and not event.app_name:
        event.app_name = app_name(event.app_id)
    session = known(data.get("SessionId")) or known(access.get("AADSessionId")) or known(data.get("UserSessionId"))
    event.session_id = session.strip("{}").lower() if session else None
    event.token_id = known(access.get("UniqueTokenId"))
    event.correlation_id = (
        known(data.get("CorrelationId")) or known(data.get("CorrelationID")) or known(access.get("CorrelationId"))
        or known(data.get("InterSystemsId")) or known(data.get("RequestId")) or known(data.get("ClientRequestId"))
    )  # fmt: skip
