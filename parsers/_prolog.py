"""XML whose first element lies behind more comments than detection looks at: what stands there decides, however far it is."""

from collections.abc import Iterable

from m365timeline.parsers._xml_slices import ASIDES, first_element
from m365timeline.parsers.base import Head
from m365timeline.schemas.source import Window

_ENOUGH = 64 << 10  # characters from the first element on, for detection to look at


def prolog_goes_on(head: Head) -> bool:
    """Whether a file begins with comments or instructions that do not end within its head."""
    return head.start.startswith(tuple(opening for opening, _ in ASIDES)) and first_element(head.text) is None


def behind_prolog(windows: Iterable[Window]) -> str:
    """The beginning of what follows the comments and instructions a file begins with; empty if nothing does."""
    text, closing = "", None
    for window in windows:
        text += window.text
        while True:
            if closing is not None:
                end = text.find(closing)
                if end < 0:
                    text = text[-len(closing) + 1 :]
                    break
                text, closing = text[end + len(closing) :], None
            text = text.lstrip("\ufeff \t\r\n")
            begun = next((aside for aside in ASIDES if text.startswith(aside[0])), None)
            if begun is None:
                if len(text) >= _ENOUGH or window.last:
                    return text[:_ENOUGH]
                break
            text, closing = text[len(begun[0]) :], begun[1]
    return ""
