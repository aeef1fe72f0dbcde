"""Columns of Exchange's two audits, whatever wrapping they come in: compared without case, given in Exchange's own spelling.

A spreadsheet, a script or a table reader changes the case of a name; XML, CLIXML and JSON keep it. The normalizers know
each name in one spelling only. A name that the table does not know stays as the file has it.
"""

from functools import cache, lru_cache

from m365timeline.schemas.reference import rows

# What a remote session and the cmdlet's object add to every record: nothing about the entry itself.
OF_THE_SESSION = frozenset({"PSComputerName", "RunspaceId", "PSShowComputerName", "IsValid", "ObjectState"})


@cache
def _spellings() -> dict[str, str]:
    return {row["column"].casefold(): row["column"] for row in rows("exchange_audit_columns")}


@lru_cache(maxsize=4096)
def own_spelling(column: str) -> str:
    """Exchange's spelling of a column: ``lastaccessed`` is ``LastAccessed``; an unknown one stays as written."""
    plain = column.replace("\ufeff", "").strip().strip('"')
    return _spellings().get(plain.casefold(), plain)
