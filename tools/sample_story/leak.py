"""First thread: the mailbox of the chief financial officer, her assistant, and a delegate who should not have been there."""

from sample_story.acts import Cmdlet, MailboxAct, Story, later
from sample_story.audit_entra import sign_in
from sample_story.cast import PEOPLE, POWERSHELL_APP, VICTOR_HOME, Client, usual_client
from sample_story.ids import at, guid, number, pick
from sample_story.mails import Mail

INBOX, BOARD, SENT = "\\Inbox", "\\Inbox\\Board", "\\Sent Items"
DELETED, PURGES = "\\Deleted Items", "\\Recoverable Items\\Deletions"
AMY, HELEN, VICTOR, ADMIN = PEOPLE["amy"], PEOPLE["helen"], PEOPLE["victor"], PEOPLE["adm_boyle"]
CONSOLE = Client("owa", ADMIN.home_ip, "edge", guid("session:adm_boyle:evening"))


def tell(story: Story, mails: dict[str, Mail], days: tuple[str, ...]) -> None:
    """Add the assistant's ordinary work, the grant, the intruder's access and the withdrawal."""
    for day in days:
        _assistant(story, mails, day)
    for mail in (mails["helen_dates"], mails["helen_travel"]):
        client = usual_client(HELEN, f"{mail.time:%Y-%m-%d}")
        story.mailbox_acts.append(MailboxAct(mail.time, "SendOnBehalf", HELEN, AMY, client, SENT, (mail,)))
    _grant(story)
    _access(story, mails)
    _tampering(story)
    _withdrawal(story)


def _assistant(story: Story, mails: dict[str, Mail], day: str) -> None:
    """Helen works in Amy's mailbox every working day: folders once a day, a few messages, the calendar."""
    client = usual_client(HELEN, day)
    start = later(at(f"{day}T08:20:00"), minutes=number(f"helen:{day}", 0, 25))
    acts = story.mailbox_acts
    for step, folder in enumerate((INBOX, "\\Calendar", SENT)):
        acts.append(MailboxAct(later(start, seconds=step * 7), "FolderBind", HELEN, AMY, client, folder))
    received = [mail for mail in story.mails if f"{mail.time:%Y-%m-%d}" == day and AMY.upn in dict(mail.deliveries)]
    received += [mails["board_pack"]] if day == "2026-03-09" else []
    for step, mail in enumerate(sorted(received, key=lambda mail: mail.time)):
        time = later(max(start, mail.time), minutes=3 + step)
        folder = mail.folder if mail.ip else INBOX
        acts.append(MailboxAct(time, "MessageBind", HELEN, AMY, client, folder, (mail,), access="Bind"))
        if mail.folder == INBOX and pick(f"helen:clears:{mail.key}", (True, False)):
            act = MailboxAct(later(time, minutes=2), "MoveToDeletedItems", HELEN, AMY, client, INBOX, (mail,), DELETED)
            acts.append(act)
    subject = pick(f"helen:meeting:{day}", ("Budget review", "Call with auditors", "Travel to Basel", "Team lunch"))
    operation = pick(f"helen:calendar:{day}", ("Create", "Update"))
    dirty = ("StartTime", "EndTime") if operation == "Update" else ()
    time = later(start, minutes=75)
    acts.append(MailboxAct(time, operation, HELEN, AMY, client, "\\Calendar", subject=subject, dirty=dirty))


def _grant(story: Story) -> None:
    story.records.append(sign_in(at("2026-03-10T18:36:41"), ADMIN, CONSOLE, app=POWERSHELL_APP))
    _run(
        story,
        "2026-03-10T18:42:11",
        "Add-MailboxPermission",
        (("Identity", AMY.upn), ("User", VICTOR.upn), ("AccessRights", "FullAccess"), ("AutoMapping", "False")),
    )
    both = f"{HELEN.name};{VICTOR.name}"
    _run(story, "2026-03-10T18:43:26", "Set-Mailbox", (("Identity", AMY.upn), ("GrantSendOnBehalfTo", both)))


