"""Defender for Cloud Apps: CEF lines behind any prefix, the portal's list, alerts apart from activities."""

import pytest
from helpers import read_events, read_records

from m365timeline.parsers.cloud_apps_cef import CloudAppsCef
from m365timeline.parsers.cloud_apps_csv import CloudAppsCsv

LINE = (
    r"2026-03-10T05:45:20.000Z CEF:0|MCAS|SIEM_Agent|0.291.10|EVENT_CATEGORY_DOWNLOAD_FILE|Download file|0|externalId=1_a rt=1773121520000 start=1 msg=Download file: a\=b.txt suser=tom@x.example destinationServiceName=Microsoft SharePoint Online dvc= requestClientApplication=Mozilla/5.0 (X11; Linux) cs3Label=targetObjects cs3=a\\b c6a1Label="
    "Device IPv6 Address"
    " c6a1=2001:db8::7".replace('""', '"')
)


def events_of(*lines):
    return read_events("\n".join(lines).encode(), CloudAppsCef)


def test_a_line_is_read_to_its_last_value():
    ((record,), issues, (event,)) = events_of(LINE + "\n")
    assert issues == []
    assert (event.time, event.time_basis) == (1773121520000000, "utc_by_specification")
    assert (event.ip, event.target, event.app_name) == ("2001:db8::7", "a\\b", "Microsoft SharePoint Online")
    assert record.fields["msg"] == "Download file: a=b.txt"
    assert event.summary == "tom@x.example in Microsoft SharePoint Online: Download file: a=b.txt"


def test_the_same_record_behind_another_prefix_is_the_same_event():
    _, _, (one,) = events_of(LINE)
    _, _, (other,) = events_of("<14>1 somewhere " + LINE)
    assert (one.event_id, one.content) == (other.event_id, other.content)


def test_lines_of_other_programs_are_rejected_and_blank_ones_passed_over():
    records, issues, _ = events_of(LINE, "", "kernel: eth0 up", LINE.replace("1_a", "1_b"))
    assert (len(records), len(issues)) == (2, 1)
    assert issues[0].record_number == 2


@pytest.mark.parametrize(
    ("signature", "category"),
    [
        ("ALERT_CABINET_EVENT_MATCH_AUDIT", "alert"),
        ("EVENT_CATEGORY_DELETE_USER", "directory_change"),
        ("EVENT_CATEGORY_NEW_THING", "other"),
    ],
)
def test_category_by_signature(signature, category):
    _, _, (event,) = events_of(LINE.replace("EVENT_CATEGORY_DOWNLOAD_FILE", signature))
    assert event.category == category


def test_the_portals_list_needs_a_zone_unless_it_states_one():
    rows = b"Date,Activity type,Description,User,App,IP address\r\n3/25/2026 9:15:00 AM,Log on,Log on,tom@x.example,Office 365,203.0.113.77\r\n"
    _, _, (event,) = read_events(rows, CloudAppsCsv)
    assert (event.time, event.time_basis) == (None, "ambiguous")
    _, _, (event,) = read_events(
        rows.replace(b"Date,", b"Date (UTC),").replace(b"3/25/2026 9:15:00 AM", b"2026-03-25T09:15:00Z"), CloudAppsCsv
    )
    assert (event.time_basis, event.category) == ("offset_stated", "signin")


def test_a_table_without_an_activity_is_left_alone():
    assert read_records(b"Date,User,App,IP address,Status\r\n1,2,3,4,5\r\n", CloudAppsCsv)[0] is None
