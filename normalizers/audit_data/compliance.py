"""Security & Compliance: cmdlets (record type 18), eDiscovery (24, 31), alerts (40, 98) and investigations (64).

A cmdlet's parameters are one text (``-Name "x" -TeamsLocation ("ALL")``), cut by Microsoft at some length; in
``NonPIIParameters`` the values are masked. ``Data`` of an alert is JSON in text; its ``reid`` is the id of the audit record
that raised the alert.
"""

import re
from typing import Any

from m365timeline.normalizers.audit_data import generic
from m365timeline.normalizers.audit_data.common import known, text_of
from m365timeline.normalizers.audit_data.operations import find, say
from m365timeline.normalizers.audit_data.properties import object_in, texts_of
from m365timeline.normalizers.sentences import cut, listed, tried, who
from m365timeline.schemas.event import Event
from m365timeline.schemas.reference import lookup

KEYS: frozenset[str] = frozenset()

_CMDLET = re.compile(r"[A-Za-z]+-([A-Za-z0-9]+)")
_NAMED = re.compile(r'-(Identity|Name|SearchName|Case|PolicyName|ContentMatchQuery) "([^"]*)"')
_MASKED = "<SNIP-PII>"
_READS = ("Get-", "Search-", "Test-", "Export-")
_ALERTS = frozenset({"40", "78", "98", "113", "115", "166", "167", "168", "169", "254", "307"})
_INVESTIGATIONS = frozenset({"64", "86", "89"})
_RAISED = {"AlertTriggered": " was raised for", "AlertEntityGenerated": " names", "AlertUpdated": " was updated for"}


def fill(event: Event, data: dict[str, Any]) -> None:
    """Fill by what the record is: a cmdlet, a step of eDiscovery, an alert, an investigation, or none of these."""
    number = (event.record_type or "").partition(" ")[0]
    if number in _ALERTS or "AlertId" in data or "AlertDisplayName" in data:
        _fill_alert(event, data)
    elif number in _INVESTIGATIONS or "InvestigationId" in data:
        _fill_investigation(event, data)
    elif number in {"24", "31"} or "CaseId" in data:
        _fill_ediscovery(event, data)
    elif _CMDLET.fullmatch(event.operation or ""):
        _fill_cmdlet(event, data)
    else:
        generic.fill(event, data)


def _fill_cmdlet(event: Event, data: dict[str, Any]) -> None:
    operation = event.operation or ""
    noun = _CMDLET.fullmatch(operation)
    parameters = (
        text_of(data.get("Parameters"))
        or text_of(data.get("NonPIIParameters"))
        or text_of(data.get("NonPiiParameters"))
    )
    event.command = f"{operation} {parameters}" if parameters else operation
    values = _parameters(parameters or "")
    event.target = (
        known(data.get("ObjectId")) or values.get("Identity") or values.get("Name") or values.get("SearchName")
    )
    category = (
        lookup("compliance_cmdlets", "noun", "category").get(noun.group(1).casefold(), "other") if noun else "other"
    )
    event.category = category if category == "ediscovery" or not operation.startswith(_READS) else "other"
    event.client_app = known(data.get("ClientApplication"))
    name = values.get("Name") or values.get("SearchName")
    thing = f" on {cut(name or event.target or '')}" if name or event.target else ""
    query = f" for the query {cut(values['ContentMatchQuery'])}" if "ContentMatchQuery" in values else ""
    event.summary = f"{who(event)} {tried(event, 'ran', 'run')} {operation}{thing}{query}"


def _parameters(text: str) -> dict[str, str]:
    return {name: value for name, value in _NAMED.findall(text) if value and value != _MASKED}


def _fill_ediscovery(event: Event, data: dict[str, Any]) -> None:
    get = data.get
    case = text_of(get("CaseName")) or text_of(get("Case")) or text_of(get("CaseId"))
    event.target = (
        text_of(get("ExportName"))
        or text_of(get("Object1Name"))
        or text_of(get("ObjectName"))
        or known(get("ObjectId"))
        or case
    )
    event.target_type = (text_of(get("ObjectType")) or text_of(get("Object1Type")) or "").casefold() or None
    operation = find("ediscovery", event.operation or "")
    event.category = "ediscovery"
    if operation is None and _CMDLET.fullmatch(event.operation or ""):
        _fill_cmdlet(event, data)
        return
    query = text_of(get("QueryText")) or text_of(get("Query"))
    places = {"target": cut(event.target or "(not named)")}
    if case and case != event.target:
        places["in"] = f" in the case {cut(case)}"
    if query:
        places["query"] = f" for the query {cut(query)}"
    locations = [
        text for key in ("ExchangeLocations", "SharepointLocations", "DataSources") for text in texts_of(get(key))
    ]
    where = f", in {cut(listed(locations))}" if locations else ""
    event.summary = say(event, operation, **places) + where


def _fill_alert(event: Event, data: dict[str, Any]) -> None:
    """The alert stands for what raised it: the target is the entity it is about, the correlation id the record behind it."""
    get, details = data.get, object_in(data.get("Data"))
    name = text_of(get("Name")) or text_of(get("AlertDisplayName")) or text_of(details.get("an"))
    entity = known(get("AlertEntityId")) or known(details.get("eid")) or known(details.get("f3u"))
    event.target = entity or name or known(get("ObjectId"))
    kind = text_of(get("EntityType")) or text_of(details.get("etype"))
    event.target_type = (kind.casefold() if kind else None) if entity else "alert"
    event.category = "alert"
    event.correlation_id = known(details.get("reid")) or event.correlation_id
    severity = text_of(get("Severity")) or text_of(get("AlertSeverity")) or text_of(details.get("sev"))
    about = [
        text for text in (severity and f"severity {severity}", text_of(get("Category")), text_of(get("Status"))) if text
    ]
    sentence = f"The alert {cut(name or event.target or '(not named)')}"
    if about:
        sentence += f" ({', '.join(about)})"
    sentence += (
        _RAISED.get(event.operation or "", f" was logged ({event.operation}) for") + f" {cut(entity)}"
        if entity
        else f" was logged ({event.operation})"
    )
    cause, workload, record = text_of(details.get("op")), text_of(details.get("wl")), known(details.get("reid"))
    if cause:
        sentence += f"; cause: {cut(cause)}" + (f" in {cut(workload)}" if workload else "")
    event.summary = sentence + (f"; audit record {record}" if record else "")


def _fill_investigation(event: Event, data: dict[str, Any]) -> None:
    get = data.get
    name = text_of(get("InvestigationName")) or text_of(get("InvestigationId"))
    event.target, event.target_type, event.category = name or known(get("ObjectId")), "investigation", "alert"
    status, kind = text_of(get("Status")), text_of(get("InvestigationType"))
    about = ", ".join(text for text in (kind, status and f"status {status}") if text)
    event.summary = (
        f"The automated investigation {cut(event.target or '(not named)')} was logged ({event.operation}"
        + (f"; {about})" if about else ")")
    )
