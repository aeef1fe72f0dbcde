"""The mails of the story and of ordinary days, with the ids by which the files join."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sample_story.cast import DOMAIN, FORWARD_TO, PEOPLE, Person, table
from sample_story.ids import at, digest, number, pick, stamped_guid

FORWARD_FROM, FORWARD_UNTIL = at("2026-03-10T05:31:52"), at("2026-03-16T10:04:11")
BY_ADDRESS = {person.upn.casefold(): person for person in PEOPLE.values()}
TOPICS = {
    "sales": ("owen", "lena", "victor"),
    "engineering": ("raj", "owen"),
    "finance": ("tom", "priya", "zoe", "amy"),
    "people": ("grace", "helen"),
    "office": ("owen", "lena", "raj", "grace", "tom", "zoe", "helen", "marcus", "ines"),
}


@dataclass(frozen=True)
class Mail:
    """One message: ``deliveries`` are pairs of recipient and the status the trace shows for it."""

    key: str
    time: datetime
    sender: str
    deliveries: tuple[tuple[str, str], ...]
    subject: str
    size: int
    ip: str
    folder: str
    attachments: str

    @property
    def author(self) -> Person | None:
        """The account it was sent from, none for mail from outside."""
        return BY_ADDRESS.get(self.sender.casefold())

    @property
    def message_id(self) -> str:
        """The Internet message id, in the form of whoever made it."""
        text = digest(f"message:{self.key}", 16).hex().upper()
        if self.author or self.sender == "<>":
            server = self.author.server if self.author else "DB8PR07MB6122"
            return f"<{server}{text[:24]}@{server}.eurprd07.prod.outlook.com>"
        return f"<{self.time:%Y%m%d%H%M%S}.{text[:12]}@mail.{self.sender.rpartition('@')[2]}>"

    @property
    def network_id(self) -> str:
        """The network message id of the service."""
        return stamped_guid(f"network:{self.key}", self.time)

    @property
    def direction(self) -> str:
        """How the trace reports call its direction."""
        return "Incoming" if self.ip else "Originating"

    def is_outside(self, address: str) -> bool:
        """Tell whether a recipient is no address of the company."""
        return not address.casefold().endswith(f"@{DOMAIN}")


def _forwarded(mail: Mail) -> Mail:
    """Add the copy that forwarding on Tom's mailbox sends outside while it is set."""
    addresses = [address for address, _ in mail.deliveries]
    if PEOPLE["tom"].upn not in addresses or not FORWARD_FROM <= mail.time < FORWARD_UNTIL:
        return mail
    return replace(mail, deliveries=(*mail.deliveries, (FORWARD_TO, "Delivered")))


def story_mails() -> dict[str, Mail]:
    """Read the mails that belong to the incident."""
    result = {}
    for row in table("mails"):
        pairs = tuple(tuple(part.rsplit("=", 1)) for part in row["deliveries"].split("|"))
        mail = Mail(
            key=row["key"],
            time=at(row["time"]),
            sender=row["sender"],
            deliveries=pairs,  # type: ignore[arg-type]
            subject=row["subject"],
            size=int(row["size"]),
            ip=row["ip"],
            folder=row["folder"],
            attachments=row["attachments"],
        )
        result[mail.key] = _forwarded(mail)
    return result


def ordinary_mails(days: tuple[str, ...]) -> list[Mail]:
    """Make the mails of ordinary working days: 6 or 7 a day between colleagues, from and to partners."""
    result = []
    for day in days:
        for index in range(number(f"mails:{day}", 6, 7)):
            label = f"mail:{day}:{index}"
            row = pick(f"subject:{label}", table("subjects"))
            group = TOPICS[row["topic"]]
            colleague = PEOPLE[pick(f"colleague:{label}", group)]
            other = PEOPLE[pick(f"other:{label}", [key for key in group if key != colleague.key])]
            outside = row["partner"]
            incoming = bool(outside) and pick(f"incoming:{label}", (True, False))
            mail = Mail(
                key=label,
                time=at(f"{day}T08:00:00") + timedelta(seconds=number(f"time:{label}", 0, 32_000)),
                sender=outside if incoming else colleague.upn,
                deliveries=((colleague.upn if incoming else outside or other.upn, "Delivered"),),
                subject=row["subject"] if not incoming else f"RE: {row['subject']}",
                size=number(f"size:{label}", 9_000, 240_000),
                ip=f"192.0.2.{number(f'ip:{outside}', 230, 250)}" if incoming else "",
                folder="\\Inbox" if incoming else "\\Sent Items",
                attachments="",
            )
            result.append(_forwarded(mail))
    return result


def older_mail(label: str) -> Mail:
    """Make a mail from before the story: no trace reaches back to it, so only its Internet message id is ever seen."""
    label = f"older:{label}"
    sender = pick(label, [row["partner"] for row in table("subjects") if row["partner"]])
    time = at("2024-02-01T08:00:00") + timedelta(minutes=number(f"time:{label}", 0, 1_000_000))
    return Mail(label, time, sender, (), "", 0, "192.0.2.230", "", "")
