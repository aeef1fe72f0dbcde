"""Any table with a time in it, read by a map the user wrote (``--map FILE``, docs/maps.md).

Where it comes from: whatever no other parser knows: lists of a proxy, a VPN, a door, a tool, a spreadsheet.

What it looks like: delimited text whose header has every column the map names. Nothing is guessed from names or values:
what the map does not say stays in ``extra``.
"""

from m365timeline.parsers._csv import Table
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers.base import Detection


class MappedTable(RowParser):
    """Rows under a header that the user's map explains."""

    name = "mapped_table"
    title = "Any table, read by a map"
    origin = "any program that writes CSV; the map (--map FILE) names which column is the time, the actor, the operation and so on"
    marks = "a header with every column that the map names; the map is asked before the other formats"
    time_basis = "as the map says: a zone, UTC, or an offset in every value; without these the times stay open until --source-timezone is given"
    limits = "what the map does not name is kept in extra and not interpreted"
    family = "mapped"
    kind = "mapped"

    def claim(self, table: Table) -> Detection | None:
        """Claim a header that has all columns of the map."""
        if self.mapping is None or self.mapping.missing(frozenset(table.keys)):
            return None
        return Detection(f"the header has every column that the map {self.mapping.name!r} names", self.mapping.name)
