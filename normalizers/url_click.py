"""A click on a link that Safe Links looked at: the table UrlClickEvents, the reports Get-SafeLinksDetailReport and Get-UrlTrace.

Facts: Microsoft's descriptions of them. Clicks that were blocked, that went on in spite of a warning, or on a link with
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
    "blockedoverridden": ("success", "the person went on in spite of the block"),
    "pendingverdict": ("unknown", "the link was still being scanned"),
    "pendingverdictbypassed": ("success", "the person went on while the link was being scanned"),
    "error": ("unknown", "an error page was shown"), "failure": ("unknown", "no verdict was caught; the person may have gone on"),
    "notblocked": ("unknown", "it is not logged as blocked"),
    "none": ("unknown", "no verdict was caught; the person may have gone on"),
    "blockpage": ("failure", "Safe Links showed its block page"), "blockedbyoverride": ("failure", "a list of the tenant blocked it"),
}  # fmt: skip
_FLAGS = {
    "0": ("success", "Safe Links let it through"), "1": ("failure", "Safe Links blocked it"),
    "2": ("success", "the person went on in spite of the block"), "3": ("success", "the person went on while the link was being scanned"),
}  # fmt: skip
_IN_SPITE = frozenset({"clickthrough", "blockedoverridden", "pendingverdictbypassed"})
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
    fill_address(event, cells.named("ipaddress") or cells.named("useripaddress"))
    event.operation = event.outcome_raw = cells.named("actiontype") or cells.named("action") or _traced(cells)
    event.client_app = cells.named("workload") or cells.named("appname")
    url = cells.named("url")
    event.target, event.target_type = url, "url"
    flag = _FLAGS.get(cells.named("flags") or "")
    action = (event.operation or "").replace(" ", "").casefold()
    event.outcome, words = flag or _ACTIONS.get(action, ("unknown", ""))
    through = (cells.named("isclickedthrough") or "").casefold() in _TRUE or action in _IN_SPITE
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


def _traced(cells: Cells) -> str | None:
    """What the URL trace says of a click: its action, or in older ones two columns of yes and no. ``None`` if neither says a thing."""
    if action := cells.named("clickaction"):
        return action
    blocked, clicked = (
        (cells.named(name) or "").casefold() in _TRUE if cells.named(name) else None
        for name in ("urlblocked", "urlclicked")
    )
    if clicked:
        return "Blocked overridden"
    return None if blocked is None else "Blocked" if blocked else "Not blocked"
