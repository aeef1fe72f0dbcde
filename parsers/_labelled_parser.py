"""What the formats of labelled text share: detection by the labels a text begins with, and the loop over its blocks."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar

from m365timeline.parsers._csv import line_end_of
from m365timeline.parsers._json_head import Beginning
from m365timeline.parsers._labelled import LabelReader
from m365timeline.parsers._objects import ObjectParser
from m365timeline.parsers._slices import Found, Look
from m365timeline.parsers.base import Detection, Head
from m365timeline.schemas.record import Issue, Record
from m365timeline.schemas.source import Reader

_HEAD = 16 << 10  # characters; a record's labels stand in its first lines


class LabelledParser(ObjectParser):
    """Blocks of labels that a format knows."""

    repeated: ClassVar[frozenset[str]] = frozenset()  # labels a record may have several times, in lower case

    @abstractmethod
    def knows(self, label: str) -> bool:
        """Whether a label, in lower case, is one of a record's."""

    @abstractmethod
    def fields_of(self, labels: dict[str, Any]) -> dict[str, Any]:
        """The record's fields under the names the normalizer knows."""

    def detect(self, head: Head) -> Detection | None:
        """Claim a text whose first line bears a label and whose first block is a record."""
        start = head.start[:_HEAD]
        if line_end_of(start) == "\r":
            return None  # the whole file would be one line
        first = LabelReader(Beginning(""), self.knows).label_of(start.partition("\n")[0])
        if first is None:
            return None
        reader = LabelReader(Beginning(start + ("\n\n" if start.endswith("\n") else "")), self.knows, self.repeated)
        found = [item.decoded.data for item in reader if item.decoded is not None]
        return self.claim(Look(tuple(found[:1]) or (self._beginning(start),)))

    def _beginning(self, text: str) -> dict[str, Any]:
        """The labels of a block that the beginning of the file does not end."""
        reader = LabelReader(Beginning(""), self.knows, self.repeated)
        names = (reader.label_of(line) for line in text.splitlines())
        return {name: "" for name in names if name is not None}

    def records(self, reader: Reader, head: Head) -> Iterator[Record | Issue]:  # noqa: ARG002 (the head has nothing that is needed again)
        """Yield a record for every block."""
        yield from self._each(LabelReader(reader, self.knows, self.repeated))

    def read_object(self, found: Found, number: int) -> Record | Issue:
        """One block, under the names the normalizer knows."""
        record = self.record(found, number)
        record.fields = self.fields_of(record.fields)
        return record
