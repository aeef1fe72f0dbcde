"""Values no real record has: a user or an operation of megabytes, made to fill the memory of whoever reads it.

Such a field is shown to its first characters and flagged; the record as it stood keeps it whole. What was remembered of such
values between records is forgotten, because a thousand remembered values of a megabyte are a gigabyte.
"""

import sys
from functools import cache
from typing import Any

from m365timeline.schemas.event import Event

LARGE = 100_000  # characters of a record from which on its fields are looked at
LONGEST = 32_767  # characters of a field; also what an Excel cell holds
_WHOLE = frozenset({"raw", "extra", "command", "changes"})  # may be long in a real record
_SHORT = tuple(name for name in Event.__struct_fields__ if name not in _WHOLE)


def shorten(events: list[Event]) -> None:
    """Cut the fields of a large record's events, and entries of their lists, and forget what was remembered of them."""
    found = False
    for event in events:
        cut = False
        for name in _SHORT:
            value = getattr(event, name)
            if type(value) is str and len(value) > LONGEST:
                setattr(event, name, value[:LONGEST])
                cut = True
            elif type(value) is list and any(type(item) is str and len(item) > LONGEST for item in value):
                setattr(event, name, [item[:LONGEST] if type(item) is str else item for item in value])
                cut = True
        if cut:
            event.quality = [*(event.quality or []), "long_value_cut"]
            found = True
    if found:
        for memory in _memories():
            memory.cache_clear()


@cache
def _memories() -> tuple[Any, ...]:
    """The functions of the normalizers that remember values of records: those with a limit to what they remember."""
    return tuple(
        value
        for name, module in sorted(sys.modules.items())
        if name.startswith(("m365timeline.normalizers.", "m365timeline.schemas."))
        for value in vars(module).values()
        if hasattr(value, "cache_clear") and value.cache_parameters()["maxsize"] is not None
    )
