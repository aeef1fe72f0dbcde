"""Client addresses, cleaned of ports, brackets and IPv4-in-IPv6; what cannot be cleaned stays as text."""

import ipaddress
import re
from functools import lru_cache

import msgspec

_NOTHING = frozenset({"", "<null>", "null", "-", "not available", "n/a", "none", "__null__"})
_BRACKETED = re.compile(r"\[(.+)\](?::([0-9]{1,5}))?")
_HOST_WITH_IP = re.compile(r"(\S+) \(([0-9A-Fa-f:.]+)\)")


class Address(msgspec.Struct, frozen=True):
    """``ip`` is a valid address in canonical text or ``None``; ``host`` a name that stood in its place."""

    ip: str | None = None
    port: int | None = None
    host: str | None = None


NO_ADDRESS = Address()


@lru_cache(maxsize=16384)
def clean_address(text: str) -> Address:
    """Read ``1.2.3.4:port``, ``[v6]:port``, ``::ffff:1.2.3.4``, ``HOST (1.2.3.4)``, ``fe80::1%3`` and plain forms.

    An unbracketed IPv6 address is never split at its last colon.
    """
    text = text.strip()
    if text.casefold() in _NOTHING:
        return NO_ADDRESS
    port: int | None = None
    bracketed = _BRACKETED.fullmatch(text)
    if bracketed:
        text, port = bracketed[1].strip(), int(bracketed[2]) if bracketed[2] else None
    named = _HOST_WITH_IP.fullmatch(text)
    if named:
        return Address(_canonical(named[2]), port, named[1])
    ip = _canonical(text)
    if ip is None and text.count(":") == 1:
        left, _, right = text.partition(":")
        if right.isascii() and right.isdigit() and len(right) <= 5:
            text, port = left, int(right)
            ip = _canonical(text)
    return Address(ip, port if port is None or port <= 65535 else None, None if ip else text)


def _canonical(text: str) -> str | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address)
