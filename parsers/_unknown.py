"""What a file looks like that no parser claims, and what the user may try."""

import re
import string

import msgspec

from m365timeline.parsers._xml_slices import DECLARATION
from m365timeline.parsers.base import Head
from m365timeline.schemas.record import Code

_MAGIC = (
    (b"%PDF", "a PDF document"), (b"\x89PNG", "a picture"), (b"\xff\xd8\xff", "a picture"), (b"GIF8", "a picture"),
    (b"MZ", "a Windows program"), (b"\x7fELF", "a program"), (b"SQLite format 3", "an SQLite database"), (b"BM", "a picture"),
    (b"RIFF", "a sound, film or picture"), (b"\xcf\xfa\xed\xfe", "a program"), (b"!BDN", "an Outlook data file (PST)"),
)  # fmt: skip
_LOG_LINE = re.compile(
    r"^\S*[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}[T ][0-9]{1,2}:|^\[?[0-9]{1,2}[/.][A-Za-z0-9]{1,3}[/.][0-9]{4}",
    re.MULTILINE,
)
_ONLY_TIMES = re.compile(
    r"(?:[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}[T ][0-9:.]{4,20}[ 0-9:+APMZ-]{0,12}\s+)+", re.IGNORECASE
)
_MARKDOWN_RULE = re.compile(r"^\|?[ \t]*:?-{3,}:?[ \t]*(?:\|[ \t]*:?-{3,}:?[ \t]*)+\|?[ \t]*$", re.MULTILINE)
_SECTION = re.compile(r"\[[^\]\[{}\"\r\n]*[A-Za-z][^\]\[{}\"\r\n]*\]\r?\n\s*[A-Za-z#;][^\n]*\n")
_FIELD_LINE = re.compile(r"^[A-Za-z]\w* *: ", re.MULTILINE)
_EBCDIC = (string.ascii_letters + string.digits + " ,.-/:'\"\r").encode("cp037") + b"\x15\x25"  # and its line ends
_UTF32 = (b"\xff\xfe\0\0", b"\0\0\xfe\xff")
_SUMMARY = (
    "It is the result of a query that counts: each row stands for many records between a first and a last time, and none of them is "
    "in the file. Ask for the records themselves."
)
_MARKDOWN = (
    "It is a text with a table in Markdown, as documentation shows records: a picture of an export, which is not read as evidence. "
    "Ask for the export the table was made from."
)
TRY = "If it comes from Microsoft 365, ask for the original export, or name its format with --format."
MAP = f"{TRY} If each record has a time, a map (--map FILE) makes it a source of the timeline all the same."


class Look(msgspec.Struct, frozen=True):
    """``plainly_none`` tells a file that is no export at all (documentation, a picture, a program)."""

    words: str
    plainly_none: bool
    code: Code = Code.UNKNOWN_FORMAT


def look_at(head: Head) -> Look:
    """Say what a file looks like."""
    data = head.data
    for magic, words in _MAGIC:
        if data.startswith(magic):
            return Look(f"It is {words}.", plainly_none=True)
    if _is_ebcdic(data):
        return Look(
            f"It is a text in EBCDIC, the encoding of mainframes, which is not read. Save a copy as UTF-8. {TRY}",
            plainly_none=False,
        )
    if data.startswith(_UTF32):
        return Look(f"It is a text in UTF-32, which is not read. Save a copy as UTF-8. {TRY}", plainly_none=False)
    text = head.start
    if not text:
        blank = len(data) > head.encoding.bom
        return Look("It holds nothing but blanks." if blank else "It is empty.", plainly_none=True)
    if "\0" in text[:4096]:
        return Look(f"It is binary data of an unknown kind. {TRY}", plainly_none=False)
    if text[0] == "<":
        return _look_at_markup(text)
    if _SECTION.match(text):
        return Look("It is a settings file (INI), no export.", plainly_none=True)
    if text[0] in "[{":
        keys = list(dict.fromkeys(re.findall(r'"([^"\\]{1,60})"\s*:', text[:8192])))[:8]
        if {"contentUri", "contentCreated"} <= set(keys):
            words = (
                "It is a list of the blobs the Management Activity API offered, not their content: it holds no events."
            )
            return Look(words, plainly_none=True)
        return Look(
            f"It is JSON with the keys {', '.join(keys) or '(none)'}, which no parser knows. {MAP}", plainly_none=False
        )
    return _look_at_lines(head, text)


