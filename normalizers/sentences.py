"""Pieces of the plain English sentence every event carries."""

from m365timeline.schemas.event import Event

_LOGON_WORDS = {"Delegate": "delegate", "Admin": "administrator access", "External": "external", "DelegatedAdmin": "delegated administrator",
                "SystemService": "system service", "Transport": "transport service", "BestAccess": "internal access"}  # fmt: skip


def who(event: Event) -> str:
    """Who acted, with the role that matters: ``Helen Ward (delegate)``, ``an unnamed actor``."""
    name = event.actor or event.actor_id or "An unnamed actor"
    role = _LOGON_WORDS.get(event.logon_type or "")
    if event.on_behalf_of:
        return f"{name} on behalf of {event.on_behalf_of}"
    return f"{name} ({role})" if role else name


def listed(items: list[str], most: int = 3) -> str:
    """``a, b, c and 4 more``: long lists are counted, not spelled out."""
    if len(items) <= most:
        return ", ".join(items)
    return f"{', '.join(items[:most])} and {len(items) - most} more"


def cut(text: str, most: int = 120) -> str:
    """Shorten a value for a sentence; the whole value stands in its own column."""
    if "  " in text or not text.isprintable() or text[:1] == " " or text[-1:] == " ":
        text = " ".join(text.split())  # the blanks of every language but the plain one are not printable
    return text if len(text) <= most else text[: most - 1] + "…"


def tried(event: Event, past: str, attempt: str) -> str:
    """The verb by outcome: ``sent`` or, where it failed, ``tried and failed to send``. Unknown outcomes claim nothing more than the log."""
    return f"tried and failed to {attempt}" if event.outcome == "failure" else past
