"""Numbers in sentences."""


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number and its noun: ``1 message``, ``2,100 messages``. ``one`` may be several words whose last is the noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
