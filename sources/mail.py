"""Mails as files (.eml): the export is an attachment, and the text says which search it answers.

An attachment is known by its content, never by its name. Its bytes are those the sender attached: only the transfer
encoding is taken off, no character set is applied. Exchange sends ``SearchResult.xml`` this way.
"""

import re
from collections.abc import Iterator
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from itertools import chain, islice
from pathlib import Path

import msgspec

from m365timeline.schemas.record import Code, Issue
from m365timeline.schemas.source import Source
from m365timeline.sources.letter import Letter, is_audit_item, is_search_result, shorten
from m365timeline.sources.mime import Part, Parts
from m365timeline.sources.spool import Container, Copy, LimitReachedError

_HEADER = re.compile(rb"([!-9;-~]+):")
_USUAL = {
    b"received",
    b"return-path",
    b"delivered-to",
    b"from",
    b"to",
    b"subject",
    b"date",
    b"message-id",
    b"mime-version",
    b"content-type",
}
_TELLING = _USUAL - {b"to", b"subject", b"content-type", b"date"}
_LONGEST_TEXT = 64 << 10
_CHARSET = re.compile(r"(?:utf|us-ascii|ascii|iso|latin|windows|cp|koi8|gb|big5|shift|euc)[\w.-]{0,20}", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_PICTURE = (
    b"II*\0",
    b"MM\0*",
    b"\x01\0\0\0",
    b"\xd7\xcd\xc6\x9a",
    b"\0\0\x01\0",
    b"<svg",
)  # those known to everybody are told later
_REPORTS = {
    "message/delivery-status",
    "message/disposition-notification",
    "text/rfc822-headers",
    "message/feedback-report",
}
_SIGNATURES = {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
_SEALED = {"application/pkcs7-mime", "application/x-pkcs7-mime"}


def is_mail(start: bytes) -> bool:
    """Whether a file begins with the header lines of a mail."""
    if not _HEADER.match(start.removeprefix(b"\xef\xbb\xbf")):
        return False
    names = []
    lines = start.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    for number, line in enumerate(lines):
        if not line.rstrip(b"\r"):
            break
        match = _HEADER.match(line)
        if match:
            names.append(match[1].lower())
        elif line[:1] not in {b" ", b"\t"} and number < len(lines) - 1:
            return False
    return sum(name in _USUAL for name in names) >= 2 and not _TELLING.isdisjoint(names)


class _Attachment(msgspec.Struct):
    label: str
    copy: Copy
    defects: list[str]


class _Reader:
    """Goes through a mail once; gathers attachments, issues and what the mail says of itself."""

    def __init__(self, box: Container) -> None:
        self._box = box
        self.letter = Letter()
        self.attachments: list[_Attachment] = []
        self.issues: list[Issue] = []
        self.cut = False
        self._plain = self._html = ""

    def read(self) -> None:
        """Raises LimitReachedError; what was gathered before stays."""
        with self._box.source.open() as stream:
            if stream.read(3) != b"\xef\xbb\xbf":
                stream.seek(0)
            parts = Parts(stream)
            try:
                for part in parts:
                    self._part(part)
            finally:
                self._introduce(parts.headers)
            self.cut = not parts.whole
            if self.cut:
                if self.attachments:
                    self.attachments[-1].defects.append("the mail ends before its last boundary")
                self.issues.append(
                    self._box.issue(
                        Code.UNREADABLE_ARCHIVE,
                        "The mail ends too early: its last attachment is incomplete, and others may be missing. Ask for a fresh copy.",
                    )
                )

    def _introduce(self, headers: Message) -> None:
        subject, date, sender, recipients = (_header(headers, name) for name in ("subject", "date", "from", "to"))
        self.letter = Letter(subject, date, sender, recipients, self._plain or _without_tags(self._html))

    def _part(self, part: Part) -> None:
        name = _name(part.headers)
        if (
            part.kind in {"text/plain", "text/html"}
            and name is None
            and part.headers.get_content_disposition() != "attachment"
        ):
            self._text(part)
            return
        label = self._box.label(
            name or {"message/rfc822": "forwarded mail", "text/plain": "text"}.get(part.kind, "attachment")
        )
        if part.kind in _REPORTS | _SIGNATURES:
            what = "delivery report" if part.kind in _REPORTS else "digital signature"
            self.issues.append(self._box.issue(Code.NO_EXPORT, f"It is the {what} of the mail.", label))
        elif part.kind in _SEALED:
            self.issues.append(
                self._box.issue(
                    Code.UNREADABLE_ARCHIVE,
                    "The mail is encrypted or sealed (S/MIME). Open it in Outlook, save the attachments, and give them as input.",
                    label,
                )
            )
        elif part.kind == "message/external-body":
            self.issues.append(
                self._box.issue(
                    Code.UNREADABLE_ARCHIVE,
                    "The mail only names a place where this attachment lies; nothing is fetched. Ask for the file.",
                    label,
                )
            )
        else:
            self._attachment(part, label)

    def _attachment(self, part: Part, label: str) -> None:
        content = part.content()
        if content is None:
            encoding = shorten(str(part.headers["Content-Transfer-Encoding"]), 40)
            self.issues.append(
                self._box.issue(
                    Code.UNREADABLE_ARCHIVE,
                    f"This attachment is encoded in a way ({encoding}) that is not read. Save it from a mail program and give it as input.",
                    label,
                )
            )
            return
        with self._box.spool.copy(self._box.source.size) as copy:
            for block in content:
                copy.write(block)
        if part.kind.startswith("image/") and _is_picture(copy.path):
            self.issues.append(self._box.issue(Code.NO_EXPORT, "It is a picture.", label))
            copy.path.unlink()
            return
        self.attachments.append(_Attachment(label, copy, part.defects))

    def _text(self, part: Part) -> None:
        blocks = iter(part.content() or ())
        first = b"".join(islice(blocks, 8))
        charset = str(part.headers.get_param("charset", "utf-8"))
        if part.kind == "text/plain" and is_audit_item(decode_text(first[:_LONGEST_TEXT], charset)):
            with self._box.spool.copy(self._box.source.size) as copy:
                for block in chain((first,), blocks):
                    copy.write(block)
            self.attachments.append(_Attachment(self._box.label("text of the mail"), copy, part.defects))
            return
        text, size = [first], len(first)
        for block in blocks:
            if size < _LONGEST_TEXT:
                text.append(block)
                size += len(block)
        words = decode_text(b"".join(text)[:_LONGEST_TEXT], charset)
        if part.kind == "text/html":
            self._html += words
        else:
            self._plain += f"{words}\n"


def mail_attachments(box: Container) -> Iterator[Source | Issue]:
    """Yield the attachments of a mail as sources that carry its subject and text as a note. Raises LimitReachedError."""
    reader = _Reader(box)
    limit = None
    try:
        reader.read()
    except LimitReachedError as reached:
        limit = reached
    note = reader.letter.note()
    for item in reader.attachments:
        doubts = (
            [
                f"The mail carries this attachment damaged ({'; '.join(dict.fromkeys(item.defects))}): it may be altered or incomplete."
            ]
            if item.defects
            else []
        )
        notes = [f"{note}."]
        if (criteria := reader.letter.criteria()) and is_search_result(item.copy.path):
            notes.append(criteria)
        yield box.member(item.label, item.copy, notes, doubts)
    damaged = [item.label for item in reader.attachments if item.defects]
    if damaged and not reader.cut:
        reason = f"The mail carries damaged attachments ({', '.join(damaged[:5])}): they are read, but may be altered or incomplete; the sheet Sources says why. Ask for a fresh copy."
        yield box.issue(Code.UNREADABLE_ARCHIVE, reason)
    yield from reader.issues
    if limit is not None:
        raise limit
    if not reader.attachments and not any(issue.code is not Code.NO_EXPORT for issue in reader.issues):
        yield box.issue(Code.NO_EXPORT, f"It is a mail without an attachment to be read. {note}.")


def _name(headers: Message) -> str | None:
    try:
        name = headers.get_filename()
    except (ValueError, LookupError, TypeError):
        return "attachment"
    return None if name is None else header_text(name) or "attachment"


def _header(headers: Message, name: str) -> str:
    raw = next((str(value) for key, value in headers.raw_items() if key.lower() == name), "")
    return header_text(raw.encode("ascii", "surrogateescape").decode("utf-8", "replace"))


def header_text(text: str) -> str:
    """A header's words, with ``=?utf-8?B?…?=`` decoded where it can be."""
    if "=?" not in text or len(text) > _LONGEST_TEXT:
        return text
    try:
        return "".join(
            piece if isinstance(piece, str) else decode_text(piece, charset or "ascii")
            for piece, charset in decode_header(text)
        )
    except (MessageError, ValueError):
        return text


def decode_text(data: bytes, charset: str) -> str:
    """Words for a note: read as the mail says where that is a plain character set, else as UTF-8; never an error."""
    try:
        return data.decode(charset if _CHARSET.fullmatch(charset) else "utf-8", "replace")
    except (LookupError, ValueError):
        return data.decode("utf-8", "replace")


def _without_tags(html: str) -> str:
    return _TAG.sub(" ", html[max(0, html.lower().find("<body")) :])


def _is_picture(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(1024)
    return start.startswith(_PICTURE) or (start.lstrip().startswith(b"<?xml") and b"<svg" in start)
