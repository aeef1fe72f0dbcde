"""Fuzz every format there is a sample of: the beginning of a sample, then whatever comes; every byte is accounted for.

See fuzz_kit.py for how to install Atheris and run this.
"""

from fuzz_kit import fuzz


def one_input(data: bytes) -> None:
    """The first byte chooses the sample, the second how much of it stands in front."""
    from mutations import SAMPLES, check

    if len(data) > 2:
        seeds = list(SAMPLES.values())
        seed = seeds[data[0] % len(seeds)]
        check(seed[: len(seed) * (1 + data[1] % 16) // 16] + data[2:])


if __name__ == "__main__":
    fuzz(one_input, "m365timeline.parsers", "m365timeline.pipeline.ranges", "m365timeline.pipeline.read")
