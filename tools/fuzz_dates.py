"""Fuzz the reading of times: nothing raises, and what is read stands between the years 1 and 9999.

See fuzz_kit.py for how to install Atheris and run this.
"""

from fuzz_kit import fuzz

FIRST, LAST = (
    -62_135_596_800_000_000 - 86_400_000_000,
    253_402_300_800_000_000 + 86_400_000_000,
)  # years 1 and 9999, one day more for offsets


def one_input(data: bytes) -> None:
    """Every form of time the exports use."""
    from m365timeline.normalizers.times import parse_culture, parse_iso, parse_json_date, read_time
    from m365timeline.schemas.dates import DateEvidence

    text = data.decode("utf-8", "surrogateescape")
    moment = parse_iso(text)
    assert moment is None or FIRST <= moment.us <= LAST
    parse_culture(text)
    number = parse_json_date(text)
    assert number is None or FIRST <= number <= LAST
    read_time(text, DateEvidence(), None, utc_by_specification=True)


if __name__ == "__main__":
    fuzz(one_input, "m365timeline.normalizers.times")
