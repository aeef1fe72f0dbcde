"""Which files tell the story in the forms of mail flow, of Defender, and of Exchange's two audits beside SearchResult.xml."""

import json

from sample_story import (
    write_audit_cmdlets,
    write_defender,
    write_flow_objects,
    write_json,
    write_objects,
    write_portal,
    write_tracking,
)
from sample_story.acts import Story
from sample_story.mails import Mail

# The mails that passed the company's hybrid server.
TRACKED = ("fraud_group", "fraud_fairholt", "fraud_brindle", "fraud_kestrel", "reply_fairholt")


def mail_files(story: Story, mails: dict[str, Mail]) -> dict[str, bytes]:
    """Render the story: file name to bytes."""
    tracked = [mails[key] for key in TRACKED]
    reply = [mails["reply_fairholt"]]
    phish, events = mails["phish"], write_defender.email_events(story.mails)
    fraud = [mails[key] for key in ("fraud_group", "fraud_fairholt", "fraud_brindle", "fraud_kestrel")]
    return {
        "mailbox_audit_csv/search_mailboxauditlog_cloud.csv": write_audit_cmdlets.mailbox_cloud(story.mailbox_acts),
        "mailbox_audit_csv/AuditLogResults260317_091204.csv": write_audit_cmdlets.mailbox_script(story.mailbox_acts),
        "admin_audit_csv/search_adminauditlog_cloud.csv": write_audit_cmdlets.admin_cloud(story.cmdlets),
        "admin_audit_csv/simplified_report.csv": write_audit_cmdlets.admin_simple(story.cmdlets),
        "message_tracking_log/MSGTRK2026031106-1.LOG": write_tracking.log_file(tracked),
        "message_tracking_log/exchange_2010.LOG": write_tracking.log_file_2010(tracked),
        "message_tracking_csv/get_messagetrackinglog.csv": write_tracking.cmdlet(tracked),
        "message_tracking_json/get_messagetrackinglog.json": write_flow_objects.tracking_json(reply),
        "message_tracking_clixml/tracking.xml": write_flow_objects.tracking_clixml(reply),
        "message_tracking_list/tracking.txt": write_flow_objects.tracking_list(reply),
        "message_trace_detail_clixml/detail.xml": write_flow_objects.detail_clixml(reply),
        "message_trace_detail_list/detail.txt": write_flow_objects.detail_list(reply),
        "mailbox_audit_json/MailboxAuditLog_alderbrook_2026-03-17.json": write_json.mailbox_audit(story.mailbox_acts),
        "admin_audit_json/search_adminauditlog_ps5.json": write_json.admin_audit(story.cmdlets),
        "mailbox_audit_clixml/Exchange_Mailbox_Audit.xml": write_objects.mailbox_clixml(story.mailbox_acts),
        "admin_audit_clixml/admin_audit.xml": write_objects.admin_clixml(story.cmdlets),
        "mailbox_audit_list/mailbox_audit_2026-03-11.txt": write_objects.mailbox_list(story.mailbox_acts),
        "admin_audit_list/admin_audit.txt": write_objects.admin_list(story.cmdlets),
        "mailbox_audit_text/audits_folder.txt": write_objects.mailbox_items(story.mailbox_acts),
        "admin_audit_text/audit_mailbox.txt": write_objects.admin_items(story.cmdlets),
        "dlp_report_list/get_dlpdetailreport.txt": write_defender.data_loss_list(mails["fraud_fairholt"]),
        "message_trace_json/reporting_web_service.json": write_json.trace_odata(story.mails),
        "message_trace_json/get_messagetracev2.json": write_json.trace_v2(story.mails),
        "message_trace_detail_json/graph_details.json": write_json.trace_detail(fraud),
        "defender_hunting_csv/EmailEvents.csv": write_defender.hunting_csv(events),
        "defender_hunting_csv/EmailAttachmentInfo.csv": write_defender.hunting_csv(
            write_defender.attachment_info(fraud)
        ),
        "defender_hunting_csv/EmailUrlInfo.csv": write_defender.hunting_csv(write_defender.url_info(phish)),
        "defender_hunting_csv/EmailPostDeliveryEvents.csv": write_defender.hunting_csv(
            write_defender.post_delivery(phish)
        ),
        "defender_hunting_csv/UrlClickEvents.csv": write_defender.hunting_csv(write_defender.clicks(phish)),
        "defender_hunting_json/EmailEvents_stream.json": write_defender.stream("EmailEvents", events),
        "defender_hunting_json/UrlClickEvents_stream.json": write_defender.stream(
            "UrlClickEvents", write_defender.clicks(phish)
        ),
        "defender_hunting_csv/IdentityLogonEvents.csv": write_defender.hunting_csv(write_portal.logons()),
        "safe_links_csv/get_urltrace.csv": write_portal.url_trace(phish),
        "activity_explorer_json/page-001.json": write_portal.activities(mails["fraud_fairholt"]),
        "incidents_csv/incidents.csv": write_portal.incidents(),
        "content_malware_csv/get_contentmalwaremdodetailreport.csv": write_portal.content_malware(),
        "submissions_csv/submissions.csv": write_portal.submissions(phish),
        "threat_explorer_csv/explorer_2026-03-09.csv": write_defender.threat_explorer(story.mails),
        "threat_explorer_list/explorer.txt": write_objects.explorer_list(phish),
        "mail_threat_report_csv/get_maildetailatpreport.csv": write_defender.threat_report(phish),
        "quarantine_json/get_quarantinemessage.json": json.dumps(write_defender.quarantined(phish), indent=2).encode(),
        "quarantine_clixml/quarantine.xml": write_objects.quarantine_clixml(phish),
        "quarantine_list/quarantine.txt": write_objects.quarantine_list(phish),
        "message_trace_clixml/trace.xml": write_objects.trace_clixml(fraud),
        "message_trace_list/trace.txt": write_objects.trace_list(
            [mail for mail in story.mails if mail.time.day > 12][:4]
        ),
        "quarantine_csv/get_quarantinemessage.csv": write_defender.quarantine_csv(phish),
        "safe_links_csv/get_safelinksdetailreport.csv": write_defender.safe_links(phish),
        "dlp_report_csv/get_dlpdetailreport.csv": write_defender.data_loss(mails["fraud_fairholt"]),
    }
