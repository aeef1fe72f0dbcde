"""Reference tables, shipped as data. Their sources and licences stand in NOTICE beside them."""

import csv
import io
import re
from functools import cache, lru_cache
from importlib.resources import files


@cache
def rows(table: str) -> list[dict[str, str]]:
    """Read ``<table>.csv`` of this package: one dict a row."""
    text = files(__name__).joinpath(f"{table}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@cache
def lookup(table: str, key: str, value: str) -> dict[str, str]:
    """Map the lower-cased ``key`` column of a table to its ``value`` column."""
    return {row[key].casefold(): row[value] for row in rows(table)}


@lru_cache(maxsize=4096)
def record_type(number_or_name: str) -> tuple[int | None, str]:
    """Number and printable name of a record type given as number, digits or name.

    The printable form is ``15 AzureActiveDirectoryStsLogon``; a name that Microsoft's two sources dispute ends in ``?``.
    A name that is in no table has no number and is printed as it came.
    """
    numbers, names = _record_types()
    known = names.get(number_or_name.strip().casefold())
    text = str(known) if known is not None else number_or_name.strip()
    if text in numbers:
        return int(text), f"{text} {numbers[text]}"
    return (int(text) if re.fullmatch("-?[0-9]{1,18}", text) else None), text


@cache
def _record_types() -> tuple[dict[str, str], dict[str, int]]:
    numbers: dict[str, str] = {}
    names: dict[str, int] = {}
    for row in rows("record_types"):
        disputed = "?" if row["status"] == "CONFLICT" else ""
        numbers[row["value"]] = row["name"] + disputed
        names.setdefault(row["name"].casefold(), int(row["value"]))
    return numbers, names


@lru_cache(maxsize=4096)
def user_type(number_or_name: str) -> int | None:
    """Number of a user type given as digits or as either of its names; ``None`` if no table knows it."""
    wanted = number_or_name.strip().casefold()
    if not wanted:
        return None
    return next(
        (
            int(row["value"])
            for row in rows("user_types")
            if wanted in {row["value"], row["name"].casefold(), row["graph_name"].casefold()}
        ),
        None,
    )


@cache
def app_name(app_id: str) -> str | None:
    """Name of one of Microsoft's own applications, ``None`` if the id is not in the table."""
    return lookup("microsoft_app_ids", "AppId", "AppDisplayName").get(app_id.casefold())
