"""Was somebody else in the mailbox, and were they allowed to? Asserted on the incident planted in sample_exports."""

from datetime import UTC, datetime

import pytest
from exports import audit_data, purview_csv
from sheets import incident, matching, sheets

from m365timeline.analysis.commands import members, parameters
from m365timeline.analysis.people import People

BOYLE = "adm.boyle@alderbrook.onmicrosoft.com"


def us(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def seconds(value):
    return None if value is None else value // 1_000_000 * 1_000_000


def test_victor_was_given_full_access_used_it_and_lost_it():
    (right,) = matching(incident("Permissions"), Holder="victor.hale", On="amy.lindqvist", Right="FullAccess")
    assert seconds(right["Given (UTC)"]) == us("2026-03-10T18:42:11")
    assert seconds(right["Taken (UTC)"]) == us("2026-03-12T08:15:47")
    assert right["Given by"] == right["Taken by"] == BOYLE
    assert right["Lasted"] == "1 d 13 h"
    assert "first 2026-03-10 19:10:02 UTC, last 2026-03-11 20:22:17 UTC" in right["Used meanwhile"]
    assert right.severity == "high"
    assert len({event["source_type"] for event in right.events}) >= 2
    assert {event["operation"] for event in right.events} == {"Add-MailboxPermission", "Remove-MailboxPermission"}


def test_only_the_comparison_of_lists_says_who_lost_send_on_behalf():
    rights = matching(incident("Permissions"), Kind="Send on behalf", On="amy.lindqvist")
    victor, helen = matching(rights, Holder="victor.hale")[0], matching(rights, Holder="helen.ward")[0]
    assert seconds(victor["Taken (UTC)"]) == us("2026-03-12T08:16:20")
    assert "left out of the new list" in victor["State"]
    assert helen["Taken (UTC)"] is None
    assert "whether it is new is not known" in helen["State"]


def test_the_application_was_given_mail_and_lost_it():
    (given,) = matching(incident("Permissions"), Holder="PostSync Mail Archive", Kind="Delegated")
    assert "Mail.ReadWrite, Mail.Send" in given["Right"]
    assert given["Given by"] == "Tom.Okafor@alderbrook.example"
    assert given["Taken by"] == "adm.carrow@alderbrook.onmicrosoft.com"
    (consent,) = matching(incident("Permissions"), Holder="PostSync", Kind="Application")
    assert "delegated permissions of this application were taken 2026-03-16 10:09:50 UTC" in consent["State"]


def test_victors_access_shows_the_right_behind_it_and_the_row_that_gave_it():
    (access,) = matching(incident("Non-owner access"), Actor="victor.hale")
    assert access["Mailbox"] == "Amy.Lindqvist@alderbrook.example"
    assert access["IP"] == "198.51.100.61"
    assert (seconds(access["First (UTC)"]), seconds(access["Last (UTC)"])) == (
        us("2026-03-10T19:10:02"),
        us("2026-03-11T20:22:17"),
    )
    assert f"given 2026-03-10 18:42:11 UTC by {BOYLE}, taken 2026-03-12 08:15:47" in access["Right behind it"]
    assert (access["Opened"], access["Sent"], access["Deleted"]) == (5, 1, 4)
    assert "MessageBind × 7" in access["What was done"]
    assert access["Named as"] == "Victor Hale | Victor.Hale@alderbrook.example"  # one person in two logs
    assert access.severity == "high"


def test_an_act_that_two_logs_write_down_counts_once():
    (access,) = matching(incident("Non-owner access"), Actor="victor.hale")
    assert access["Acts"] == 20
    assert access.count > 30


def test_where_no_grant_is_seen_the_covered_window_is_stated():
    shared = matching(incident("Non-owner access"), Actor="priya.nair", Mailbox="accounts.payable")
    assert shared
    for row in shared:
        assert (
            "No grant of access to the mailbox seen in the supplied logs (records of administration from 2026-03-0"
            in row["Right behind it"]
        )


def test_a_right_that_only_a_list_names_is_shown_without_a_time():
    (right,) = matching(incident("Permissions"), Holder="priya.nair", On="accounts.payable", Kind="Mailbox")
    assert right["State"].startswith(
        "Named by a list only: it stood when the list was made; no record supplied gives it"
    )
    assert (right["Given (UTC)"], right["Given by"], right["Taken (UTC)"]) == (None, None, None)
    assert right["Lists of rights"] == "Named by sample_exports/state_list_csv/MailboxPermissions.csv#4"
    assert right["Used meanwhile"].endswith("since when the right stood is not known")
    for row in matching(incident("Non-owner access"), Actor="priya.nair", Mailbox="accounts.payable"):
        assert (
            "FullAccess: named by a list (sample_exports/state_list_csv/MailboxPermissions.csv#4)"
            in row["Right behind it"]
        )
    assert not matching(incident("Permissions"), Holder="SELF"), "the owner's own right was given by nobody"
    assert not matching(incident("Permissions"), Holder="Domain Admins"), "inherited, and denied"


def test_a_right_that_a_list_of_its_mailbox_lacks_did_not_stand_then(tmp_path):
    (tmp_path / "rights.csv").write_text(
        '"Identity","User","AccessRights","IsInherited","Deny"\n"amy@alderbrook.example","helen@alderbrook.example","FullAccess","False","False"\n'
    )
    given = [
        audit_data(
            number, Operation="Add-MailboxPermission", Workload="Exchange", RecordType=1, ObjectId="amy@alderbrook.example", UserId="boss@alderbrook.example",
            Parameters=[{"Name": "Identity", "Value": "amy@alderbrook.example"}, {"Name": "User", "Value": f"{name}@alderbrook.example"}, {"Name": "AccessRights", "Value": "FullAccess"}],
        )
        for number, name in ((1, "helen"), (2, "tom"))
    ]  # fmt: skip
    (tmp_path / "log.csv").write_bytes(purview_csv(given))
    helen, tom = sorted(sheets(tmp_path)["Permissions"], key=lambda row: row["Holder"])
    assert helen["Lists of rights"].startswith("Named by ")
    assert helen["State"] == "Given; no record takes it back"
    assert tom["Lists of rights"].startswith("Not named by ")
    assert "did not stand when that list was made" in tom["Lists of rights"]


def test_a_grant_after_the_access_and_one_taken_before_it_are_said_so():
    from m365timeline.analysis.grants import Grants, Interval
    from m365timeline.analysis.permissions import behind
    from m365timeline.analysis.rights import Step

    def step(time):
        return Step(time=time, positions=[1], by="boss", by_type="admin", failed=False, kind="Mailbox", verb="grant")

    def words(granted, revoked, first, last):
        right = Interval(
            kind="Mailbox",
            holder="vic",
            on="amy",
            right="FullAccess",
            granted=step(granted),
            revoked=revoked and step(revoked),
        )
        return behind("vic", "amy", (first, last), {"message_read"}, Grants([right], (1, 9), 3))[0]

    assert "AFTER the first access" in words(5_000_000, None, 3_000_000, 8_000_000)
    assert "BEFORE the first access" in words(1_000_000, 2_000_000, 3_000_000, 8_000_000)
    assert "BEFORE the last access" in words(1_000_000, 5_000_000, 3_000_000, 8_000_000)
    assert "AFTER" not in words(1_000_000, 9_000_000, 3_000_000, 8_000_000)
    assert "none supplied" in behind("vic", "amy", (1, 2), {"message_read"}, Grants([], (None, None), 0))[0]


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("Set-X -User joe -Deny:$False", {"user": "joe", "deny": "False"}),
        ("Set-X -Name 'it''s -User b' -To 'a;b'", {"name": "it's -User b", "to": "a;b"}),
        ("New-InboxRule -Name '' -BodyContainsWords x", {"name": "", "bodycontainswords": "x"}),
        (None, {}),
    ],
)
def test_a_command_is_read_back_as_it_was_written(command, wanted):
    assert parameters(command) == wanted


def test_lists_and_names():
    assert members("Helen Ward;Victor Hale; ") == ["Helen Ward", "Victor Hale"]
    people = People({"Victor.Hale@a.example", "joe@a.example", "joe@b.example", "Victor Hale"})
    assert people.of("Victor Hale") == people.of("X/Hosted/a/Victor.Hale") == "victor.hale@a.example"
    assert people.of("joe") == "joe"  # two accounts read so: nobody is guessed
    assert people.of(" ") is None
