"""Time zones by name, always from the data shipped with this program.

The host's own zone files are not read: an older host would give other offsets and so other bytes.
"""

from datetime import tzinfo
from functools import cache
from importlib.resources import files


@cache
def zone_named(name: str) -> tzinfo | None:
    """The zone of an IANA name such as ``Europe/Berlin``; ``None`` if there is none of that name."""
    from dateutil import tz

    parts = name.split("/")
    if not all(part.replace("_", "").replace("-", "").replace("+", "").isalnum() for part in parts):
        return None
    file = files("tzdata.zoneinfo").joinpath(*parts)
    if not file.is_file():
        return None
    with file.open("rb") as data:
        if data.read(4) != b"TZif":
            return None
        data.seek(0)
        return tz.tzfile(data, name)
