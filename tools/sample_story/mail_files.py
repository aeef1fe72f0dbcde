"""Which files tell the story in the forms of mail flow, of Defender, and of Exchange's two audits beside SearchResult.xml."""

from sample_story import write_audit_cmdlets, write_tracking
from sample_story.acts import Story
from sample_story.mails import Mail

# The mails that passed the company's hybrid server.
TRACKED = ("fraud_group", "fraud_fairholt", "fraud_brindle", "fraud_kestrel", "reply_fairholt")


def mail_files(story: Story, mails: dict[str, Mail]) -> dict[str, bytes]:
    """Render the story: file name to bytes."""
    tracked = [mails[key] for key in TRACKED]
    return {
        "mailbox_audit_csv/search_mailboxauditlog_cloud.csv": write_audit_cmdlets.mailbox_cloud(story.mailbox_acts),
        "mailbox_audit_csv/AuditLogResults260317_091204.csv": write_audit_cmdlets.mailbox_script(story.mailbox_acts),
        "admin_audit_csv/search_adminauditlog_cloud.csv": write_audit_cmdlets.admin_cloud(story.cmdlets),
        "admin_audit_csv/simplified_report.csv": write_audit_cmdlets.admin_simple(story.cmdlets),
        "message_tracking_log/MSGTRK2026031106-1.LOG": write_tracking.log_file(tracked),
        "message_tracking_log/exchange_2010.LOG": write_tracking.log_file_2010(tracked),
        "message_tracking_csv/get_messagetrackinglog.csv": write_tracking.cmdlet(tracked),
    }
