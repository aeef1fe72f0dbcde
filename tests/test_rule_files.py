"""Rule files: the program's own are right, and wrong or hostile ones are refused with a place and a reason."""

import re

import pytest

from m365timeline.analysis.conditions import MOST_PARTS
from m365timeline.analysis.rule_files import LARGEST_FILE, RuleFileError, own_rules, read_rules

GOOD = '[[rule]]\nid = "x"\ntitle = "X"\nseverity = "high"\nwhy = "w"\ncheck = ["c"]\noperations = ["A"]\n'


def refused(tmp_path, text):
    path = tmp_path / "rules.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(RuleFileError) as error:
        read_rules([path])
    assert str(path) in str(error.value)
    return str(error.value)


def test_the_programs_own_rules_are_many_and_say_what_an_analyst_needs():
    rules = own_rules()
    assert len(rules) >= 60
    for rule in rules:
        assert rule.why.endswith(".")
        assert rule.check
        assert rule.false_positives, rule.id
        assert rule.attack or rule.id == "alert-of-the-service"
        assert len(rule.title) <= 90


def test_a_good_file_is_read_and_files_are_read_in_the_order_of_their_names(tmp_path):
    for name in ("b", "a"):
        (tmp_path / f"{name}.toml").write_text(GOOD.replace('"x"', f'"{name}"'))
    assert [rule.id for rule in read_rules([tmp_path])] == ["a", "b"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("severity", "severitty"), "unknown field `severitty`"),
        (('"high"', '"terrible"'), "Invalid enum value"),
        (('"x"', '"X y"'), "the id is made of"),
        (('["c"]', "[]"), "must say something"),
        (('operations = ["A"]', ""), "it selects nothing"),
        (('["A"]', '["A"]\nattack = ["1114"]'), "no ATT&CK technique"),
        (('["A"]', '["A"]\ncategories = ["sins"]'), "'sins' is no category"),
        (('["A"]', '["A"]\ngroup = ["raw"]'), "'raw' is no key"),
        (('["A"]', '["A"]\nwhen = { field = "tmie", is = "x" }'), "'tmie' is no field"),
        (('["A"]', '["A"]\nwhen = { field = "actor" }'), "no test is given"),
        (('["A"]', '["A"]\nwhen = { field = "actor", change = "x", is = "y" }'), "exactly one of"),
        (('["A"]', '["A"]\nwhen = { all = [] }'), "when.all is empty"),
        (('["A"]', '["A"]\nwhen = { field = "actor", matches = "(" }'), "no RE2 pattern"),
        (('["A"]', '["A"]\nwhen = { field = "actor", matches = "(a)\\\\1" }'), "no RE2 pattern"),
        (('["A"]', '["A"]\nwhen = { field = "actor", contains = "" }'), "would match everything"),
        (('["A"]', '["A"]\nwhen = { field = "ip", network = "10.0.0.0/99" }'), "no network"),
        (('["A"]', '["A"]\nwhen = { field = "actor_is_owner", is = "yes" }'), "can only be tested by"),
        (('["A"]', '["A"]\nwhen = { extra = "a\\" OR 1=1", is = "y" }'), "no name of a extra"),
        (('["A"]', '["A"]\n[rule.count]\nby = ["actor"]\nwithin = "1 hour"'), "no time span"),
        (('["A"]', '["A"]\n[rule.volume]\nby = ["actor"]\nat_least = 1\n[rule.count]\nby = []\nwithin = "1h"'), "cannot stand in one rule"),
        (('["A"]', '["A"]\n[[rule.then]]\nby = ["actor"]\nwithin = "1h"\noperations = ["B"]'), "a sequence needs `by`"),
        (('["A"]', '["A"]\nby = ["actor"]'), "belongs to a sequence"),
        (("[[rule]]", "[[rule"), "no valid TOML"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_file_and_reason(tmp_path, change, reason):
    assert reason in refused(tmp_path, GOOD.replace(*change))


def test_the_place_of_a_problem_is_named(tmp_path):
    text = GOOD + 'when = { all = [{ field = "actor", is = "a" }, { not = { field = "nobody", is = "x" } }] }'
    message = refused(tmp_path, text)
    assert "rule 1 ('x'): when.all[1].not[0]: 'nobody' is no field" in message


def test_an_id_stands_once(tmp_path):
    assert "stands also in" in refused(tmp_path, GOOD + GOOD)


def test_hostile_files_are_refused_quickly(tmp_path):
    assert "larger than" in refused(tmp_path, "#" * (LARGEST_FILE + 1))
    assert "no UTF-8" in refused(tmp_path, b"\xff\xfe")
    deep = GOOD + "when = " + "{ not = " * 60 + '{ field = "actor", is = "x" }' + " }" * 60
    assert f"more than {MOST_PARTS} parts" in refused(tmp_path, deep)
    many = ", ".join(['{ field = "actor", is = "x" }'] * (MOST_PARTS + 1))
    assert f"more than {MOST_PARTS} parts" in refused(tmp_path, GOOD + f"when = {{ any = [{many}] }}")
    assert re.search("nested too deeply|no valid TOML", refused(tmp_path, "a = " + "[" * 100_000))


def test_a_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(RuleFileError, match="no such file or folder"):
        read_rules([tmp_path / "none"])
