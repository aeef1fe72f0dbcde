"""Any JSON whose objects have a time in them, read by a map the user wrote (``--map FILE``, docs/maps.md).

Where it comes from: whatever no other parser knows: logs of a proxy, a gateway, a tool, one object a line or in a list.

What it looks like: objects with every member the map names; inner members are named by their way: ``client.address``. Nothing is
guessed from names or values: what the map does not say stays in ``extra``.
"""

from typing import Any

from m365timeline.parsers._objects import JsonParser
from m365timeline.parsers._slices import Found, Look
from m365timeline.parsers.base import Detection
from m365timeline.schemas.columns import normalize_column
from m365timeline.schemas.record import Issue, Record


class MappedJson(JsonParser):
    """Objects that the user's map explains."""

    name = "mapped_json"
    title = "Any JSON objects, read by a map"
    origin = "any program that writes JSON or JSON Lines; the map (--map FILE) names which member is the time, the actor and so on"
    marks = "objects that together have every member that the map names; the map is asked before the other formats"
    time_basis = "as the map says: a zone, UTC, or an offset in every value; without these the times stay open until --source-timezone is given"
    limits = "what the map does not name is kept in extra and not interpreted"
    family = "mapped"
    kind = "mapped"

    def claim(self, look: Look) -> Detection | None:
        """Claim objects whose first ones have, together, all members of the map."""
        names = frozenset(name for record in look.records for name in spread(record))
        if self.mapping is None or not names or self.mapping.missing(names):
            return None
        return Detection(f"its objects have every member that the map {self.mapping.name!r} names", self.mapping.name)

    def read_object(self, found: Found, number: int) -> Record | Issue:
        """An object with its inner members spread out."""
        record = self.record(found, number)
        record.fields = spread(record.fields)
        return record


def spread(values: dict[str, Any], under: str = "") -> dict[str, Any]:
    """Members by their way from the outside, compared as column names are; lists stay whole, like names keep both values."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{under}{normalize_column(key)}"
        inner = spread(value, f"{name}.") if isinstance(value, dict) and value else {name: value}
        for place, item in inner.items():
            free = place
            while free in flat:
                free += "#2"
            flat[free] = item
    return flat
