"""Mails saved from Outlook (.msg): a compound file whose streams are the mail's properties and attachments.

The names of streams are fixed by [MS-OXMSG]: ``__substg1.0_`` and a property's tag, ``__attach_version1.0_#`` a number.
"""

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from m365timeline.schemas.record import Code, Issue
from m365timeline.schemas.source import Source
from m365timeline.sources.letter import Letter, is_audit_item, is_search_result
from m365timeline.sources.spool import Container, LimitReachedError

MAX_SIZE = 160 << 20  # the library holds an attachment in memory; Exchange delivers no mail above 150 MB
_SUBJECT, _BODY, _SENDER, _RECIPIENTS, _SUBMITTED = 0x0037, 0x1000, 0x0C1A, 0x0E04, 0x0039
_LONG_NAME, _SHORT_NAME, _SHOWN_NAME, _DATA, _METHOD = 0x3707, 0x3704, 0x3001, 0x3701, 0x3705
_BY_VALUE, _EMBEDDED, _OLE_OBJECT = 1, 5, 6
_LONGEST_TEXT = 64 << 10
_PROPERTIES = "__properties_version1.0"
_DAMAGE = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    struct.error,
    OverflowError,
    RecursionError,
    AttributeError,
)  # what the library raises on damage

Path = tuple[str, ...]


class _Mail(msgspec.Struct):
    """A mail in the compound file: the file's own (``at`` is empty) or one embedded in it."""

    at: Path
    box: Container


def outlook_attachments(box: Container) -> Iterator[Source | Issue]:
    """Yield the attachments of an Outlook mail, and of the mails embedded in it. Raises LimitReachedError."""
    import olefile

    if box.source.size > MAX_SIZE:
        raise LimitReachedError(f"an Outlook file of more than {MAX_SIZE >> 20} MiB")
    with box.source.open() as stream:
        try:
            with olefile.OleFileIO(stream) as file:
                if not file.exists(_PROPERTIES):
                    yield box.issue(
                        Code.UNKNOWN_FORMAT,
                        "This is an old Office document (.xls, .doc), no log file. If it holds log rows, save them as CSV, or ask for the original export.",
                    )
                    return
                yield from _Reader(file).run(box)
        except _DAMAGE:
            yield box.issue(
                Code.UNREADABLE_ARCHIVE,
                "The Outlook file is damaged; the attachments before the damage are read. Ask for a fresh copy.",
            )


class _Reader:
    def __init__(self, file: Any) -> None:
        self._file = file
        self._streams: list[Path] = sorted(tuple(path) for path in file.listdir())

    def run(self, box: Container) -> Iterator[Source | Issue]:
        waiting = [_Mail((), box)]
        while waiting:
            mail = waiting.pop(0)
            note = f"{self._letter(mail.at).note()}."
            if is_audit_item(self._text(mail.at, _BODY)):
                yield self._body(mail)
                continue
            attachments = [(*mail.at, name) for name in self._attachments(mail.at)]
            for at in attachments:
                item = self._attachment(mail, at, note)
                if isinstance(item, _Mail):
                    waiting.append(item)
                else:
                    yield item
            if not attachments:
                yield mail.box.issue(Code.NO_EXPORT, f"It is a mail without an attachment to be read. {note}")

    def _body(self, mail: _Mail) -> Source:
        """The text of a message that is itself a record, as its bytes stand."""
        names = ([*mail.at, f"__substg1.0_{_BODY:04X}{suffix}"] for suffix in ("001F", "001E"))
        path = next(path for path in names if self._file.exists(path))
        with self._file.openstream(path) as stream, mail.box.spool.copy(mail.box.source.size) as copy:
            copy.fill(stream)
        return mail.box.member(mail.box.label("text of the mail"), copy)

    def _attachments(self, at: Path) -> list[str]:
        names = {path[len(at)] for path in self._streams if len(path) > len(at) + 1 and path[: len(at)] == at}
        return sorted(name for name in names if name.lower().startswith("__attach_version1.0"))

    def _attachment(self, mail: _Mail, at: Path, note: str) -> Source | Issue | _Mail:
        box = mail.box
        method = self._number(at, _METHOD, 8)
        name = self._text(at, _LONG_NAME) or self._text(at, _SHORT_NAME) or self._text(at, _SHOWN_NAME)
        label = box.label(name or ("forwarded mail" if method == _EMBEDDED else "attachment"))
        data = (*at, f"__substg1.0_{_DATA:04X}0102")
        if method == _EMBEDDED:
            return self._embedded(box, (*at, f"__substg1.0_{_DATA:04X}000D"), label, note)
        if method == _OLE_OBJECT:
            return box.issue(Code.NO_EXPORT, "It is an object of Office drawn into the mail, no attached file.", label)
        if not self._file.exists(list(data)):
            return box.issue(
                Code.UNREADABLE_ARCHIVE,
                "The mail names this attachment but does not hold it (a link to a file elsewhere, or never downloaded). Ask for the file.",
                label,
            )
        with self._file.openstream(list(data)) as stream, box.spool.copy(box.source.size) as copy:
            copy.fill(stream)
        doubts = (
            ["The Outlook file around it is damaged: it may be altered or incomplete."]
            if self._file.parsing_issues
            else []
        )
        criteria = self._letter(mail.at).criteria()
        notes = [note, criteria] if criteria and is_search_result(copy.path) else [note]
        return box.member(label, copy, notes, doubts)

    def _embedded(self, box: Container, at: Path, label: str, note: str) -> _Mail | Issue:
        outer = box.source
        inner = Container(
            msgspec.structs.replace(
                outer, name=f"{outer.name}!{label}", chain=(*outer.chain, label), notes=(*outer.notes, note)
            ),
            box.spool,
        )
        return inner.too_deep() or _Mail(at, inner)

    def _letter(self, at: Path) -> Letter:
        date = _date_of(self._number(at, _SUBMITTED, 24 if at else 32))
        return Letter(
            self._text(at, _SUBJECT), date, self._text(at, _SENDER), self._text(at, _RECIPIENTS), self._text(at, _BODY)
        )

    def _text(self, at: Path, tag: int) -> str:
        for suffix, codec in (("001F", "utf-16-le"), ("001E", "cp1252")):
            path = [*at, f"__substg1.0_{tag:04X}{suffix}"]
            if self._file.exists(path):
                with self._file.openstream(path) as stream:
                    return str(stream.read(_LONGEST_TEXT).decode(codec, "replace").rstrip("\0"))
        return ""

    def _number(self, at: Path, tag: int, header: int) -> int:
        """A property of fixed size: 16 bytes each, the tag in the upper half of the first four, the value in the last eight."""
        path = [*at, _PROPERTIES]
        if not self._file.exists(path):
            return 0
        with self._file.openstream(path) as stream:
            table = stream.read(_LONGEST_TEXT)[header:]
        for kind, number, value in struct.iter_unpack("<HH4xQ", table[: len(table) // 16 * 16]):
            if number == tag:
                return int(value & 0xFFFF_FFFF if kind == 3 else value)
        return 0


def _date_of(ticks: int) -> str:
    """100-nanosecond steps since 1601 as words; empty if there is no such date."""
    try:
        return (
            f"{datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=ticks // 10):%Y-%m-%d %H:%M:%S} UTC"
            if ticks
            else ""
        )
    except OverflowError:
        return ""
