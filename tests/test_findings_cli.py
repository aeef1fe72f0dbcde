"""--rules and --sigma on the command line, and what the workbook and the end of a run say of findings."""

import json
from pathlib import Path

import openpyxl
import pytest

RECORD = {
    "CreationTime": "2026-03-02T09:15:00", "Id": "6f3a1b52-0000-4000-8000-000000000001", "Operation": "New-InboxRule",
    "OrganizationId": "aaaaaaaa-1111-4000-8000-000000000001", "RecordType": 1, "ResultStatus": "True", "UserKey": "10032002AAAA0001",
    "UserType": 2, "Version": 1, "Workload": "Exchange", "ObjectId": "contoso\\Amy\\Lunch", "UserId": "amy@contoso.example",
    "Parameters": [{"Name": "Name", "Value": "Lunch"}, {"Name": "From", "Value": "canteen@contoso.example"}],
}  # fmt: skip
RULE = '[[rule]]\nid = "lunch-rule"\ntitle = "Somebody sorts the menu"\nseverity = "low"\nwhy = "Hunger."\ncheck = ["The menu"]\noperations = ["New-InboxRule"]\nwhen = { change = "Name", is = "lunch" }\n'
SIGMA = "title: Menu\nid: 11111111-2222-4333-8444-000000000001\nlogsource: {product: m365, service: exchange}\ndetection:\n  s: {Operation: New-InboxRule}\n  condition: s\nlevel: medium\n"


@pytest.fixture
def export(tmp_path):
    record = json.dumps(RECORD).replace('"', '""')
    line = f'1,2026-03-02T09:15:00Z,amy@contoso.example,New-InboxRule,"{record}",1,1,{RECORD["Id"]}'
    (tmp_path / "ual.csv").write_text(
        "RecordType,CreationDate,UserIds,Operations,AuditData,ResultIndex,ResultCount,Identity\n" + line + "\n",
        encoding="utf-8",
    )
    return "ual.csv"


def sheet(path, title):
    book = openpyxl.load_workbook(path)
    return [[cell.value for cell in row] for row in book[title].iter_rows()] if title in book.sheetnames else []


def test_a_rule_of_ones_own_stands_on_the_sheet_with_a_link_and_can_be_repeated(run, export, tmp_path):
    (tmp_path / "own.toml").write_text(RULE)
    done = run("convert", export, "-o", "a.xlsx", "--rules", "own.toml")
    assert done.returncode == 0, done.stderr
    assert b"1 finding (1 low) of" in done.stdout
    (row,) = [row for row in sheet(tmp_path / "a.xlsx", "Findings") if row[0] == "low"]
    assert row[2] == "Somebody sorts the menu"
    assert row[3] == "amy@contoso.example"
    assert "lunch-rule" in row
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert "'Timeline'!A2" in {cell.hyperlink.location for line in book["Findings"] for cell in line if cell.hyperlink}
    assert [item.formula1 for item in book["Findings"].data_validations.dataValidation] == [
        '"Open,Confirmed,Benign,Follow up"'
    ]
    assert "Somebody sorts the menu" in {value for line in sheet(tmp_path / "a.xlsx", "Summary") for value in line}
    assert run("reproduce", "a.xlsx.manifest.json").returncode == 0


def test_a_rule_file_that_changed_since_is_named_by_verify_and_reproduce(run, export, tmp_path):
    (tmp_path / "own").mkdir()
    rule = tmp_path / "own" / "lunch.toml"
    rule.write_text(RULE)
    (tmp_path / "own" / "notes.txt").write_text("no rule, not recorded")
    run("convert", export, "-o", "a.xlsx", "--rules", "own")
    verified = run("verify", "a.xlsx.manifest.json")
    assert verified.returncode == 0
    assert f"same     rules   {Path('own') / 'lunch.toml'}" in verified.stdout.decode()
    assert b"notes.txt" not in verified.stdout
    rule.write_text(RULE.replace("menu", "card"))
    verified = run("verify", "a.xlsx.manifest.json")
    assert verified.returncode == 3
    assert b"CHANGED  rules " in verified.stdout
    again = run("reproduce", "a.xlsx.manifest.json")
    assert again.returncode == 3
    assert f"different  {Path('own') / 'lunch.toml'}: another file than then" in again.stdout.decode()


def test_a_wrong_rule_ends_the_run_before_anything_is_read(run, export, tmp_path):
    (tmp_path / "own.toml").write_text(RULE.replace("low", "dire"))
    done = run("convert", export, "-o", "a.xlsx", "--rules", "own.toml")
    assert done.returncode == 2
    assert b"own.toml" in done.stderr
    assert b"dire" in done.stderr
    assert not (tmp_path / "a.xlsx").exists()


def test_nothing_found_and_nothing_asked(run, export, tmp_path):
    assert b"no finding: none of" in run("convert", export, "-o", "a.xlsx").stdout
    assert sheet(tmp_path / "a.xlsx", "Findings") == []
    assert b"finding" not in run("convert", export, "-o", "b.xlsx", "--no-analysis").stdout
    assert b"finding" not in run("convert", export, "-o", "b.jsonl").stdout


def test_sigma_rules_run_and_those_that_cannot_are_told(run, export, tmp_path):
    pytest.importorskip("sigma", reason="pySigma is not installed")
    (tmp_path / "sigma").mkdir()
    (tmp_path / "sigma" / "good.yml").write_text(SIGMA)
    (tmp_path / "sigma" / "bad.yml").write_text(SIGMA.replace("Operation:", "Nowhere:").replace("Menu", "Bad"))
    done = run("convert", export, "-o", "a.xlsx", "--sigma", "sigma")
    assert done.returncode == 0, done.stderr
    assert b"The rule Bad (bad.yml) was not applied: the field 'Nowhere'" in done.stderr
    assert any("sigma:11111111-2222-4333-8444-000000000001" in row for row in sheet(tmp_path / "a.xlsx", "Findings"))
    told = [value for line in sheet(tmp_path / "a.xlsx", "Summary") for value in line if isinstance(value, str)]
    assert any("Bad (bad.yml) was not applied" in value for value in told)
