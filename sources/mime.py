"""The parts of a mail (RFC 5322, RFC 2045-2049), read line by line and never held in memory.

The standard library's parser builds the whole mail in memory and fails on deeply nested parts; this one keeps a list of
open boundaries, and says what is wrong with a part instead of passing over it.
"""

import binascii
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from typing import BinaryIO

import msgspec

from m365timeline.sources.spool import LimitReachedError

MAX_NESTED = 100  # multiparts inside each other
MAX_HEADER = 256 << 10
_PIECE = 64 << 10
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_SPACE = b" \t\r\n"
_FOREIGN = bytes(set(range(256)) - set(_ALPHABET) - set(_SPACE))
_NO_ESCAPE = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]{0,80}\r?\n)")
_OPEN_ESCAPE = re.compile(rb"=(?:[0-9A-Fa-f]?|[ \t]{0,80}\r?)\Z")


class Part(msgspec.Struct):
    """One part that is not itself divided. ``body`` gives its bytes as they stand; read it before the next part."""

    headers: Message
    kind: str  # the media type it claims, in small letters
    body: Iterator[bytes]
    defects: list[str] = msgspec.field(default_factory=list)

    def content(self) -> Iterator[bytes] | None:
        """The bytes with the transfer encoding taken off; ``None`` if that encoding is unknown."""
        encoding = str(self.headers.get("Content-Transfer-Encoding", "")).partition(";")[0].strip().lower()
        if encoding == "base64":
            return _base64(self.body, self.defects)
        if encoding == "quoted-printable":
            return _quoted_printable(self.body, self.defects)
        return self.body if encoding in {"", "7bit", "8bit", "binary"} else None


class Parts:
    """Iterates over the undivided parts of a mail; ``headers`` are the mail's own, ``whole`` tells whether it ended well."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._open: list[tuple[bytes, str]] = []  # boundary and media type of each multipart around
        self._fresh = True  # the piece to come begins a line
        self._starts = True  # the piece in hand begins a line
        self._at_delimiter = False  # and is a delimiter, of the innermost multipart that is open,
        self._closing = False  # which it ends
        self.headers = Message()
        self.whole = True

    def __iter__(self) -> Iterator[Part]:
        """Yield the parts in order. Raises LimitReachedError."""
        self.headers = headers = self._headers()
        while True:
            kind = self._kind(headers)
            boundary = _boundary(headers) if kind.startswith("multipart/") else None
            if boundary and not self._at_delimiter and all(boundary != known for known, _ in self._open):
                if len(self._open) >= MAX_NESTED:
                    raise LimitReachedError(f"parts of the mail nested more than {MAX_NESTED} deep")
                self._open.append((boundary, kind))
            else:
                part = Part(headers, kind, iter(()) if self._at_delimiter else self._body())
                yield part
                for _ in part.body:
                    pass
            if not self._next_part():
                return
            headers = self._headers()

    def _kind(self, headers: Message) -> str:
        if "Content-Type" not in headers and self._open and self._open[-1][1] == "multipart/digest":
            return "message/rfc822"
        return headers.get_content_type()

    def _next_part(self) -> bool:
        """Go to the first line behind the next delimiter; ``False`` at the end of the mail."""
        while True:
            if not self._at_delimiter:
                for _ in self._body():
                    pass
            if not self._at_delimiter:
                self.whole = not self._open
                return False
            self._at_delimiter = False
            if not self._closing:
                return True
            self._open.pop()

    def _headers(self) -> Message:
        block, size = [], 0
        while line := self._line():
            if self._is_delimiter(line) or not line.strip(b"\r\n"):
                break
            block.append(line)
            size += len(line)
            if size > MAX_HEADER:
                raise LimitReachedError(f"headers of more than {MAX_HEADER >> 10} KiB in the mail")
        return message_from_bytes(b"".join(block))

    def _body(self) -> Iterator[bytes]:
        """The lines up to the next delimiter. The line end before a delimiter belongs to the delimiter."""
        held = b""
        while line := self._line():
            if self._is_delimiter(line):
                return
            text = line.rstrip(b"\r\n") if line.endswith(b"\n") else line
            yield held + text
            held = line[len(text) :]
        if held:
            yield held

    def _line(self) -> bytes:
        self._starts, piece = self._fresh, self._stream.readline(_PIECE)
        self._fresh = piece.endswith(b"\n")
        return piece

    def _is_delimiter(self, line: bytes) -> bool:
        """Whether the line is a boundary of a multipart around; those inside it end with it."""
        if not self._starts or not line.startswith(b"--") or not self._open:
            return False
        mark = line.rstrip(_SPACE)[2:]
        for depth in range(len(self._open) - 1, -1, -1):
            boundary = self._open[depth][0]
            if mark in {boundary, boundary + b"--"}:
                del self._open[depth + 1 :]
                self._closing = mark != boundary
                self._at_delimiter = True
                return True
        return False


def _boundary(headers: Message) -> bytes | None:
    try:
        text = headers.get_boundary()
    except (ValueError, LookupError):
        return None
    return text.rstrip().encode("utf-8", "surrogateescape") if text else None


def _base64(pieces: Iterator[bytes], defects: list[str]) -> Iterator[bytes]:
    foreign, pending, ended, behind = 0, b"", False, False
    for piece in pieces:
        letters = piece.translate(None, _FOREIGN + _SPACE)
        foreign += len(piece) - len(letters) - sum(piece.count(space) for space in _SPACE)
        behind |= ended and bool(letters.strip(b"="))
        pending += letters
        while b"=" in pending:
            group, _, pending = pending.partition(b"=")
            pending = pending.lstrip(b"=")
            ended = True
            behind |= bool(pending)
            yield _last_group(group, defects)
        whole = len(pending) // 4 * 4
        yield binascii.a2b_base64(pending[:whole])
        pending = pending[whole:]
    if pending:
        defects.append("its base64 ends in the middle of a group")
        yield _last_group(pending, defects)
    if foreign:
        defects.append(f"{foreign:,} characters that do not belong in base64 were passed over")
    if behind:
        defects.append("its base64 goes on behind its end mark")


def _last_group(group: bytes, defects: list[str]) -> bytes:
    if len(group) % 4 == 1:
        defects.append("a base64 group has one letter only, which holds no byte")
        group = group[:-1]
    return binascii.a2b_base64(group + b"=" * (-len(group) % 4))


def _quoted_printable(pieces: Iterator[bytes], defects: list[str]) -> Iterator[bytes]:
    broken, pending = 0, b""
    for piece in pieces:
        pending += piece
        match = _OPEN_ESCAPE.search(pending, max(0, len(pending) - 90))
        ready, pending = (pending[: match.start()], pending[match.start() :]) if match else (pending, b"")
        broken += len(_NO_ESCAPE.findall(ready))
        yield binascii.a2b_qp(ready)
    if pending.rstrip(_SPACE) not in {b"", b"="}:
        broken += 1
        yield pending
    if broken:
        defects.append(f"{broken:,} equals signs in its quoted-printable text are no escape and were kept as they are")
