"""Sigma rules (invented for these tests): taken over exactly, or not run and the reason told."""

import json

import pytest
from findings_kit import case, event

from m365timeline.analysis.findings import find
from m365timeline.analysis.sigma_rules import LARGEST_FILE, kept_fields, read_sigma

pytest.importorskip("sigma", reason="pySigma is not installed")

HEAD = """title: {title}
id: 11111111-2222-4333-8444-{number:012d}
description: Invented.
level: {level}
tags: [attack.persistence, attack.t1098.002]
falsepositives: [Tests]
logsource:
  product: {product}
  service: {service}
detection:
"""


def rule(detection, *, title="A rule", number=1, level="high", product="m365", service="audit"):
    indented = "".join(f"  {line}\n" for line in detection.strip("\n").split("\n"))
    return HEAD.format(title=title, number=number, level=level, product=product, service=service) + indented


def run(tmp_path, events, *texts):
    """The rows each rule finds (by title), and what was not run."""
    for number, text in enumerate(texts):
        (tmp_path / f"rule{number}.yml").write_bytes(text if isinstance(text, bytes) else text.encode())
    table = case(events)
    taken = read_sigma([tmp_path], kept_fields(table))
    found = {}
    for item in find(table, taken.rules).found:
        found.setdefault(item.title, []).extend(item.positions)
    return {title: sorted(rows) for title, rows in found.items()}, dict(taken.not_run)


def one(tmp_path, events, detection, **words):
    found, not_run = run(tmp_path, events, rule(detection, **words))
    assert not_run == {}
    return found.get("A rule", [])


CORRELATION = (
    rule("s:\n  Operation: NeverLogged\ncondition: s").replace("title:", "name: base\ntitle:")
    + "---\ntitle: C\nid: 11111111-2222-4333-8444-000000000009\ncorrelation:\n  type: event_count\n  rules: [base]\n"
    "  group-by: [UserId]\n  timespan: 1h\n  condition:\n    gte: 5\n"
)
EVENTS = [
    event("Add-MailboxPermission", target="Amy", outcome="success", workload="Exchange", ip="10.0.0.7"),
    event("Add member to role.", target="Bob", outcome="failure", ip="192.0.2.1", user_agent="python-requests/2.1"),
    event(
        "UserLoginFailed",
        target="Café?",
        error_code="50126",
        ip="2001:db8::5",
        extra=json.dumps({"LogonCount": 7, "Deep": {"Er": "x"}}),
    ),
    event(
        "New-InboxRule",
        command="New-InboxRule -Name . -ForwardTo eve@evil.example",
        raw="the whole record, Secret inside",
    ),
]


