"""Keys of rules: what makes events belong together, as SQL.

A key is a field, ``object`` (the target, else the mailbox), or ``change:NAME`` for the new value of a changed property or cmdlet parameter (``change:A|B``: the first
that is there). ``name:`` before it takes the bare name of a person or mailbox: ``contoso/Users/amy`` and
``amy@contoso.com`` are both ``amy``, because a grant names people by alias and an access by address; letters and digits count,
so that ``Amy Lindqvist`` is ``amy.lindqvist@contoso.com`` (one log has the display name, the other the address).
"""

import re
from collections.abc import Sequence

from m365timeline.analysis.base import literal

BETWEEN = "\x1f"  # between the parts of a key
FIELDS = (
    "actor", "actor_id", "on_behalf_of", "mailbox", "mailbox_id", "target", "ip", "user_agent", "client_app", "client_info",
    "app_id", "app_name", "device_id", "device_name", "device_os", "country", "session_id", "token_id", "operation", "folder",
    "sender", "subject", "summary", "object",
)  # fmt: skip
_KEY = re.compile(r"(?:name:)?(change:[A-Za-z0-9_.| ]{1,200}|[a-z_]{1,40})")


def key_problem(key: str) -> str | None:
    """What is wrong with a key, or ``None``."""
    found = _KEY.fullmatch(key)
    if found is not None and (found[1].startswith("change:") or found[1] in FIELDS):
        return None
    return (
        f"{key[:80]!r} is no key: a field ({', '.join(FIELDS)}) or change:NAME, with name: before it for the bare name."
    )


def key_fields(key: str) -> set[str]:
    """The event fields a key needs."""
    field = key.removeprefix("name:")
    if field == "object":
        return {"target", "mailbox"}
    return {"changes", "command"} if field.startswith("change:") else {field}


def quote(text: str) -> str:
    """A text as SQL literal. Raises ValueError for what no checked rule holds."""
    if "\x00" in text:
        raise ValueError("a NUL character cannot stand in a rule")
    return literal(text)[1:-1]


def key_part(name: str) -> str:
    """SQL of one part of a key, in small letters, null where it is missing."""
    field = name.removeprefix("name:")
    value = "coalesce(target, mailbox)" if field == "object" else f'"{field}"'
    if field.startswith("change:"):
        values = ", ".join(change_value(part) for part in field.removeprefix("change:").split("|"))
        value = f"regexp_replace(coalesce({values}), '^smtp:', '', 'i')"
    if name != field:
        bare = f"split_part(regexp_extract({value}, '[^/\\\\]*$'), '@', 1)"
        return f"nullif(trim(regexp_replace(lower({bare}), '[^\\pL\\pN]+', ' ', 'g')), '')"
    return f"nullif(lower({value}), '')"


def whole_key(names: Sequence[str]) -> str:
    """SQL of a key that is null where a part is missing."""
    return f" || {quote(BETWEEN)} || ".join(map(key_part, names)) or "''"


def loose_key(names: Sequence[str]) -> str:
    """SQL of a key in which a missing part is empty."""
    shown = ", ".join(f"coalesce({key_part(name)}, '')" for name in names)
    return f"concat_ws({quote(BETWEEN)}, {shown})" if names else "''"


def named(names: Sequence[str]) -> str:
    """SQL that is true for a change ``c`` with one of these names; ``*`` stands for anything."""
    plain = [quote(name.casefold()) for name in names if "*" not in name]
    globs = [f"lower(c.name) GLOB {quote(name.casefold())}" for name in names if "*" in name]
    return " OR ".join([*([f"lower(c.name) IN ({', '.join(plain)})"] if plain else []), *globs])


def change_value(name: str) -> str:
    """SQL of the first new value of a changed property or, where the log has no such change, of that cmdlet parameter."""
    return f"coalesce(list_filter(changes, lambda c: {named([name])})[1].new, {parameter(name)})"


def parameter(name: str) -> str:
    """SQL of the value of a parameter in ``command``, without its quotes; empty text becomes null."""
    pattern = rf"(?i) -{re.escape(name)}(?::\$| )('(?:[^']|'')*'|\S+)"
    return f"nullif(trim(regexp_extract(command, {quote(pattern)}, 1), ''''), '')"
