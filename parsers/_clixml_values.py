"""What the elements of CLIXML mean: the serialization PowerShell uses for objects and plain values."""

import re
from typing import Any

Child = tuple[str, str | None, Any]  # element, its name (N="…"), its value

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_WHOLE = frozenset({"By", "SB", "U16", "I16", "U32", "I32", "U64", "I64"})
_LISTS = frozenset({"LST", "IE", "QUE", "STK"})
_PLAIN = frozenset(
    {"S", "C", "B", "DT", "TS", "Sg", "Db", "D", "BA", "G", "URI", "Version", "XD", "SBK", "SS", *_WHOLE}
)
_MEMBERS = frozenset({"Props", "MS"})  # the object's own properties, and those added to it


def value_of(tag: str, children: list[Child], text: str) -> Any:
    """The value of one element from its children and its text.

    Dates (``DT``), decimals and all other numbers stay text, exactly as written: a date without offset is no UTC.
    """
    if tag in _WHOLE:
        return int(text) if re.fullmatch(r"-?[0-9]{1,20}", text.strip()) else text
    if tag == "B":
        return {"true": True, "false": False}.get(text.strip(), text)
    if tag == "Nil":
        return None
    if tag == "Obj":
        return _object(children)
    if tag == "DCT":
        return _dictionary(children)
    if tag in _MEMBERS:
        return _named(children)
    if tag in _LISTS:
        return [value for _, _, value in children]
    if tag == "En":
        return {name or "": value for _, name, value in children}
    return unescape(text) if tag in _PLAIN or tag in {"ToString", "T"} else text.strip()


def _named(children: list[Child]) -> dict[str, Any]:
    """Properties by name; a name that comes again keeps its first value and gets a number for the next."""
    result: dict[str, Any] = {}
    for tag, name, value in children:
        key = wanted = unescape(name) if name is not None else tag
        count = 1
        while key in result:
            count += 1
            key = f"{wanted}#{count}"
        result[key] = value
    return result


def _dictionary(entries: list[Child]) -> dict[str, Any]:
    return _named(
        [("En", str(entry.get("Key")), entry.get("Value")) for _, _, entry in entries if isinstance(entry, dict)]
    )


def _object(children: list[Child]) -> Any:
    """An object with properties is those; a list or dictionary is that; everything else (an enumeration) is its text."""
    members: list[Child] = []
    kept: dict[str, Any] = {}
    for tag, _, value in children:
        if tag in _MEMBERS:
            members += [("", name, inner) for name, inner in value.items()]
        elif tag in _LISTS or tag == "DCT":
            kept["list"] = value
        elif tag == "ToString":
            kept["text"] = value
        elif tag in _PLAIN or tag == "Nil":
            kept["plain"] = value
    if "list" in kept:
        return kept["list"]
    if "plain" in kept:
        return kept.get("text", kept["plain"])
    return _named(members) if members else kept.get("text", {})


def unescape(text: str) -> str:
    """``_x000A_`` is a line end: characters XML cannot hold, and the underscore that would begin such an escape."""
    if "_x" not in text:
        return text
    plain = _ESCAPE.sub(lambda code: chr(int(code[1], 16)), text)
    return plain if plain.isascii() else plain.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
