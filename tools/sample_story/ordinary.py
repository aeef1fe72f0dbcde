"""Ordinary days around the incident: what makes up nearly all of a real export."""

from datetime import timedelta
from typing import Any

from sample_story.acts import Cmdlet, MailboxAct, Story, later
from sample_story.audit_content import chat_record, file_record
from sample_story.audit_entra import sign_in
from sample_story.cast import ORGANIZATION, PEOPLE, TENANT, Person, table, usual_client
from sample_story.ids import at, guid, number, pick

FINANCE = {"tom", "priya", "zoe", "amy"}
STAFF = [person for person in PEOPLE.values() if person.home_ip and "admin" not in person.name]
SILENT_FROM, SILENT_UNTIL = at("2026-03-11T03:31:05"), at("2026-03-12T03:31:05")  # binds of Tom's mailbox not logged
MAINTENANCE_DAYS = ("2026-03-03", "2026-03-07", "2026-03-11", "2026-03-14", "2026-03-18")


def tell(story: Story, days: tuple[str, ...]) -> None:
    """Add sign-ins, mail, files, chats, shared mailboxes and the service's own maintenance."""
    for day in days:
        for person in STAFF:
            if person.key == "tom" and day == "2026-03-16":
                continue  # his password is reset that morning
            _sign_ins(story, person, day)
            _chats_and_files(story, person, day)
        _shared_mailbox(story, day)
    _own_mail(story)
    for day in MAINTENANCE_DAYS:
        _maintenance(story, day)
    _other_administration(story)


def _sign_ins(story: Story, person: Person, day: str) -> None:
    client = usual_client(person, day)
    start = later(at(f"{day}T07:30:00"), seconds=number(f"morning:{person.key}:{day}", 0, 5400))
    if number(f"typo:{person.key}:{day}", 0, 14) == 0:
        story.records.append(sign_in(start, person, client, "50126"))
    story.records.append(sign_in(later(start, seconds=14), person, client))


def _chats_and_files(story: Story, person: Person, day: str) -> None:
    client = usual_client(person, day)
    for index in range(number(f"chats:{person.key}:{day}", 0, 1)):
        label = f"chat:{person.key}:{day}:{index}"
        other = pick(label, [colleague for colleague in STAFF if colleague is not person])
        time = later(at(f"{day}T09:00:00"), seconds=number(f"time:{label}", 0, 28_000))
        story.records.append(chat_record(time, person, other, client))
    for index in range(number(f"files:{person.key}:{day}", 0, 2)):
        label = f"file:{person.key}:{day}:{index}"
        files = [row for row in table("files") if person.key in FINANCE or row["site"] != "sites/Finance"]
        operation = pick(f"operation:{label}", ("FileAccessed", "FileAccessed", "FileModified", "FileDownloaded"))
        time = later(at(f"{day}T09:00:00"), seconds=number(f"time:{label}", 0, 28_000))
        story.records.append(file_record(time, operation, person, client, pick(label, files)))


def _own_mail(story: Story) -> None:
    """Owners send and read: the unified log has it, the classic mailbox log does not."""
    for mail in story.mails:
        day = f"{mail.time:%Y-%m-%d}"
        author = mail.author
        by_story = mail.key in {row["key"] for row in table("mails")}
        if author and author.home_ip and (not by_story or author.key == "amy"):
            client = usual_client(author, day)
            story.mailbox_acts.append(MailboxAct(mail.time, "Send", author, author, client, "\\Drafts", (mail,)))
        reader = next((person for person in STAFF if person.upn in dict(mail.deliveries)), None)
        if by_story or reader is None or not pick(f"read:{mail.key}", (True, False)):
            continue
        time = mail.time + timedelta(seconds=number(f"reading:{mail.key}", 60, 5000))
        if reader.key == "tom" and SILENT_FROM < time < SILENT_UNTIL:
            continue
        client = usual_client(reader, day)
        story.mailbox_acts.append(
            MailboxAct(time, "MessageBind", reader, reader, client, "\\Inbox", (mail,), access="Bind")
        )


