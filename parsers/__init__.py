"""One module per export format: is this file mine, and what records are in it.

The tuple is the table of contents: a new format is one module and one line here.
"""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from m365timeline.parsers.base import Detection, Head, Parser

if TYPE_CHECKING:
    from m365timeline.schemas.mapping import Mapping

FORMATS = (
    "mailbox_audit_xml",
    "admin_audit_xml",
    "audit_xml_empty",
    "mailbox_audit_csv",
    "admin_audit_csv",
    "mailbox_audit_json",
    "admin_audit_json",
    "mailbox_audit_clixml",
    "admin_audit_clixml",
    "mailbox_audit_list",
    "admin_audit_list",
    "mailbox_audit_text",
    "admin_audit_text",
    "unified_audit_csv",
    "unified_audit_json",
    "unified_audit_clixml",
    "unified_audit_list",
    "unified_audit_queue_log",
    "unified_audit_flat_csv",
    "office_activity_csv",
    "office_activity_json",
    "message_trace_csv",
    "message_trace_detail_csv",
    "message_trace_summary",
    "message_trace_extended",
    "message_tracking_log",
    "message_tracking_csv",
    "message_tracking_json",
    "message_tracking_clixml",
    "message_tracking_list",
    "message_trace_json",
    "message_trace_clixml",
    "message_trace_list",
    "message_trace_detail_json",
    "message_trace_detail_clixml",
    "message_trace_detail_list",
    "defender_hunting_csv",
    "defender_hunting_json",
    "threat_explorer_csv",
    "threat_explorer_list",
    "submissions_csv",
    "incidents_csv",
    "content_malware_csv",
    "mail_threat_report_csv",
    "quarantine_csv",
    "quarantine_json",
    "quarantine_clixml",
    "quarantine_list",
    "safe_links_csv",
    "dlp_report_csv",
    "dlp_report_list",
    "activity_explorer_json",
    "entra_signin_csv",
    "entra_auth_details_csv",
    "entra_audit_csv",
    "entra_json",
    "entra_graph_csv",
    "log_analytics_csv",
    "sharepoint_audit_report",
    "cloud_apps_csv",
    "cloud_apps_cef",
    "json_empty",
    "state_list_csv",
    "state_list_json",
    "mapped_table",
    "mapped_json",
)
MAPPED = ("mapped_table", "mapped_json")  # read by the user's own words; never claim a file without them


@cache
def parser_class(name: str) -> type[Parser]:
    """Import the parser of a format. Raises KeyError for a name that is none."""
    if name not in FORMATS:
        raise KeyError(name)
    module = import_module(f"m365timeline.parsers.{name}")
    classes = [
        item
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, Parser) and item.__module__ == module.__name__
    ]
    return next(item for item in classes if item.name == name)


def open_parser(name: str, mapping: "Mapping | None" = None) -> Parser:
    """A parser of a format, told what the user's map says. Raises KeyError for a name that is none."""
    parser = parser_class(name)()
    parser.mapping = mapping
    return parser


def detect(head: Head) -> list[tuple[str, Detection]]:
    """Ask every parser; more than one answer means that the file cannot be told apart and must be named by the user."""
    answers = ((name, parser_class(name)().detect(head)) for name in FORMATS)
    return [(name, detection) for name, detection in answers if detection is not None]
