r"""The well-known folders of a mailbox, by the names Outlook gives them in many languages: one table, one pattern.

Exports name folders in the language of the mailbox: ``\Gelöschte Elemente\2024``, ``amy@contoso.com:\Calendrier``. A path
leads to a well-known folder if one of its parts is one of the folder's names, whole: *Archive* and *Archive 2025*, which
is how Exchange and people number them, but not *Archived clients*. What stands before the last colon is the mailbox.
"""

import re
from collections.abc import Sequence
from functools import cache

from m365timeline.schemas.reference import rows

_BEGIN = r"(?:^|[\\/:\"|])\s*"  # a quote stands before the texts of a rule's JSON, a bar between several folders
_END = r"(?:[ _-]?[0-9]+)?\s*(?:[\\/][^\":|]*)?(?:$|[\"|])"


@cache
def folder_names() -> dict[str, list[str]]:
    """The names of each well-known folder, all languages together."""
    found: dict[str, list[str]] = {}
    for row in rows("mail_folders"):
        found.setdefault(row["folder"], []).extend(row["names"].split("|"))
    return found


@cache
def unseen_folders() -> tuple[str, ...]:
    """The well-known folders in which nobody looks for mail."""
    return tuple(dict.fromkeys(row["folder"] for row in rows("mail_folders") if row["unseen"]))


def leads_to(folders: Sequence[str]) -> str:
    """A regular expression, for RE2 and for ``re``, to be used without case: a path to one of these folders or below one."""
    names = "|".join(re.escape(name) for folder in folders for name in folder_names()[folder])
    return f"{_BEGIN}(?:{names}){_END}"
