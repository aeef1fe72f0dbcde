"""Reading a cmdlet's parameters back from ``command``: as the normalizers write it, or as a report gave it (double quotes)."""

import re
from functools import lru_cache

_QUOTED = r"'(?:[^'\u2018\u2019\u201a\u201b]|(?:['\u2018\u2019\u201a\u201b]){2})*'" + r'|"(?:[^"`]|`.|"")*"'
_PARAMETER = re.compile(rf" -([^\s:]+)(?::\$(True|False)| ({_QUOTED}|\S+))", re.DOTALL | re.IGNORECASE)
_DOUBLED = re.compile("(['\u2018\u2019\u201a\u201b])\\1")


@lru_cache(maxsize=4096)
def parameters(command: str | None) -> dict[str, str]:
    """Parameters of a command by name in lower case: ``-User joe -Deny:$False`` is ``{"user": "joe", "deny": "False"}``."""
    found = {}
    for name, switch, value in _PARAMETER.findall(command or ""):
        found[name.lower()] = switch or _unquoted(value)
    return found


def _unquoted(value: str) -> str:
    if value[0] == "'":
        return _DOUBLED.sub(r"\1", value[1:-1])
    if value[0] == '"':
        return value[1:-1].replace('""', '"')
    return value


def members(value: str | None) -> list[str]:
    """The entries of a list as the log joins them (``Helen Ward;Victor Hale``)."""
    return [entry.strip() for entry in (value or "").split(";") if entry.strip()]
