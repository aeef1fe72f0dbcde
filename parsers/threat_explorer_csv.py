"""Threat Explorer as CSV: one row a message and recipient, with what Defender found and where the message is now.

Where it comes from: Defender portal > Explorer, Real-time detections, or the e-mail entity page > Export.

What it looks like: words for headers (``Sender address``, ``Latest delivery location``); the zone set in the portal stands in
the name of the time column: ``Email date (UTC)``, ``Date (UTC-05:00)``.
"""

from m365timeline.parsers._csv import Table
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers.base import Detection
from m365timeline.schemas.message_columns import message_columns, squeeze

_TELLING = {"latestdeliverylocation", "originaldeliverylocation", "threats", "detectiontechnologies"}


class ThreatExplorerCsv(RowParser):
    """The portal's list of messages."""

    name = "threat_explorer_csv"
    title = "Defender Threat Explorer, CSV"
    origin = "Microsoft Defender portal > Email & collaboration > Explorer or Real-time detections > Export"
    marks = "a header with Email date or Date (with the zone), Recipients, and Delivery action, a delivery location, Threats or Detection technologies"
    time_basis = "the zone in the name of the time column; without one there it needs --source-timezone"
    limits = "200,000 rows; 30 days back; one message can have several rows"
    family = "threat_explorer"
    kind = "email_event"

    def claim(self, table: Table) -> Detection | None:
        """Claim the portal's columns."""
        columns = message_columns(table.keys)
        spelt = {squeeze(key) for key in table.keys}
        if not {"time", "recipients"} <= columns.keys() or "reportid" in spelt or not spelt & _TELLING:
            return None
        return Detection(
            f"the header has {columns['time']!r} and where the messages were delivered or what was found in them"
        )
