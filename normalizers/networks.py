"""Country and owner of an address, from a local database of MaxMind's format (MaxMind, DB-IP, IPinfo).

What the log itself says stands; a database only fills what it leaves open. A database is of one day: addresses change owners,
and where somebody was is not what a database says of an address years later.
"""

import hashlib
import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from m365timeline.schemas.event import Event
from m365timeline.schemas.networks import NetworkFile

_MOST = 100_000  # addresses remembered
_OWNER = ("autonomous_system_organization", "as_name", "organization", "isp")


class NoNetworksError(Exception):
    """A database cannot be used; the message says why."""


def look_at(path: Path) -> NetworkFile:
    """What a database file is. Raises NoNetworksError if it is none or the library is missing, OSError."""
    reader = _open(path)
    about = reader.metadata()
    reader.close()
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    built = datetime.fromtimestamp(about.build_epoch, UTC).date().isoformat()
    return NetworkFile(path=str(path), name=path.name, sha256=digest, kind=about.database_type, built=built)


def _open(path: Path) -> Any:
    try:
        import maxminddb
    except ImportError as error:
        raise NoNetworksError("what reads it is not installed: pip install 'm365timeline[networks]'") from error
    try:
        return maxminddb.open_database(str(path), maxminddb.MODE_MMAP)
    except (maxminddb.InvalidDatabaseError, ValueError) as error:
        raise NoNetworksError("it is no database of networks in MaxMind's format (.mmdb)") from error


class Networks:
    """Open databases; the first that knows something of an address is believed."""

    def __init__(self, files: Sequence[NetworkFile]) -> None:
        self._readers = [_open(Path(file.path)) for file in files]
        self._known: dict[str, tuple[str | None, int | None, str | None]] = {}

    def name(self, events: Sequence[Event]) -> None:
        """Fill country, number and owner of the network where the log names none."""
        for event in events:
            if event.ip is not None:
                country, number, owner = self._find(event.ip)
                event.country = event.country or country
                if event.asn is None and event.as_org is None:
                    event.asn, event.as_org = number, owner

    def _find(self, text: str) -> tuple[str | None, int | None, str | None]:
        found = self._known.get(text)
        if found is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            found = self._known[text] = self._look_up(text)
        return found

    def _look_up(self, text: str) -> tuple[str | None, int | None, str | None]:
        country: str | None = None
        number: int | None = None
        owner: str | None = None
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return None, None, None
        for reader in self._readers:
            if address.version == 6 and reader.metadata().ip_version == 4:
                continue
            row = reader.get(address)
            if isinstance(row, dict):
                country = country or _country(row)
                number = number or _number(row)
                owner = owner or next((str(row[key]) for key in _OWNER if row.get(key)), None)
        return country, number, owner


def _country(row: dict[str, Any]) -> str | None:
    country = row.get("country")
    if isinstance(country, dict):
        return country.get("iso_code")
    return row.get("country_code") or country


def _number(row: dict[str, Any]) -> int | None:
    """A number, or MaxMind's and IPinfo's ways of writing it (15169, ``AS15169``)."""
    value = row.get("autonomous_system_number") or row.get("asn")
    digits = str(value or "").removeprefix("AS")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 10 else None
