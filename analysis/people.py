"""Who is who: one person under an address in one log, a display name or a directory path in another.

Method: an address is itself. A name without address is taken for the account whose address reads the same (``Victor Hale``,
``…/Victor.Hale``: victor.hale@…) if exactly one address of the case does; otherwise it stays a person of its own.

What this cannot show: that two people of one name are two, or that an account was used by its owner.
"""

import re
from typing import Any

from m365timeline.analysis.base import Case

_WORDS = re.compile(r"[^\W_]+")
_PATH_END = re.compile(r".*(?:/cn=|/)", re.IGNORECASE | re.DOTALL)


def bare(name: str) -> str:
    """A name without the directory path or legacy DN before it, and without ``smtp:``."""
    text = _PATH_END.sub("", name.strip()) if "/" in name and "://" not in name else name.strip()
    return text[5:] if text.lower().startswith("smtp:") else text


class People:
    """The accounts of a case. ``of(name)`` is the key of a person, ``name(key)`` how to show them.

    ``mailboxes`` are the names that own one.
    """

    def __init__(self, names: set[str], mailboxes: set[str] | None = None) -> None:
        self.names = sorted(names)
        self.mailboxes = mailboxes or set()
        self._shown: dict[str, str] = {}
        by_words: dict[str, set[str]] = {}
        for name in self.names:
            if "@" in name:
                key = bare(name).lower()
                self._shown.setdefault(key, bare(name))
                by_words.setdefault(_words(key.partition("@")[0]), set()).add(key)
        self._by_words = {words: keys.pop() for words, keys in by_words.items() if len(keys) == 1 and words}

    def of(self, name: str | None) -> str | None:
        """The key of the person a name means: an address in lower case, else the name itself in lower case."""
        if name is None or not name.strip():
            return None
        text = bare(name)
        key = text.lower()
        if "@" not in key:
            key = self._by_words.get(_words(key), key)
        self._shown.setdefault(key, text)
        return key

    def name(self, key: str | None) -> str | None:
        """The best name of a person."""
        return None if key is None else self._shown.get(key, key)

    def domains(self, keys: set[str]) -> set[str]:
        """The domains of addresses."""
        return {key.partition("@")[2] for key in keys if "@" in key}


def _words(text: str) -> str:
    return " ".join(_WORDS.findall(text.lower()))


def learn_people(case: Case) -> People:
    """Every name that acts, owns a mailbox or is acted for; also kept as the table ``people`` (name, person)."""
    named = {
        column: {
            row["name"] for row in case.rows(f"SELECT DISTINCT {column} AS name FROM events WHERE {column} IS NOT NULL")
        }
        for column in ("actor", "mailbox", "on_behalf_of")
    }
    people = People(set().union(*named.values()), named["mailbox"])
    keys: list[Any] = [people.of(name) for name in people.names]
    case.keep("people", {"name": list(people.names), "person": keys})
    return people
