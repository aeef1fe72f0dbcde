"""Lists of states are context: counted, kept in the case, shown beside the timeline, and never on it."""

import json
from pathlib import Path

import openpyxl
import pytest
from helpers import read_records

from m365timeline.normalizers.states import describe
from m365timeline.parsers.message_trace_csv import MessageTraceCsv
from m365timeline.parsers.state_list_csv import StateListCsv
from m365timeline.parsers.state_list_json import StateListJson

OWN = Path(__file__).resolve().parents[1] / "sample_exports"


def states_of(text, parser=StateListCsv):
    detection, records, issues, _ = read_records(text.encode(), parser)
    assert detection is not None
    return [describe(record) for record in records], issues


def test_a_run_of_lists_alone_balances_and_shows_them(run, tmp_path):
    done = run(
        "convert",
        OWN / "state_list_csv",
        OWN / "state_list_json",
        "-o",
        "out.xlsx",
        "-o",
        "out.jsonl",
        "--case",
        "case",
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.jsonl").read_bytes() == b""
    manifest = json.loads((tmp_path / "out.xlsx.manifest.json").read_bytes())
    assert manifest["totals"]["records"] == manifest["totals"]["converted"] == 13
    assert manifest["totals"]["events"] == 0
    for item in manifest["inputs"]:
        assert sum(item["bytes_by_kind"].values()) == item["bytes"]
        assert item["bytes_by_kind"]["state"] > 0
        assert any(decision.startswith("State list (") for decision in item["decisions"])
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    rows = [row for row in book["Context"].iter_rows(values_only=True) if row[0] == "inbox rule"]
    thief = [row for row in rows if row[2] == "."]
    assert len(thief) == 1, "the same rule in two lists is one row"
    assert thief[0][6] == "state_list_csv/InboxRules.csv#1 | state_list_json/InboxRules_Tom.json#1"
    assert "MoveToFolder: RSS Feeds" in thief[0][5]


def test_a_case_keeps_the_states_for_the_next_run(run, tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "rules.csv").write_bytes((OWN / "state_list_csv" / "InboxRules.csv").read_bytes())
    assert run("convert", "one", "-o", "a.xlsx", "--case", "case").returncode == 0
    assert run("convert", OWN / "admin_audit_xml", "-o", "b.xlsx", "--case", "case").returncode == 0
    assert "Context" in openpyxl.load_workbook(tmp_path / "b.xlsx", read_only=True).sheetnames


def test_a_long_rule_identity_stays_exact():
    (state,), _ = states_of(
        (OWN / "state_list_json" / "InboxRules_Tom.json").read_text(encoding="utf-8"), StateListJson
    )
    assert isinstance(state.fields["RuleIdentity"], int)
    assert state.fields["RuleIdentity"] > 2**53
    assert state.owner == "Tom.Okafor@alderbrook.example"


@pytest.mark.parametrize(
    ("row", "words", "enabled"),
    [
        ("amy,helen,FullAccess,False,False", "helen has FullAccess in the mailbox amy", True),
        ("amy,helen,FullAccess,True,True", "helen is denied FullAccess in the mailbox amy (inherited)", False),
        ("amy,,,False,False", "Somebody not named has a right not named in the mailbox amy", True),
    ],
)
def test_rights_denied_rights_and_inherited_ones_differ(row, words, enabled):
    (state,), _ = states_of(f"Identity,User,AccessRights,IsInherited,Deny\r\n{row}\r\n")
    assert (state.summary, state.enabled) == (words, enabled)


def test_what_the_exporting_script_lost_is_flagged_and_not_shown():
    (state,), _ = states_of("Name,RuleIdentity,Enabled,ForwardTo,MoveToFolder\r\nx,17,True,System.String[],Junk\r\n")
    assert state.quality == ["details_lost"]
    assert state.holder is None
    assert state.summary == 'Inbox rule "x" (enabled): MoveToFolder: Junk'


def test_transport_rules_and_folder_permissions():
    (rule,), _ = states_of(
        "Name,State,Mode,Priority,BlindCopyTo,FromScope\r\nArchive,Enabled,Enforce,0,ledger@mailkeep.example,InOrganization\r\n"
    )
    assert rule.kind == "transport_rule"
    assert rule.holder == "ledger@mailkeep.example"
    assert rule.enabled is True
    (right,), _ = states_of("Identity,FolderName,User,AccessRights\r\namy:\\Inbox,Inbox,victor,Editor\r\n")
    assert right.summary == "victor has Editor in the mailbox amy:\\Inbox on the folder Inbox"


def test_an_item_of_an_ediscovery_export_is_told_in_the_words_of_its_report():
    states, issues = states_of((OWN / "state_list_csv" / "Results.csv").read_text(encoding="utf-8"))
    assert not issues
    first = states[0]
    assert (first.kind, first.owner, first.holder) == (
        "exported_item",
        "Amy.Lindqvist@alderbrook.example",
        "chair@alderbrook-board.example",
    )
    assert first.summary.startswith(
        'Item "Board pack 12 March" by chair@alderbrook-board.example, exported from Amy.Lindqvist@alderbrook.example at '
    )
    assert "Sent: 3/9/2026 8:30:00 AM" in first.summary, "its zone is not known: no time"


def test_an_object_of_another_kind_in_a_list_is_rejected_not_lost():
    rule = {"Name": "x", "RuleIdentity": 1, "MoveToFolder": "Junk", "Enabled": True}
    states, issues = states_of(json.dumps([rule, {"hello": "world"}]), StateListJson)
    assert (len(states), len(issues)) == (1, 1)


def test_logs_are_no_lists():
    log = b"CreationDate,Operation,Name,RuleIdentity,MoveToFolder,Enabled\r\n2026-01-01,New-InboxRule,x,1,y,True\r\n"
    assert read_records(log, StateListCsv)[0] is None
    assert read_records((OWN / "state_list_csv" / "InboxRules.csv").read_bytes(), MessageTraceCsv)[0] is None
