"""What was read, exposed, or cannot be ruled out: asserted on the incident planted in sample_exports."""

from sheets import incident, matching
from test_permissions import seconds, us

VICTOR, AMY = "Victor.Hale@alderbrook.example", "Amy.Lindqvist@alderbrook.example"


def of(verdict, mailbox, reader):
    return [
        row for row in incident("Messages exposed")
        if (row["Verdict"], row["Mailbox"], row["Reader"]) == (verdict, mailbox, reader)
    ]  # fmt: skip


def test_the_six_messages_victor_opened_have_subject_sender_and_recipients():
    read = of("read", AMY, VICTOR)
    assert sorted(row["Subject"] for row in read) == [
        "Board pack 12 March", "FW: Project Larch - indicative range and walk-away price",
        "Project Larch - indicative range and walk-away price", "Project Larch - valuation model v5",
        "Project Larch - valuation model v6 (confidential)", "RE: Project Larch - valuation model v6 (confidential)",
    ]  # fmt: skip
    (price,) = [row for row in read if row["Subject"] == "Project Larch - indicative range and walk-away price"]
    assert seconds(price["First access (UTC)"]) == us("2026-03-10T19:12:20")
    assert seconds(price["Last access (UTC)"]) == us("2026-03-11T20:05:48")  # opened again the next day
    assert price["Sender"] == "j.sorrel@stanmorefenn.example"
    assert price["Message-ID"] == "20260310112018.DA6CE5C2568E@mail.stanmorefenn.example"
    assert {event["operation"] for event in price.events} <= {"MailItemsAccessed", "MessageBind"}
    assert all(row["Reader is"] == "not the owner" for row in read)


def test_synchronized_folders_count_as_copied():
    synced = [row for row in incident("Messages exposed") if "synchronized" in row["Why"]]
    assert {(row["Mailbox"], row["Folder"], row["IP"]) for row in synced} == {
        ("Tom.Okafor@alderbrook.example", "\\Inbox", "203.0.113.158"),
        ("Tom.Okafor@alderbrook.example", "\\Sent Items", "203.0.113.158"),
    }


def test_throttling_and_bypass_are_times_in_which_nothing_can_be_ruled_out():
    throttled, bypassed = [row for row in incident("Messages exposed") if row["Verdict"] == "cannot be ruled out"]
    assert throttled["Mailbox"] == "Tom.Okafor@alderbrook.example"
    assert seconds(throttled["First access (UTC)"]) == us("2026-03-11T03:31:05")
    assert seconds(throttled["Last access (UTC)"]) == us("2026-03-12T03:31:05")
    assert bypassed["Reader"] == VICTOR  # the attempt that failed before it opens no such time
    assert seconds(bypassed["First access (UTC)"]) == us("2026-03-11T21:50:02")
    assert seconds(bypassed["Last access (UTC)"]) == us("2026-03-12T08:10:19")
    assert "Silence proves nothing" in bypassed["Why"]


def test_a_message_no_other_record_speaks_of_has_no_subject_and_says_so():
    unknown = matching(incident("Messages exposed"), Verdict="read", Subject_from="not in the supplied logs")
    assert len(unknown) >= 1080 * 9 // 10
    assert all(row["Subject"] is None for row in unknown)


def test_victor_opened_the_folder_from_which_he_purged():
    (row,) = [row for row in of("exposed", AMY, VICTOR) if "Recoverable Items" in row["Folder"]]
    assert seconds(row["First access (UTC)"]) == us("2026-03-11T20:20:44")
