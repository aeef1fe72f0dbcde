"""JSON objects decoded without loss: numbers as written, repeated keys and broken escapes flagged."""

import json
from typing import Any

import msgspec

_decoder = msgspec.json.Decoder(float_hook=str)  # 1.10 stays "1.10"; whole numbers are exact at any length
_encoder = msgspec.json.Encoder(order="sorted")
MAX_DEPTH = 200


class Decoded(msgspec.Struct):
    """An object, its canonical bytes (keys sorted) and what was noticed."""

    data: dict[str, Any]
    canonical: bytes
    flags: list[str]


def decode_object(text: str) -> Decoded | None:
    """Decode one JSON object; ``None`` if the text is not exactly one object.

    Flags: ``duplicate_keys`` (the last value stands in the event, all stand in raw), ``invalid_number`` (NaN, Infinity),
    ``lone_surrogate``.
    """
    try:
        data = _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError, ValueError):
        return _decode_slowly(text)
    if type(data) is not dict:
        return None
    canonical = _encoder.encode(data)
    if text.count('":') != canonical.count(b'":'):
        return _decode_slowly(text)
    return Decoded(data, canonical, [])


def _decode_slowly(text: str) -> Decoded | None:
    flags: list[str] = []
    if _too_deep(text):
        return None

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(items)
        if len(result) != len(items) and "duplicate_keys" not in flags:
            flags.append("duplicate_keys")
        return result

    def constant(name: str) -> str:
        if "invalid_number" not in flags:
            flags.append("invalid_number")
        return name

    try:
        data = json.loads(text, object_pairs_hook=pairs, parse_float=str, parse_int=_whole, parse_constant=constant)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    try:
        canonical = _encoder.encode(data)
    except (UnicodeEncodeError, ValueError):
        flags.append("lone_surrogate")
        data = _mend(data)
        canonical = _encoder.encode(data)
    return Decoded(data, canonical, flags)


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= 4000 else digits


def _mend(value: Any) -> Any:
    r"""Write lone surrogates as the text ``\udXXX`` so that the value can be stored."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, list):
        return [_mend(item) for item in value]
    if isinstance(value, dict):
        return {_mend(key): _mend(item) for key, item in value.items()}
    return value


def _too_deep(text: str) -> bool:
    depth = 0
    in_string = escaped = False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif character in "]}":
            depth -= 1
    return False
