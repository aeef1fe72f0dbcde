"""Second thread: the stolen session of the accounts-payable clerk."""

from typing import Any

from sample_story.acts import Cmdlet, MailboxAct, Story, later
from sample_story.audit_content import alert, data_loss_match, file_record, link_record
from sample_story.audit_data import agent_of
from sample_story.audit_entra import directory_change, object_ids, sign_in, user_ids
from sample_story.audit_exchange import cmdlet_id
from sample_story.cast import (
    ARCHIVER,
    ARCHIVER_APP,
    EXCHANGE_APP,
    FORWARD_TO,
    GRAPH,
    LINK_HOLDER,
    OUTLOOK_WEB_APP,
    PEOPLE,
    THIEF,
    THIEF_LATER,
    Client,
    table,
)
from sample_story.ids import at, guid
from sample_story.mails import Mail, older_mail

TOM, PAYABLE, RESPONDER = PEOPLE["tom"], PEOPLE["payable"], PEOPLE["adm_carrow"]
INBOX, SENT, DELETED = "\\Inbox", "\\Sent Items", "\\Deleted Items"
PURGES = "\\Recoverable Items\\Deletions"
RULE = f"{TOM.canonical}\\."
APP_NAME = "PostSync Mail Archive"
SCOPE = "openid profile offline_access User.Read Mail.ReadWrite Mail.Send"
STATEMENTS = "Shared Documents/Bank statements"
FORWARD_POLICY = "d59a8fd4-1272-41ee-9408-86f7bcf72479"  # Microsoft's own policy: creation of a forwarding rule


def tell(story: Story, mails: dict[str, Mail]) -> None:
    """Add the theft from the first wrong password to the clean-up."""
    _break_in(story)
    _foothold(story)
    _rule_and_forwarding(story)
    _reading(story, mails)
    _files(story)
    _fraud(story, mails)
    _containment(story)


def _break_in(story: Story) -> None:
    steps = (
        ("2026-03-09T08:31:17", "50126"),
        ("2026-03-09T08:31:52", "50126"),
        ("2026-03-09T08:33:08", "50126"),
        ("2026-03-09T08:46:29", "50074"),
        ("2026-03-09T08:47:03", "50140"),
    )
    for time, error in steps:
        story.records.append(sign_in(at(time), TOM, THIEF, error, app=OUTLOOK_WEB_APP))
    story.records.append(sign_in(at("2026-03-09T08:47:05"), TOM, THIEF, request="Login:reprocess"))
    for time in ("2026-03-10T05:18:40", "2026-03-11T05:58:12"):
        story.records.append(sign_in(at(time), TOM, THIEF_LATER))


def _foothold(story: Story) -> None:
    """Register an authenticator of one's own and let an application in that keeps access without the password."""
    agent = {"User-Agent": agent_of(THIEF)}
    method = '[{"MethodType":6,"Default":false},{"MethodType":7,"Default":true}]'
    changed = [
        ("StrongAuthenticationMethod", method, '[{"MethodType":6,"Default":true}]'),
        ("Included Updated Properties", "StrongAuthenticationMethod", ""),
    ]

    def change(time: str, operation: str, target: str, ids: list[dict[str, Any]], **rest: Any) -> None:
        story.records.append(
            directory_change(at(time), operation, TOM, target, ids, ip=THIEF.ip, details=agent, **rest)
        )

    change("2026-03-09T09:05:31", "User registered security info.", TOM.upn, user_ids(TOM), category="UserManagement")
    change("2026-03-09T09:05:32", "Update user.", TOM.upn, user_ids(TOM), category="User", modified=changed)
    principal = guid("principal:postsync")
    names = [{"ID": APP_NAME, "Type": 1}, {"ID": ARCHIVER_APP, "Type": 2}, {"ID": ARCHIVER_APP, "Type": 4}]
    app_ids = [*object_ids("ServicePrincipal", principal), *names]
    consent = (
        f"[] => [[Id: {guid('grant')[:22]}, ClientId: {principal}, PrincipalId: {TOM.object_id}, "
        f"ResourceId: {guid('principal:graph')}, ConsentType: Principal, Scope: {SCOPE}]]; "
    )
    rest: dict[str, Any] = {"category": "ServicePrincipal"}
    change("2026-03-09T09:20:14", "Add service principal.", ARCHIVER_APP, app_ids, **rest)
    scope = [
        ("DelegatedPermissionGrant.Scope", f" {SCOPE}", ""),
        ("DelegatedPermissionGrant.ConsentType", "Principal", ""),
        ("ServicePrincipal.ObjectID", principal, ""),
    ]
    change("2026-03-09T09:20:14", "Add delegated permission grant.", GRAPH, app_ids, modified=scope, **rest)
    role = [("User.UPN", TOM.upn, ""), ("TargetId.ServicePrincipalNames", ARCHIVER_APP, "")]
    change(
        "2026-03-09T09:20:15", "Add app role assignment grant to user.", ARCHIVER_APP, app_ids, modified=role, **rest
    )
    given = [
        ("ConsentContext.IsAdminConsent", "False", ""),
        ("ConsentContext.OnBehalfOfAll", "False", ""),
        ("ConsentAction.Permissions", consent, ""),
        ("TargetId.ServicePrincipalNames", ARCHIVER_APP, ""),
    ]
    change("2026-03-09T09:20:15", "Consent to application.", ARCHIVER_APP, app_ids, modified=given, **rest)


