"""A logon that Defender for Identity or Defender for Cloud Apps saw: the table IdentityLogonEvents.

Facts: Microsoft's description of the table. It holds logons to the organization's own domain controllers and to the cloud side by
side; ``Application`` and ``Protocol`` say which. ``IPAddress`` is the device the logon came from, ``DestinationDeviceName`` the server
that answered it.
"""

from m365timeline.normalizers.context import Context
from m365timeline.normalizers.mail import Cells, content_of, fill_address, fill_extra, fill_message
from m365timeline.normalizers.sentences import cut
from m365timeline.normalizers.severity import rate
from m365timeline.schemas.event import Event
from m365timeline.schemas.record import Record

_OUTCOMES = {"logonsuccess": "success", "logonfailed": "failure"}


def normalize(record: Record, context: Context) -> list[Event]:
    """Turn one logon into its event."""
    cells = Cells(record.fields)
    event = Event(time_meaning="performed")
    fill_message(event, cells, context)
    record.canonical = content_of(event, cells)
    event.workload = cells.named("application") or "Identity"
    event.operation = event.outcome_raw = cells.named("actiontype")
    event.outcome = _OUTCOMES.get((event.operation or "").casefold(), "unknown")
    event.category = "signin_failed" if event.outcome == "failure" else "signin"
    event.actor = cells.named("accountupn") or cells.named("accountname") or cells.named("accountdisplayname")
    event.actor_id = cells.named("accountobjectid") or cells.named("accountsid")
    event.actor_type = "regular" if event.actor else "unknown"
    fill_address(event, cells.named("ipaddress"))
    event.device_name, event.device_os = cells.named("devicename"), cells.named("osplatform")
    event.client_info = cells.named("protocol")
    event.server = cells.named("destinationdevicename")
    event.target = cells.named("targetdevicename") or event.server or cells.named("application")
    event.target_type = "device" if event.target and event.target != cells.named("application") else "application"
    event.error_text = cells.named("failurereason")
    event.summary = _sentence(event, cells)
    fill_extra(event, cells)
    rate(event)
    return [event]


def _sentence(event: Event, cells: Cells) -> str:
    name = cut(event.actor or "an account the log does not name")
    how = " over ".join(cut(word) for word in (cells.named("logontype"), event.client_info) if word)
    details = [f"to {cut(event.target)}"] if event.target else []
    details += [f"({how})"] if how else []
    where = f" {' '.join(details)}" if details else ""
    if event.outcome == "success":
        return f"{name if event.actor else name.capitalize()} logged on{where}"
    if event.outcome == "failure":
        return f"A logon as {name}{where} failed" + (f": {cut(event.error_text)}" if event.error_text else "")
    return f"{cut(event.operation or 'An act that is not named')} of {name}{where}"
