"""Sign-ins (record types 15 and 9): whether they worked, by what means, from which program and device.

ResultStatus says only how the web request went. What counts is the operation and the error number: a number of the
class ``interrupted`` (``signin_errors.csv``) is a question put to the user, neither a success nor a wrong password.
"""

from functools import cache
from typing import Any

from m365timeline.normalizers.addresses import clean_address
from m365timeline.normalizers.audit_data.common import known, named, text_of
from m365timeline.normalizers.audit_data.operations import client_of
from m365timeline.normalizers.audit_data.properties import items_of
from m365timeline.normalizers.sentences import cut, who
from m365timeline.normalizers.signin_errors import NO_ERROR, class_of, error_text
from m365timeline.schemas.event import Event
from m365timeline.schemas.reference import app_name, rows

KEYS = frozenset({"ErrorNumber"})


def fill(event: Event, data: dict[str, Any]) -> None:
    """Fill outcome, error, resource, client, device and session of a sign-in."""
    extended = named(data.get("ExtendedProperties"))
    device = named(data.get("DeviceProperties"))
    _fill_outcome(event, data, extended)
    _fill_actor(event, data)
    _fill_resource(event, data)
    event.user_agent = text_of(extended.get("UserAgent"))
    event.client_app = (client_of(event.user_agent) if event.user_agent else None) or known(device.get("BrowserType"))
    event.device_id, event.device_name, event.device_os = (
        known(device.get("Id")),
        known(device.get("DisplayName")),
        known(device.get("OS")),
    )
    session = known(device.get("SessionId"))
    if session:
        event.session_id = session.strip("{}").lower()
    event.summary = _sentence(event, data, extended)


def _fill_outcome(event: Event, data: dict[str, Any], extended: dict[str, str]) -> None:
    number = text_of(data.get("ErrorNumber"))
    old_error = extended.get("LoginError")  # record type 9: "number;name;text"
    if number is None and old_error:
        event.error_code, _, event.error_text = old_error.partition(";")
    elif number is not None:
        event.error_code = number
        event.error_text = error_text(number, text_of(data.get("LogonError")) or "")
    else:
        event.error_text = known(data.get("LogonError"))
    event.outcome = _outcome(event, data, number)
    event.category = "signin_failed" if event.outcome == "failure" else "signin"


def _outcome(event: Event, data: dict[str, Any], number: str | None) -> str:
    """Success, failure or unknown. Where operation and error number contradict each other the answer is unknown."""
    operation, logon_error = event.operation or "", text_of(data.get("LogonError")) or ""
    if "LoginStatus" in data and number is None:
        return "success" if text_of(data["LoginStatus"]) == "0" else "failure"
    kind = class_of(number or "")
    if kind == "interrupted":
        return "unknown"
    if operation == "UserLoginFailed":
        return "failure"
    clean = (number or "") in NO_ERROR and logon_error in NO_ERROR
    if operation == "UserLoggedIn":
        return "success" if clean and event.outcome != "failure" else "unknown"
    if number is None:
        return "unknown"
    return "success" if clean else "failure" if kind == "failure" else "unknown"


def _fill_actor(event: Event, data: dict[str, Any]) -> None:
    """A record without user key or name may hold them in its list of identities (0 object id, 3 PUID, 5 user name)."""
    if event.actor_id is not None and event.actor is not None:
        return
    for identity in items_of(data.get("Actor")):
        kind, text = text_of(identity.get("Type")), known(identity.get("ID"))
        if kind in {"0", "3"} and event.actor_id is None:
            event.actor_id = text
        elif kind == "5" and event.actor is None:
            event.actor = text


def _fill_resource(event: Event, data: dict[str, Any]) -> None:
    resource = known(data.get("ObjectId"))
    if resource is None:
        for identity in items_of(data.get("Target")):
            resource = resource or known(identity.get("ID"))
    if resource is not None and "@" not in resource:  # record type 9 names the user here
        event.target, event.target_type = app_name(resource) or resource, "application"


@cache
def _methods(bits: str) -> str:
    """The authentication methods of a bit field in words, ``""`` if it is none."""
    if not (bits.isascii() and bits.isdigit() and len(bits) < 19):
        return ""
    number = int(bits)
    words = [row["meaning"] for row in rows("user_auth_method_bits") if number & int(row["bit"])]
    rest = number & ~sum(int(row["bit"]) for row in rows("user_auth_method_bits"))
    if rest:
        words.append(f"undocumented method {rest}")
    return " + ".join(words)


def _sentence(event: Event, data: dict[str, Any], extended: dict[str, str]) -> str:
    """A failed sign-in is told as one made *as* the account: it need not have been its owner."""
    to = f" to {cut(event.target, 60)}" if event.target else ""
    if event.app_name or event.app_id:
        to = f"{to} with the application {cut(event.app_name or event.app_id or '', 60)}"
    error = ""
    if event.error_code and event.error_code not in NO_ERROR:
        error = f"; error {event.error_code}" + (f" ({cut(event.error_text)})" if event.error_text else "")
    if event.outcome == "success":
        methods = _methods(extended.get("UserAuthenticationMethod", "0"))
        text = f"{who(event)} signed in{to}" + (f", authenticated by {methods}" if methods else "")
    elif event.outcome == "failure":
        text = f"A sign-in as {who(event)}{to} failed{error}"
    elif error:
        text = f"A sign-in as {who(event)}{to} was interrupted{error}, logged as {event.operation}"
    else:
        text = f"A sign-in as {who(event)}{to} is logged as {event.operation}; the log does not say whether it worked"
    return text + _second_address(event, data)


def _second_address(event: Event, data: dict[str, Any]) -> str:
    """Behind a proxy or a federation server the two addresses of a sign-in differ: both are worth knowing."""
    other = data.get("ActorIpAddress")
    if not isinstance(other, str) or other == event.ip_raw:
        return ""
    address = clean_address(other).ip
    return f"; a second address is logged: {address}" if address and event.ip and address != event.ip else ""
