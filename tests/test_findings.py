"""Rules over events: conditions, counts, sequences, first-seen values, rhythms, and how findings are grouped."""

import pytest
from findings_kit import case, event, found, rule

from m365timeline.analysis.findings import MOST_OF_A_RULE, find
from m365timeline.analysis.rule_words import in_words

SET = {"operations": ["Set-Mailbox"]}


def matches(condition, *events):
    """The rows a condition takes."""
    result = found(events, rule(operations=["Set-Mailbox"], when=condition, group=["actor"]))
    return result[0][2] if result else []


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ({"is": "amy@contoso.com"}, [1, 2]),
        ({"is": ["AMY@contoso.com", "bob@contoso.com"]}, [1, 2, 3]),
        ({"contains": "@CONTOSO"}, [1, 2, 3]),
        ({"starts": ["b", "c"]}, [3]),
        ({"ends": ".com"}, [1, 2, 3]),
        ({"matches": "^a.y@"}, [1, 2]),
        ({"exists": False}, [4]),
        ({"exists": True}, [1, 2, 3]),
    ],
)
def test_tests_of_a_text_are_blind_to_case_and_absent_values_pass_only_exists_false(test, expected):
    names = ["amy@contoso.com", "Amy@Contoso.com", "bob@contoso.com", None]
    events = [event(target=name, actor="x") for name in names]
    assert matches({"field": "target", **test}, *events) == expected


def test_numbers_flags_lists_and_networks():
    events = [
        event(actor="x", item_count=5, actor_is_owner=False, ip="10.1.2.3", recipients=["a@x.org"]),
        event(actor="x", item_count=50, actor_is_owner=True, ip="2001:db8::1", recipients=["b@y.org", "c@z.org"]),
        event(actor="x"),
    ]
    assert matches({"field": "item_count", "at_least": 10}, *events) == [2]
    assert matches({"field": "item_count", "at_most": 10}, *events) == [1]
    assert matches({"field": "actor_is_owner", "is": False}, *events) == [1]
    assert matches({"field": "ip", "network": ["10.0.0.0/8"]}, *events) == [1]
    assert matches({"field": "ip", "network": "2001:db8::/32"}, *events) == [2]
    assert matches({"field": "recipients", "contains": "@z."}, *events) == [2]
    assert matches({"field": "recipients", "exists": False}, *events) == [3]


def test_all_any_and_not():
    events = [event(actor="x", target=target) for target in ("a", "b", None)]
    a, b = {"field": "target", "is": "a"}, {"field": "target", "is": "b"}
    assert matches({"any": [a, b]}, *events) == [1, 2]
    assert matches({"all": [a, b]}, *events) == []
    assert matches({"not": a}, *events) == [2, 3]


def test_a_change_is_found_among_the_changes_or_in_the_command():
    events = [
        event(actor="x", changed={"DeleteMessage": "True"}),
        event(actor="x", command="Set-Mailbox -Identity amy -DeleteMessage:$True"),
        event(
            actor="x", changed={"DeleteMessage": "False"}, command="Set-Mailbox -DeleteMessage:$True"
        ),  # the property speaks
        event(actor="x", command="Set-Mailbox -Name 'it''s -DeleteMessage:$True'"),
    ]
    assert matches({"change": "deletemessage", "is": "true"}, *events)[:2] == [1, 2]
    assert 3 not in matches({"change": "DeleteMessage", "is": "true"}, *events)
    assert matches({"change": "Name", "starts": "it''s"}, *events) == [4]
    assert matches({"change": ["Other", "DeleteMessage"]}, *events)[:3] == [1, 2, 3]


def test_old_and_new_values_are_tested_on_the_same_change():
    events = [
        event(actor="x", changed={"A": ("on", "off")}),
        event(actor="x", changed={"A": ("off", "off"), "B": ("on", "on")}),
    ]
    assert matches({"change": ["A", "B"], "old": {"is": "on"}, "new": {"is": "off"}}, *events) == [1]
    assert matches({"change": "*", "old": {"is": "off"}}, *events) == [2]


def test_outside_knows_the_domains_of_mailboxes_and_of_those_who_change_things():
    inside = event(operation="Other", mailbox="amy@contoso.com", category="rule")
    events = [
        inside,
        *(event(actor="x", changed={"F": f"smtp:eve@{domain}"}) for domain in ("contoso.com", "evil.example")),
    ]
    assert matches({"change": "F", "outside": True}, *events) == [3]
    assert matches({"change": "F", "outside": False}, *events) == [2]
    assert matches({"change": "F", "outside": True}, *events[1:]) == []  # no domain known: nothing is called foreign


def test_bare_names_meet_though_one_is_an_alias_and_one_an_address():
    same = {"same": ["name:actor", "name:change:User"]}
    events = [event(changed={"User": "EUR/contoso.onmicrosoft.com/amy"}), event(changed={"User": "bob"})]
    assert matches(same, *events) == [1]


