"""How much an event deserves a look: ``high``, ``medium``, ``low`` or ``info``. A reading aid, never a verdict.

The rules are few (their words: schemas/severity.py, shown in the workbook's Legend); everything a machine account of Microsoft does is ``info``.
"""

from m365timeline.schemas.event import Event

_BY_CATEGORY = {
    "forwarding": "high", "audit_config": "high", "rule": "medium", "permission": "medium", "role": "medium", "oauth": "medium",
    "mail_flow_config": "medium", "ediscovery": "medium", "alert": "medium", "sharing": "low", "message_delete": "low",
    "message_send": "low", "signin_failed": "low", "message_read": "low", "directory_change": "low", "search": "low",
}  # fmt: skip
_ABOVE = {"info": "low", "low": "medium", "medium": "high", "high": "high"}
_MACHINES = frozenset({"system", "microsoft"})
_TOUCHES_MAIL = frozenset({"message_read", "message_send", "message_delete", "message_modify", "mailbox_access"})


def rate(event: Event) -> None:
    """Set ``event.severity`` from category, actor and ownership. Needs those filled."""
    if event.actor_type in _MACHINES and event.category != "alert":
        event.severity = "info"
        return
    severity = _BY_CATEGORY.get(event.category or "", "info")
    if event.actor_is_owner is False and (event.category in _TOUCHES_MAIL or severity == "medium"):
        severity = _ABOVE[severity]
    event.severity = severity
