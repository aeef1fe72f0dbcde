"""Identifiers and small choices, each derived from a label: nothing depends on order, clock or a random generator."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")
_YEAR_ONE = datetime(1, 1, 1, tzinfo=UTC)


def digest(label: str, size: int) -> bytes:
    """Give ``size`` bytes that only the label decides."""
    return b"".join(blake2b(f"{label}#{part}".encode()).digest() for part in range(size // 64 + 1))[:size]


def number(label: str, low: int, high: int) -> int:
    """Choose a number between both bounds, inclusive."""
    return low + int.from_bytes(digest(label, 8)) % (high - low + 1)


def pick(label: str, options: Sequence[T]) -> T:
    """Choose one of the options."""
    return options[number(label, 0, len(options) - 1)]


def at(text: str) -> datetime:
    """Read an ISO time of the story: always UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ticks(time: datetime) -> int:
    """Units of 100 nanoseconds since year 1, as .NET counts."""
    delta = time - _YEAR_ONE
    return (delta.days * 86_400 + delta.seconds) * 10_000_000 + delta.microseconds * 10


def guid(label: str) -> str:
    """Make a random-looking GUID (version 4)."""
    text = digest(label, 16).hex()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{'89ab'[int(text[16], 16) % 4]}{text[17:20]}-{text[20:]}"


def stamped_guid(label: str, time: datetime) -> str:
    """Make a GUID as Exchange gives to records and messages: its end carries the time."""
    text, end = digest(label, 10).hex(), f"{ticks(time) >> 16:012x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{text[16:20]}-08de{end[-8:]}"


def puid(label: str) -> str:
    """Make a passport id of a user, 16 hexadecimal digits."""
    return "10032002" + digest(f"puid:{label}", 4).hex().upper()


def sid(label: str) -> str:
    """Make the security identifier of an account of the tenant."""
    return f"S-1-5-21-2719404416-1190382557-3871542261-{number(f'sid:{label}', 20_000_000, 39_999_999)}"


def folder_id(owner: str, path: str) -> str:
    """Make a store id of a folder."""
    return base64.b64encode(b"\x2e\0\0\0\0" + digest(f"folder:{owner}:{path}", 40)).decode()


def item_id(owner: str, label: str) -> str:
    """Make a store id of an item."""
    return base64.b64encode(b"\x46\0\0\0\0" + digest(f"item:{owner}:{label}", 67)).decode()


def fraction(label: str) -> str:
    """Give the seven digits after a second."""
    return f"{number(f'fraction:{label}', 0, 9_999_999):07d}"
