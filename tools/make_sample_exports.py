"""Make ``sample_exports/``: one invented incident in every main export form. The same bytes on every run and machine.

Usage: ``python tools/make_sample_exports.py [FOLDER]`` (default: ``sample_exports`` beside ``tools``).
"""

import sys
from pathlib import Path

from sample_story import (
    leak,
    ordinary,
    theft,
    write_audit_csv,
    write_audit_objects,
    write_cloud_apps,
    write_entra,
    write_gateway,
    write_graph_tables,
    write_lists,
    write_proxy,
    write_reports,
    write_site_report,
    write_trace,
    write_xml,
)
from sample_story.acts import Story
from sample_story.audit_exchange import cmdlet_record, mailbox_record
from sample_story.ids import guid
from sample_story.mail_files import mail_files
from sample_story.mails import ordinary_mails, story_mails

DAYS = tuple(f"2026-03-{day:02d}" for day in (2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20))


def exports() -> dict[str, bytes]:
    """Tell the story and render it: file name to bytes."""
    mails = story_mails()
    story = Story(mails=[*mails.values(), *ordinary_mails(DAYS)])
    leak.tell(story, mails, DAYS)
    theft.tell(story, mails)
    ordinary.tell(story, DAYS)
    records = [*story.records, *map(mailbox_record, story.mailbox_acts), *map(cmdlet_record, story.cmdlets)]
    records.sort(key=lambda record: (record["CreationTime"], record["Id"]))
    report = f"Accounts-payable_2026-03-16T113012.004Z__{guid('report:summary')}"
    return {
        **mail_files(story, mails),
        **write_entra.files(records),
        **write_graph_tables.files(records),
        **write_cloud_apps.files(records),
        **write_site_report.files(records),
        **write_lists.files(),
        **write_audit_objects.files(records),
        "mailbox_audit_xml/SearchResult.xml": write_xml.mailbox_search(story.mailbox_acts),
        "mailbox_audit_xml/summary_only.xml": write_xml.mailbox_summary(story.mailbox_acts),
        "admin_audit_xml/SearchResult.xml": write_xml.admin_search(story.cmdlets),
        "unified_audit_csv/purview_2026.csv": write_audit_csv.purview(records),
        "unified_audit_csv/cmdlet_remoting.csv": write_audit_csv.cmdlet_remoting(records),
        "unified_audit_csv/resaved_semicolon_utf16.csv": write_audit_csv.resaved(records),
        "message_trace_csv/get_messagetrace_v1.csv": write_trace.trace_v1(story.mails),
        "message_trace_csv/get_messagetrace_v2.csv": write_trace.trace_v2(story.mails),
        "message_trace_detail_csv/get_messagetracedetail.csv": write_trace.trace_detail(mails),
        f"message_trace_summary/MTSummary_{report}.csv": write_reports.summary(story.mails),
        f"message_trace_extended/MTDetail_{report}.csv": write_reports.extended(mails),
        "mapped_json/web_proxy.jsonl": write_proxy.requests(),
        "mapped_json/web_proxy.toml": write_proxy.MAP.encode(),
        "mapped_table/vpn_sessions.csv": write_gateway.sessions(DAYS),
        "mapped_table/vpn_sessions.toml": write_gateway.MAP.encode(),
    }


def main(folder: Path) -> None:
    """Write every file into the folder."""
    for name, data in exports().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        print(f"{len(data):>9,} {name}")


if __name__ == "__main__":
    here = Path(__file__).resolve().parent.parent
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else here / "sample_exports")
