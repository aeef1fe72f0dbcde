"""Times: exact, never guessed; day and month decided for a file, from evidence."""

from datetime import UTC, datetime

import pytest
from dateutil import tz

from m365timeline.normalizers import times
from m365timeline.normalizers.times import compare_with_reference, parse_culture, parse_iso, parse_json_date, read_time
from m365timeline.schemas.dates import DateEvidence, decide


def us(*parts):
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("text", "expected", "zoned"),
    [
        ("2010-04-30T11:01:55.140625-07:00", us(2010, 4, 30, 18, 1, 55) + 140625, True),
        ("2023-05-29T12:29:35.0000000Z ", us(2023, 5, 29, 12, 29, 35), True),
        ("2021-05-18T21:13:33", us(2021, 5, 18, 21, 13, 33), False),
        ("2022-12-12 19:31:41", us(2022, 12, 12, 19, 31, 41), False),
        ("2016-03-04T09:12:44.1873301+01:00", us(2016, 3, 4, 8, 12, 44) + 187330, True),
        ("2024-02-29T23:59:59+0530", us(2024, 2, 29, 18, 29, 59), True),
    ],
)
def test_iso_times(text, expected, zoned):
    assert (parse_iso(text).us, parse_iso(text).zoned) == (expected, zoned)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10:00",
        "Feb",
        "2023-02-30T00:00:00",
        "0001-01-01T00:00:00",
        "1601-01-01T00:00:00Z",
        "2569-01-02T03:04:05",
        "٢٠٢١-01-01T00:00:00",
        "2023-05-29T25:00:00",
    ],
)
def test_what_is_no_time_gives_none(text):
    assert parse_iso(text) is None
    assert parse_culture(text) is None


@pytest.mark.parametrize(
    ("text", "month_first", "day_first"),
    [
        ("5/18/2021 9:13:33 PM", us(2021, 5, 18, 21, 13, 33), None),
        ("4/02/2025 1:31:13 am", us(2025, 4, 2, 1, 31, 13), us(2025, 2, 4, 1, 31, 13)),
        ("18.10.2015 15:48:15", None, us(2015, 10, 18, 15, 48, 15)),
        ("1.2.2024 9.05.07", us(2024, 1, 2, 9, 5, 7), us(2024, 2, 1, 9, 5, 7)),
        ("12/1/2024 12:00:00 AM", us(2024, 12, 1), us(2024, 1, 12)),
        ("2024/03/01 10:00:00", us(2024, 3, 1, 10), us(2024, 3, 1, 10)),
    ],
)
def test_culture_times_keep_both_readings(text, month_first, day_first):
    culture = parse_culture(text)
    assert (culture.month_first, culture.day_first) == (month_first, day_first)


@pytest.mark.parametrize(
    "text",
    ["13/13/2024 10:00", "5/18/21 9:13 PM", "5/18/2021 13:13:33 PM", "1/2/2569 10:00:00", "5/18/2021 9:13:33 XM"],
)
def test_impossible_culture_times(text):
    assert parse_culture(text) is None


def test_json_dates_are_milliseconds_utc_whatever_offset_stands_behind():
    assert (
        parse_json_date("/Date(1658751973240)/")
        == parse_json_date("\\/Date(1658751973240+0200)\\/")
        == 1658751973240000
    )


@pytest.mark.parametrize("text", ["/Date(9999999999999999)/", "/Date(-9999999999999999)/", "/Date(0)/", "/Date(x)/"])
def test_json_dates_out_of_all_reason(text):
    assert parse_json_date(text) is None


def read(*texts, option=None, utc=True, zone=None):
    evidence = DateEvidence()
    readings = [read_time(text, evidence, zone, utc_by_specification=utc) for text in texts]
    return readings, decide(evidence, option)


def test_one_day_above_twelve_decides_for_the_whole_file():
    _, decision = read("4/02/2025 1:31:13 am", "29/03/2025 1:31:13 am")
    assert (decision.order, decision.basis) == ("dmy", "inferred")


def test_dots_put_the_day_first():
    _, decision = read("04.02.2025 01:31:13")
    assert decision.order == "dmy"


def test_without_proof_the_order_stays_open_and_the_option_is_named():
    readings, decision = read("4/02/2025 1:31:13 am")
    assert decision.order is None
    assert "--date-order" in decision.why
    assert readings[0].basis == "ambiguous"


def test_the_option_decides_where_nothing_proves_the_order():
    _, decision = read("4/02/2025 1:31:13 am", option="dmy")
    assert (decision.order, decision.basis) == ("dmy", "zone_given")


def test_proof_wins_over_the_option_and_the_conflict_is_told():
    _, decision = read("5/18/2021 9:13:33 PM", option="dmy")
    assert decision.order == "mdy"
    assert decision.contradiction


def test_contradicting_dates_are_not_decided():
    _, decision = read("5/18/2021 9:13:33 PM", "18/5/2021 9:13:33 PM", "1/2/2021 1:00:00 AM")
    assert decision.order is None
    assert decision.contradiction


def test_the_records_own_time_is_the_strongest_proof():
    evidence = DateEvidence()
    compare_with_reference("4/02/2025 1:31:13 am", us(2025, 2, 4, 1, 31, 13), evidence)
    assert decide(evidence, None).order == "dmy"


def test_a_constant_offset_is_found():
    evidence = DateEvidence()
    for day in (13, 14):
        compare_with_reference(f"{day}/05/2023 14:29:35", us(2023, 5, day, 12, 29, 35), evidence)
    assert decide(evidence, None).offset_minutes == 120


def test_a_time_without_zone_is_not_placed_unless_the_user_says_where():
    readings, _ = read("10/18/2015 3:48:15 PM", utc=False)
    assert (readings[0].time, readings[0].flags) == (None, ("zone_unknown",))
    readings, _ = read("10/18/2015 3:48:15 PM", utc=False, zone=tz.gettz("America/Los_Angeles"))
    assert readings[0].time == us(2015, 10, 18, 22, 48, 15)


def test_seconds_lost_in_a_spreadsheet_are_flagged():
    readings, _ = read("12/13/2023 17:12")
    assert readings[0].flags == ("seconds_lost",)


@pytest.mark.parametrize(
    "date", ["2026-03-02T", "2026-02-30 ", "1601-01-01T", " 2026-03-02T", "3/2/2026 ", "13/2/2026 ", "2.3.2026 "]
)
@pytest.mark.parametrize(
    "clock", ["08:00", "08:00:07", "8:00:59", "25:00:07", "08:61:07", "08:00:60", "08.00:07", "08:00:07.5"]
)
@pytest.mark.parametrize("end", ["", "Z", " AM", " PM", "+02:00", " UTC", "\n"])
def test_a_time_read_by_its_minute_is_the_time_read_as_a_whole(date, clock, end):
    text = date + clock + end
    assert parse_iso(text) == times._parse_iso.__wrapped__(text)
    assert parse_culture(text) == times._parse_culture.__wrapped__(text)
