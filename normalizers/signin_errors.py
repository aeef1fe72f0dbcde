"""What the error number of a sign-in means: the table ``signin_errors.csv``, shared by every log that has sign-ins."""

from functools import cache, lru_cache

from m365timeline.schemas.reference import rows

NO_ERROR = frozenset({"", "0", "None", "none", "Other", "Other.", "Success"})


@cache
def _errors() -> dict[str, tuple[str, str]]:
    return {row["code"]: (row["meaning"], row["class"]) for row in rows("signin_errors")}


def class_of(number: str) -> str:
    """``failure``, ``interrupted`` (a question put to the user, neither success nor wrong password) or ``""``."""
    return _errors().get(number, ("", ""))[1]


def meaning_of(number: str) -> str:
    """The documented meaning of a number in our words, ``""`` if the table does not know it."""
    return _errors().get(number, ("", ""))[0]


@lru_cache(maxsize=2048)
def error_text(number: str, logged: str) -> str | None:
    """The error as logged, with the documented meaning of its number: ``IdsLocked: the account is locked …``."""
    logged = "" if logged in NO_ERROR else logged
    return ": ".join(part for part in (logged, meaning_of(number)) if part) or None
