"""Result sets of a search: what ``ResultIndex`` and ``ResultCount`` say about missing records.

A search session numbers its records from 1 to ResultCount. One export may hold many sessions, and a file does not say
where one ends; sessions are told apart by their ResultCount. Two sessions of the same count look like one, so a gap that
is found is real, but a gap can also go unseen.
"""

from itertools import islice

import msgspec

_LARGEST = 1_000_000
FIRST_MISSING = 3


class ResultSets(msgspec.Struct):
    """For each ResultCount, which ResultIndex values were seen (one bit each)."""

    seen: dict[int, bytearray] = msgspec.field(default_factory=dict)

    def note(self, index: object, count: object) -> None:
        """Note one record by what its two members say; whatever is no number that a search gives is passed over."""
        first, second = _number(index), _number(count)
        if first is not None and second is not None:
            self.add(first, second)

    def add(self, index: int, count: int) -> None:
        """Note one record. Failed pages (index -1, count 0) are no result set."""
        if not 0 < index <= count <= _LARGEST:
            return
        bits = self.seen.get(count)
        if bits is None:
            bits = self.seen[count] = bytearray(count // 8 + 1)
        bits[index >> 3] |= 1 << (index & 7)

    def merge(self, other: "ResultSets") -> None:
        """Add what another part of the same file saw."""
        for count, bits in other.seen.items():
            mine = self.seen.get(count)
            self.seen[count] = bits if mine is None else bytearray(a | b for a, b in zip(mine, bits, strict=True))

    def gaps(self) -> list[tuple[int, int, list[int]]]:
        """The result sets that lack records: (ResultCount, how many are missing, the first of them), by ResultCount."""
        result = []
        for count in sorted(self.seen):
            bits = self.seen[count]
            missing = count - int.from_bytes(bits, "little").bit_count()
            if missing:
                lacking = (index for index in range(1, count + 1) if not bits[index >> 3] & (1 << (index & 7)))
                result.append((count, missing, list(islice(lacking, FIRST_MISSING))))
        return result


def _number(value: object) -> int | None:
    text = value if type(value) is str else str(value)
    return int(text) if len(text) <= 9 and text.isascii() and text.isdigit() else None
