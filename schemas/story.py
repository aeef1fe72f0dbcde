"""The story of one person, address or message, in sentences that rest on rows of the timeline."""

import msgspec


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    """One statement. ``sheet`` is where the analyst finds its rows, ``positions`` the timeline rows it rests on (first ones)."""

    sheet: str
    text: str
    severity: str
    positions: tuple[int, ...]


class Story(msgspec.Struct, kw_only=True):
    """Everything the analyses say of a focus. ``names`` are the names under which the logs know it; empty if they do not."""

    focus: str
    names: list[str]
    events: int
    first: int | None
    last: int | None
    sentences: list[Sentence]
    more: dict[str, int]
