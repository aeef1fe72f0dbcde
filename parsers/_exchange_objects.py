"""Exchange's two audits as objects, in JSON, in CLIXML and in a text as Format-List prints them."""

from typing import Any

from m365timeline.parsers._objects import ObjectParser
from m365timeline.parsers._slices import Found, Look
from m365timeline.parsers.base import Detection
from m365timeline.schemas.exchange_columns import own_spelling
from m365timeline.schemas.record import Issue, Record

_ENTRY = {"operation", "mailboxguid", "mailboxresolvedownername", "mailboxownerupn"}


class ExchangeObjects(ObjectParser):
    """Objects whose members bear Exchange's own names."""

    def read_object(self, found: Found, number: int) -> Record | Issue:
        """One object, its members in Exchange's spelling; unknown ones keep theirs."""
        record = self.record(found, number)
        record.fields = {own_spelling(name): _plain(value) for name, value in record.fields.items()}
        return record


class MailboxAuditObjects(ExchangeObjects):
    """Entries of Search-MailboxAuditLog."""

    family = "mailbox_audit"
    kind = "mailbox_audit"

    def claim(self, look: Look) -> Detection | None:
        """Claim objects that are audit entries."""
        keys = {name.casefold() for name in look.keys}
        if "lastaccessed" not in keys or not keys & _ENTRY or keys & {"auditdata", "caller"}:
            return None
        variant = "" if "operation" in keys else "summary only (search without details)"
        return Detection("the records have LastAccessed and name a mailbox or an operation", variant)


class AdminAuditObjects(ExchangeObjects):
    """Entries of Search-AdminAuditLog."""

    family = "admin_audit"
    kind = "admin_audit"

    def claim(self, look: Look) -> Detection | None:
        """Claim objects that are audit entries."""
        keys = {name.casefold() for name in look.keys}
        if not {"caller", "cmdletname"} <= keys or "auditdata" in keys:
            return None
        return Detection("the records have Caller and CmdletName")


def _plain(value: Any) -> Any:
    """A date that PowerShell 5 wrapped (``{"value": "/Date(ms)/", "DateTime": "…"}``) as its text, a wrapped list as a list."""
    if isinstance(value, dict):
        inner = value.get("value")
        if isinstance(inner, str) and value.keys() <= {"value", "DateTime", "DisplayHint"}:
            return inner
        if isinstance(inner, list) and value.keys() <= {"value", "Count"}:
            return inner
    return value