def test_what_failed_and_what_machines_do_is_left_out_unless_asked_for():
    events = [event(), event(outcome="failure"), event(actor_type="system"), event(actor_type="microsoft")]
    assert found(events, rule(**SET)) == [("x", 1, [1])]
    assert found(events, rule(**SET, failures=True)) == [("x", 2, [1, 2])]
    assert found(events, rule(**SET, machines=True))[0][1] == 3


def test_operations_are_compared_without_case_and_final_full_stop():
    assert found([event("Add member to role.")], rule(operations=["add Member to role"])) == [("x", 1, [1])]


def test_one_rule_one_actor_one_target_is_one_line():
    events = [
        event(actor="a", target="m"),
        event(actor="b", target="m"),
        event(actor="A", target="M"),
        event(actor="a", target="n"),
    ]
    assert sorted(found(events, rule(**SET))) == [("x", 1, [2]), ("x", 1, [4]), ("x", 2, [1, 3])]


def test_findings_are_sorted_by_severity_and_then_by_time():
    events = [event("A", 5, target="1"), event("A", 1, target="2"), event("B", 0)]
    rules = [rule(id="low", severity="low", operations=["B"]), rule(id="high", operations=["A"])]
    result = find(case(events), rules).found
    assert [(item.rule, item.target) for item in result] == [("high", "2"), ("high", "1"), ("low", None)]


def test_a_count_needs_enough_within_its_window():
    count = {"by": ["ip"], "within": "10m", "at_least": 3}
    near = [event("A", minute, ip="1.1.1.1") for minute in (0, 4, 9)]
    assert found(near, rule(operations=["A"], count=count)) == [("x", 3, [1, 3])]
    assert found([event("A", minute, ip="1.1.1.1") for minute in (0, 6, 12)], rule(operations=["A"], count=count)) == []
    assert (
        found([event("A", minute, ip=str(minute)) for minute in (0, 4, 9)], rule(operations=["A"], count=count)) == []
    )
    assert found([event("A", minute) for minute in (0, 4, 9)], rule(operations=["A"], count=count)) == []  # no address


def test_a_spray_names_the_first_attempt_on_each_account():
    count = {"by": ["ip"], "within": "1h", "distinct": "actor", "distinct_at_least": 3}
    events = [event("F", number, ip="1.1.1.1", actor=f"user{number % 4}") for number in range(12)]
    (only,) = find(case(events), [rule(operations=["F"], count=count)]).found
    assert (only.events, only.positions) == (12, [1, 2, 3, 4])
    assert only.who == "user0, user1, user2, user3"
    assert "4 different values of actor" in only.reasons


def test_a_count_of_items_and_of_two_kinds_of_values():
    items = {"by": ["mailbox"], "within": "1h", "items": 100}
    assert (
        found([event("R", n, mailbox="m", item_count=30) for n in range(4)], rule(operations=["R"], count=items))[0][1]
        == 4
    )
    assert (
        found([event("R", n, mailbox="m", item_count=30) for n in range(3)], rule(operations=["R"], count=items)) == []
    )
    both = {
        "by": ["session_id"],
        "within": "1h",
        "distinct": "ip",
        "distinct_at_least": 2,
        "also": "user_agent",
        "also_at_least": 2,
    }
    moved = [event("S", n, session_id="s", ip=f"1.1.1.{n}", user_agent="one") for n in range(3)]
    assert found(moved, rule(operations=["S"], count=both)) == []
    moved[2].user_agent = "two"
    assert found(moved, rule(operations=["S"], count=both))[0][1] == 3


SEQUENCE = {
    "operations": ["Fail"],
    "by": ["actor"],
    "then": [{"operations": ["Enter"], "by": ["actor"], "within": "1h", "after": 3}],
}


def test_a_sequence_needs_order_number_key_and_time():
    def run(*steps):
        return found([event(name, minute, actor=who) for name, minute, who in steps], rule(**SEQUENCE))

    assert run(("Fail", 0, "a"), ("Fail", 1, "a"), ("Fail", 2, "a"), ("Enter", 3, "a")) == [("x", 4, [1, 3, 4])]
    assert run(("Fail", 0, "a"), ("Fail", 1, "a"), ("Enter", 3, "a")) == []
    assert run(("Enter", 0, "a"), ("Fail", 1, "a"), ("Fail", 2, "a"), ("Fail", 3, "a")) == []
    assert run(("Fail", 0, "a"), ("Fail", 1, "a"), ("Fail", 2, "b"), ("Enter", 3, "a")) == []
    assert run(("Fail", 0, "a"), ("Fail", 1, "a"), ("Fail", 2, "a"), ("Enter", 90, "a")) == []


