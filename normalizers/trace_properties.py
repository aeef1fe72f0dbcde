"""The ``Data`` cell of a message trace detail: a small XML text of named values, read as hostile input."""

from typing import Any
from xml.parsers import expat

_LARGEST = 1 << 20  # characters; real ones have a few thousand
_DEEPEST = 4


class _RefusedError(Exception):
    """The text is not the plain element list that the service writes."""


def read_properties(text: str) -> dict[str, str | list[str]] | None:
    """Read ``<root><MEP Name="…" String="…"/>…</root>``: value by name, repeated names as lists.

    ``None`` if it is anything else: broken, too large, with a document type, entities or processing instructions.
    """
    if len(text) > _LARGEST or not text.lstrip().startswith("<"):
        return None
    found: dict[str, str | list[str]] = {}
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        values = [value for key, value in attributes.items() if key != "Name"]
        if depth == 1 and not attributes:
            return
        if depth > _DEEPEST or name != "MEP" or "Name" not in attributes or len(values) != 1:
            raise _RefusedError
        _put(found, attributes["Name"], values[0])

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def characters(data: str) -> None:
        if data.strip():
            raise _RefusedError

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, characters
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ProcessingInstructionHandler = _refuse
    try:
        parser.Parse(text, True)
    except (expat.ExpatError, UnicodeEncodeError, _RefusedError):
        return None
    return found


def _refuse(*_arguments: Any) -> None:
    raise _RefusedError


def _put(target: dict[str, str | list[str]], key: str, value: str) -> None:
    known = target.get(key)
    if known is None:
        target[key] = value
    elif isinstance(known, list):
        known.append(value)
    else:
        target[key] = [known, value]
