"""Sign-ins of the Entra sign-in log: people (interactive or not), service principals, managed identities.

Facts: Microsoft's signIn resource type and the exports of portal, Graph, diagnostic settings and Log Analytics. An error
number other than 0 is not always a refusal: numbers of the class ``interrupted`` are a question put to the user.
"""

from typing import Any

from m365timeline.normalizers.actors import read_actor
from m365timeline.normalizers.audit_data.common import flag, whole
from m365timeline.normalizers.audit_data.operations import client_of
from m365timeline.normalizers.audit_data.properties import items_of, json_in, texts_of
from m365timeline.normalizers.context import Context
from m365timeline.normalizers.entra_fields import Facts, content_of
from m365timeline.normalizers.sentences import cut, listed, who
from m365timeline.normalizers.severity import rate
from m365timeline.normalizers.signin_errors import NO_ERROR, class_of, meaning_of
from m365timeline.schemas.entra_columns import class_of_word
from m365timeline.schemas.event import Event
from m365timeline.schemas.record import Record
from m365timeline.schemas.reference import app_name

OPERATION = "Sign-in activity"  # the name diagnostic settings and Log Analytics give every record of this log
_ITSELF = "Microsoft.aadiam"  # what Log Analytics writes as Resource of every row
_RISKY = frozenset({"medium", "high"})


def normalize(record: Record, context: Context) -> list[Event]:
    """Turn one sign-in record into its event."""
    facts = Facts(record.fields)
    event = Event(workload="AzureActiveDirectory", operation=OPERATION)
    facts.fill_time(event, context)
    event.record_id = facts.take("id")
    event.correlation_id = facts.take("correlation_id")
    event.record_type = facts.see("log")
    _fill_actor(event, facts)
    _fill_outcome(event, facts)
    _fill_application(event, facts)
    facts.fill_address(event)
    _fill_client(event, facts)
    _fill_place(event, facts)
    event.tenant_id = facts.see("tenant_id")
    event.summary = _sentence(event, facts)
    rate(event)
    record.canonical = content_of(event)
    facts.fill_extra(event)
    return [event]


def _fill_actor(event: Event, facts: Facts) -> None:
    """A user by name, else a program by its own name; a display name only where there is no better one."""
    user, principal = facts.take("upn"), facts.see("principal_name")
    user_id, principal_id = facts.see("user_id"), facts.see("principal_id")
    if user or user_id or not (principal or principal_id):
        actor = read_actor(user or facts.see("user_name") or facts.see("typed_name") or "", "")
        event.actor, event.actor_id = actor.name, facts.take("user_id")
        kind = (facts.see("user_type") or "").casefold()
        event.actor_type = (
            "guest" if kind == "guest" or actor.kind == "guest" else "regular" if kind == "member" else actor.kind
        )
        return
    event.actor, event.actor_id = principal, facts.take("principal_id")
    event.actor_type = "service_principal"


def _fill_outcome(event: Event, facts: Facts) -> None:
    """Number first, word second. A number no table knows and no word beside it: nothing is claimed."""
    number, word = facts.take("error_code"), facts.see("status")
    logged = facts.see("failure") or ""
    event.error_code = number if number not in {None, "0"} else None
    event.error_text = (None if logged in NO_ERROR else logged) or meaning_of(number or "") or None
    event.outcome_raw = word or number
    by_word = class_of_word(word) if word else None
    by_number = ("success" if number == "0" else class_of(number) or None) if number else None
    kind = by_number or by_word
    event.outcome = kind if kind in {"success", "failure"} else "unknown"
    if by_number and by_word and {by_number, by_word} == {"success", "failure"}:
        event.outcome = "unknown"
    event.category = "signin_failed" if event.outcome == "failure" else "signin"


