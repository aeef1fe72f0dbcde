"""JSON objects decoded without loss: numbers as written, repeated keys and broken escapes flagged."""

import json
import re
from typing import Any

import msgspec

_fractions: list[str] = []  # the numbers with a point or exponent in the object being decoded
_encoder = msgspec.json.Encoder(order="sorted")
MAX_DEPTH = 200  # objects and lists inside one another
_STRAY = re.compile("[\udc80-\udcff]")  # bytes that are no text in the file's encoding, as the decoder hands them on
_MINUS_ZERO = re.compile(r"-0[,}\]]")  # one search in a third of the time that three plain ones take
_POWERSHELL = re.compile(r'"@\{\w+=')
_AT_BRACE = re.compile(r"@\{")  # the same search for a rarer beginning, in a third of the time
_BRACKETS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|([\[{])|[\]}]', re.DOTALL)


def _as_written(number: str) -> str:
    """1.10 stays "1.10"."""
    _fractions.append(number)
    return number


_decoder = msgspec.json.Decoder(float_hook=_as_written)  # whole numbers are exact at any length


class Decoded(msgspec.Struct):
    """An object, its canonical bytes (keys sorted) and what was noticed."""

    data: dict[str, Any]
    canonical: bytes
    flags: list[str]


def decode_object(text: str) -> Decoded | None:
    """Decode one JSON object; ``None`` if the text is not exactly one object, or nested too deep (:func:`too_deep`).

    Flags: ``duplicate_keys`` (the last value stands in the event, all stand in raw), ``invalid_number`` (NaN, Infinity),
    ``lone_surrogate``, ``details_lost`` (the exporting tool wrote type names or ``@{…}`` for nested values).
    """
    _fractions.clear()
    try:
        data = _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError, ValueError):
        return _decode_slowly(text)
    if type(data) is not dict:
        return None
    canonical = _encoder.encode(data)
    colons = text.count(":")
    if not _lost_nothing(text, canonical) and (_repeats(text, colons, canonical) or _MINUS_ZERO.search(text)):
        return _decode_slowly(text)
    if (colons > MAX_DEPTH // 2 or text.count("[") > MAX_DEPTH // 2) and _is_deep(data):
        return None
    return Decoded(data, canonical, ["details_lost"] if flattened(text) else [])


def _lost_nothing(text: str, canonical: bytes) -> bool:
    """Whether two lengths prove it: without repeated keys, blanks, ``-0`` and needless escapes, but for the quotes of fractions, they are equal.

    Of all that decoding and encoding change in a text of ASCII, only these quotes make it longer.
    """
    return len(canonical) == len(text) + 2 * len(_fractions) and text.isascii()


def _repeats(text: str, colons: int, canonical: bytes) -> bool:
    """Whether a key may come twice: every pair has its colon, and only an escaped colon can make up for one that a repeated key lost."""
    return colons != canonical.count(b":") or ("\\" in text and ("\\u003a" in text or "\\u003A" in text))


def flattened(text: str) -> bool:
    """Whether an exporting tool put type names or PowerShell's ``@{…}`` where values were."""
    return "System.Object[]" in text or (_AT_BRACE.search(text) is not None and _POWERSHELL.search(text) is not None)


def _decode_slowly(text: str) -> Decoded | None:
    flags: list[str] = []
    if too_deep(text):
        return None

    def note(flag: str) -> None:
        if flag not in flags:
            flags.append(flag)

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(items)
        if len(result) != len(items):
            note("duplicate_keys")
        return result

    def constant(name: str) -> str:
        note("invalid_number")
        return name

    try:
        text = _STRAY.sub(lambda stray: f"\\\\x{ord(stray[0]) - 0xDC00:02x}", text)
        data = json.loads(text, object_pairs_hook=pairs, parse_float=str, parse_int=whole, parse_constant=constant)
    except ValueError:
        return None
    if not isinstance(data, dict):
        return None
    if flattened(text):
        note("details_lost")
    data, canonical, mended = storable(data)
    if mended:
        note("lone_surrogate")
    return Decoded(data, canonical, flags)


def whole(digits: str) -> int | str:
    """A whole number exactly; as text where Python's own limit on digits is near, or where a number would not show it (``-0``)."""
    return int(digits) if len(digits) <= 4000 and digits != "-0" else digits


def storable(data: dict[str, Any]) -> tuple[dict[str, Any], bytes, bool]:
    r"""The data, its canonical bytes, and whether lone surrogates had to be written as the text ``\udXXX``."""
    try:
        return data, _encoder.encode(data), False
    except (UnicodeEncodeError, ValueError):
        mended = _mend(data)
        return mended, _encoder.encode(mended), True


def _mend(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, list):
        return [_mend(item) for item in value]
    if isinstance(value, dict):
        return {_mend(key): _mend(item) for key, item in value.items()}
    return value


def _is_deep(data: Any) -> bool:
    """Whether decoded data is nested deeper than :data:`MAX_DEPTH`, looked at level by level."""
    level = [data]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) is dict or type(inner) is list
        ]
        if not level:
            return False
    return True


def too_deep(text: str) -> bool:
    """Whether a text, JSON or not, opens more than :data:`MAX_DEPTH` brackets inside one another, strings left out."""
    depth = 0
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    for match in _BRACKETS.finditer(text):
        if match[1]:
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif match[0][0] != '"':
            depth -= 1
    return False
