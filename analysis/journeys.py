"""Message journeys: the events of every message that a trace speaks of, folded into one row each.

Method: trace events that bear the same network message id, from whatever report, in order of time. A message of which only
one report tells has only that report's steps; what no report names did not necessarily not happen.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from m365timeline.analysis.journey import follow
from m365timeline.schemas.journeys import MessageJourney


def fold_messages(events: Iterable[Mapping[str, Any]]) -> Iterator[MessageJourney]:
    """Fold events that come ordered by network message id and time."""
    for network_message_id, group in groupby(events, key=lambda event: event["network_message_id"]):
        rows = list(group)
        times = [row["time"] for row in rows if row["time"] is not None]
        recipients = dict.fromkeys(name for row in rows for name in row["recipients"] or ())
        yield MessageJourney(
            network_message_id=network_message_id,
            first=min(times, default=None),
            last=max(times, default=None),
            sender=_first(rows, "sender"),
            recipients=list(recipients),
            subject=_first(rows, "subject"),
            message_id=next((ids[0] for row in rows if (ids := row["message_ids"])), None),
            sentence=follow(rows).sentence,
            events=len(rows),
            sources=sorted({row["source_type"] for row in rows}),
        )


def _first(rows: list[Mapping[str, Any]], name: str) -> str | None:
    return next((row[name] for row in rows if row[name]), None)
