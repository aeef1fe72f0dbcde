"""Reading a cmdlet's parameters back from ``command``, which the normalizers write in one form for every log."""

import re
from functools import lru_cache

_PARAMETER = re.compile(
    r" -([^\s:]+)(?::\$(True|False)| ('(?:[^'\u2018\u2019\u201a\u201b]|(?:['\u2018\u2019\u201a\u201b]){2})*'|\S+))",
    re.DOTALL,
)
_DOUBLED = re.compile("(['\u2018\u2019\u201a\u201b])\\1")


@lru_cache(maxsize=4096)
def parameters(command: str | None) -> dict[str, str]:
    """Parameters of a command by name in lower case: ``-User joe -Deny:$False`` is ``{"user": "joe", "deny": "False"}``."""
    found = {}
    for name, switch, value in _PARAMETER.findall(command or ""):
        text = switch or (_DOUBLED.sub(r"\1", value[1:-1]) if value[0] == "'" else value)
        found[name.lower()] = text
    return found


def members(value: str | None) -> list[str]:
    """The entries of a list as the log joins them (``Helen Ward;Victor Hale``)."""
    return [entry.strip() for entry in (value or "").split(";") if entry.strip()]
