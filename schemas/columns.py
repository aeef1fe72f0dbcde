"""How column names of different exports are compared."""

FIELDS_MARK = "#fields:"  # an Exchange server's log names its columns in a line that begins so


def normalize_column(name: str) -> str:
    """Column names are compared without marks, quotes, outer blanks, runs of blanks and case."""
    plain = " ".join(name.replace("\ufeff", "").strip().strip('"').split()).casefold()
    return plain.removeprefix(FIELDS_MARK).lstrip()
