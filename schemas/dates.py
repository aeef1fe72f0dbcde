"""Day/month order: decided once per file, from evidence, never per value.

An export that writes ``3/4/2024`` does not say whether that is the 4th of March or the 3rd of April. Every value that
settles the question is counted while reading; the decision is taken when the whole file has been read.
"""

import msgspec

from m365timeline.schemas.words import counted

MINUTE = 60_000_000


class DateEvidence(msgspec.Struct):
    """What the dates of one file say about their order; counts add up over the parts of a file."""

    month_first_only: int = 0  # the second part is above 12
    day_first_only: int = 0  # the first part is above 12
    undecided: int = 0  # both readings are dates, and they differ
    dotted: int = 0  # written with dots: every culture that does so puts the day first
    reference_month_first: int = 0  # another time in the same record agrees with this reading
    reference_day_first: int = 0
    reference_neither: int = 0
    offsets: dict[int, int] = msgspec.field(default_factory=dict)  # minutes between the wrapper's time and the record's

    def add(self, other: "DateEvidence") -> None:
        """Add the counts of another part of the same file."""
        for name in self.__struct_fields__:
            if name != "offsets":
                setattr(self, name, getattr(self, name) + getattr(other, name))
        for minutes, count in other.offsets.items():
            self.offsets[minutes] = self.offsets.get(minutes, 0) + count


class DateDecision(msgspec.Struct, frozen=True):
    """How the dates of one file are read: ``order`` is ``mdy``, ``dmy`` or ``None`` where nothing settles it."""

    order: str | None
    basis: str
    why: str
    offset_minutes: int = 0
    contradiction: bool = False


def decide(evidence: DateEvidence, option: str | None) -> DateDecision | None:
    """Decide the order from ``evidence``; ``None`` if the file has no date that needs a decision.

    The user's option wins over an open question but never over proof: a contradiction is reported.
    """
    month = evidence.month_first_only + evidence.reference_month_first
    day = evidence.day_first_only + evidence.reference_day_first + evidence.dotted
    if not (month or day or evidence.undecided or evidence.reference_neither or evidence.offsets):
        return None
    shift = _constant_offset(evidence)
    if month and day:
        why = f"contradiction: {counted(month, 'date')} can only be month first and {day} only day first; a merged or edited file?"
        return DateDecision(option, "zone_given" if option else "ambiguous", why, shift, contradiction=True)
    if month:
        return DateDecision(
            "mdy", "inferred", f"month first, proved by {counted(month, 'date')}", shift, option == "dmy"
        )
    if day:
        return DateDecision("dmy", "inferred", f"day first, proved by {counted(day, 'date')}", shift, option == "mdy")
    if option:
        return DateDecision(
            option, "zone_given", f"--date-order {option} given by the user; the file itself proves nothing", shift
        )
    if evidence.undecided:
        why = f"{counted(evidence.undecided, 'date')} can be read both ways and nothing in the file decides; give --date-order dmy or mdy"
        return DateDecision(None, "ambiguous", why, shift)
    return DateDecision("mdy", "inferred", "every date reads the same either way", shift)


def _constant_offset(evidence: DateEvidence) -> int:
    """Minutes the wrapper's times are ahead of the record's own UTC, if they are so in every record compared."""
    if len(evidence.offsets) != 1:
        return 0
    minutes = next(iter(evidence.offsets))
    return minutes if abs(minutes) <= 14 * 60 else 0
