"""A click on a link that Safe Links looked at: the table UrlClickEvents, the report Get-SafeLinksDetailReport.

Facts: Microsoft's description of both. Clicks that were blocked, that went on in spite of a warning, or on a link with
threats are alerts; a click that nobody minded is kept for the timeline of its message.
"""

from m365timeline.normalizers.context import Context
from m365timeline.normalizers.email_event import threats
from m365timeline.normalizers.mail import Cells, content_of, fill_address, fill_extra, fill_message
from m365timeline.normalizers.sentences import cut, listed
from m365timeline.normalizers.severity import rate
from m365timeline.schemas.event import Event
from m365timeline.schemas.record import Record

_CONTENT = frozenset(
    {
        "network_message_id",
        "time",
        "url",
        "accountupn",
        "recipients",
        "actiontype",
        "action",
        "ipaddress",
        "reportid",
        "workload",
    }
)
_ACTIONS = {
    "clickallowed": ("success", "Safe Links let it through"), "allowed": ("success", "Safe Links let it through"),
    "clickblocked": ("failure", "Safe Links blocked it"), "blocked": ("failure", "Safe Links blocked it"),
    "clickblockedbytenantpolicy": ("failure", "a policy of the tenant blocked it"),
    "urlscaninprogress": ("unknown", "the link was still being scanned"), "pendingdetonationpage": ("unknown", "the link was still being scanned"),
    "clickthrough": ("success", "the person went on in spite of the warning"), "urlerrorpage": ("unknown", "an error page was shown"),
    "blockpage": ("failure", "Safe Links showed its block page"), "blockedbyoverride": ("failure", "a list of the tenant blocked it"),
}  # fmt: skip
_FLAGS = {
    "0": ("success", "Safe Links let it through"), "1": ("failure", "Safe Links blocked it"),
    "2": ("success", "the person went on in spite of the block"), "3": ("success", "the person went on while the link was being scanned"),
}  # fmt: skip
_TRUE = frozenset({"true", "1"})


def normalize(record: Record, context: Context) -> list[Event]:
    """Turn one click into its event."""
    cells = Cells(record.fields)
    event = Event(time_meaning="performed")
    fill_message(event, cells, context)
    event.actor = cells.named("accountupn") or cells.take(
        "recipients"
    )  # the report names the person who clicked as recipient
    event.actor_type = "regular" if event.actor else "unknown"
    record.canonical = content_of(event, cells, _CONTENT)
    fill_address(event, cells.named("ipaddress"))
    event.operation = event.outcome_raw = cells.named("actiontype") or cells.named("action")
    event.client_app = cells.named("workload") or cells.named("appname")
    url = cells.named("url")
    event.target, event.target_type = url, "url"
    flag = _FLAGS.get(cells.named("flags") or "")
    event.outcome, words = flag or _ACTIONS.get((event.operation or "").replace(" ", "").casefold(), ("unknown", ""))
    through = (cells.named("isclickedthrough") or "").casefold() in _TRUE
    if through and event.outcome != "success":
        event.outcome, words = "success", f"{words or 'a page stood before it'}, but the person went on to the link"
    found = threats(cells)
    event.category = (
        "alert" if found or through or event.outcome != "success" or (flag and cells.named("flags") != "0") else "other"
    )
    words = words or (f"action {cut(event.operation)}" if event.operation else "")
    app = f" in {cut(event.client_app)}" if event.client_app else ""
    event.summary = f"{event.actor or 'Somebody'} clicked the link {cut(url or '(not named)')}{app}" + (
        f"; {words}" if words else ""
    )
    event.summary += f"; threats: {cut(listed(found))}" if found else ""
    fill_extra(event, cells)
    rate(event)
    return [event]