def _cmdlet(time: str, name: str, target: str, *parameters: tuple[str, str], client: Client = THIEF_LATER) -> Cmdlet:
    return Cmdlet(
        at(time), name, TOM, target, parameters, ip=client.ip, session=client.session, app_id=EXCHANGE_APP
    )  # fmt: skip


def _rule_and_forwarding(story: Story) -> None:
    rule = _cmdlet(
        "2026-03-10T05:24:26",
        "New-InboxRule",
        RULE,
        ("AlwaysDeleteOutlookRulesBlob", "False"),
        ("Force", "False"),
        ("MoveToFolder", "RSS Feeds"),
        ("Name", "."),
        ("SubjectOrBodyContainsWords", "invoice;payment;bank;ALB-"),
        ("MarkAsRead", "True"),
        ("StopProcessingRules", "True"),
    )
    parameters = (
        ("Identity", TOM.upn),
        ("ForwardingSmtpAddress", f"smtp:{FORWARD_TO}"),
        ("DeliverToMailboxAndForward", "True"),
    )
    forward = Cmdlet(
        at("2026-03-10T05:31:52"),
        "Set-Mailbox",
        TOM,
        TOM.canonical,
        parameters,
        ip=THIEF_LATER.ip,
        session=THIEF_LATER.session,
        app_id=EXCHANGE_APP,
        modified=(("ForwardingSmtpAddress", "", f"smtp:{FORWARD_TO}"), ("DeliverToMailboxAndForward", "False", "True")),
    )
    story.cmdlets += [rule, forward]
    own_policy = guid("alert:policy:rules")
    story.records += [
        alert(later(rule.time, minutes=5), "Inbox rule hides finance mail", "New-InboxRule", TOM, cmdlet_id(rule),
              severity="Medium", kind="Custom", policy=own_policy),
        alert(later(forward.time, minutes=4), "Creation of forwarding/redirect rule", "MailRedirect", TOM, cmdlet_id(forward),
              severity="Informational", kind="System", policy=FORWARD_POLICY),
    ]  # fmt: skip


