"""The record (what a parser found) and the issue (what could not be read, and where)."""

from enum import StrEnum
from typing import Any

import msgspec


class Record(msgspec.Struct, kw_only=True):
    """One record as it stands in an export, before anyone says what it means.

    ``fields`` holds the columns or attributes under the source's own names; ``data`` the AuditData object where the
    format carries one. ``raw`` is the exact text of the record; ``offset`` and ``length`` say which bytes it is.
    """

    kind: str
    fields: dict[str, Any]
    number: int
    line: int
    offset: int
    length: int
    raw: str
    data: dict[str, Any] | None = None
    canonical: bytes | None = None  # the data with its keys sorted: equal content gives equal bytes
    new_members: tuple[str, ...] = ()  # of the data, those no table has: found when it is normalized
    quality: list[str] = msgspec.field(default_factory=list)
    salvage: dict[str, Any] | None = None  # of a damaged record read in part: what was repaired, what is lost, in words


class Code(StrEnum):
    """Why something was not read. A closed list; docs/exit-codes.md has a paragraph for each."""

    CELL_COUNT = "cell_count"
    UNCLOSED_QUOTE = "unclosed_quote"
    BROKEN_QUOTE = "broken_quote"
    TRUNCATED_RECORD = "truncated_record"
    RECORD_TOO_LARGE = "record_too_large"
    NESTED_TOO_DEEP = "nested_too_deep"
    BROKEN_XML = "broken_xml"
    FORBIDDEN_XML = "forbidden_xml"
    BROKEN_JSON = "broken_json"
    STRAY_TEXT = "stray_text"
    NO_CONTENT = "no_content"
    UNKNOWN_FORMAT = "unknown_format"
    TWO_FORMATS = "two_formats"
    UNREADABLE_FILE = "unreadable_file"
    UNREADABLE_ARCHIVE = "unreadable_archive"
    LIMIT_REACHED = "limit_reached"
    SOURCE_CHANGED = "source_changed"
    NO_EXPORT = "no_export"


class Issue(msgspec.Struct, kw_only=True):
    """Something that did not become an event: a record (``record_number`` set) or a whole file.

    ``reason`` is for a person: what happened, what it means, what to try. ``raw`` is the text that was not read.
    """

    code: Code
    reason: str
    source_file: str = ""
    record_number: int | None = None
    line: int | None = None
    offset: int | None = None
    length: int | None = None
    column: str | None = None
    raw: str | None = None
