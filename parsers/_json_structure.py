"""What stands around the records of a JSON file: lists, pages, wrapper objects, and where one value ends.

A *wrapper* is an object that holds records in a list under one of a few names (``{"value": […], "Count": 2}``, a page of
Graph, the hits of a search). Everything else at its place is a record.
"""

import re
from typing import Any

LISTS = frozenset({
    "value", "values", "Value", "records", "Records", "results", "Results", "events", "Events", "items", "Items", "data",
    "hits", "entries", "rows", "tables", "logs", "MessageTrace", "MessageTraceV2", "QuarantineMessage",
})  # fmt: skip
AROUND = frozenset({"hits", "d", "data", "response", "EWS"})  # objects that hold the object with the list
_OF_A_RECORD = frozenset({
    "Id", "id", "CreationTime", "CreationDate", "createdDateTime", "RecordType", "Operation", "TimeGenerated", "AuditData",
    "_id", "time",
})  # fmt: skip

BLANKS = re.compile(r"[\s,\ufeff\x1e]*")
STRING = re.compile(r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"', re.DOTALL)
SCALAR = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[-+\w.]++(?=[\s,\]}])', re.DOTALL)
MEMBER = re.compile(r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"\s*+:\s*+(?=\S)', re.DOTALL)
_STEP = re.compile(r'[^"{}\[\]]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"{}\[\]]*+)*+([{}\[\]])', re.DOTALL)
_RUN = re.compile(r"\[[\[\s,]*+")
_BRACKET = re.compile(r"[{\[\]}\n]")
_MOST_MEMBERS = 60  # of a wrapper, before its list
_MOST_LEVELS = 256  # inside one another between two records: nothing that is made of brackets alone is an export
_DEEPEST = 4  # wrapper objects inside one another without a list between them


def end_of(text: str, start: int) -> int:
    """Where the object or list that opens at ``start`` ends; -1 if the text ends first."""
    depth, position = 0, start
    step = _STEP.match
    while (match := step(text, position)) is not None:
        position = match.end()
        if match[1] in "{[":
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                return position
    return -1


def is_wrapper(data: dict[str, Any], depth: int = 0) -> bool:
    """Whether a decoded object is a wrapper."""
    if depth > _DEEPEST or not _OF_A_RECORD.isdisjoint(data):
        return False
    for key, value in data.items():
        if key in LISTS and type(value) is list and _holds_records(value):
            return True
        if key in AROUND and type(value) is dict and is_wrapper(value, depth + 1):
            return True
    return False


def _holds_records(value: list[Any]) -> bool:
    return not value or isinstance(value[0], (dict, list)) or (type(value[0]) is str and value[0].startswith("{"))


def opens_wrapper(text: str, start: int, depth: int = 0) -> bool | None:
    """Whether the object that opens at ``start`` is a wrapper, told from its beginning; ``None`` if the text ends too early."""
    position = start + 1
    for _ in range(_MOST_MEMBERS):
        blanks = BLANKS.match(text, position)
        position = blanks.end() if blanks else position
        member = MEMBER.match(text, position)
        if member is None:
            return None if not text[position:].strip() or _unfinished(text, position) else False
        if member[1] in _OF_A_RECORD or depth > _DEEPEST:
            return False
        position, letter = member.end(), text[member.end()]
        if letter == "[" and member[1] in LISTS:
            first = text[position + 1 :][:4096].lstrip()
            return first[0] in '{["]' if first else None
        if letter == "{" and member[1] in AROUND:
            inner = opens_wrapper(text, position, depth + 1)
            if inner is not False:
                return inner
        after = value_end(text, position)
        if after < 0:
            return None
        position = after
    return False


def value_end(text: str, start: int) -> int:
    """Where the value that begins at ``start`` ends; -1 if the text ends first, or it is no value."""
    if text[start] in "{[":
        return end_of(text, start)
    scalar = SCALAR.match(text, start)
    return scalar.end() if scalar else -1


def stray_end(text: str, position: int) -> int:
    """Where something that is no record ends: a number or word, else all up to the next bracket or line."""
    scalar = SCALAR.match(text, position)
    if scalar is not None:
        return scalar.end()
    run = _RUN.match(text, position)
    match = _BRACKET.search(text, run.end() if run else position + 1)
    end = match.start() if match else len(text)
    return position + max(1, len(text[position:end].rstrip(" \t\r,")))


def _unfinished(text: str, position: int) -> bool:
    """Whether the text breaks off inside a key, or between a key and its value."""
    rest = text[position : position + 4096]
    return bool(re.fullmatch(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"\s*+:?\s*+|\\?)', rest, re.DOTALL))


_TOKEN = re.compile(
    r"(?P<blank>[\s,\ufeff\x1e]++)|(?P<open>[\[{])|(?P<close>[\]}])"
    r'|(?P<member>"(?P<key>[^"\\]*+(?:\\.[^"\\]*+)*+)"\s*+:)'
    r'|(?P<scalar>"[^"\\]*+(?:\\.[^"\\]*+)*+"|[-+\w.]++)',
    re.DOTALL,
)


def tell_gap(text: str) -> list[tuple[str, str]] | None:
    """Tell the pieces of what stands between records as (kind, text); ``None`` if something there may be a record.

    Brackets that open or close what the records stand in and members of wrappers are structure. An object in the place of
    a record that opens *and* closes in the gap is none, unless it is a wrapper whose list is empty: nothing that could be
    a record passes as punctuation.
    """
    pieces: list[tuple[str, str]] = []
    level: list[
        str
    ] = []  # what is open: a "place" of records, an "object", "around" a wrapper, an "empty" wrapper, a "value"
    position, key = 0, None
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            return None
        kind = token.lastgroup if token.lastgroup != "key" else "member"
        where = level[-1] if level else "outside"
        if kind == "open":
            if len(level) == _MOST_LEVELS:
                return None
            level.append(_opened(token[0], where, key))
            if level[-1] == "place" and "object" in level:
                level = ["empty" if item == "object" else item for item in level]
        elif kind == "close":
            if level and level.pop() == "object":
                return None
        elif kind == "scalar" and key is None and where != "value":
            return None
        if kind != "blank":
            key = token["key"] if kind == "member" else None
        pieces.append(("blank" if kind == "blank" else "header", token[0]))
        position = token.end()
    return pieces


def _opened(bracket: str, where: str, key: str | None) -> str:
    """What a bracket opens: the value of a member is looked past, unless its name is that of a list of records."""
    if where == "value":
        return "value"
    if key is not None:
        if bracket == "[":
            return "place" if key in LISTS else "value"
        return "around" if key in AROUND else "value"
    return "place" if bracket == "[" else "object"
