"""What a normalizer is told beside the record, and what it notes on the way."""

from collections.abc import Callable
from datetime import tzinfo

import msgspec

from m365timeline.schemas.dates import DateEvidence
from m365timeline.schemas.event import Event
from m365timeline.schemas.mapping import Mapping
from m365timeline.schemas.record import Record


class Context(msgspec.Struct, kw_only=True):
    """One part of one source being normalized.

    ``zone`` is the zone the user gave for exports that do not say theirs. ``dates`` collects what the dates prove about
    the file's day/month order. ``compared`` counts how many wrapper dates were compared with the record's own time.
    ``unknown`` counts operations and record types this version has no words for. ``mapping`` is the user's word on what the columns of a table mean. ``told_by_header``: columns stand in a header, so that new ones are
    told there and not by counting records.
    """

    source_type: str
    family: str
    zone: tzinfo | None = None
    dates: DateEvidence = msgspec.field(default_factory=DateEvidence)
    compared: int = 0
    told_by_header: bool = False
    mapping: Mapping | None = None
    unknown: dict[str, int] = msgspec.field(default_factory=dict)


Normalizer = Callable[[Record, Context], list[Event]]
