"""What happened, before any log writes it down: the same act is rendered into every family that would show it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sample_story.cast import OFFICE_IP, Client, Person
from sample_story.mails import Mail


@dataclass(frozen=True)
class MailboxAct:
    """One act in a mailbox. ``access`` makes it a MailItemsAccessed: the classic log shows one MessageBind a message."""

    time: datetime
    operation: str
    actor: Person
    owner: Person
    client: Client
    folder: str
    mails: tuple[Mail, ...] = ()
    dest: str = ""
    access: Literal["", "Bind", "Sync"] = ""
    throttled: bool = False
    subject: str = ""
    dirty: tuple[str, ...] = ()

    @property
    def by_owner(self) -> bool:
        """Whether the owner did it."""
        return self.actor is self.owner

    @property
    def label(self) -> str:
        """What its ids are derived from."""
        return f"{self.operation}:{self.actor.key}:{self.owner.key}:{self.folder}:{self.time.isoformat()}"


@dataclass(frozen=True)
class Cmdlet:
    """One cmdlet that was run. ``caller`` is an account, or the text the log shows for a service."""

    time: datetime
    name: str
    caller: Person | str
    target: str
    parameters: tuple[tuple[str, str], ...]
    ip: str = OFFICE_IP
    session: str = ""
    app_id: str = ""
    succeeded: bool = True
    error: str = ""
    external: bool = False
    modified: tuple[tuple[str, str, str], ...] = ()
    caller_in_xml: str | None = None

    @property
    def label(self) -> str:
        """What its ids are derived from."""
        caller = self.caller if isinstance(self.caller, str) else self.caller.key
        return f"{self.name}:{caller}:{self.target}:{self.time.isoformat()}"


@dataclass
class Story:
    """Everything that happened, in no order."""

    mailbox_acts: list[MailboxAct] = field(default_factory=list)
    cmdlets: list[Cmdlet] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)  # AuditData of what only the unified log shows
    mails: list[Mail] = field(default_factory=list)


def later(time: datetime, *, minutes: int = 0, seconds: int = 0) -> datetime:
    """Move a time on."""
    return time + timedelta(minutes=minutes, seconds=seconds)
