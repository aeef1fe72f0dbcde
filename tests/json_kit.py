"""Drive the JSON reader over text in windows of any size, and account for what stands between its records."""

from m365timeline.parsers._json_stream import JsonReader
from m365timeline.parsers._json_structure import tell_gap
from m365timeline.schemas.source import Encoding, Window

UTF8 = Encoding("utf-8", 0, "", "surrogateescape")


class Pieces:
    encoding = UTF8
    starts = True

    def __init__(self, text, size):
        self._text, self._size = text, size

    def windows(self):
        offset = 0
        for start in range(0, max(1, len(self._text)), self._size):
            piece = self._text[start : start + self._size]
            yield Window(piece, offset, start + self._size >= len(self._text))
            offset += len(piece.encode("utf-8", "surrogateescape"))


def read_json(text, size=1 << 20):
    """(reader, items); checks that the gaps between the items hold punctuation only."""
    reader = JsonReader(Pieces(text, size))
    items = list(reader)
    data = text.encode("utf-8", "surrogateescape")
    position = 0
    for item in [*items, None]:
        start = len(data) if item is None else item.place.offset
        gap = data[position:start].decode("utf-8", "surrogateescape")
        assert start >= position
        assert tell_gap(gap) is not None, f"{gap[:200]!r} is no punctuation"
        if item is not None:
            position = start + item.place.length
            assert data[start:position].decode("utf-8", "surrogateescape") == item.place.text or not item.place.text
            assert item.place.line == 1 + data[:start].count(b"\n")
    return reader, items


def data_of(items):
    return [item.decoded.data for item in items if item.decoded is not None]
