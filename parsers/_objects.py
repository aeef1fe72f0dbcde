"""The loop shared by the formats that are JSON with one record an object."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from m365timeline.parsers._json_head import JsonLook
from m365timeline.parsers._json_stream import JsonReader, JsonRecord
from m365timeline.parsers._json_structure import tell_gap
from m365timeline.parsers.base import Detection, Head, Parser
from m365timeline.schemas.record import Code, Issue, Record
from m365timeline.schemas.source import Reader

_NEXT_PAGE = "This page names a next page (@odata.nextLink): if that one is not among the files, records are missing."


class ObjectParser(Parser):
    """A format whose JSON objects are records of one ``kind``. Formats say which objects are theirs; the rest is here.

    Whatever the objects are wrapped in (lines, lists, pages, a single object), the format sees them one by one.
    """

    kind: ClassVar[str]  # of the records: which normalizer understands them

    @abstractmethod
    def claim(self, look: JsonLook) -> Detection | None:
        """Claim a file by its first records, or do not."""

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
        for number, item in enumerate(stream, 1):
            if item.place.problem is not None:
                yield self.read_damaged(item, number)
            else:
                yield self.read_object(item, number)
        self.sequential = stream.damaged or not (stream.lines or reader.starts)
        if any(name.casefold().endswith("nextlink") and link for name, link in stream.members.items()):
            self.notes.append(_NEXT_PAGE)

    def read_object(self, item: JsonRecord, number: int) -> Record | Issue:
        """One object: its members are the record's fields."""
        return self.record(item, number)

    def read_damaged(self, item: JsonRecord, number: int) -> Record | Issue:
        """An object that could not be read."""
        place = item.place
        return Issue(
            code=place.problem or Code.BROKEN_JSON, reason=place.reason, record_number=number, line=place.line, offset=place.offset,
            length=place.length, raw=place.text or None,
        )  # fmt: skip

    def record(self, item: JsonRecord, number: int) -> Record:
        """The record of a whole object, with the object as its fields."""
        decoded = item.decoded
        return Record(
            kind=self.kind,
            fields=decoded.data if decoded else {},
            canonical=decoded.canonical if decoded else None,
            number=number,
            line=item.place.line,
            offset=item.place.offset,
            length=item.place.length,
            raw=item.place.text,
            quality=list(decoded.flags) if decoded else [],
        )
