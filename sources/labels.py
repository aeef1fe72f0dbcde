r"""Names taken from input, made fit to be shown and written anywhere, and back again.

A name is a label only. Bytes that are no text, control and direction characters and lone surrogates become ``\xNN`` or
``\uNNNN``; what already looks like such an escape gets its backslash escaped, so that no two names become one.
"""

import re

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\uffff]"
    r"|\\(?=x[0-9a-f]{2}|u[0-9a-f]{4})"
)
_ESCAPE = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})")


def printable(name: str) -> str:
    """The name without anything that could not be printed, stored as UTF-8, or would mislead the eye."""
    return _UNSAFE.sub(lambda match: _escape(ord(match[0])), name)


def label_of(name: str) -> str:
    """The name as one link of a chain ``outer.zip!inner.csv``: printable, and its own ``!`` is no separator."""
    return printable(name).replace("!", r"\x21")


def restored(name: str) -> str:
    """The name as the file system has it: the inverse of both."""
    return _ESCAPE.sub(
        lambda match: (
            chr(int(match[1], 16) + (0xDC00 if match[1] >= "80" else 0)) if match[1] else chr(int(match[2], 16))
        ),
        name,
    )


def _escape(code: int) -> str:
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}"
