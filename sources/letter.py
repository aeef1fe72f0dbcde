"""What a mail says of itself and of its attachments: subject, text, the criteria of the search it answers."""

import re
from pathlib import Path

import msgspec

_AUDIT_ITEM = re.compile(r"[\s\ufeff]*(?:Operation|Cmdlet Name)[ \t]*:[^\n]*\n[A-Za-z ]{1,40}[ \t]*:", re.IGNORECASE)
_SEARCH_RESULT = re.compile(rb"<\0?S\0?e\0?a\0?r\0?c\0?h\0?R\0?e\0?s\0?u\0?l\0?t\0?s\b")
_CRITERION = re.compile(r"[ \t]*([^\s:][^:\n]{0,60}?)[ \t]*:[ \t]*(\S[^\n]{0,300})")
_MOST_CRITERIA = 16
_NOISE = re.compile("[\x00-\x20\x7f-\xa0\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufffe\uffff]+")
_NOTE = 500


class Letter(msgspec.Struct):
    """What a mail says of itself, for the notes of its attachments."""

    subject: str = ""
    date: str = ""
    sender: str = ""
    recipients: str = ""
    body: str = ""

    def note(self) -> str:
        """One line; long texts are shortened, control and direction characters are gone."""
        named = (
            ("subject", self.subject, _NOTE),
            ("date", self.date, 80),
            ("from", self.sender, 200),
            ("to", self.recipients, 200),
            ("body", self.body, _NOTE),
        )
        said = [f"{name}: {shorten(text, most)}" for name, text, most in named if text.strip()]
        return f"Mail: {'; '.join(said)}" if said else "Mail without subject and text"

    def criteria(self) -> str:
        """What the text of Exchange's mail states line by line (start, end, mailboxes, operations): one line; empty if nothing."""
        found = [match for line in self.body.splitlines()[:60] if (match := _CRITERION.fullmatch(line.rstrip()))]
        if len(found) < 2:
            return ""
        said = "; ".join(f"{shorten(match[1], 60)}: {shorten(match[2], 200)}" for match in found[:_MOST_CRITERIA])
        return f"Search criteria stated in the mail: {said}. What lies outside them was not searched: no record of it proves nothing."


def is_audit_item(text: str) -> bool:
    """Whether the text of a mail is itself a record: Exchange keeps its audits as such messages (IPM.AuditLog)."""
    return _AUDIT_ITEM.match(text) is not None


def is_search_result(path: Path) -> bool:
    """Whether a file is a SearchResult.xml, by its beginning, in any width of characters."""
    with path.open("rb") as file:
        return _SEARCH_RESULT.search(file.read(2048)) is not None


def shorten(text: str, most: int) -> str:
    """One line of at most so many characters, without control and direction characters."""
    text = _NOISE.sub(" ", text).strip()
    return text if len(text) <= most else f"{text[:most]}… (shortened)"
