"""Sessions: the stolen one, ordinary ones, and ones put together without an id."""

import pytest
from sheets import incident, matching
from test_permissions import seconds, us

from m365timeline.analysis.agents import program, without_version
from m365timeline.analysis.sessions import BY_ADDRESS, BY_ID, Face, signs

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/145.0.0.0 Safari/537.36;"
)


def test_the_stolen_session_stands_first_with_its_reasons():
    first = incident("Sessions")[0]
    assert first["Account"] == "Tom.Okafor@alderbrook.example"
    assert first["Session id"] == "23fef5fe-ed20-4e4a-8866-27d5ea8c78e8"
    assert "May be a stolen token: from 2026-03-10 05:18:40 UTC" in first["Signs"]
    assert (
        "2001:db8:77aa:19::e3 (before: 203.0.113.77) with Firefox 147 on Linux (before: Chrome on Windows)"
        in first["Signs"]
    )
    assert seconds(first["First (UTC)"]) == us("2026-03-09T08:47:03")
    assert first.severity == "high"
    assert {event["operation"] for event in first.events} >= {"UserLoggedIn", "New-InboxRule", "FileDownloaded"}


def test_no_ordinary_session_shows_that_sign():
    assert len([row for row in incident("Sessions") if row["Signs"] and "stolen" in row["Signs"]]) == 1


def test_events_without_a_session_id_are_put_together_by_account_and_address():
    loose = [row for row in incident("Sessions") if row["Put together by"] == BY_ADDRESS]
    assert loose
    assert all(row["Session id"] is None for row in loose)
    named = {row["Account"] for row in incident("Sessions") if row["Put together by"] == BY_ID}
    assert "Victor.Hale@alderbrook.example" in named
    # his acts in the log without session ids fall in the time of his session and are not listed again
    assert not [
        row
        for row in matching(loose, Account="victor.hale")
        if row["First (UTC)"] and us("2026-03-10T19:00") < row["First (UTC)"] < us("2026-03-11T21:00")
    ]


def face(ip, first, last, *programs):
    return Face(ip, first, last, first, 1, dict.fromkeys(programs, first))


def test_a_new_address_with_the_same_program_may_be_a_change_of_network():
    found, changed = signs(
        [face("192.0.2.1", 1, 5, "Chrome 144 on Windows"), face("192.0.2.9", 7, 9, "Chrome 145 on Windows")],
        ["tom"],
        1,
        9,
    )
    assert changed == 7
    assert "may be a change of network" in found[0]
    assert not any("stolen" in text for text in found)


def test_addresses_used_in_turns_and_several_accounts_are_told():
    found, _ = signs(
        [face("192.0.2.1", 1, 9, "Chrome on Windows"), face("192.0.2.9", 5, 8, "Firefox on Linux")],
        ["ann", "tom"],
        1,
        9,
    )
    assert "May be a stolen token" in found[0]
    assert "192.0.2.1 and 192.0.2.9 are used in turns" in found
    assert "2 accounts under one session id: ann, tom" in found
    assert signs([face("192.0.2.1", 1, 9, "Chrome on Windows")], ["tom"], 1, 9) == ([], None)


@pytest.mark.parametrize(
    ("agent", "wanted"),
    [
        (CHROME, "Chrome 145 on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0", "Firefox 147 on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/145.0.0.0 Safari/537.36 Edg/145.0.1", "Edge 145 on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) Version/17.1 Mobile/15E148 Safari/604.1", "Safari 17 on iOS"),
        ("python-requests/2.31.0", "python-requests 2"),
        ("SomeTool", "SomeTool"),
        (" ; ", None),
        (None, None),
    ],
)  # fmt: skip
def test_programs_are_recognized(agent, wanted):
    assert program(agent) == wanted


def test_a_newer_version_is_the_same_program():
    assert without_version("Chrome 145 on Windows") == without_version("Chrome 144 on Windows") == "Chrome on Windows"
