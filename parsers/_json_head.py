"""What the first records of a JSON file look like, so that each JSON format says in a few lines whether the file is its own."""

from collections.abc import Iterator

from m365timeline.parsers._json_prefix import PrefixReader
from m365timeline.parsers._json_stream import JsonReader
from m365timeline.parsers._slices import Look
from m365timeline.schemas.source import Encoding, Window

_ENOUGH = 20  # records looked at


class Beginning:
    """The head as a range that goes on."""

    encoding = Encoding("utf-8", 0, "", "surrogatepass")
    starts = True
    ends = False

    def __init__(self, text: str) -> None:
        self._text = text

    def windows(self) -> Iterator[Window]:
        """The one window there is; more would follow."""
        yield Window(self._text, 0, last=False)


def look_at_json(text: str) -> Look | None:
    """Look at the beginning of a file; ``None`` if it does not begin with a JSON list or object, or holds no record there that can be read."""
    start = text.lstrip("\ufeff \t\r\n\x00")
    if not start.startswith(("{", "[")):
        return None
    reader = JsonReader(Beginning(start))
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
    return Look(tuple(found), frozenset(reader.opened), dict(reader.members), reader.lines)
