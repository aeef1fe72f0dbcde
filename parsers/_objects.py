"""The loop shared by the formats whose records are objects: in JSON, in CLIXML, in a text as Format-List prints it."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar, Protocol

from m365timeline.parsers._clixml import ClixmlReader, tell_markup
from m365timeline.parsers._format_list import ListReader
from m365timeline.parsers._json_stream import JsonReader
from m365timeline.parsers._json_structure import tell_gap
from m365timeline.parsers._slices import Found, Look
from m365timeline.parsers.base import Detection, Head, Parser
from m365timeline.schemas.record import Code, Issue, Record
from m365timeline.schemas.source import Reader

_NEXT_PAGE = "This page names a next page (@odata.nextLink): if that one is not among the files, records are missing."
PICTURE = (
    "The text is a picture of the records for reading: long values were wrapped or cut, lists shortened. "
    "Ask for the export as CSV, JSON or CLIXML."
)


class Walk(Protocol):
    """A reader of objects: walked through once, and what it says of the file is complete then."""

    damaged: bool

    def __iter__(self) -> Iterator[Found]:
        """Yield records and problems in order."""


class ObjectParser(Parser):
    """A format whose objects are records of one ``kind``. Formats say which objects are theirs; the rest is in the classes below."""

    kind: ClassVar[str]  # of the records: which normalizer understands them

    @abstractmethod
    def claim(self, look: Look) -> Detection | None:
        """Claim a file by its first records, or do not."""

    def read_object(self, found: Found, number: int) -> Record | Issue:
        """One object: its members are the record's fields."""
        return self.record(found, number)

    def read_damaged(self, found: Found, number: int) -> Record | Issue:
        """An object that could not be read."""
        place = found.place
        return Issue(
            code=place.problem or Code.BROKEN_JSON, reason=place.reason, record_number=number, line=place.line, offset=place.offset,
            length=place.length, raw=place.text or None,
        )  # fmt: skip

    def record(self, found: Found, number: int) -> Record:
        """The record of a whole object, with the object as its fields."""
        decoded, place = found.decoded, found.place
        return Record(
            kind=self.kind, fields=decoded.data if decoded else {}, canonical=decoded.canonical if decoded else None, number=number, line=place.line,
            offset=place.offset, length=place.length, raw=place.text, quality=list(decoded.flags) if decoded else [],
        )  # fmt: skip

    def _each(self, stream: Walk) -> Iterator[Record | Issue]:
        for number, found in enumerate(stream, 1):
            yield self.read_damaged(found, number) if found.place.problem else self.read_object(found, number)
        self.sequential = stream.damaged


class JsonParser(ObjectParser):
    """Objects in JSON, whatever they are wrapped in: lines, lists, pages, a single object."""

    tells_gaps = "whole"

    def detect(self, head: Head) -> Detection | None:
        """Claim JSON whose first record is this format's."""
        return None if head.json is None else self.claim(head.json)

    def splits(self, head: Head) -> bool:
        """One object a line may be read in parts."""
        look = head.json
        return look is not None and look.lines and not look.wrapper and head.start.startswith("{")

    def between(self, text: str) -> list[tuple[str, str]] | None:
        """Brackets, commas and the members of wrappers."""
        return tell_gap(text)

    def records(self, reader: Reader, head: Head) -> Iterator[Record | Issue]:  # noqa: ARG002 (the head has nothing that is needed again)
        """Yield a record for every object."""
        stream = JsonReader(reader)
        yield from self._each(stream)
        self.sequential |= not (stream.lines or reader.starts)
        if any(name.casefold().endswith("nextlink") and link for name, link in stream.members.items()):
            self.notes.append(_NEXT_PAGE)


class ClixmlParser(ObjectParser):
    """Objects of PowerShell's Export-Clixml."""

    tells_gaps = "whole"

    def detect(self, head: Head) -> Detection | None:
        """Claim CLIXML whose first object is this format's."""
        return None if head.clixml is None else self.claim(head.clixml)

    def between(self, text: str) -> list[tuple[str, str]] | None:
        """The tags around the objects."""
        return tell_markup(text)

    def records(self, reader: Reader, head: Head) -> Iterator[Record | Issue]:  # noqa: ARG002 (as above)
        """Yield a record for every object."""
        yield from self._each(ClixmlReader(reader))


class ListParser(ObjectParser):
    """Blocks of ``Name : value`` lines as Format-List prints objects; every such file is noted as lossy."""

    def detect(self, head: Head) -> Detection | None:
        """Claim a list whose first block is this format's."""
        return None if head.listing is None else self.claim(head.listing)

    def records(self, reader: Reader, head: Head) -> Iterator[Record | Issue]:  # noqa: ARG002 (as above)
        """Yield a record for every block."""
        self.notes.append(PICTURE)
        yield from self._each(ListReader(reader))