def _run(
    story: Story,
    time: str,
    name: str,
    parameters: tuple[tuple[str, str], ...],
    *,
    target: str = "",
    error: str = "",
    modified: tuple[tuple[str, str, str], ...] = (),
) -> None:
    story.cmdlets.append(
        Cmdlet(
            at(time),
            name,
            ADMIN,
            target or AMY.canonical,
            parameters,
            ip=CONSOLE.ip,
            session=CONSOLE.session,
            app_id=POWERSHELL_APP,
            succeeded=not error,
            error=error,
            modified=modified,
        )
    )


def _access(story: Story, mails: dict[str, Mail]) -> None:
    acts, client = story.mailbox_acts, VICTOR_HOME
    story.records.append(sign_in(at("2026-03-10T19:07:50"), VICTOR, client))
    for time, folder in (("2026-03-10T19:10:02", INBOX), ("2026-03-10T19:10:40", BOARD), ("2026-03-10T19:25:11", SENT)):
        acts.append(MailboxAct(at(time), "FolderBind", VICTOR, AMY, client, folder))
    opened = (
        ("2026-03-10T19:12:20", BOARD, ("larch_v5", "larch_v6", "board_pack", "larch_range")),
        ("2026-03-10T19:26:33", SENT, ("larch_answer", "larch_chair")),
        ("2026-03-11T20:05:48", BOARD, ("larch_range",)),
    )
    for time, folder, keys in opened:
        found = tuple(mails[key] for key in keys)
        acts.append(MailboxAct(at(time), "MessageBind", VICTOR, AMY, client, folder, found, access="Bind"))
    story.records.append(sign_in(at("2026-03-11T20:02:14"), VICTOR, client))
    acts.append(MailboxAct(at("2026-03-11T20:04:31"), "FolderBind", VICTOR, AMY, client, BOARD))
    sent = (mails["behalf"],)
    acts.append(MailboxAct(at("2026-03-11T20:15:09"), "SendOnBehalf", VICTOR, AMY, client, SENT, sent))
    acts.append(MailboxAct(at("2026-03-11T20:18:30"), "MoveToDeletedItems", VICTOR, AMY, client, SENT, sent, DELETED))
    acts.append(MailboxAct(at("2026-03-11T20:19:02"), "SoftDelete", VICTOR, AMY, client, DELETED, sent))
    purged = (mails["behalf"], mails["larch_range"], mails["larch_v6"])
    acts.append(MailboxAct(at("2026-03-11T20:20:44"), "FolderBind", VICTOR, AMY, client, PURGES))
    acts.append(MailboxAct(at("2026-03-11T20:19:40"), "SoftDelete", VICTOR, AMY, client, BOARD, purged[1:]))
    acts.append(MailboxAct(at("2026-03-11T20:22:17"), "HardDelete", VICTOR, AMY, client, PURGES, purged))


def _tampering(story: Story) -> None:
    """Exclude Victor from mailbox auditing for one night: the first attempt fails."""
    name = "Set-MailboxAuditBypassAssociation"
    error = "The operation couldn't be performed because object 'victor hale' couldn't be found."
    wrong = (("Identity", "victor hale"), ("AuditBypassEnabled", "True"))
    story.records.append(sign_in(at("2026-03-11T21:40:05"), ADMIN, CONSOLE, app=POWERSHELL_APP))
    _run(story, "2026-03-11T21:47:33", name, wrong, target="victor hale", error=error)
    for time, state, before in (("2026-03-11T21:50:02", "True", "False"), ("2026-03-12T08:10:19", "False", "True")):
        right = (("Identity", VICTOR.upn), ("AuditBypassEnabled", state))
        modified = (("AuditBypassEnabled", before, state),)
        _run(story, time, name, right, target=VICTOR.object_id, modified=modified)


def _withdrawal(story: Story) -> None:
    _run(
        story,
        "2026-03-12T08:15:47",
        "Remove-MailboxPermission",
        (("Identity", AMY.upn), ("User", VICTOR.upn), ("AccessRights", "FullAccess"), ("Confirm", "False")),
    )
    only = (("Identity", AMY.upn), ("GrantSendOnBehalfTo", HELEN.name))
    _run(story, "2026-03-12T08:16:20", "Set-Mailbox", only)