def _reading(story: Story, mails: dict[str, Mail]) -> None:
    """Read by hand, copy the inbox with the application until the service stops logging."""
    acts = story.mailbox_acts
    early = tuple(mails[key] for key in ("kestrel_overdue", "brindle_invoice", "phish"))
    acts.append(MailboxAct(at("2026-03-09T08:52:16"), "MessageBind", TOM, TOM, THIEF, INBOX, early, access="Bind"))
    thread = tuple(mails[key] for key in ("brindle_invoice", "fairholt_run", "kestrel_overdue"))
    acts.append(
        MailboxAct(at("2026-03-10T05:36:12"), "MessageBind", TOM, TOM, THIEF_LATER, INBOX, thread, access="Bind")
    )
    acts.append(MailboxAct(at("2026-03-10T05:41:37"), "FolderBind", TOM, PAYABLE, THIEF_LATER, INBOX))
    shared = (mails["odd_recipient"],)
    acts.append(
        MailboxAct(at("2026-03-10T05:42:05"), "MessageBind", TOM, PAYABLE, THIEF_LATER, SENT, shared, access="Bind")
    )
    for step in range(45):
        time = later(at("2026-03-11T02:04:10"), seconds=step * 115)
        folder = ("\\Inbox\\2024", "\\Inbox\\2025", "\\Archive")[step // 15]
        copied = tuple(older_mail(f"{step}:{index}") for index in range(24))
        acts.append(MailboxAct(time, "MessageBind", TOM, TOM, ARCHIVER, folder, copied, access="Bind"))
    for when, folder in (("2026-03-11T02:01:44", INBOX), ("2026-03-11T02:02:20", SENT)):
        acts.append(MailboxAct(at(when), "Sync", TOM, TOM, ARCHIVER, folder, access="Sync"))
    last = (mails["fairholt_run"],)
    act = MailboxAct(
        at("2026-03-11T03:31:05"), "MessageBind", TOM, TOM, ARCHIVER, INBOX, last, access="Bind", throttled=True
    )
    acts.append(act)


def _files(story: Story) -> None:
    """Take files by hand, then a whole folder, and let anyone with the link read the bank details."""
    wanted = [row for row in table("files") if "Suppliers" in row["folder"] or "Customers" in row["folder"]]
    for step, row in enumerate(wanted):
        time = later(at("2026-03-10T05:45:20"), seconds=step * 70)
        story.records.append(file_record(time, "FileDownloaded", TOM, THIEF_LATER, row))
    months = [f"{year}-{month:02d}" for year in (2022, 2023, 2024, 2025) for month in range(1, 13)][-40:]
    for step, month in enumerate(months):
        row = {"site": "sites/Finance", "folder": STATEMENTS, "name": f"Statement {month}.pdf"}
        time = later(at("2026-03-10T07:04:12"), seconds=step * 11)
        story.records.append(file_record(time, "FileDownloaded", TOM, THIEF_LATER, row))
    shared = next(row for row in wanted if row["name"].startswith("Supplier bank details"))
    story.records += [
        link_record(at("2026-03-10T07:19:33"), "AnonymousLinkCreated", TOM, THIEF_LATER, shared),
        link_record(at("2026-03-11T13:26:08"), "AnonymousLinkUsed", None, LINK_HOLDER, shared),
    ]


def _fraud(story: Story, mails: dict[str, Mail]) -> None:
    acts, client = story.mailbox_acts, THIEF_LATER
    keys = ("fraud_group", "fraud_fairholt", "fraud_kestrel")
    for key in keys:
        mail = mails[key]
        acts.append(MailboxAct(mail.time, "Send", TOM, TOM, client, "\\Drafts", (mail,)))
    brindle = mails["fraud_brindle"]
    acts.append(MailboxAct(brindle.time, "SendAs", TOM, PAYABLE, client, SENT, (brindle,)))
    story.records.append(data_loss_match(later(mails["fraud_fairholt"].time, seconds=31), TOM, mails["fraud_fairholt"]))
    sent = tuple(mails[key] for key in keys)
    acts.append(MailboxAct(at("2026-03-11T06:25:40"), "MoveToDeletedItems", TOM, TOM, client, SENT, sent, DELETED))
    acts.append(MailboxAct(at("2026-03-11T06:26:11"), "SoftDelete", TOM, TOM, client, DELETED, sent))
    acts.append(MailboxAct(at("2026-03-11T06:27:02"), "HardDelete", TOM, TOM, client, PURGES, sent))
    acts.append(MailboxAct(at("2026-03-11T06:28:30"), "SoftDelete", TOM, PAYABLE, client, SENT, (brindle,)))
    replies = tuple(mails[key] for key in ("reply_fairholt", "bounce_kestrel"))
    acts.append(
        MailboxAct(at("2026-03-12T06:11:20"), "MessageBind", TOM, TOM, client, "\\RSS Feeds", replies, access="Bind")
    )


def _containment(story: Story) -> None:
    """Reset the password, end the sessions, remove forwarding, rule and consent. Nobody removes the authenticator."""
    client = Client("owa", "192.0.2.10", "chrome", guid("session:adm_carrow:response"))
    story.records.append(sign_in(at("2026-03-16T09:58:02"), RESPONDER, client))
    for time, operation in (
        ("2026-03-16T10:02:13", "Reset user password."),
        ("2026-03-16T10:02:14", "Update StsRefreshTokenValidFrom Timestamp."),
    ):
        story.records.append(directory_change(at(time), operation, RESPONDER, TOM.upn, user_ids(TOM), category="User"))
    rest: dict[str, Any] = {"ip": client.ip, "session": client.session, "app_id": EXCHANGE_APP}
    off = (("Identity", TOM.upn), ("ForwardingSmtpAddress", ""), ("DeliverToMailboxAndForward", "False"))
    gone = (("ForwardingSmtpAddress", f"smtp:{FORWARD_TO}", ""), ("DeliverToMailboxAndForward", "True", "False"))
    story.cmdlets += [
        Cmdlet(at("2026-03-16T10:04:11"), "Set-Mailbox", RESPONDER, TOM.canonical, off, modified=gone, **rest),
        Cmdlet(
            at("2026-03-16T10:05:38"),
            "Remove-InboxRule",
            RESPONDER,
            RULE,
            (("Mailbox", TOM.upn), ("Identity", "."), ("Confirm", "False")),
            **rest,
        ),
    ]
    ids = [*object_ids("ServicePrincipal", guid("principal:postsync")), {"ID": APP_NAME, "Type": 1}]
    taken = [("DelegatedPermissionGrant.Scope", "", f" {SCOPE}")]
    story.records.append(
        directory_change(
            at("2026-03-16T10:09:50"),
            "Remove delegated permission grant.",
            RESPONDER,
            ARCHIVER_APP,
            ids,
            category="ServicePrincipal",
            modified=taken,
        )
    )
    for time, error in (
        ("2026-03-16T10:31:22", "50173"),
        ("2026-03-16T10:32:05", "50126"),
        ("2026-03-17T04:50:44", "50126"),
    ):
        story.records.append(sign_in(at(time), TOM, THIEF_LATER, error, app=OUTLOOK_WEB_APP))
