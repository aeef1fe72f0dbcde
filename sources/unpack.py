"""What must be taken apart before it can be read: told by content, then handed to the module that knows it."""

import re
from collections.abc import Callable, Iterator

from m365timeline.schemas.record import Code, Issue
from m365timeline.schemas.source import Source
from m365timeline.sources.archives import gzip_member, is_tar, tar_members
from m365timeline.sources.mail import is_mail, mail_attachments
from m365timeline.sources.outlook import outlook_attachments
from m365timeline.sources.sevenzip import sevenzip_members
from m365timeline.sources.spool import Container, LimitReachedError, Spool
from m365timeline.sources.zips import ends_as_zip, zip_members

HEAD = 8192
_READERS: dict[str, Callable[[Container], Iterator[Source | Issue]]] = {
    "gzip": gzip_member,
    "zip": zip_members,
    "tar": tar_members,
    "7z": sevenzip_members,
    "mail": mail_attachments,
    "ole": outlook_attachments,
}
_MAGIC = (
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
)
_OTHER = (
    (b"Rar!\x1a\x07", "This is a RAR archive, which is not read directly. Unpack it and give the folder as input."),
    (b"\xfd7zXZ\x00", "This is an xz archive, which is not read directly. Unpack it and give the folder as input."),
    (
        b"\x28\xb5\x2f\xfd",
        "This is a Zstandard archive, which is not read directly. Unpack it and give the folder as input.",
    ),
    (b"MSCF", "This is a cabinet archive, which is not read directly. Unpack it and give the folder as input."),
    (
        b"\x78\x9f\x3e\x22",
        "This is a winmail.dat (TNEF): Outlook wrapped the attachments of the mail in it. Open the mail in Outlook, save the attachments, and give them as input; or ask the sender to send it as plain text or HTML.",
    ),
    (b"-----BEGIN PGP MESSAGE", "This is encrypted with PGP. Decrypt it and give what is in it as input."),
)
_PROGRAMS = (b"MZ", b"\x7fELF")
_BZIP2 = re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)")
_MBOX = re.compile(rb"From \S+ .*[0-9]{4}\r?\n[!-9;-~]+:")


def archive_kind(start: bytes) -> str | None:
    """Which reader the file needs, a sentence why it must be unpacked by hand, or ``None`` if it is no archive or mail."""
    for magic, kind in _MAGIC + _OTHER:
        if start.startswith(magic):
            return kind
    if _BZIP2.match(start):
        return "This is a bzip2 archive, which is not read directly. Unpack it and give the folder as input."
    if is_tar(start[:512]):
        return "tar"
    if _MBOX.match(start):
        return "This is a mailbox file (mbox). Save its mails one by one (.eml) and give them as input."
    return "mail" if is_mail(start) else None


def self_extracting(source: Source, start: bytes) -> str | None:
    """The reader for an archive that stands behind a program which unpacks it. Raises OSError."""
    if not start.startswith(_PROGRAMS):
        return None
    with source.open() as stream:
        return "zip" if ends_as_zip(stream, source.size) else None


def unpack(source: Source, kind: str, spool: Spool) -> Iterator[Source | Issue]:
    """Yield the members of an archive or mail as sources; an Issue for each that cannot be had."""
    box = Container(source, spool)
    if kind not in _READERS:
        yield box.issue(Code.UNREADABLE_ARCHIVE, kind)
        return
    if (issue := box.too_deep()) is not None:
        yield issue
        return
    empty = True
    try:
        for item in _READERS[kind](box):
            empty = False
            yield item
        if empty:
            yield box.issue(Code.NO_EXPORT, "The archive holds no file. Look whether it is the one you meant.")
    except LimitReachedError as limit:
        yield box.issue(
            Code.LIMIT_REACHED,
            f"Unpacking was stopped: {limit}. What was unpacked before is read. Unpack it by hand if you trust it, and give the folder as input.",
        )
    except OSError as error:
        yield box.issue(
            Code.UNREADABLE_FILE,
            f"Unpacking failed: {error.strerror or type(error).__name__}. Check that the medium is sound and the disk has space, and try again.",
        )
