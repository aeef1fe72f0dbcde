"""Messages in quarantine as CSV: one row a message.

Where it comes from: ``Get-QuarantineMessage | Export-Csv``; the quarantine list of the Defender portal > Export.

What it looks like: the cmdlet's properties (``Identity``, ``ReceivedTime``, ``QuarantineTypes``, ``ReleaseStatus``, ``Expires``).
Lists such as ``RecipientAddress`` may have become the name of their type. It is a state: what was released, and not when.
"""

from m365timeline.parsers._csv import Table
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers.base import Detection
from m365timeline.schemas.message_columns import squeeze

_TELLING = {"quarantinetypes", "quarantinereason", "releasestatus", "released"}


class QuarantineCsv(RowParser):
    """The quarantine list as a table."""

    name = "quarantine_csv"
    title = "Quarantine list, CSV"
    origin = "Get-QuarantineMessage | Export-Csv; Microsoft Defender portal > Review > Quarantine > Export"
    marks = "a header with ReceivedTime (or Time received) and QuarantineTypes, Quarantine reason, ReleaseStatus or Released"
    time_basis = "the offset in the value or the zone in the column's name; else unknown: needs --source-timezone"
    limits = "what has expired (15 to 30 days) or was deleted is gone; 100 or 1,000 rows a page; when a message was released is not in it"
    family = "quarantine"
    kind = "quarantine"

    def claim(self, table: Table) -> Detection | None:
        """Claim the columns of the list."""
        spelt = {squeeze(key) for key in table.keys}
        timed = any(key.startswith(("receivedtime", "timereceived", "received", "datereceived")) for key in spelt)
        if not timed or not spelt & _TELLING or "auditdata" in spelt:
            return None
        return Detection("the header has a time of receipt and why or whether a message is in quarantine")
