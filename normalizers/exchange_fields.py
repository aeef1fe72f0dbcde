"""The fields of an Exchange audit record by name and alias; what nobody takes is left for ``extra``."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from m365timeline.normalizers.context import Context
from m365timeline.normalizers.times import read_time
from m365timeline.schemas.event import Event
from m365timeline.schemas.exchange_columns import OF_THE_SESSION

_FLAGS = {"true": True, "false": False}
# The same child under the names of SearchResult.xml and of the cmdlets' objects.
_CHILD_NAMES = {
    "SourceItemId": "Id", "SourceItemSubject": "Subject", "SourceItemFolderPathName": "FolderPathName",
    "SourceFolderId": "Id", "SourceFolderPathName": "PathName",
}  # fmt: skip
_CHILDREN = frozenset({"SourceItems", "SourceFolders", "CmdletParameters", "ModifiedProperties"})
_TYPE_NAMES = ("System.Collections.", "System.Object", "System.String[", "Microsoft.Exchange.", "Deserialized.")
_BEGIN_LOST = frozenset({"@", "{", *(name[0] for name in _TYPE_NAMES)})  # no other text is looked at twice
_encoder = msgspec.json.Encoder()
_sorted = msgspec.json.Encoder(order="sorted")


def is_type_name(text: str) -> bool:
    """Whether an exporting tool wrote the type of a list in place of the list."""
    return text.startswith(_TYPE_NAMES) and " " not in text.strip()


class Fields:
    """Attributes and children of one record. An alias counts only where its name is absent or empty."""

    def __init__(self, fields: Mapping[str, Any], aliases: Mapping[str, Sequence[str]]) -> None:
        self._rest: dict[str, Any] = {}
        self._aliases = aliases
        self.lost: set[str] = set()
        for key, value in fields.items():
            if type(value) is not str:
                if value is not None and value != []:
                    self._rest[key] = _text_of(value)
                    if type(value) is list and _is_lost(key, value):
                        self.lost.add(key)
            elif value:
                self._rest[key] = value
                if value[0] in _BEGIN_LOST and _is_lost(key, value):
                    self.lost.add(key)

    def _key(self, name: str) -> str | None:
        """The name the value stands under: most names asked for stand under none."""
        if name not in self._rest and name not in self._aliases:
            return None
        if type(self._rest.get(name)) is str and name not in self.lost:
            return name
        for key in self._aliases.get(name, ()):
            if type(self._rest.get(key)) is str and key not in self.lost:
                return key
        return None

    def see(self, name: str) -> str | None:
        """The text without outer blanks, ``None`` if there is none; it stays in ``extra`` too."""
        key = self._key(name)
        return (self._rest[key].strip() or None) if key else None

    def take(self, name: str) -> str | None:
        """Like :meth:`see`, for a text that gets a column of its own."""
        key = self._key(name)
        return (self._rest.pop(key).strip() or None) if key else None

    def take_exact(self, name: str) -> str | None:
        """Like :meth:`take`, blanks included."""
        key = self._key(name)
        return self._rest.pop(key) if key else None

    def take_path(self, name: str) -> str | None:
        """A folder's path; the words ``Not Available`` are none."""
        return None if self.see(name) == "Not Available" else self.take(name)

    def take_flag(self, name: str) -> bool | None:
        """``true`` and ``false`` in any case; anything else stays in ``extra``."""
        found = _FLAGS.get((self.see(name) or "").casefold())
        if found is not None:
            self.take(name)
        return found

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The children of a child, under the names of SearchResult.xml; they stay in ``extra`` too."""
        found = self._rest.get(name)
        if isinstance(found, dict):
            found = [found]
        if not isinstance(found, list):
            return []
        return [_child(row) for row in found if isinstance(row, dict)]

    def left(self) -> frozenset[str]:
        """The names nobody has taken."""
        return frozenset(self._rest)

    def extra(self) -> str | None:
        """What is left, as JSON."""
        return _encoder.encode(self._rest).decode() if self._rest else None


def _is_lost(name: str, value: Any) -> bool:
    """Whether an export put a type's name, or texts for want of depth, in the place of a list of children."""
    if isinstance(value, list):
        return name in _CHILDREN and any(isinstance(item, str) for item in value)
    if not isinstance(value, str):
        return False
    shown = name in _CHILDREN - {"CmdletParameters"} and value.startswith("{") and value.strip("{} ") != ""
    return shown or is_type_name(value) or (name in _CHILDREN and value.startswith("@{"))


def _child(row: dict[str, Any]) -> dict[str, Any]:
    return {_CHILD_NAMES.get(key, key): value for key, value in row.items()}


def _text_of(value: Any) -> Any:
    """Numbers and truth values as the text that the other wrappings hold."""
    return str(value) if isinstance(value, (bool, int, float)) else value


def content_of_entry(event: Event, told: Mapping[str, Any]) -> bytes | None:
    """What an audit entry says, whatever wrapping it came in: equal bytes for the same entry in XML, CLIXML and JSON.

    ``None`` where the wrapping dropped so much (the zone, the items, the parameters) that two entries could look alike: then
    only copies of the same record are one.
    """
    if event.time_basis not in {"offset_stated", "utc_by_specification"} or "details_lost" in (event.quality or []):
        return None
    common = {
        "time": event.time, "operation": (event.operation or "").casefold(), "mailbox": (event.mailbox_id or "").casefold(),
        "server": event.server,
    }  # fmt: skip
    return _sorted.encode({**common, **{name: value for name, value in told.items() if value}})


def content_of_rows(fields: Mapping[str, Any]) -> bytes:
    """What a record says apart from the session that fetched it."""
    return _sorted.encode(
        {name: value for name, value in fields.items() if name not in OF_THE_SESSION and value not in ("", None)}
    )


def fill_time(event: Event, text: str | None, context: Context, *, utc: bool = False) -> None:
    """A time with its offset; without one it is UTC if ``utc``, else needs the zone the user gave."""
    if text is None:
        event.time_basis = "none"
        return
    event.time_raw = text
    reading = read_time(text, context.dates, context.zone, utc_by_specification=utc)
    event.time, event.time_day_first, event.time_basis = reading.time, reading.day_first, reading.basis
    event.quality = list(reading.flags) or None
