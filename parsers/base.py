"""The contract every parser keeps: detect by content, yield every record once, say what could not be read."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal

import msgspec

from m365timeline.parsers._clixml import look_at_clixml
from m365timeline.parsers._csv import Table, read_header
from m365timeline.parsers._format_list import look_at_list
from m365timeline.parsers._json_head import look_at_json
from m365timeline.parsers._slices import Look
from m365timeline.schemas.record import Issue, Record
from m365timeline.schemas.result_sets import ResultSets
from m365timeline.schemas.source import Encoding, Reader

if TYPE_CHECKING:
    from m365timeline.schemas.mapping import Mapping


class Head:
    """The beginning of a file, decoded: what detection looks at."""

    def __init__(self, data: bytes, encoding: Encoding, line_end: str | None = None) -> None:
        self.data = data
        self.line_end = line_end  # of a line out of a file; that of a beginning is seen in it
        self.encoding = encoding
        even = len(data) - (len(data) % 2 if encoding.wide else 0)
        self.text = encoding.decode(data[encoding.bom : even])

    @cached_property
    def table(self) -> Table | None:
        """The header of a delimited file, ``None`` if the text does not begin like one."""
        return read_header(self.text, self.line_end)

    @cached_property
    def json(self) -> Look | None:
        """What the first records of a JSON file look like, ``None`` if the text does not begin as JSON."""
        return look_at_json(self.text)

    @cached_property
    def clixml(self) -> Look | None:
        """What the first objects of an Export-Clixml file look like, ``None`` if it is none."""
        return look_at_clixml(self.text)

    @cached_property
    def listing(self) -> Look | None:
        """What the first blocks of a Format-List text look like, ``None`` if it is none."""
        return look_at_list(self.text)

    @cached_property
    def start(self) -> str:
        """The text without leading marks and blanks."""
        return self.text.lstrip("\ufeff \t\r\n")


class Detection(msgspec.Struct, frozen=True):
    """A parser's yes: why it claims the file, and which variant it sees."""

    why: str
    variant: str = ""


class Parser(ABC):
    """Reads one export format. One instance reads one source (or one part of it) and is then thrown away."""

    name: ClassVar[str]  # == module name; Event.source_type
    title: ClassVar[str]  # what an investigator calls it
    origin: ClassVar[str]  # where an investigator gets it
    marks: ClassVar[str]  # what marks it in its content
    time_basis: ClassVar[str]  # in words: why its times are UTC, or what must be asked
    limits: ClassVar[str]  # known limits of the export itself
    family: ClassVar[str]  # records of one family with one id are the same record, whatever the format
    splittable: ClassVar[bool] = False  # whether Scan.cuts are cuts between its records
    # Whether ``between`` alone says what may stand between its records, and whether the beginning of that can be told alone.
    tells_gaps: ClassVar[Literal["no", "whole", "by pieces"]] = "no"

    @abstractmethod
    def detect(self, head: Head) -> Detection | None:
        """Claim the file from its beginning, or do not. Never looks at the file name."""

    @abstractmethod
    def records(self, reader: Reader, head: Head) -> Iterator[Record | Issue]:
        """Yield every record of the reader's range in order, and an Issue for each that cannot be read.

        Numbers and lines count from 1 at the beginning of the range; offsets are those of the source.
        """

    def splits(self, head: Head) -> bool:  # noqa: ARG002 (a format whose files differ looks at them)
        """Whether this file may be read in parts, cut at line ends outside quotes, in markup where an Event begins."""
        return self.splittable

    def between(self, text: str) -> list[tuple[str, str]] | None:  # noqa: ARG002 (most formats hold nothing of their own)
        """Tell what stands between two records as pieces (kind of range, text); ``None`` if it is nothing this format holds there.

        A format that tells gaps by pieces gives those before the first that it does not know.
        """
        return None

    notes: list[str]  # decisions and repairs worth telling the user, filled while reading

    def __init__(self) -> None:
        self.notes = []
        self.mapping: Mapping | None = None  # what the user says of a table that no format knows
        self.sequential = False  # set when a part turns out not to stand alone: read the file in one piece
        self.blank_lines = 0
        self.repeated_headers = 0
        self.result_sets = ResultSets()
