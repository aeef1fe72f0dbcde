"""The activity log of Defender for Cloud Apps as its portal exports it: one row an activity.

Where it comes from: Microsoft Defender portal > Cloud apps > Activity log > Export.

What it looks like: a date, a user, an application, an activity in words, an address; names differ between the portal's
versions (``cloud_app_columns.csv``). Nothing in the file says the zone of a date without offset.
"""

from m365timeline.parsers._csv import Table
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers.base import Detection
from m365timeline.schemas.message_columns import squeeze
from m365timeline.schemas.reference import rows

_NEEDED = ("time", "user", "app", "description", "ip")
_ELSEWHERE = {"auditdata", "requestid", "reportid", "sendersmtpaddress", "senderaddress", "resulttype"}


class CloudAppsCsv(RowParser):
    """Rows of the activity log."""

    name = "cloud_apps_csv"
    title = "Defender for Cloud Apps, activity log CSV"
    origin = "Microsoft Defender portal > Cloud apps > Activity log > Export (also the older Cloud App Security portal)"
    marks = "a header with a date, User, App, Activity or Description, Activity type, and IP address"
    time_basis = "an offset where the value states one, UTC where the column says so; else --source-timezone"
    limits = "100,000 activities or 180 days (older portal 5,000); activities marked private are masked"
    family = "cloud_app_activity"
    kind = "cloud_app_activity"

    def claim(self, table: Table) -> Detection | None:
        """Claim a header that answers when, who, what, where from and in which application."""
        names = {squeeze(key) for key in table.keys}
        meanings = {row["field"] for row in rows("cloud_app_columns") if squeeze(row["column"]) in names}
        if (
            names & _ELSEWHERE
            or not meanings >= {*_NEEDED}
            or not names & {"activitytype", "actiontype", "activityobjects", "useragenttags"}
        ):
            return None
        return Detection("the header has a date, a user, an app, an activity and an IP address")