def test_grant_access_revoke_in_three_steps():
    step = {"by": ["name:actor", "name:mailbox"], "within": "2d"}
    grant = {"by": ["name:change:User", "name:mailbox"], "within": "2d"}
    given = rule(
        operations=["Add"], by=grant["by"], then=[{**step, "operations": ["Read"]}, {**grant, "operations": ["Remove"]}]
    )

    def act(name, minute, **fields):
        return event(name, minute, mailbox="amy@contoso.com", **fields)

    events = [
        act("Add", 0, actor="boss", command="Add -User victor@contoso.com"), act("Read", 10, actor="Victor@contoso.com"),
        act("Read", 20, actor="Helen@contoso.com"), act("Remove", 30, actor="boss", changed={"User": "victor"}),
    ]  # fmt: skip
    assert found(events, given) == [("x", 3, [1, 2, 4])]
    assert found(events[:3], given) == []
    assert found([events[0], events[2], events[3]], given) == []


def test_an_event_without_time_takes_part_in_single_rules_only():
    lost = [event("Fail"), event("Fail"), event("Fail"), event("Enter")]
    for item in lost:
        item.time = None
    assert found(lost, rule(**SEQUENCE)) == []
    (only,) = find(case(lost), [rule(operations=["Enter"])]).found
    assert (only.first, only.last) == (None, None)


def days(count, **fields):
    return [event("In", day * 1440 + hour * 60, **fields) for day in range(count) for hour in range(5)]


def test_first_seen_needs_a_rhythm_and_says_how_much_of_it_there_is():
    new = {"of": "ip", "by": ["actor"], "earlier": 20, "days": 4}
    stranger = event("In", 6 * 1440, ip="9.9.9.9")
    (only,) = find(case([*days(5, ip="1.1.1.1"), stranger]), [rule(operations=["In"], first_seen=new)]).found
    assert only.positions == [26]
    assert "9.9.9.9 was never logged for amy@contoso.com in 25 earlier events" in only.reasons
    assert found([*days(3, ip="1.1.1.1"), stranger], rule(operations=["In"], first_seen=new)) == []


def test_volume_is_measured_against_the_users_own_earlier_days():
    much = {"by": ["actor"], "at_least": 20, "times": 3.0, "days": 3}
    burst = [event("In", 5 * 1440 + minute) for minute in range(30)]
    assert found([*days(4), *burst], rule(operations=["In"], volume=much)) == [("x", 30, [21, 50])]
    assert found([*days(2), *burst], rule(operations=["In"], volume=much)) == []
    assert found([*days(4), *burst[:10]], rule(operations=["In"], volume=much)) == []


def test_unless_takes_out_what_something_else_explains():
    lonely = rule(operations=["Grant"], unless={"operations": ["Consent"], "by": ["actor"], "within": "2m"})
    events = [event("Grant", 0), event("Consent", 1), event("Grant", 30), event("Grant", 31, actor="bob@contoso.com")]
    assert sorted(found(events, lonely)) == [("x", 1, [3]), ("x", 1, [4])]


def test_first_seen_narrows_the_first_step_of_a_sequence():
    both = rule(
        operations=["In"], by=["actor", "ip"], first_seen={"of": "ip", "by": ["actor"], "earlier": 5, "days": 2},
        then=[{"operations": ["Rule"], "by": ["actor", "ip"], "within": "1d"}],
    )  # fmt: skip
    usual, last = days(4, ip="1.1.1.1"), 5 * 1440
    assert found([*usual, event("Rule", 3 * 1440 + 300, ip="1.1.1.1")], both) == []
    assert found([*usual, event("In", last, ip="9.9.9.9"), event("Rule", last + 5, ip="9.9.9.9")], both) == [
        ("x", 2, [21, 22])
    ]


def test_many_findings_of_one_rule_are_folded_and_counted():
    events = [event(target=f"t{number}") for number in range(MOST_OF_A_RULE + 7)]
    result = find(case(events), [rule(**SET)])
    assert len(result.found) == MOST_OF_A_RULE
    assert result.folded == {"x": 7}
    assert result.marked == MOST_OF_A_RULE + 7


def test_a_rule_says_in_words_when_it_matches():
    text = in_words(rule(**SEQUENCE))
    assert (
        text
        == "Matches when the operation is Fail; then, within 1h of at least 3 of these, the operation is Enter; all with the same actor."
    )
    change = {"change": "ForwardTo", "outside": True}
    assert "ForwardTo was set to a value that names an address outside" in in_words(rule(**SET, when=change))


def test_no_events_and_no_rules_are_no_error():
    assert find(case([]), [rule(**SET)]).found == []
    assert find(case([event()]), []).found == []


@pytest.mark.parametrize("text", ["x') OR true --", "'; DROP TABLE events; --", "%", "\\", "{}", "$1", "?", "a''b"])
def test_a_value_of_a_rule_is_only_ever_a_value(text):
    events = [event(actor="x", target=text), event(actor="x", target="other", changed={"A": text})]
    assert matches({"field": "target", "is": text}, *events) == [1]
    assert matches({"field": "target", "contains": text}, *events) == [1]
    assert matches({"change": "A", "is": text}, *events) == [2]
    assert matches({"change": "B", "is": text}, *events) == []
