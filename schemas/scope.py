"""The scope of a timeline: which events are shown. What is left out is counted, never lost."""

import msgspec


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Filters; empty means everything. Times are microseconds UTC, ``until`` is the first instant left out.

    Names may hold ``*`` as a wildcard and are compared without case; addresses may be networks (``192.0.2.0/24``).
    An event whose time is unknown stays in scope: it may lie inside the window.
    """

    since: int | None = None
    until: int | None = None
    users: tuple[str, ...] = ()
    mailboxes: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()

    def in_words(self) -> dict[str, str]:
        """The filters as given, for reports."""
        names = {"users": "user", "mailboxes": "mailbox", "addresses": "ip", "operations": "operation"}
        return {word: ", ".join(getattr(self, field)) for field, word in names.items() if getattr(self, field)}
