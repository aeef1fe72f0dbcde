"""A cmdlet written as one line of text, read back into its parameters.

Reports write ``Set-Mailbox -Identity "Tom Okafor" -DeliverToMailboxAndForward:$True``. What they wrote does not tell a quote
inside a value from one around it, so the parameters serve the sentence and the category; the line itself is kept as it is.
"""

import re

_PARAMETER = re.compile(
    r"""(?:^|\s)-(?P<name>[A-Za-z][\w.]*)(?::\s?\$?(?P<flag>true|false)\b|[:\s]\s*(?P<value>"[^"]*"(?:;(?:"[^"]*"|[^"\s;]*))*|'[^']*'|(?!-[A-Za-z])\S+))?""",
    re.IGNORECASE,
)


def read_command(text: str) -> dict[str, str]:
    """Parameters by name, in the order of the line; a name without a value is a switch and ``True``."""
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer(text):
        flag, value = match["flag"], match["value"]
        if flag is not None:
            value = flag.capitalize()
        elif value is None:
            value = "True"
        elif value[0] in "\"'":
            value = value.replace(value[0], "")
        found.setdefault(match["name"], value)
    return found
