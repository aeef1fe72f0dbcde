"""Records no workload module knows: everything shared is filled, everything else stays in ``extra``."""

from typing import Any

from m365timeline.normalizers.audit_data.common import known, text_of
from m365timeline.normalizers.sentences import cut, tried, who
from m365timeline.schemas.event import Event

KEYS = frozenset({"ObjectId"})


def fill(event: Event, data: dict[str, Any]) -> None:
    """Fill what any record may hold."""
    event.target = text_of(data.get("ObjectId"))
    event.user_agent = known(data.get("UserAgent"))
    event.category = "search" if (event.operation or "").startswith("SearchQuery") else "other"
    performed = tried(event, "performed", "perform")
    on_what = f" on {cut(event.target)}" if event.target else ""
    event.summary = f"{who(event)} {performed} {event.operation or 'an unnamed operation'}{on_what}"