def _look_at_markup(text: str) -> Look:
    bare = re.sub(r"<\?.*?\?>|<!--.*?-->", "", text, flags=re.DOTALL).lstrip()
    root = re.search(r"<([A-Za-z_][\w:.-]{0,60})", bare)
    name = root[1] if root else ""
    if name.lower() == "html" or bare[:14].lower() == "<!doctype html":
        return Look("It is a web page.", plainly_none=True)
    if DECLARATION.match(bare):
        return Look(
            "It is XML that declares a document type or entities, which no export does and which can forge or fetch content. It was not read.",
            plainly_none=False,
            code=Code.FORBIDDEN_XML,
        )
    if not name:
        return Look(
            f"It begins like XML, but no element follows in its first 64 KiB: it is damaged, or the end of a file. {TRY}",
            plainly_none=False,
        )
    return Look(f"It is XML with the root element <{name}>, which no parser knows. {TRY}", plainly_none=False)


def _is_summary(columns: tuple[str, ...]) -> bool:
    """Whether rows are counts over a span of time, as hunting queries give them."""
    names = [column.partition(" [")[0].strip().casefold() for column in columns]
    return {"starttime", "endtime"} <= set(names) and any("count" in name or "attempts" in name for name in names)


def _is_ebcdic(data: bytes) -> bool:
    """``<?xml`` in EBCDIC, or its letters and blanks without any blank of ASCII."""
    sample = data[:4096]
    if sample.startswith(b"\x4c\x6f\xa7\x94\x93"):
        return True
    letters = sum(sample.count(byte) for byte in _EBCDIC)
    return len(sample) >= 64 and not {0x20, 0x0A, 0x00} & set(sample) and 4 * letters > 3 * len(sample)


def _look_at_lines(head: Head, text: str) -> Look:
    table = head.table
    lines = text.splitlines()[:20]
    if _MARKDOWN_RULE.search(text[:8192]):
        return Look(_MARKDOWN, plainly_none=True)
    if table is not None and len(table.columns) >= 3 and all(0 < len(column) <= 60 for column in table.columns):
        width = sum(line.count(table.delimiter) >= len(table.columns) - 1 for line in lines)
        prose = any(len(column.split()) > 5 for column in table.columns) or table.columns[-1].rstrip().endswith(
            (".", ":")
        )
        names = len(table.columns) >= 5 and all(len(column.split()) <= 4 for column in table.columns)
        if not prose and (names or width >= min(2, len(lines)) or len(lines) == 1):
            if _is_summary(table.columns):
                return Look(_SUMMARY, plainly_none=True)
            columns = ", ".join(table.columns[:8]) + (", …" if len(table.columns) > 8 else "")
            return Look(f"It is a table with the columns {columns}, which no parser knows. {MAP}", plainly_none=False)
    if "\r" in text and "\n" not in text and len(lines) > 1:
        return Look(
            "It is a text whose lines end in CR alone, as on old Macs; of such texts, only tables and JSON are read. Save a copy with ordinary line ends and give that.",
            plainly_none=False,
        )
    if _ONLY_TIMES.fullmatch(text[:8192]):
        return Look("It is a list of times and nothing else: it holds no events.", plainly_none=True)
    if len(_LOG_LINE.findall(text[:8192])) >= 2:
        return Look(f"It is a log with times in its lines, which no parser knows. {TRY}", plainly_none=False)
    if len(_FIELD_LINE.findall(text[:8192])) >= 4 and not text.startswith("#"):
        return Look(
            f"It is a list of 'Name : value' lines, as PowerShell prints them, which no parser knows. {TRY}",
            plainly_none=False,
        )
    return Look("It is a text without records (documentation, a note).", plainly_none=True)
