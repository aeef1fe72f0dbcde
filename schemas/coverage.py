"""What was supplied, day by day, and what is therefore not known."""

import msgspec


class Log(msgspec.Struct, kw_only=True):
    """One kind of log, over all its files. Times in microseconds UTC.

    ``days`` counts the days with events, ``counts`` the events of each period of the grid; ``pauses`` are days without any
    event that are longer than this log's rhythm explains; ``uncovered`` and ``edges`` say in words what the log does not reach and
    what its ends look like.
    """

    name: str
    files: int
    events: int
    first: int | None
    last: int | None
    days: int
    counts: list[int]
    pauses: list[str] = msgspec.field(default_factory=list)
    uncovered: list[str] = msgspec.field(default_factory=list)
    edges: list[str] = msgspec.field(default_factory=list)


class Coverage(msgspec.Struct, kw_only=True):
    """All logs over the periods of the case. ``period`` is day, week or month, ``starts`` the first day of each.

    ``unknown`` says, in sentences, what follows: questions the supplied logs cannot answer.
    """

    period: str = "day"
    starts: list[str] = msgspec.field(default_factory=list)
    logs: list[Log] = msgspec.field(default_factory=list)
    unknown: list[str] = msgspec.field(default_factory=list)
