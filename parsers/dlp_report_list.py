"""Matches of data loss prevention rules as a text of ``Name : value`` lines.

Where it comes from: ``Get-DlpDetailReport`` (retired) printed into a file, mostly by a script that gathers it daily.

What it looks like: one block a match from ``Organization`` to ``IncidentId``. Long values go on in the next lines without any
indent, so a line is a new field only if its name is one of the report's.
"""

from typing import Any

from m365timeline.parsers._labelled_parser import LabelledParser
from m365timeline.parsers._slices import Look
from m365timeline.parsers.base import Detection

_FIELDS = frozenset(
    [
        "organization",
        "domain",
        "date",
        "title",
        "location",
        "severity",
        "size",
        "source",
        "actor",
        "dlpcompliancepolicy",
        "dlpcompliancerule",
        "useraction",
        "justification",
        "sensitiveinformationtype",
        "sensitiveinformationcount",
        "sensitiveinformationconfidence",
        "eventtype",
        "action",
        "objectid",
        "recipients",
        "distinctrulecount",
        "distinctpolicycount",
        "rulelist",
        "policylist",
        "actionlist",
        "sensitiveinformationtypelist",
        "sensitiveinformationcountlist",
        "sensitiveinformationconfidencelist",
        "incidentid",
        "sensitiveinformationtypeid",
        "attachmentnames",
        "startdate",
        "enddate",
        "index",
        "pscomputername",
        "runspaceid",
        "psshowcomputername",
        "objectname",
        "lastmodifiedby",
        "lastmodifiedtime",
    ]
)


class DlpReportList(LabelledParser):
    """The report as a tool printed it."""

    name = "dlp_report_list"
    title = "Data loss prevention report, printed as a list"
    origin = "Get-DlpDetailReport > file (retired; Activity explorer replaces it)"
    marks = "lines 'Date : …', 'DlpComplianceRule : …'"
    time_basis = "UTC by specification of the reporting service (Date), in the culture of the computer that printed it"
    limits = "7 days of detail; whole seconds; long values are wrapped, lists may be cut; fields the report gains later go on in the value before them"
    family = "dlp_report"
    kind = "dlp_report"

    def knows(self, label: str) -> bool:
        """Fields of the report."""
        return label in _FIELDS

    def claim(self, look: Look) -> Detection | None:
        """Claim a block with a date and a rule."""
        keys = {name.casefold() for name in look.keys}
        return (
            Detection("lines with the names Date and DlpComplianceRule")
            if {"date", "dlpcompliancerule"} <= keys
            else None
        )

    def fields_of(self, labels: dict[str, Any]) -> dict[str, Any]:
        """A value that was wrapped between two words is one line again."""
        return {name: value.replace("\n", " ") for name, value in labels.items()}
