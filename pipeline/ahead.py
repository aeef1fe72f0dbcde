"""Working one step ahead: the next batch is read while the last one is written."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items in the same order, each worked out in a second thread while the one before is in use."""
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        waiting = thread.submit(_take, items)
        while taken := waiting.result():
            waiting = thread.submit(_take, items)
            yield from taken


def _take(items: Iterator[Item]) -> tuple[Item, ...]:
    """The next item, or nothing at the end."""
    for item in items:
        return (item,)
    return ()
