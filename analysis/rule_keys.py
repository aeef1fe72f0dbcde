"""Keys of rules: what makes events belong together, as SQL.

A key is a field, ``object`` (the target, else the mailbox), or ``change:NAME`` for the new value of a changed property or cmdlet parameter (``change:A|B``: the first
that is there). ``name:`` before it takes the bare name of a person or mailbox: ``contoso/Users/amy`` and
``amy@contoso.com`` are both ``amy``, because a grant names people by alias and an access by address; dots and dashes are blanks,
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
    """The columns a key needs: event fields, and the bare names of ``bare_columns``."""
    field = key.removeprefix("name:")
    if field.startswith("change:"):
        return {"changes", "command"}
    found = {"target", "mailbox"} if field == "object" else {field}
    return found if field == key else found | {f"bare_{field}"}


def quote(text: str) -> str:
    """A text as SQL literal. Raises ValueError for what no checked rule holds."""
    if "\x00" in text:
        raise ValueError("a NUL character cannot stand in a rule")
    return literal(text)[1:-1]


def key_part(name: str) -> str:
    """SQL of one part of a key, in small letters, null where it is missing."""
    field = name.removeprefix("name:")
    value = _value(field)
    if field.startswith("change:"):
        values = ", ".join(change_value(part) for part in field.removeprefix("change:").split("|"))
        value = f"regexp_replace(coalesce({values}), '^smtp:', '', 'i')"
    if name != field:
        return bare_name(value) if field.startswith("change:") else f"bare_{field}"
    return f"nullif(lower({value}), '')"


def bare_name(value: str) -> str:
    """SQL of the bare name of a person or mailbox; null where there is none."""
    end = f"CASE WHEN contains({value}, '/') OR contains({value}, '\\') THEN regexp_extract({value}, '[^/\\\\]*$') ELSE {value} END"
    return f"nullif(trim(translate(lower(split_part({end}, '@', 1)), '._-', '   ')), '')"


def bare_columns() -> str:
    """SQL of the bare names of all fields as columns ``bare_FIELD``, which ``key_part`` names: worked out once an event, and only if asked for."""
    return ", ".join(f"{bare_name(_value(field))} AS bare_{field}" for field in FIELDS)


def _value(field: str) -> str:
    return "coalesce(target, mailbox)" if field == "object" else f'"{field}"'


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
