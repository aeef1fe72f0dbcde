"""JSON Lines: one event a line, every value whole. Fields without a value are left out."""

from datetime import datetime
from typing import Any, BinaryIO, ClassVar

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from m365timeline.schemas.event import LIST_FIELDS, PUBLISHED, TIME_FIELDS
from m365timeline.writers.strings import Renderer, bytes_of, iso_times, listed, rewrite, slices, write_lines

_ORDINARY = bytes(set(range(32, 256)) - set(b'"\\'))
_ESCAPES = {"\\": "\\", '"': '"', "\r": "r", "\n": "n", "\t": "t"}  # the backslash first
_ESCAPED = "".join(_ESCAPES).encode()
_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f]"


def iso_utc(moment: datetime) -> str:
    """``2021-03-23T15:45:38Z``, with six fraction digits only where there is a fraction."""
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{moment.microsecond:06d}Z" if moment.microsecond else f"{text}Z"


class JsonlWriter:
    """Times are ISO 8601 UTC; ``extra`` is a nested object; lists are lists. The first field, the event id, is never absent."""

    columns: ClassVar[tuple[str, ...]] = PUBLISHED

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._renderer = Renderer()

    def write(self, batch: Any) -> None:
        """Append a batch."""
        for part in slices(batch):
            pieces: list[Any] = []
            for number, name in enumerate(self.columns):
                pieces += self._members("," if number else "{", name, part.column(name))
            write_lines(self._stream, [*pieces, "}\n"])

    def _members(self, before: str, name: str, values: Any) -> list[Any]:
        """The pieces of each line that hold the field ``name``."""
        if values.null_count == len(values):
            return []
        opening, closing, texts = f'{before}"{name}":', "", values
        if name in LIST_FIELDS:
            opening, closing, texts = opening + "[", "]", listed(values, _quoted, ",")
        elif name == "changes":
            opening, closing, texts = opening + "[", "]", listed(values, _changes, ",")
        elif name in TIME_FIELDS:
            opening, closing, texts = opening + '"', '"', iso_times(values)
        elif pa.types.is_boolean(values.type):
            texts = pc.if_else(values, "true", "false")
        elif pa.types.is_integer(values.type):
            texts = values.cast(pa.string())
        elif name != "extra":
            opening, closing, texts = opening + '"', '"', self._renderer.render(name, values, _escaped)
        if not texts.null_count:
            return [opening, texts, closing]
        return [pc.binary_join_element_wise(opening, texts, closing, "")]

    def close(self) -> list[str]:
        """Nothing is left to do."""
        return []


def _escaped(values: Any) -> Any:
    """Texts as they stand between the quotes of a JSON string."""
    special = bytes_of(values).translate(None, _ORDINARY)
    escaped = values
    for letter, name in _ESCAPES.items():
        if letter.encode() in special:
            escaped = pc.replace_substring(escaped, letter, "\\" + name)
    if special.translate(None, _ESCAPED):
        escaped = rewrite(escaped, pc.match_substring_regex(values, _CONTROLS), _escape_controls)
    return escaped


def _escape_controls(text: str) -> str:
    """Escape the control characters that are left in a text."""
    return "".join(msgspec.json.encode(letter).decode()[1:-1] if letter < " " else letter for letter in text)


def _quoted(values: Any) -> Any:
    return pc.fill_null(pc.binary_join_element_wise('"', _escaped(values), '"', ""), "null")


def _changes(values: Any) -> Any:
    name, old, new = (_quoted(pc.struct_field(values, part)) for part in ("name", "old", "new"))
    return pc.binary_join_element_wise('{"name":', name, ',"old":', old, ',"new":', new, "}", "")
