"""Columns of message-trace and message-tracking exports: one meaning, many spellings.

The same value is called ``SenderAddress`` by a cmdlet, ``sender_address`` by a report, ``sender-address`` by a log file
and ``Sender`` by a hand-made list. The table ``message_columns.csv`` lists the spellings in order of preference.
"""

import re
from functools import cache, lru_cache
from types import MappingProxyType

from m365timeline.schemas.reference import rows

_FARTHEST = 14 * 60
_OFFSET = re.compile(r"[(\[]\s*(?:UTC|GMT)\s*([+-])\s*([0-9]{1,2})(?::?([0-9]{2}))?\s*[)\]]\s*$", re.IGNORECASE)


@lru_cache(maxsize=4096)
def squeeze(name: str) -> str:
    """Compare names by their letters and digits alone: ``Date (UTC)``, ``date_utc`` and ``DateUTC`` are one."""
    return "".join(filter(str.isalnum, name)).casefold()


@lru_cache(maxsize=512)
def by_letters(keys: tuple[str, ...]) -> MappingProxyType[str, str]:
    """Map each column's letters and digits to its name; of columns with the same letters the first."""
    return MappingProxyType({squeeze(key): key for key in reversed(keys)})


@lru_cache(maxsize=512)
def message_columns(keys: tuple[str, ...]) -> MappingProxyType[str, str]:
    """Map each meaning found in a header to the column that holds it; of several spellings the preferred one."""
    spelt: dict[str, str] = {}
    for key in keys:
        spelt.setdefault(squeeze(_OFFSET.sub("", key)), key)
    found: dict[str, str] = {}
    for field, column in _preferences():
        if column in spelt:
            found.setdefault(field, spelt[column])
    return MappingProxyType(found)


@cache
def _preferences() -> tuple[tuple[str, str], ...]:
    return tuple((row["field"], row["column"]) for row in rows("message_columns"))


@lru_cache(maxsize=512)
def time_offset(keys: tuple[str, ...]) -> int | None:
    """Minutes the time column is ahead of UTC by its own name: ``Date (UTC-05:00)`` of the portals is -300."""
    match = _OFFSET.search(message_columns(keys).get("time", ""))
    if match is None:
        return None
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    if minutes > _FARTHEST:
        return None
    return -minutes if match[1] == "-" else minutes


@lru_cache(maxsize=512)
def time_is_utc(keys: tuple[str, ...]) -> bool:
    """Whether the time column of a header is UTC by its name, or by Microsoft's specification of the cmdlet.

    ``Received`` is UTC beside the cmdlet's own ``SenderAddress`` and ``RecipientAddress``. A list with other names may
    come from the portal, which writes times in the zone set on its page and does not say which.
    """
    column = squeeze(message_columns(keys).get("time", ""))
    if column.endswith(("utc", "gmt")) or column == "origintimestamp":
        return True
    spelt = {squeeze(key) for key in keys}
    own = {"senderaddress", "recipientaddress"} <= spelt
    if column == "date":
        return (bool({"messagetraceid", "messageid"} & spelt) and "event" in spelt) or "dlpcompliancerule" in spelt
    if column == "clicktime":  # of Get-SafeLinksDetailReport
        return {"recipientaddress", "urldomain"} <= spelt
    if column == "clicked":  # of Get-UrlTrace
        return {"recipientaddress", "url"} <= spelt
    if column == "datetime":  # of a server's own log; its cmdlet writes local time and calls it Timestamp
        return {"eventid", "source", "internalmessageid"} <= spelt
    return column == "received" and own
