"""JSON without any record: a list or page that is empty, or was begun and never filled.

Where it comes from: a search that found nothing, saved as JSON by whichever tool.

What it looks like: ``[]``, ``{"value":[]}``, or ``[`` alone, as tools leave it that write a list piece by piece.
"""

from collections.abc import Iterator

from m365timeline.parsers._json_structure import tell_gap
from m365timeline.parsers._objects import JsonParser
from m365timeline.parsers._slices import Look
from m365timeline.parsers.base import Detection, Head
from m365timeline.schemas.record import Issue, Record
from m365timeline.schemas.source import Reader

NOTE = (
    "The file holds no record: the search found nothing, or its export was broken off before the first. The file does not say which log "
    "was searched, nor for which period. No record is no proof that nothing happened."
)


class JsonEmpty(JsonParser):
    """JSON that holds no record."""

    name = "json_empty"
    title = "JSON without records"
    origin = "any search saved as JSON that found nothing (Graph, Microsoft-Extractor-Suite, ConvertTo-Json)"
    marks = "JSON: nothing but the brackets of lists and the members around an empty one"
    time_basis = "there is no time"
    limits = "the file does not name the search"
    family = "none"
    kind = "audit_data"

    def detect(self, head: Head) -> Detection | None:
        """Claim JSON that holds nothing but structure."""
        look = head.json
        if look is None or look.records or tell_gap(head.start) is None:
            return None
        if not look.wrapper and head.start.strip("[], \t\r\n"):
            return None  # an object that does not end here is a record, whatever is wrong with it
        return self.claim(look)

    def claim(self, look: Look) -> Detection | None:
        """Say what is around the missing records."""
        around = ", ".join(sorted(look.wrapper))
        return Detection("it is JSON without any record", f"empty page ({around})" if around else "empty list")

    def records(self, reader: Reader, head: Head) -> Iterator[Record | Issue]:
        """Yield whatever follows behind the beginning: mostly nothing, which the notes say."""
        found = False
        for item in super().records(reader, head):
            found = True
            yield item
        if not found:
            self.notes.append(NOTE)
