"""Tables of mail and logons of Defender's advanced hunting as JSON: the e-mail tables, UrlClickEvents, IdentityLogonEvents.

Where it comes from: the streaming API (event hub, storage account), Graph ``security/runHuntingQuery``, Log Analytics.

What it looks like: the table's columns as members; the streaming API wraps them in ``properties`` beside ``category``
(``AdvancedHunting-EmailEvents``) and a ``time`` that is later than that of the event.
"""

from typing import Any

from m365timeline.parsers._hunting import table_of
from m365timeline.parsers._objects import JsonParser
from m365timeline.parsers._slices import Found, Look
from m365timeline.parsers.base import Detection
from m365timeline.schemas.record import Code, Issue, Record

_OUTER = {"time": "time of the stream", "tenantid": "TenantId"}  # the outer time is not that of the event


class DefenderHuntingJson(JsonParser):
    """Objects of one of the tables, told by their members; a stream may mix them."""

    name = "defender_hunting_json"
    title = "Defender advanced hunting, tables of mail and logons as JSON"
    origin = "Defender streaming API (event hub or storage account); Graph security/runHuntingQuery; Log Analytics"
    marks = "JSON objects with Timestamp or TimeGenerated and the columns of such a table, plain or in properties beside category AdvancedHunting-…"
    time_basis = "UTC, stated in every value (Z); the outer time of a stream is that of its delivery and is not used"
    limits = "10,000 or 100,000 rows a query; a stream delivers every event at least once"
    family = "defender_hunting"
    kind = "email_event"

    def claim(self, look: Look) -> Detection | None:
        """Claim objects of a table known here."""
        table = table_of(_inner(look.first))
        return None if table is None else Detection(f"the records have the members of {table.name}", table.name)

    def read_object(self, found: Found, number: int) -> Record | Issue:
        """One object; of a stream its properties, with what stood around them."""
        record = self.record(found, number)
        inner = _inner(record.fields)
        table = table_of(inner)
        if table is None:
            return self._of_another(record)
        record.kind = table.kind
        if inner is not record.fields:
            outer = {
                _OUTER.get(name.casefold(), name): value
                for name, value in record.fields.items()
                if name != "properties"
            }
            record.fields = {**outer, **inner}
        return record

    def _of_another(self, record: Record) -> Issue:
        table = str(record.fields.get("category") or "another table").removeprefix("AdvancedHunting-")
        reason = f"This record is of {table}, not of a table of mail or logons. It was not read; export that table to a file of its own."
        return Issue(
            code=Code.NO_CONTENT, reason=reason, record_number=record.number, line=record.line, offset=record.offset, length=record.length,
            raw=record.raw,
        )  # fmt: skip


def _inner(data: dict[str, Any]) -> dict[str, Any]:
    inner = data.get("properties")
    return inner if isinstance(inner, dict) else data
