"""The readable beginning of a damaged JSON object: complete members only, then a stop for good.

Beside JSON it understands what other programs make of it (single and typographic quotes, raw control characters,
backslashes nobody escaped, trailing commas, ``True`` and ``None``), but it never looks for a place to go on behind a
damage, and never takes a text or number that may have been cut for a value.
"""

import json
import re
from typing import Any

from m365timeline.parsers._json import MAX_DEPTH, whole

Path = tuple[str | int, ...]

_SMART = "“”„‟"
_TEXTS = {
    '"': re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"', re.DOTALL),
    "'": re.compile(r"'([^'\\]*(?:\\.[^'\\]*)*)'", re.DOTALL),
    **dict.fromkeys(_SMART, re.compile(f'[{_SMART}]([^{_SMART}"]*)[{_SMART}]')),
}
_BLANKS = re.compile(r"[\s\ufeff\x00]*")
_BARE = re.compile(r"[-+]?[0-9.][0-9.eE+-]*|[$]?[A-Za-z]+|-Infinity")
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)")
CUT_ESCAPE = re.compile(r"\\u[0-9a-fA-F]{0,3}")
_WORDS = {"true": True, "$true": True, "false": False, "$false": False, "null": None, "none": None, "$null": None}
_NO_NUMBERS = frozenset({"NaN", "Infinity", "-Infinity"})
ESCAPES = re.compile(r'\\(?:(["\\/bfnrt\']|u[0-9a-fA-F]{4})|.)', re.DOTALL)
SHOWN = 1000  # characters of a lost value told in the event; the record as it stood has all


def _worth_keeping(item: Any) -> bool:
    """A cut list, or a cut object with lists or objects of its own. Half a Name/Value pair would say what the record does not."""
    if isinstance(item, dict):
        return not {"Name", "Key"} & item.keys() and any(
            isinstance(inner, (dict, list)) and inner for inner in item.values()
        )
    return isinstance(item, list) and bool(item)


class PrefixReader:
    """Reads members from the beginning; ``stop`` says why it could not go on: ``cut`` (the text ends) or ``broken``."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.complete = 0  # where the last complete member ends
        self.stop: str | None = None
        self.unread: dict[str, str] = {}  # values that were cut or are doubtful, as text, by their path
        self.flags: list[str] = []
        self.verbatim = any(
            match[1] is None and not CUT_ESCAPE.fullmatch(text, match.start()) for match in ESCAPES.finditer(text)
        )
        self._last: Path = ()  # the last text or number

    def members(self, path: Path, depth: int) -> dict[str, Any]:
        """An object, as far as it can be read."""
        result: dict[str, Any] = {}
        self.position += 1
        while (letter := self._peek()) != "}":
            key = self._text() if letter in _TEXTS else None
            if key is None or self._peek() != ":":
                self._halt(
                    "cut" if letter == "" or (letter in _TEXTS and (key is None or self._peek() == "")) else "broken"
                )
                return result
            self.position += 1
            inner = (*path, key)
            value = self._value(inner, depth)
            if self.stop:
                if isinstance(value, (dict, list)) and value:
                    result[key] = value
                return result
            if key in result and "duplicate_keys" not in self.flags:
                self.flags.append("duplicate_keys")
            result[key] = value
            if not self._goes_on("}"):
                return result
        self.position += 1
        return result

    def _items(self, path: Path, depth: int) -> list[Any]:
        result: list[Any] = []
        self.position += 1
        while self._peek() != "]":
            value = self._value((*path, len(result)), depth)
            if self.stop:
                if _worth_keeping(value):
                    result.append(value)
                return result
            result.append(value)
            if not self._goes_on("]"):
                return result
        self.position += 1
        return result

    def _value(self, path: Path, depth: int) -> Any:
        letter = self._peek()
        if letter in {"{", "["} and depth < MAX_DEPTH:
            return self.members(path, depth + 1) if letter == "{" else self._items(path, depth + 1)
        begin = self.position
        if letter in _TEXTS:
            text = self._text()
            if text is not None:
                self._last = path
                return text
        elif match := _BARE.match(self.text, begin):
            self.position = match.end()
            # At the very end a number may have been cut.
            if self.position < len(self.text) and (value := self._bare(match[0], path)) is not self:
                return value
        self.unread[name_of(path)] = self.text[begin : begin + SHOWN]
        self._halt("cut" if letter in {"", *_TEXTS} or self.position == len(self.text) else "broken")
        return None

    def _text(self) -> str | None:
        """A quoted text, ``None`` if its end is missing."""
        match = _TEXTS[self.text[self.position]].match(self.text, self.position)
        if match is None:
            return None
        self.position = match.end()
        content = match[1]
        if "\\" not in content or self.verbatim:
            return content
        if match[0][0] == "'":
            return content if re.search(r"\\[^\\'\"]", content) else re.sub(r"\\(.)", r"\1", content)
        try:
            return str(json.loads(f'"{content}"', strict=False))
        except ValueError:
            return content  # \' is no JSON: shown as written

    def _bare(self, word: str, path: Path) -> Any:
        """The value of a number or word; ``self`` if it is none."""
        if word.casefold() in _WORDS:
            return _WORDS[word.casefold()]
        if word in _NO_NUMBERS:
            self.flags.append("invalid_number")
            return word
        if word.lstrip("$")[0].isalpha():
            return self
        self._last = path
        return whole(word) if NUMBER.fullmatch(word) else word

    def _goes_on(self, closing: str) -> bool:
        """Whether a comma or the closing bracket follows the member just read."""
        self.complete = self.position
        letter = self._peek()
        if letter == ",":
            self.position += 1
        elif letter != closing:
            self._halt("cut" if letter == "" else "broken")
            return False
        return True

    def _peek(self) -> str:
        """The next character that is no blank; empty at the end."""
        blanks = _BLANKS.match(self.text, self.position)
        self.position = blanks.end() if blanks else self.position
        return self.text[self.position : self.position + 1]

    def _halt(self, why: str) -> None:
        if self.stop is None:
            self.stop = why

    def drop_doubtful(self, data: dict[str, Any]) -> None:
        """Take out the value right before a break: it may have ended too early. In a list its whole item goes.

        What has something behind it was read to its end, and stays.
        """
        path = self._last
        if path != last_member(data):
            return
        for at in range(len(path), 0, -1):
            if isinstance(path[at - 1], int):
                path = path[:at]
                break
        holder: Any = data
        for step in path[:-1]:
            holder = _at(holder, step)
        if path and _at(holder, path[-1]) is not None:
            self.unread[name_of(path)] = str(holder.pop(path[-1]))[:SHOWN]


def _at(holder: Any, step: Any) -> Any:
    """A member of an object or list, ``None`` where there is none."""
    if isinstance(holder, dict):
        return holder.get(step)
    return holder[step] if isinstance(holder, list) and isinstance(step, int) and step < len(holder) else None


def last_member(data: Any) -> Path:
    """The way to the last member that was read."""
    path: Path = ()
    while isinstance(data, (dict, list)) and data:
        last: Any = next(reversed(data)) if isinstance(data, dict) else len(data) - 1
        path, data = (*path, last), data[last]
    return path


def name_of(path: Path) -> str:
    """A path as people write it: ``Parameters[3].Value``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
