"""What the first records of a JSON file look like, so that each JSON format says in a few lines whether the file is its own."""

from collections.abc import Iterator
from typing import Any

import msgspec

from m365timeline.parsers._json_prefix import PrefixReader
from m365timeline.parsers._json_stream import JsonReader
from m365timeline.schemas.source import Encoding, Window

_ENOUGH = 20  # records looked at


class JsonLook(msgspec.Struct, frozen=True):
    """The first records, what they are wrapped in, and how.

    ``records`` are whole objects, or the readable beginning of the only one that is longer than the head. ``wrapper`` are
    the names of the members of the object or page around them, ``members`` its plain values; ``lines`` tells one object a
    line.
    """

    records: tuple[dict[str, Any], ...]
    wrapper: frozenset[str]
    members: dict[str, Any]
    lines: bool

    @property
    def first(self) -> dict[str, Any]:
        """The first record; empty if there is none."""
        return self.records[0] if self.records else {}

    @property
    def keys(self) -> frozenset[str]:
        """The names of the first record's members."""
        return frozenset(self.first)

    def has(self, *names: str) -> bool:
        """Whether the first record has all these members."""
        return self.first.keys() >= set(names)

    @property
    def how(self) -> str:
        """How the records are packed, in words."""
        if self.wrapper:
            return "in an object with " + ", ".join(sorted(self.wrapper)[:4])
        return "one object a line" if self.lines else "objects"


class _Beginning:
    """The head as a range that goes on."""

    encoding = Encoding("utf-8", 0, "", "surrogatepass")
    starts = True

    def __init__(self, text: str) -> None:
        self._text = text

    def windows(self) -> Iterator[Window]:
        yield Window(self._text, 0, last=False)


def look_at_json(text: str) -> JsonLook | None:
    """Look at the beginning of a file; ``None`` if it does not begin with a JSON list or object, or holds no record there that can be read."""
    start = text.lstrip("\ufeff \t\r\n\x00")
    if not start.startswith(("{", "[")):
        return None
    reader = JsonReader(_Beginning(text))
    found = []
    for record in reader:
        if record.decoded is not None:
            found.append(record.decoded.data)
        if len(found) == _ENOUGH:
            break
    rest = reader.rest.lstrip(", \t\r\n")
    if not found and rest.startswith("{"):
        beginning = PrefixReader(rest).members((), 1)
        found = [beginning] if beginning else []
    return JsonLook(tuple(found), frozenset(reader.opened), dict(reader.members), reader.lines)
