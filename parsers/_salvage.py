"""What can still be read of an AuditData text that is not one JSON object: cut, re-saved, re-quoted.

Two ways, both conservative. Damage that can be undone as a whole (quotes doubled once more, an object inside a JSON
string, text around the object) is undone, and the result must then decode strictly. Everything else is read from its
beginning by a tolerant reader that takes complete members only and stops for good where it cannot go on: no value is
ever completed, guessed or searched for behind the damage. A text that was cut is no value; it is named.
"""

import json
import re
from typing import Any

import msgspec

from m365timeline.parsers._json import decode_object, flattened, storable, too_deep, whole
from m365timeline.parsers._json_prefix import CUT_ESCAPE, ESCAPES, NUMBER, SHOWN, PrefixReader, last_member, name_of

_QUOTE_RUNS = re.compile(r'"+')
# Members whose values cannot hold a comma or a colon of somebody's choice: readable even where the quotes are gone.
_STRIPPED = {
    "CreationTime": r"[0-9][0-9A-Za-z/:. +-]{7,40}", "Id": r"[0-9A-Fa-f-]{32,40}", "Operation": r"[A-Za-z][\w .-]*", "OrganizationId": r"[0-9A-Fa-f-]{36}",
    "RecordType": r"\w+", "ResultStatus": r"[A-Za-z]+", "UserType": r"\w+", "Version": r"[0-9]+", "Workload": r"[A-Za-z]+",
}  # fmt: skip
_MEMBER = re.compile(r"\s*(" + "|".join(_STRIPPED) + r"|UserKey)\s*:\s*([^,{}\[\]\"]*)[,}]")
_LIMITS = {
    32_767: "the length of an Excel cell",
    32_759: "the length of an Excel cell",
    10_000: "where Splunk cuts",
    3_060: "where the service once cut",
}


class Salvaged(msgspec.Struct):
    """What was read, its canonical bytes, flags, and in words what was repaired and what is lost."""

    data: dict[str, Any]
    canonical: bytes
    flags: list[str]
    told: dict[str, Any]


def salvage(text: str) -> Salvaged | None:
    """Read what can be read of a damaged object; ``None`` if that is nothing, or the text is nested too deep."""
    if too_deep(text):
        return None
    body, repaired = text, []
    for _ in range(4):
        body, found = _peel(body)
        if found is None:
            break
        repaired.append(found)
        whole_object = decode_object(body)
        if whole_object is not None:
            flags = ["salvaged", *whole_object.flags]
            return Salvaged(whole_object.data, whole_object.canonical, flags, {"repaired": repaired})
    if not body.startswith("{"):
        return None
    stripped = re.match(r"\{\s*[A-Za-z]\w*\s*:", body)
    data, told, flags = _read_stripped(body) if stripped else _read_prefix(body)
    if not data:
        return None
    data, canonical, mended = storable(_show_bytes(data))
    if repaired or "repaired" in told:
        told["repaired"] = [*repaired, *told.get("repaired", [])]
    if len(text) in _LIMITS and "lost" in told:
        told["cut_at"] = f"{len(text):,} characters: {_LIMITS[len(text)]}"
    noticed = {"lone_surrogate": mended, "details_lost": flattened(text)}
    return Salvaged(
        data, canonical, ["salvaged", *flags, *(flag for flag, seen in noticed.items() if seen)], _show_bytes(told)
    )


def _peel(text: str) -> tuple[str, str | None]:
    """Take one layer of re-saving off; tells which, ``None`` if there is none."""
    start = text.find("{")
    if start > 0:
        before = text[:start].strip(' \t\r\n\ufeff"')
        end = text.rstrip().endswith('}"') and text.lstrip().startswith('"')
        inner = text.rstrip()[start:-1] if end else text[start:]
        return inner, "text before the object passed over" if before else "marks around the object passed over"
    if re.match(r'\{\s*\\+"', text):
        return _unescape(text), "one layer of JSON text taken off"
    if re.match(r'\{\s*""+\w', text):
        runs = [match for match in _QUOTE_RUNS.finditer(text) if len(match[0]) % 2]
        if not runs or (len(runs) == 1 and runs[0].end() == len(text)):
            return (text[:-1] if runs else text).replace('""', '"'), "doubled quotes made single"
    return text, None


def _unescape(text: str) -> str:
    """Undo one layer of JSON escapes; an escape that was cut at the end is left out."""
    pieces, position = [], 0
    for match in ESCAPES.finditer(text):
        pieces.append(text[position : match.start()])
        position = match.end()
        if match[1] is None and CUT_ESCAPE.fullmatch(text, match.start()):
            position = len(text)
        elif match[1] is None or match[1] == "'":
            pieces.append(match[0])
        else:
            pieces.append(json.loads(f'"{match[0]}"'))
    pieces.append(text[position:].rstrip("\\"))
    joined = "".join(pieces)
    return joined if joined.isascii() else joined.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _read_prefix(text: str) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    reader = PrefixReader(text)
    data = reader.members((), 1)
    rest = "" if reader.stop else text[reader.position :].strip(" \t\r\n\x00\ufeff")
    told: dict[str, Any] = {}
    if reader.verbatim:
        told["repaired"] = ["backslashes are not escaped: texts that hold some are shown as written"]
    # A quote or comma that nobody escaped may have ended the last value, or the whole object, too early.
    if reader.stop == "broken" or ('"' in rest and not rest.startswith("{")):
        reader.drop_doubtful(data)
    if reader.stop:
        told["lost"] = f"everything behind {name_of(last_member(data))}"
        told |= {"read_characters": reader.complete, "of": len(text)}
    elif rest:
        told |= {"lost": "the text behind the object", "behind_the_object": rest[:SHOWN]}
    elif not told:
        told["repaired"] = ["unusual punctuation or raw control characters"]
    if reader.unread:
        told["not_read"] = reader.unread
    return data, told, [*reader.flags, "ends_early"] if reader.stop == "cut" else reader.flags


def _read_stripped(text: str) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """Quotes are gone: only members of known shape are read, up to the first that is not."""
    data: dict[str, Any] = {}
    position = 1
    while match := _MEMBER.match(text, position):
        name, value = match[1], match[2]
        if name in data or (name in _STRIPPED and not re.fullmatch(_STRIPPED[name], value)):
            break
        # A value with a comma in it would have gone on here.
        if text[match.end() - 1] == "," and not re.match(r"\s*[A-Za-z@][\w.@]*\s*:", text[match.end() :][:100]):
            break
        data[name] = (
            whole(value) if name in {"RecordType", "UserType", "Version"} and NUMBER.fullmatch(value) else value
        )
        position = match.end()
    told: dict[str, Any] = {"repaired": ["quotes are gone: only the first members can be told apart"]}
    following = re.match(r"\s*([\w.@]*)", text[position:])
    if text[position:].strip():
        told["lost"] = f"everything from {(following[1] if following else '') or 'there'} on"
        told |= {"read_characters": position, "of": len(text)}
    return data, told, []


def _show_bytes(value: Any) -> Any:
    r"""Bytes that are no text in the file's encoding as ``\xNN``."""
    if isinstance(value, str):
        return (
            value
            if value.isascii()
            else re.sub("[\udc80-\udcff]", lambda stray: f"\\x{ord(stray[0]) - 0xDC00:02x}", value)
        )
    if isinstance(value, list):
        return [_show_bytes(item) for item in value]
    if isinstance(value, dict):
        return {_show_bytes(key): _show_bytes(item) for key, item in value.items()}
    return value
