"""Carrying an analyst's tags and notes into the next workbook, none of them lost silently."""

from collections.abc import Iterator
from typing import Any, Protocol

from m365timeline.case.sql import quote
from m365timeline.schemas.notes import Notes
from m365timeline.schemas.words import counted

_NAMED = 20  # notes without a row that are told one by one


class Asked(Protocol):
    """A case, as far as this may see it."""

    def rows(self, text: str) -> Iterator[dict[str, Any]]:
        """Run a query over the view ``events``."""


def say_carried(case: Asked, notes: Notes) -> list[str]:
    """What became of the notes, in sentences: how many have their row, and each that has none."""
    events = notes.events
    if not events:
        return [f"{notes.source} holds no tags or notes to carry over."]
    wanted = ", ".join(quote(event) for event in events)
    there = {row["event_id"] for row in case.rows(f"SELECT event_id FROM events WHERE event_id IN ({wanted})")}
    said = [
        f"Tags and notes of {counted(len(there), 'event')} {'was' if len(there) == 1 else 'were'} carried over from {notes.source}."
    ]
    missing = [event for event in events if event not in there]
    said += [
        f"The event {event} is not on this timeline (other inputs or filters); in {notes.source} it has: {_words(notes, event)}"
        for event in missing[:_NAMED]
    ]
    if len(missing) > _NAMED:
        said.append(
            f"{counted(len(missing) - _NAMED, 'more tagged event')} not on this timeline; their notes stay in {notes.source}."
        )
    return said


def _words(notes: Notes, event: str) -> str:
    return " · ".join(text for text in (notes.tags.get(event), notes.notes.get(event)) if text)
