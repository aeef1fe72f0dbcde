"""A source of bytes, how it is encoded, and the decoded text that parsers read."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import msgspec


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One file, archive member or standard input.

    ``name`` is the label that appears in every output (``export.zip!AuditLog.csv``); ``path`` is where the bytes can be
    read now: the file itself, opened read-only, or a temporary copy of an archive member. ``origin`` is the file on the
    user's disk, ``chain`` the members that lead from it to this source. ``notes`` tell what the mail around it says,
    ``warnings`` what casts doubt on its bytes.
    """

    name: str
    path: str
    origin: str
    size: int
    chain: tuple[str, ...] = ()
    modified_ns: int | None = None
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def open(self) -> io.BufferedReader:
        """Open for reading; never for anything else."""
        return Path(self.path).open("rb")


class Encoding(msgspec.Struct, frozen=True):
    """A codec, the length of the byte-order mark and why this codec was chosen.

    ``errors`` keeps bytes that the codec cannot read as lone surrogates, so that every byte can be had back.
    """

    codec: str
    bom: int
    why: str
    errors: str = "surrogateescape"

    @property
    def wide(self) -> bool:
        """Whether a character takes two bytes or more (UTF-16)."""
        return self.codec.startswith("utf-16")

    def decode(self, data: bytes) -> str:
        """Decode whole characters."""
        return data.decode(self.codec, self.errors)

    def byte_length(self, text: str) -> int:
        """How many bytes of the source this decoded text is."""
        if text.isascii() and not self.wide:
            return len(text)
        return len(text.encode(self.codec, self.errors))


class Window(msgspec.Struct, frozen=True):
    """A stretch of decoded text. ``offset`` is the byte at which it begins; ``last`` tells that nothing follows."""

    text: str
    offset: int
    last: bool


class Reader(Protocol):
    """What a parser reads from: a range of one source as windows of text."""

    encoding: Encoding
    starts: bool  # whether the range begins where the source begins
    ends: bool  # whether it ends where the source ends

    def windows(self) -> Iterator[Window]:
        """Yield the text in order. Windows end anywhere between two characters, not at record ends."""
