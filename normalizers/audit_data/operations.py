"""What an operation is called in words and what kind of thing it is: the table ``operations.csv``, by family."""

from functools import cache, lru_cache

import msgspec

from m365timeline.normalizers.sentences import cut, tried, who
from m365timeline.schemas.event import Event
from m365timeline.schemas.reference import rows


class Operation(msgspec.Struct, frozen=True):
    """One row of the table. ``rest`` is the end of the sentence, with ``{target}`` and the family's own places in it."""

    category: str
    target_type: str | None
    past: str
    attempt: str
    rest: str


@cache
def _table() -> dict[tuple[str, str], Operation]:
    return {
        (row["family"], key_of(row["operation"])): Operation(
            row["category"], row["target_type"] or None, row["past"], row["attempt"], row["rest"]
        )
        for row in rows("operations")
    }


def key_of(operation: str) -> str:
    """Case, the full stop of directory operations and the kind of dash (``?`` in ASCII exports) do not tell operations apart."""
    words = operation.casefold().replace("–", "-").replace(" ? ", " - ").split()
    return " ".join(words).rstrip(".").rstrip()


@lru_cache(maxsize=4096)
def find(family: str, operation: str) -> Operation | None:
    """The row for an operation as logged, ``None`` if the table does not know it."""
    return _table().get((family, key_of(operation)))


def say(event: Event, known: Operation | None, **places: str) -> str:
    """The sentence of an event. An operation the table does not know is named as logged and claims nothing else."""
    if known is None:
        performed = tried(event, "performed", "perform")
        target = places.get("target")
        on_what = f" on {target}" if target else ""
        return f"{who(event)} {performed} {cut(event.operation or 'an unnamed operation').rstrip('.')}{on_what}"
    verb = tried(event, known.past, known.attempt)
    return f"{who(event)} {verb} {known.rest.format_map(_Places(places))}".rstrip(" .")


class _Places(dict[str, str]):
    """The places of a sentence; one that is not filled says so."""

    def __missing__(self, key: str) -> str:
        return "(not named)" if key in {"target", "other"} else ""


@lru_cache(maxsize=8192)
def client_of(user_agent: str) -> str | None:
    """Kind of client a user agent claims to be, by the table ``user_agents.csv`` (first match wins)."""
    text = " " + user_agent.casefold()
    for row in rows("user_agents"):
        if " " + row["token"].casefold() in text:
            return row["client_app"]
    return None
