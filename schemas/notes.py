"""What an analyst wrote into a workbook, to be carried over into the next one."""

import msgspec


class Notes(msgspec.Struct, frozen=True, kw_only=True):
    """Tags and notes by event id, and the status of findings by (rule, who, target). ``source`` is the workbook's name."""

    source: str
    tags: dict[str, str]
    notes: dict[str, str]
    statuses: dict[tuple[str, str, str], str]

    @property
    def events(self) -> list[str]:
        """Every event that was tagged or noted, in order of the ids."""
        return sorted({*self.tags, *self.notes})