def _shared_mailbox(story: Story, day: str) -> None:
    """Tom and Priya work in the shared mailbox of accounts payable."""
    payable = PEOPLE["payable"]
    for key in ("priya",) if day == "2026-03-16" else ("tom", "priya"):
        person = PEOPLE[key]
        time = later(at(f"{day}T09:05:00"), seconds=number(f"shared:{key}:{day}", 0, 3000))
        client = usual_client(person, day)
        story.mailbox_acts.append(MailboxAct(time, "FolderBind", person, payable, client, "\\Inbox"))
        if key == "tom" and day == "2026-03-06":
            mail = next(mail for mail in story.mails if mail.key == "odd_recipient")
            story.mailbox_acts.append(MailboxAct(mail.time, "SendAs", person, payable, client, "\\Sent Items", (mail,)))


def _maintenance(story: Story, day: str) -> None:
    """Microsoft's own cmdlets, in bursts."""
    names = {"org": ORGANIZATION, "tenant": TENANT}
    start = later(at(f"{day}T02:10:00"), minutes=number(f"maintenance:{day}", 0, 600))
    step = 0
    for row in table("system_cmdlets"):
        repeats = {"Set-User": len(STAFF), "Set-MailboxPlan": 6, "Set-Mailbox": 6}.get(row["cmdlet"], 1)
        for index in range(repeats):
            step += 1
            values = names | {"plan": guid(f"plan:{index}"), "person": STAFF[index % len(STAFF)].object_id}
            target = row["object"].format(**values)
            parameters = tuple(
                tuple(part.format(object=target, **values).split("=", 1)) for part in row["parameters"].split("|")
            )
            caller = f"NT AUTHORITY\\SYSTEM ({row['caller']})"
            time = later(start, seconds=step * 3)
            story.cmdlets.append(Cmdlet(time, row["cmdlet"], caller, target, parameters, external=True))  # type: ignore[arg-type]


def _other_administration(story: Story) -> None:
    """Harmless work by administrators, a partner and the service: one of each form of caller."""
    boyle, carrow = PEOPLE["adm_boyle"], PEOPLE["adm_carrow"]
    partner = (
        "EURPR07A011.PROD.OUTLOOK.COM/Microsoft Exchange Hosted Organizations/brightspan.onmicrosoft.com/svc.helpdesk"
    )
    on_behalf = f'"{partner}" on behalf of "{ORGANIZATION}/Helpdesk Partners"'
    grace, lena = PEOPLE["grace"], PEOPLE["lena"]
    rest: dict[str, Any] = {"session": guid("session:adm_boyle:day"), "app_id": guid("app:admin-center")}
    story.cmdlets += [
        Cmdlet(at("2026-03-04T10:12:40"), "Set-Mailbox", boyle, lena.canonical,
               (("Identity", lena.upn), ("MaxReceiveSize", "75 MB (78,643,200 bytes)")), caller_in_xml=boyle.canonical, **rest),
        Cmdlet(at("2026-03-05T13:33:05"), "Add-MailboxFolderPermission", boyle, f"{grace.canonical}\\Calendar",
               (("Identity", f"{grace.upn}:\\Calendar"), ("User", PEOPLE["helen"].upn), ("AccessRights", "Reviewer")), **rest),
        Cmdlet(at("2026-03-06T09:41:18"), "Set-CASMailbox", "svc.helpdesk@brightspan.onmicrosoft.com", grace.canonical,
               (("Identity", grace.upn), ("ActiveSyncEnabled", "True")), ip="192.0.2.180", external=True,
               caller_in_xml=on_behalf),
        Cmdlet(at("2026-03-09T04:20:00"), "Set-SharingPolicy", "SpoolsProvisioning-ApplicationAccount@eurprd07.prod.outlook.com",
               f"{TENANT}\\Default Sharing Policy", (("Identity", "Default Sharing Policy"), ("Default", "True")),
               ip="2603:10a6:20b:5a4::11", external=True),
        Cmdlet(at("2026-03-13T14:02:55"), "Set-Mailbox", carrow, PEOPLE["payable"].canonical,
               (("Identity", PEOPLE["payable"].upn), ("AuditEnabled", "True")), session=guid("session:adm_carrow:day"),
               caller_in_xml=""),
    ]  # fmt: skip
