"""Who, from where, with what, and what administrators changed: asserted on the incident planted in sample_exports."""

from datetime import UTC, datetime

from sheets import incident, matching

BOYLE = "adm.boyle@alderbrook.onmicrosoft.com"


def us(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def seconds(value):
    return None if value is None else value // 1_000_000 * 1_000_000


def test_the_watchers_stand_first_and_an_act_of_several_logs_is_one_row():
    rows = incident("Admin changes")
    assert rows[0]["Concerns"] == "1 Auditing"
    failed, worked, lifted = [
        row for row in matching(rows, Cmdlet_or_operation="Set-MailboxAuditBypass") if row["Time (UTC)"]
    ]
    assert seconds(failed["Time (UTC)"]) == us("2026-03-11T21:47:33")
    assert failed["Result"].startswith("failure")
    assert seconds(worked["Time (UTC)"]) == us("2026-03-11T21:50:02")
    assert worked["Before → after"] == "AuditBypassEnabled: False → True"
    assert worked["Who"] == BOYLE
    assert len({event["source_type"] for event in worked.events}) >= 2
    assert seconds(lifted["Time (UTC)"]) == us("2026-03-12T08:10:19")
    assert lifted["Before → after"] == "AuditBypassEnabled: True → False"


def test_an_entry_that_lost_its_time_or_its_actor_stands_with_the_act_it_must_be():
    (given,) = matching(incident("Admin changes"), Cmdlet_or_operation="Add-MailboxPermission")
    assert any(event["time"] is None for event in given.events)
    assert {"admin_audit_csv", "admin_audit_list"} <= {event["source_type"] for event in given.events}
    (audited,) = [row for row in incident("Admin changes") if "AuditEnabled: → True" in (row["Before → after"] or "")]
    assert audited["Who"] == "adm.carrow@alderbrook.onmicrosoft.com"
    assert any(event["actor"] is None for event in audited.events)


def test_maintenance_by_services_is_folded_and_stands_last():
    rows = incident("Admin changes")
    concerns = [row["Concerns"] for row in rows]
    first = concerns.index("Maintenance")
    assert set(concerns[first:]) == {"Maintenance"}
    assert sum(row.count for row in rows[first:]) > 400
    assert all(row.severity == "info" for row in rows[first:])


def test_the_thiefs_first_address_failed_before_it_succeeded():
    (row,) = matching(incident("IP addresses"), IP="203.0.113.77")
    # three wrong passwords, two more at the domain controller, and the prompt for a second factor that Cloud Apps calls a failed log on
    assert "Tom.Okafor@alderbrook.example: 6 failed sign-ins, then the first success from here" in row["Worth knowing"]
    assert "New for Tom.Okafor" in row["Worth knowing"]
    assert row["People"] == 1
    assert row.severity == "medium"
    (office,) = matching(incident("IP addresses"), IP="192.0.2.10")
    assert "then the first success" not in office["Worth knowing"], "a slip of the fingers is not worth a word"


def test_three_failures_then_a_success_is_a_way_of_signing_in():
    (row,) = [
        row for row in matching(incident("Sign-ins"), Account="Tom.Okafor", IP="203.0.113.77") if row["Failed"] == 3
    ]
    assert row["Worth knowing"] == "3 failures, the first before the first success"
    assert row["Succeeded"] == 1
    assert "wrong user name or password" in row["Why they failed"]
    assert us("2026-03-09T08:31:00") <= row["First (UTC)"] < us("2026-03-09T08:32:00")


def test_victor_is_seen_in_amys_mailbox_from_her_row_too():
    (amy,) = matching(incident("Users & mailboxes"), Account="Amy.Lindqvist")
    assert "Victor.Hale@alderbrook.example" in amy["Others in its mailbox"]
    (victor,) = matching(incident("Users & mailboxes"), Account="Victor.Hale")
    assert "Amy.Lindqvist@alderbrook.example" in victor["Other mailboxes"]
    assert "Victor Hale" in victor["Named as"]


def test_the_mail_archive_application_leads_to_its_consent():
    (row,) = matching(incident("Apps & clients"), Application_or_client="PostSync")
    assert "Somebody consented to it" in row["Worth knowing"]
    assert row["Who"] == "Tom.Okafor@alderbrook.example"
    assert row["From"] == "203.0.113.158"
    assert row["Rights given in"] is not None


def test_files_are_told_by_person_and_site():
    rows = matching(incident("SharePoint & OneDrive"), Kind="Files", Who="Tom.Okafor")
    assert sum(row.count for row in rows) > 4
    assert any("203.0.113.77" in (row["From"] or "") or "2001:db8" in (row["From"] or "") for row in rows)


def test_every_row_rests_on_events():
    for title in (
        "Admin changes",
        "Sign-ins",
        "IP addresses",
        "Users & mailboxes",
        "Apps & clients",
        "SharePoint & OneDrive",
    ):
        assert incident(title), title
        assert all(row.events and row.count >= 1 for row in incident(title)), title
