"""Values inside values: JSON in text, lists of changed properties, SharePoint's pseudo-XML. Read for display, never repaired.

What is read here stays in ``extra`` as logged: the readable form stands beside the original.
"""

from functools import lru_cache
from typing import Any

import msgspec

from m365timeline.normalizers.audit_data.common import text_of
from m365timeline.schemas.event import Change

_encoder = msgspec.json.Encoder()
_LONGEST = 1 << 20  # text beyond this is not looked into: it stays in extra and raw
_LONGEST_TAGS = 1 << 14


def json_in(text: Any) -> Any:
    """The value of a text that holds a JSON object, list or string; ``None`` if it holds none that can be read."""
    if type(text) is not str or len(text) > _LONGEST or not text.lstrip().startswith(("{", "[", '"')):
        return None
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def object_in(value: Any) -> dict[str, Any]:
    """An object given as such or as JSON text; ``{}`` for anything else."""
    if isinstance(value, dict):
        return value
    inner = json_in(value)
    return inner if isinstance(inner, dict) else {}


def items_of(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; a single object (some tools unwrap lists of one) counts as a list of one."""
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts_of(value: Any) -> list[str]:
    """The texts of a list of scalars, or a single one."""
    if isinstance(value, list):
        return [text for item in value if (text := text_of(item)) is not None]
    text = text_of(value)
    return [] if text is None else [text]


@lru_cache(maxsize=8192)
def unwrap(text: str) -> str | None:
    """A property value without its outer layer of JSON: ``["x"]`` is ``x``, ``[]`` and empty text are nothing."""
    value = json_in(text)
    if value is None:
        return text or None
    if isinstance(value, str):
        return value or None
    if isinstance(value, list):
        if not any(isinstance(item, (dict, list)) for item in value):
            return ", ".join(text_of(item) or "" for item in value) or None
        if len(value) == 1:
            value = value[0]
    return _encoder.encode(value).decode()


def changes_in(value: Any) -> list[Change]:
    """Read ``ModifiedProperties``: names with old and new value, without those that say nothing. Plain texts are names alone."""
    result = []
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict):
            name = text_of(item.get("Name"))
            old, new = unwrap(_text(item.get("OldValue"))), unwrap(_text(item.get("NewValue")))
            if name is not None and (old is not None or new is not None):
                result.append(Change(name, old, new))
        elif isinstance(item, str):
            result.append(Change(item, None, None))
    return result


def _text(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return _encoder.encode(value).decode()
    return text_of(value) or ""


@lru_cache(maxsize=4096)
def tags_in(text: str) -> dict[str, str]:
    """Read ``<Permissions granted>Edit</Permissions granted><Type>View</Type>``: it looks like XML and is not."""
    found: dict[str, str] = {}
    at = 0
    while len(text) <= _LONGEST_TAGS and (start := text.find("<", at)) >= 0:
        at = text.find(">", start)
        name = text[start + 1 : at]
        end = text.find(f"</{name}>", at) if at > 0 and name and name[0] != "/" else -1
        if end >= 0:
            value = text[at + 1 : end]
            found[name] = f"{found[name]}; {value}" if name in found else value
            at = end + len(name) + 3
        elif at < 0:
            break
    return found