@pytest.mark.parametrize(
    ("detection", "expected"),
    [
        ("s:\n  Operation: Add-MailboxPermission\ncondition: s", [1]),
        ("s:\n  eventSource: Exchange\n  status: success\ncondition: s", [1]),
        ("s:\n  properties.message: Add member to role\ncondition: s", [2]),
        ("s:\n  Operation|contains: [member, INBOX]\ncondition: s", [2, 4]),
        ("s:\n  Operation|startswith: Add\nf:\n  ObjectId: bob\ncondition: s and not f", [1]),
        ("s:\n  Operation: '*Failed'\ncondition: s", [3]),
        ("s:\n  ObjectId: 'Caf?\\?'\ncondition: s", [3]),
        ("s:\n  Operation: 'A*role.'\ncondition: s", [2]),
        ("s:\n  ResultType: 50126\ncondition: s", [3]),
        ("s:\n  ClientIP|cidr: 10.0.0.0/8\ncondition: s", [1]),
        ("s:\n  UserAgent|re: '^python-[a-z]+/'\ncondition: s", [2]),
        ("s:\n  UserAgent|re: '^PYTHON'\ncondition: s", []),
        ("s:\n  UserAgent|re|i: '^PYTHON'\ncondition: s", [2]),
        ("s:\n  ObjectId|cased: amy\ncondition: s", []),
        ("s:\n  ObjectId|cased: Amy\ncondition: s", [1]),
        ("s:\n  ErrorCode|exists: true\ncondition: s", [3]),
        ("s:\n  ErrorCode: null\ncondition: s", [1, 2, 4]),
        ("s:\n  LogonCount|gt: 6\ncondition: s", [3]),
        ("s:\n  LogonCount|gt: 7\ncondition: s", []),
        ("s:\n  logoncount|lte: 7\ncondition: s", [3]),
        ("s:\n  Deep.Er: X\ncondition: s", [3]),
        ("s:\n  Parameters|contains|all: [ForwardTo, evil]\ncondition: s", [4]),
        ("keywords: [secret]\ncondition: keywords", [4]),
        ("a:\n  Operation: New-InboxRule\nb:\n  Operation: UserLoginFailed\ncondition: 1 of *", [3, 4]),
    ],
)
def test_a_sigma_rule_is_taken_over_exactly(tmp_path, detection, expected):
    assert one(tmp_path, EVENTS, detection) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (rule("s:\n  Nowhere: x\ncondition: s"), "the field 'Nowhere' has no counterpart"),
        (rule("s:\n  Deep.Nowhere: x\ncondition: s"), "the field 'Deep.Nowhere' has no counterpart"),
        (rule("s:\n  Operation: x\ncondition: s", product="windows"), "its log source is windows / audit"),
        (rule("s:\n  Operation: x\ncondition: s", product="azure", service="activitylogs"), "its log source is azure / activitylogs"),
        (rule("s:\n  Operation: x\ncondition: s | count() > 5"), "condition"),
        (rule("s:\n  Operation: x\ncondition: t"), "condition"),
        (rule("s:\n  Operation|re: '(?=x)y'\ncondition: s"), "expression"),
        (rule("s:\n  Operation|expand: '%admins%'\ncondition: s"), "placeholder"),
        (rule("s:\n  Operation|base64offset|contains: x\ncondition: s").replace("title: A rule", "titel: A rule"), "no Sigma rule"),
        ("just: text", "no Sigma rule"),
        ("[1, 2", "no Sigma rule"),
        (b"\xff\xfe\x00", "no Sigma rule"),
        ("a: &x [1]\nb: *x", "YAML aliases"),
        ("#" * (LARGEST_FILE + 1), "larger than"),
        (CORRELATION, "a correlation or filter"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_over_is_not_run_and_the_reason_told(tmp_path, text, reason):
    found, not_run = run(tmp_path, EVENTS, text)
    assert found == {}
    assert any(reason in why for why in not_run.values()), not_run


def test_a_wrong_rule_does_not_keep_the_others_from_running(tmp_path):
    good = rule("s:\n  Operation: New-InboxRule\ncondition: s", title="Good")
    bad = rule("s:\n  Nowhere: x\ncondition: s", title="Bad", number=2)
    found, not_run = run(tmp_path, EVENTS, good + "---\n" + bad)
    assert found == {"Good": [4]}
    assert list(not_run) == ["Bad (rule0.yml)"]
    assert "its id stands twice" in run(tmp_path, EVENTS, good, good)[1].values()


def test_the_rules_words_are_kept(tmp_path):
    (tmp_path / "r.yml").write_text(rule("s:\n  Operation: New-InboxRule\ncondition: s", level="critical"))
    (only,) = read_sigma([tmp_path], lambda _: None).rules
    assert (only.id, only.severity, only.attack) == (
        "sigma:11111111-2222-4333-8444-000000000001",
        "high",
        ["T1098.002"],
    )
    assert (only.title, only.why, only.false_positives) == ("A rule", "Invented.", ["Tests"])
    assert only.operations == ["New-InboxRule", "New-InboxRule."]


def test_signin_logs_are_sign_ins_only(tmp_path):
    events = [event("X", category="signin", ip="10.0.0.1"), event("X", category="other", ip="10.0.0.1")]
    assert one(tmp_path, events, "s:\n  IPAddress: 10.0.0.1\ncondition: s", product="azure", service="signinlogs") == [
        1
    ]


def test_deep_conditions_do_not_break_the_run(tmp_path):
    found, not_run = run(tmp_path, EVENTS, rule("s:\n  Operation: x\ncondition: " + "not (" * 400 + "s" + ")" * 400))
    assert found == {}
    assert len(not_run) == 1


def test_without_pysigma_the_command_line_says_what_to_install(run_without_sigma, tmp_path):
    done = run_without_sigma(tmp_path)
    assert done.returncode == 2
    assert b"pip install 'm365timeline[sigma]'" in done.stderr


@pytest.fixture
def run_without_sigma(run):
    def call(folder):
        (folder / "sigma.py").write_text("")
        (folder / "sitecustomize.py").write_text(
            "import importlib.util as u\nf = u.find_spec\nu.find_spec = lambda n, *a: None if n == 'sigma' else f(n, *a)\n"
        )
        (folder / "a.csv").write_text("a,b\n1,2\n")
        return run("convert", "a.csv", "-o", "b.xlsx", "--sigma", folder, env={"PYTHONPATH": str(folder)})

    return call
