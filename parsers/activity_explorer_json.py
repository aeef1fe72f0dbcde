"""What Purview's Activity Explorer lists: matches of data loss prevention, labels, files on devices, one object an activity.

Where it comes from: ``Export-ActivityExplorerData -OutputFormat Json`` (its ``ResultData``), which took the place of the retired DLP
report cmdlets, and tools that page through it.

What it looks like: ``RecordIdentity``, ``Activity`` in words beside ``ActivityId``, ``Happened``, ``User``, ``Workload``, the item, and
members inside members: ``PolicyMatchInfo``, ``EmailInfo``, ``SensitiveInfoTypeData``. Known from the reader and the tests of one public tool.
"""

from m365timeline.parsers._objects import JsonParser
from m365timeline.parsers._slices import Look
from m365timeline.parsers.base import Detection

_ITSELF = ("RecordIdentity", "Activity", "Happened")


class ActivityExplorerJson(JsonParser):
    """Activities as the cmdlet gives them."""

    name = "activity_explorer_json"
    title = "Purview Activity Explorer, JSON"
    origin = (
        "Export-ActivityExplorerData -OutputFormat Json (successor of Get-DlpDetailReport); tools that save its pages"
    )
    marks = "JSON objects with RecordIdentity, Activity and Happened"
    time_basis = "the Z or offset in every value; without one it needs --source-timezone"
    limits = "30 days back; 5,000 objects a page; known from one public tool, not from a genuine file; the portal's own CSV is not known"
    family = "activity_explorer"
    kind = "activity_explorer"

    def claim(self, look: Look) -> Detection | None:
        """Claim the cmdlet's objects."""
        return Detection("the records have RecordIdentity, Activity and Happened") if look.has(*_ITSELF) else None
