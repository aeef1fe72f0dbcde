"""What an analysis hands to a writer: plain values in rows, and words for what they mean. No cell, no link, no colour stands here."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

KINDS = ("text", "wrapped", "number", "date", "row")
# The sheets an analyst finds, in the order they are read. Timeline and those without an analysis are made by the writer.
ORDER = (
    "Summary", "Findings", "Timeline", "Non-owner access", "Permissions", "Messages exposed", "Messages sent", "Message journeys", "Sessions",
    "Rules & forwarding", "Admin changes", "Sign-ins", "IP addresses", "Users & mailboxes", "Apps & clients", "SharePoint & OneDrive", "Coverage",
    "Context", "Sources", "Rejected", "Legend",
)  # fmt: skip


class SheetColumn(msgspec.Struct, frozen=True, kw_only=True):
    """A column of an analysis.

    ``kind``: text; wrapped (long text); number (a whole number); date (microseconds UTC); row (the position of one event
    on the timeline, from 1: writers make it a link). ``about`` says what an empty cell means where that is not plain.
    ``widest`` in letters; 0: 60 where text wraps, else 40. ``choices`` are values an analyst may choose for the cell.
    """

    title: str
    kind: str = "text"
    about: str = ""
    widest: int = 0
    choices: tuple[str, ...] = ()


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """One question to a case, as it is shown.

    ``about``: what a row is, in a few words that follow a number ("mailboxes that …"). ``method``: how it is worked out,
    in two sentences. ``absence``: what it means that a row, or a value, is not there. ``empty``: why the sheet is left
    out if no row is found, as the rest of a sentence. ``frozen``: how many columns stay in sight.
    """

    title: str
    about: str
    method: str
    absence: str
    empty: str
    columns: tuple[SheetColumn, ...]
    frozen: int = 1


class SheetRow(msgspec.Struct, frozen=True):
    """One row: a value for every column of its sheet, in their order (``None``: not known, or not so).

    ``positions`` are the events the row rests on, by their place on the timeline (from 1), in order; a row that rests on
    very many keeps the first ones only, and ``count`` says how many there are. ``severity`` as of an event.
    """

    values: tuple[Any, ...]
    positions: tuple[int, ...]
    count: int
    severity: str = "info"


MOST_POSITIONS = 50  # kept of a row's events; the others are counted


def sheet_row(
    values: tuple[Any, ...], positions: list[int] | tuple[int, ...], severity: str = "info", count: int | None = None
) -> SheetRow:
    """Make a row from all positions it rests on, or from the first ones and their ``count``."""
    kept = tuple(sorted(positions)[:MOST_POSITIONS])
    return SheetRow(values, kept, len(positions) if count is None else count, severity)


class Answer(msgspec.Struct, frozen=True):
    """A sheet and its rows, which are worked out when they are asked for, once."""

    sheet: Sheet
    rows: Callable[[], Iterator[SheetRow]]
