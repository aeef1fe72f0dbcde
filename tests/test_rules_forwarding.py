"""The life of rules and forwardings: the planted ones, and the ways logs write them."""

import re
import tomllib
from pathlib import Path

from sheets import incident
from test_permissions import seconds, us

from m365timeline.analysis.mail_rule_steps import FORWARDING, INBOX, TRANSPORT
from m365timeline.analysis.mail_rule_words import does, is_unseen, signs, targets
from m365timeline.schemas.reference import rows

RULES = Path(__file__).resolve().parents[1] / "analysis" / "rules"

CARROW = "adm.carrow@alderbrook.onmicrosoft.com"


def test_the_hiding_rule_has_one_life_over_four_logs():
    (rule,) = [row for row in incident("Rules & forwarding") if row["Kind"] == INBOX and row.events]
    assert rule["Mailbox / scope"] == "Tom.Okafor@alderbrook.example"
    assert rule["Rule"] == '"."'
    assert seconds(rule["First seen (UTC)"]) == us("2026-03-10T05:24:26")
    assert seconds(rule["Ended (UTC)"]) == us("2026-03-16T10:05:38")
    assert (rule["From IP"], rule["Ended by"], rule["Stood"]) == ("2001:db8:77aa:19::e3", CARROW, "6 d 4 h")
    assert (
        "subject or body contains invoice; payment; bank; ALB-: move to the folder RSS Feeds, mark as read"
        in rule["What it would have done"]
    )
    assert "its name is blank or a single character" in rule["Signs"]
    assert "moves mail where nobody looks (RSS Feeds)" in rule["Signs"]
    assert len({event["source_type"] for event in rule.events}) >= 3
    assert rule.severity == "high"
    assert "Named by sample_exports/state_list_csv/InboxRules.csv#1" in rule["Lists of rules"]


def test_rules_that_only_a_list_names_are_shown_without_a_time():
    rules = [row for row in incident("Rules & forwarding") if not row.events]
    assert {row["Rule"] for row in rules} == {'"Newsletters"', '"Board papers"'}
    for row in rules:
        assert "when the list was made; no record supplied creates or changes it" in row["State"]
        assert row["First seen (UTC)"] is None
        assert row["By"] is None
        assert row["Lists of rules"].startswith("Named by ")
    assert "switched off" in next(row["State"] for row in rules if row["Rule"] == '"Board papers"')


def test_folders_in_which_nobody_looks_are_known_in_other_languages():
    for folder in ("amy:\\RSS-Feeds", "Archiv", "\\Flux RSS", "Unterhaltungsverlauf", "Correo no deseado", "Gelöschte Elemente/alt", "迷惑メール", "Archive 2025"):  # fmt: skip
        assert is_unseen(folder), folder
    for folder in ("Posteingang", "Notebooks", "Inbox\\Projects", ""):
        assert not is_unseen(folder), folder


def test_the_rules_of_findings_know_every_word_of_the_table():
    rules = {
        rule["id"]: rule
        for path in sorted(RULES.glob("*.toml"))
        for rule in tomllib.loads(path.read_text("utf-8"))["rule"]
    }
    for row in rows("rule_words"):
        assert re.search(rules["rule-looks-for-money"]["when"]["matches"], row["word"], re.IGNORECASE), row


def test_the_forwarding_shows_where_mail_went_and_that_traces_saw_it():
    (forwarding,) = [row for row in incident("Rules & forwarding") if row["Kind"] == FORWARDING]
    assert (
        "sent on to ledger.archive@mailkeep.example; the mailbox keeps a copy" in forwarding["What it would have done"]
    )
    assert forwarding["Ended by"] == CARROW
    assert forwarding["Stood"] == "6 d 4 h"
    assert "to ledger.archive@mailkeep.example" in forwarding["Mail sent on, as traces tell"]
    assert forwarding["First such mail"] is not None
    assert "sends mail outside the organization" in forwarding["Signs"]


def test_what_a_rule_would_have_done_is_said_in_words():
    assert does(INBOX, {"name": "x", "deletemessage": "True", "from": "a@b.example"}) == (
        "For mail to this mailbox where the sender is a@b.example: delete"
    )
    assert (
        does(TRANSPORT, {"name": ".", "blindcopyto": "x@y.example"})
        == "For all mail of the organization: send a blind copy to x@y.example"
    )
    assert does(INBOX, {"name": "x", "identity": "1"}) is None
    assert does(INBOX, {"deletemessage": "True"}, whole=False) == (
        "For mail to this mailbox (what was set before is not in the logs): delete"
    )
    assert does(INBOX, {"mynameintobox": "True", "copytofolder": "Junk"}) == (
        "For mail to this mailbox where the owner is named in To:: copy to the folder Junk"
    )
    assert does(FORWARDING, {"forwardingaddress": "joe"}).endswith("whether the mailbox keeps a copy is not logged")


def test_signs_have_reasons_and_ordinary_rules_have_none():
    assert (
        signs("Newsletters", INBOX, {"movetofolder": "Reading", "subjectcontainswords": "weekly"}, {"a.example"}) == []
    )
    assert signs("to Ann", INBOX, {"forwardto": "ann@a.example"}, {"a.example"}) == []
    assert signs("", INBOX, {"forwardto": "ann@b.example"}, {"a.example"}) == [
        "sends mail outside the organization (ann@b.example)", "its name is blank or a single character",
    ]  # fmt: skip
    assert targets({"forwardto": '"Ann" [SMTP:Ann@B.example];joe'}) == ["ann@b.example"]