def _fill_application(event: Event, facts: Facts) -> None:
    event.app_id = facts.take("app_id")
    event.app_name = facts.take("app_name") or (app_name(event.app_id) if event.app_id else None)
    resource, resource_id = facts.see("resource_name"), facts.see("resource_id")
    if resource_id and resource_id.startswith("/"):
        resource_id = None  # Log Analytics names itself here
    event.target = resource if resource != _ITSELF else None
    event.target = event.target or (app_name(resource_id) or resource_id if resource_id else None)
    event.target_type = "application" if event.target else None


def _fill_client(event: Event, facts: Facts) -> None:
    event.user_agent = facts.take("user_agent")
    event.client_info = facts.take("client")
    event.client_app = (
        (client_of(event.user_agent) if event.user_agent else None) or facts.see("browser") or event.client_info
    )
    event.device_id, event.device_name = facts.take("device_id"), facts.take("device_name")
    event.device_os = facts.take("device_os")
    session = facts.see("session_id")
    event.session_id = session.strip("{}").lower() if session else None
    event.token_id = facts.take("token_id")


def _fill_place(event: Event, facts: Facts) -> None:
    """Country and network as the log has them. The portal writes ``City, State, CC``; a city may hold a comma."""
    place = facts.see("place") or ""
    last = place.rpartition(",")[2].strip()
    event.country = facts.see("country") or (last if len(last) == 2 and last.isascii() and last.isalpha() else None)
    number = facts.see("asn")
    event.asn = whole(number) or None


def _sentence(event: Event, facts: Facts) -> str:
    """A failed sign-in is told as one made *as* the account: it need not have been its owner."""
    to = f" to {cut(event.target, 60)}" if event.target else ""
    if event.app_name or event.app_id:
        to += f" with the application {cut(event.app_name or event.app_id or '', 60)}"
    error = ""
    if event.error_code and event.error_code not in NO_ERROR:
        words = meaning_of(event.error_code) or event.error_text
        error = f"; error {event.error_code}" + (f" ({cut(words)})" if words else "")
    if event.outcome == "success":
        text = f"{who(event)} signed in{to}{_methods(facts)}"
    elif event.outcome == "failure":
        text = f"A sign-in as {who(event)}{to} failed{error}"
    elif class_of(event.error_code or "") == "interrupted" or class_of_word(event.outcome_raw or "") == "interrupted":
        text = f"A sign-in as {who(event)}{to} was interrupted{error}"
    else:
        text = f"A sign-in as {who(event)}{to} is logged{error}; the log does not say whether it worked"
    return text + _remarks(event, facts)


def _methods(facts: Facts) -> str:
    """How the person proved who they are, where the record lists the steps that succeeded."""
    steps = items_of(json_in(value) if isinstance(value := facts.value_of("authenticationDetails"), str) else value)
    methods = [
        str(step["authenticationMethod"])
        for step in steps
        if step.get("authenticationMethod") and flag(step.get("succeeded"))
    ]
    return f", authenticated by {listed(list(dict.fromkeys(methods)))}" if methods else ""


def _remarks(event: Event, facts: Facts) -> str:
    """What an analyst asks next: was a person there, where from, what did risk detection and Conditional Access say."""
    remarks: list[str] = []
    kinds = {text.casefold() for text in texts_of(facts.value_of("signInEventTypes"))}
    log = (event.record_type or "").casefold()
    by_person = event.actor_type != "service_principal"
    if by_person and (
        flag(facts.value("interactive")) is False or "noninteractiveuser" in kinds or log.startswith("noninteractive")
    ):
        remarks.append("not interactive: a program renewed access, nobody typed a password")
    place: Any = (
        facts.see("place") if facts.see("city") is None else ", ".join(filter(None, (facts.see("city"), event.country)))
    )
    if place:
        remarks.append(f"from {cut(str(place), 60)}")
    risk = (facts.see("risk") or "").casefold()
    if risk in _RISKY:
        remarks.append(f"{risk} risk")
    if (facts.see("conditional_access") or "").casefold() == "failure":
        remarks.append("Conditional Access not passed")
    return f" ({'; '.join(remarks)})" if remarks else ""
