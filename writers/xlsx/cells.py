"""Texts as cells of a streamed sheet: cut to what a cell holds, escaped, inert. A whole column at a time.

Every text is an inline string, so Excel takes it for nothing else. Escaping follows [MS-OI29500] 2.1.1747: control
characters and carriage returns as ``_xHHHH_``, a literal ``_xHHHH_`` with its first underscore as ``_x005F_``.
"""

import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from m365timeline.writers.strings import bytes_of, rewrite

LONGEST = 32_767  # UTF-16 units a cell holds
MOST_LINE_FEEDS = 253
LIVE = "=+-@\t\r\n＝＋－＠"  # a text that begins with one of these would become a formula when edited

_LIVE = pa.array(list(LIVE))
_ORDINARY = bytes(set(range(256)) - set(b"&<>") - set(range(32)) | set(b"\t\n"))
_CONTROLS = r"\x00-\x08\x0b-\x1f"
_ODD = rf"_x[0-9A-Fa-f]{{4}}|[{_CONTROLS}]|\x{{FFFE}}|\x{{FFFF}}"
_CONTROL = re.compile(f"[{_CONTROLS}\ufffe\uffff]")
_LITERAL = re.compile(f"_(?=x[0-9A-Fa-f]{{4}}[_{_CONTROLS}\ufffe\uffff])")
_OPEN, _OPEN_KEPT, _CLOSE = ' t="inlineStr"><is><t>', ' t="inlineStr"><is><t xml:space="preserve">', "</t></is></c>"


def units(text: str) -> int:
    """Length as Excel counts it: in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def shorten(text: str, where: str) -> str:
    """Cut a text to what a cell holds, on a character, with a mark that says how much is missing and ``where`` it is."""
    end = len(text)
    if text.count("\n") > MOST_LINE_FEEDS:
        position = -1
        for _ in range(MOST_LINE_FEEDS + 1):
            position = text.index("\n", position + 1)
        end = position
    if end == len(text) and units(text) <= LONGEST:
        return text
    room = LONGEST - units(_mark(len(text), where))
    kept = text[:end].encode("utf-16-le")[: 2 * room].decode("utf-16-le", "ignore")
    return kept + _mark(len(text) - len(kept), where)


def _mark(missing: int, where: str) -> str:
    return f"… [cut: {missing:,} more characters; {where}]"


def escape_text(text: str) -> str:
    """Escape what XML does not allow, and what Excel would take for such an escape."""
    return _CONTROL.sub(lambda found: f"_x{ord(found[0]):04X}_", _LITERAL.sub("_x005F_", text))


def is_live(values: Any) -> Any:
    """Which texts begin like a formula (Arrow booleans); ``None`` if none does."""
    mask = pc.is_in(pc.utf8_slice_codeunits(values, 0, 1), _LIVE)
    return mask if pc.any(mask).as_py() else None


def fit(values: Any, where: str) -> tuple[Any, Any]:
    """Cut what is too long. Returns the texts and which were cut (Arrow booleans, ``None`` if none was)."""
    mask = None
    if (pc.max(pc.binary_length(values)).as_py() or 0) > LONGEST:
        mask = pc.greater(pc.binary_length(values), LONGEST)
    if b"\n" in bytes_of(values):
        feeds = pc.greater(pc.count_substring(values, "\n"), MOST_LINE_FEEDS)
        mask = feeds if mask is None else pc.or_(mask, feeds)
    if mask is None:
        return values, None
    fitted = rewrite(values, mask, lambda text: shorten(text, where))
    changed = pc.fill_null(pc.not_equal(fitted, values), fill_value=False)
    return fitted, changed if pc.any(changed).as_py() else None


def text_cells(values: Any, tail: str) -> Any:
    """Render the rest of each cell, from its type on; an absent text makes an empty cell. ``tail`` follows each."""
    shown = escaped(values)
    trimmed = pc.binary_length(pc.ascii_trim(shown, characters=" \t\n"))
    opening: Any = _OPEN
    if pc.sum(trimmed).as_py() != pc.sum(pc.binary_length(shown)).as_py():
        outer = pc.fill_null(pc.not_equal(trimmed, pc.binary_length(shown)), fill_value=False)
        opening = pc.if_else(outer, _OPEN_KEPT, _OPEN)
    return pc.fill_null(pc.binary_join_element_wise(opening, shown, _CLOSE + tail, ""), "/>" + tail)


def value_cells(values: Any, tail: str) -> Any:
    """Render the rest of each number cell; ``values`` are decimal texts."""
    return pc.fill_null(pc.binary_join_element_wise("><v>", values, "</v></c>" + tail, ""), "/>" + tail)


def escaped(values: Any) -> Any:
    """Arrow strings as content of XML."""
    data = bytes_of(values)
    special = data.translate(None, _ORDINARY)
    for letter, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        if letter.encode() in special:
            values = pc.replace_substring(values, letter, entity)
    if special.translate(None, b"&<>") or b"_x" in data or b"\xef\xbf\xbe" in data or b"\xef\xbf\xbf" in data:
        values = rewrite(values, pc.match_substring_regex(values, _ODD), escape_text)
    return values
