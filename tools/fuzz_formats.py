"""Fuzz one format after the other, each from its own small exports: a piece of one, whatever comes, and the rest of it.

    python tools/fuzz_formats.py [FORMAT] -max_total_time=60

Without a name the first byte chooses the format, so that none is left out. See fuzz_kit.py for how to install Atheris.
"""

import sys
from functools import cache

from fuzz_kit import fuzz


@cache
def _seeds() -> tuple[tuple[str, ...], dict[str, list[bytes]]]:
    from mutations import seeds_of

    found = seeds_of()
    return (NAMED and (NAMED,)) or tuple(sorted(found)), found


NAMED = sys.argv.pop(1) if len(sys.argv) > 1 and not sys.argv[1].startswith("-") and __name__ == "__main__" else ""


def one_input(data: bytes) -> None:
    """Five bytes choose format, export, and the piece of it that what follows stands in the place of."""
    from mutations import check

    if len(data) < 5:
        return
    names, seeds = _seeds()
    choice = seeds[names[data[0] % len(names)]]
    seed = choice[data[1] % len(choice)]
    start = len(seed) * data[2] // 256
    check(seed[:start] + data[5:] + seed[start + int.from_bytes(data[3:5], "big") % 2048 :])


if __name__ == "__main__":
    fuzz(one_input, "m365timeline.parsers", "m365timeline.pipeline.ranges", "m365timeline.pipeline.read")
