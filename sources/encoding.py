"""Which encoding a file is in, decided from its bytes, with the evidence for it."""

import re

import msgspec

from m365timeline.schemas.source import Encoding
from m365timeline.schemas.words import counted

_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")


class ByteCounts(msgspec.Struct):
    """What a pass over the whole file found above ASCII."""

    multibyte: int = 0  # sequences that are valid UTF-8
    stray: int = 0  # bytes that belong to none

    def add(self, block: bytes) -> bytes:
        """Count one block; returns its last bytes if they may begin a sequence, to be put before the next block."""
        if block.isascii():
            return b""
        tail = _open_tail(block)
        body = block[: len(block) - len(tail)]
        sequences = _MULTIBYTE.findall(body)
        self.multibyte += len(sequences)
        self.stray += len(_HIGH.findall(body)) - sum(map(len, sequences))
        return tail

    def finish(self, tail: bytes) -> None:
        """Count what was left open at the end of the file."""
        self.stray += len(tail)


def _open_tail(block: bytes) -> bytes:
    for back in range(1, min(4, len(block)) + 1):
        byte = block[-back]
        if byte >= 0xC0:
            need = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return block[-back:] if back < need else b""
        if byte < 0x80:
            return b""
    return b""


def wide_encoding(head: bytes) -> Encoding | None:
    """UTF-16, by its mark or by the zeros between letters; ``None`` if the file is not UTF-16."""
    if head.startswith(b"\xff\xfe"):
        return Encoding("utf-16-le", 2, "byte-order mark FF FE", "surrogatepass")
    if head.startswith(b"\xfe\xff"):
        return Encoding("utf-16-be", 2, "byte-order mark FE FF", "surrogatepass")
    sample = head[:400]
    if len(sample) >= 4:
        even, odd = sample[0::2], sample[1::2]
        if odd.count(0) > 0.6 * len(odd) and even.count(0) < 0.1 * len(even):
            return Encoding(
                "utf-16-le", 0, "no mark; every second byte is zero, as in UTF-16 little endian", "surrogatepass"
            )
        if even.count(0) > 0.6 * len(even) and odd.count(0) < 0.1 * len(odd):
            return Encoding(
                "utf-16-be", 0, "no mark; every first byte is zero, as in UTF-16 big endian", "surrogatepass"
            )
    return None


def narrow_encoding(head: bytes, counts: ByteCounts) -> Encoding:
    """UTF-8 or Windows-1252, from the mark and from what the whole file holds.

    A few stray bytes in a file that is otherwise UTF-8 stay stray bytes: they never flip the file to Windows-1252.
    """
    bom = 3 if head.startswith(b"\xef\xbb\xbf") else 0
    if counts.stray and not counts.multibyte and not bom:
        return Encoding(
            "cp1252", 0, f"{counted(counts.stray, 'byte')} above ASCII, none of it valid UTF-8: read as Windows-1252"
        )
    mark = "byte-order mark EF BB BF" if bom else "no mark"
    if not counts.multibyte and not counts.stray:
        return Encoding("utf-8", bom, f"{mark}; plain ASCII")
    note = f"{mark}; {counted(counts.multibyte, 'valid UTF-8 sequence')}" + (
        f", {counted(counts.stray, 'invalid byte')} kept as in the file" if counts.stray else ""
    )
    return Encoding("utf-8", bom, note)
