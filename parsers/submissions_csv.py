"""Messages, links and files that people submitted to Microsoft for analysis, as the portal exports them.

Where it comes from: Defender portal > Submissions > Export.

What it looks like: words for headers (``Submission name``, ``Submitted by``); the zone set in the portal stands in the name of the time
column: ``Date submitted (UTC)``, ``Date submitted (UTC-07:00)``. Known from one public reader of such files.
"""

from m365timeline.parsers._csv import Table
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers.base import Detection
from m365timeline.schemas.message_columns import message_columns, squeeze

_OWN = {"submissionname", "submittedby"}


class SubmissionsCsv(RowParser):
    """The portal's list of submissions."""

    name = "submissions_csv"
    title = "Defender submissions, CSV"
    origin = "Microsoft Defender portal > Actions & submissions > Submissions > Export"
    marks = "a header with Submission name, Submitted by and Date submitted (with the zone)"
    time_basis = "the zone in the name of the time column; without one there it needs --source-timezone"
    limits = "what was reported and by whom, not what is true; known from one public description, not from a file"
    family = "submissions"
    kind = "submission"

    def claim(self, table: Table) -> Detection | None:
        """Claim the portal's columns."""
        columns = message_columns(table.keys)
        if "time" not in columns or not {squeeze(key) for key in table.keys} >= _OWN:
            return None
        return Detection(f"the header has Submission name, Submitted by and {columns['time']!r}")
