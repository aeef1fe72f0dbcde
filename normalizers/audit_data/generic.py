"""Records no workload module knows: everything shared is filled, everything else stays in ``extra``.

What such a record is about stands under a different key in every service: ``generic_targets.csv`` lists them by record
type and workload.
"""

import re
from functools import cache
from typing import Any

import msgspec

from m365timeline.normalizers.addresses import clean_address
from m365timeline.normalizers.audit_data.common import flag, known, named, text_of
from m365timeline.normalizers.audit_data.operations import client_of
from m365timeline.normalizers.audit_data.properties import changes_in, items_of, object_in
from m365timeline.normalizers.sentences import cut, tried, who
from m365timeline.schemas.event import Event
from m365timeline.schemas.reference import rows
from m365timeline.schemas.words import counted

KEYS: frozenset[str] = frozenset()

_CMDLET = re.compile(r"[A-Z][A-Za-z]+-[A-Z][A-Za-z0-9]+")
_LAST_RESORT = ("ItemName", "ObjectName", "Name", "Title", "FileName", "Subject")


class _Way(msgspec.Struct, frozen=True):
    """Where a service names its target, and what kind of thing that is."""

    keys: tuple[str, ...] = ()
    target_type: str | None = None
    category: str = "other"


_UNKNOWN = _Way()


@cache
def _ways() -> dict[str, _Way]:
    ways = {}
    for row in rows("generic_targets"):
        way = _Way(tuple(row["keys"].split()), row["target_type"] or None, row["category"])
        ways[row["record_type"] or row["workload"].casefold()] = way
    return ways


def fill(event: Event, data: dict[str, Any]) -> None:
    """Fill what any record may hold."""
    get = data.get
    ways = _ways()
    number = (event.record_type or "").partition(" ")[0]
    way = ways.get(number) or ways.get((event.workload or "").casefold(), _UNKNOWN)
    _fill_target(event, data, way)
    _fill_client(event, data)
    event.changes = changes_in(get("ModifiedProperties")) or None
    event.category = "search" if (event.operation or "").startswith("SearchQuery") else way.category
    worked = flag(get("IsSuccess"))
    if event.outcome_raw is None and worked is not None:
        event.outcome, event.outcome_raw = ("success" if worked else "failure"), text_of(get("IsSuccess"))
    if isinstance(get("CopilotEventData"), (dict, str)):
        _fill_copilot(event, object_in(get("CopilotEventData")))
    elif _CMDLET.fullmatch(event.operation or ""):
        _fill_cmdlet(event, data)
    else:
        performed = tried(event, "performed", "perform")
        on_what = f" on {cut(event.target)}" if event.target else ""
        event.summary = f"{who(event)} {performed} {cut(event.operation or 'an unnamed operation')}{on_what}"


def _fill_target(event: Event, data: dict[str, Any], way: _Way) -> None:
    for key in (*way.keys, "ObjectId", *_LAST_RESORT):
        event.target = known(data.get(key))
        if event.target:
            event.target_type = way.target_type if key in way.keys else None
            return


def _fill_client(event: Event, data: dict[str, Any]) -> None:
    get = data.get
    event.user_agent = text_of(get("UserAgent"))
    event.client_info = text_of(get("ClientInfoString"))
    event.client_app = client_of(event.user_agent) if event.user_agent else None
    event.device_id, event.device_name = known(get("DeviceId")), known(get("DeviceName"))
    for key in ("ActorIP", "UserIp", "ClientIpAddress", "IPAddress", "IpAddress"):
        raw = get(key)
        if event.ip is None and isinstance(raw, str) and raw:
            address = clean_address(raw)
            if address.ip:
                event.ip, event.port, event.ip_raw = address.ip, address.port, raw


def _fill_cmdlet(event: Event, data: dict[str, Any]) -> None:
    """A cmdlet of a service without a module of its own."""
    values = named(data.get("Parameters"))
    text = " ".join(f'-{name} "{value}"' for name, value in values.items()) or text_of(data.get("Parameters"))
    event.command = f"{event.operation} {text}" if text else event.operation
    event.target = event.target or known(values.get("Identity"))
    on_what = f" on {cut(event.target)}" if event.target else ""
    event.summary = f"{who(event)} {tried(event, 'ran', 'run')} {event.operation}{on_what}"


def _fill_copilot(event: Event, copilot: dict[str, Any]) -> None:
    """A question to Copilot: in which program, and which documents it read for the answer. The text is not logged."""
    resources = items_of(copilot.get("AccessedResources"))
    contexts = items_of(copilot.get("Contexts"))
    host = text_of(copilot.get("AppHost"))
    names = [
        text
        for item in [*resources, *contexts]
        if (text := text_of(item.get("Name")) or text_of(item.get("SiteUrl")) or text_of(item.get("Id")))
    ]
    event.target, event.target_type = (names[0] if names else event.target or host), "file" if names else None
    told = "AccessedResources" in copilot
    event.item_count = len(resources) if told else None
    event.category = "file_access" if resources else "other"
    event.client_app = event.client_app or host
    where = f" in {cut(host)}" if host else ""
    read = f"; {counted(len(resources), 'resource')} accessed" if told else ""
    about = f"; first document named: {cut(names[0])}" if names else ""
    event.summary = f"{who(event)} used Copilot{where}{read}{about}"
