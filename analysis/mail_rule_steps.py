"""One entry of a log as a step in the life of a rule or a forwarding: which one, what was done to it, what it is set to."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from m365timeline.analysis.base import SECOND, Case
from m365timeline.analysis.commands import parameters
from m365timeline.analysis.people import People, bare, learn_people

INBOX, TRANSPORT, JOURNAL, FORWARDING = "Inbox rule", "Transport rule", "Journal rule", "Mailbox forwarding"
ORGANIZATION = "the organization"
_CMDLET = re.compile(r"(new|set|enable|disable|remove)-(inboxrule|transportrule|journalrule)")
_KINDS = {"inboxrule": INBOX, "transportrule": TRANSPORT, "journalrule": JOURNAL}
_VERBS = {"new": "created", "set": "changed", "enable": "switched on", "disable": "switched off", "remove": "removed"}
_OPERATION = re.compile(r"RuleOperation\W+Value\W+([A-Za-z]+)")
_CLIENT_VERBS = (
    ("add", "created"),
    ("create", "created"),
    ("remove", "removed"),
    ("delete", "removed"),
    ("enable", "switched on"),
    ("disable", "switched off"),
)
_FORWARDS = ("forwardingsmtpaddress", "forwardingaddress")


class RuleStep(msgspec.Struct, kw_only=True):
    """What was done to a rule at one moment. ``settings`` are its conditions and actions, by the names of the log."""

    time: int | None
    positions: list[int]
    by: str
    by_type: str | None
    failed: bool
    kind: str
    scope: str
    name: str
    verb: str
    path: str
    rule_id: str | None = None
    ip: str | None = None
    settings: dict[str, str] = msgspec.field(default_factory=dict)
    old: dict[str, str] = msgspec.field(default_factory=dict)


def read_rule_steps(case: Case) -> list[RuleStep]:
    """Every step, in order of time; what two logs write down in the same second is one."""
    people = case.once(learn_people)
    found = case.rows(
        """SELECT position, epoch_us(time) AS time, operation, actor, actor_type, outcome, mailbox, target, ip, command, changes, summary,
        CASE WHEN operation ILIKE 'updateinboxrules' THEN raw END AS raw
        FROM events WHERE category IN ('rule', 'forwarding') AND (target_type IN ('rule', 'mailbox') OR operation ILIKE '%rule%') ORDER BY position"""
    )
    folded: dict[Any, RuleStep] = {}
    alike: dict[Any, list[RuleStep]] = {}
    for step in (step for row in found for step in _steps(row, people)):
        what = (step.kind, step.scope, step.name, step.verb, step.rule_id)
        if step.time is None and len(alike.get(what, ())) == 1:
            known = alike[what][0]  # its time is not settled; there is one act like it
        else:
            known = folded.setdefault((step.positions[0] if step.time is None else -(step.time // SECOND), what), step)
            if known is step and step.time is not None:
                alike.setdefault(what, []).append(step)
        if known is not step:
            known.positions += step.positions
            known.ip = known.ip or step.ip
            known.old = known.old or step.old
            known.settings = known.settings | step.settings
    return list(folded.values())


def _steps(row: Mapping[str, Any], people: People) -> Iterator[RuleStep]:
    operation = (row["operation"] or "").lower()
    cmdlet = _CMDLET.fullmatch(operation)
    if cmdlet is not None:
        yield _by_cmdlet(row, cmdlet[1], _KINDS[cmdlet[2]], people)
    elif operation == "updateinboxrules":
        yield _by_client(row, people)
    elif operation == "set-mailbox":
        yield from _forwarding(row, people)


def _step(row: Mapping[str, Any], **fields: Any) -> RuleStep:
    return RuleStep(
        time=row["time"], positions=[row["position"]], by=row["actor"] or "(not named in the log)", by_type=row["actor_type"],
        failed=row["outcome"] == "failure", ip=row["ip"], **fields,
    )  # fmt: skip


def _by_cmdlet(row: Mapping[str, Any], verb: str, kind: str, people: People) -> RuleStep:
    given = parameters(row["command"])
    target = bare(row["target"] or given.get("identity") or "")
    owner, slash, rest = target.partition("\\")
    name = rest if slash and kind == INBOX else target
    if verb in {"new", "set"} and "name" in given and (not name.strip() or name.isdecimal() or verb == "new"):
        name = given["name"]
    scope = ORGANIZATION
    if kind == INBOX:
        scope = people.of(row["mailbox"] or owner if slash else row["mailbox"]) or people.of(row["actor"]) or ""
    return _step(
        row, kind=kind, scope=scope, name=name, verb=_VERBS[verb], path="cmdlet or Outlook on the web", settings=given
    )


def _by_client(row: Mapping[str, Any], people: People) -> RuleStep:
    values = {
        item["name"].lower(): (item["new"] if item["new"] is not None else item["old"]) for item in row["changes"] or ()
    }
    said = _OPERATION.search(row["raw"] or "")
    word = said[1].lower() if said else ""
    verb = next((verb for start, verb in _CLIENT_VERBS if word.startswith(start)), "changed")
    settings = {name: values[name] for name in ("rulecondition", "ruleactions") if values.get(name)}
    return _step(
        row, kind=INBOX, scope=people.of(row["mailbox"]) or "", name=values.get("rulename") or "", verb=verb, path="Outlook client",
        rule_id=values.get("ruleid"), settings=settings,
    )  # fmt: skip


def _forwarding(row: Mapping[str, Any], people: People) -> Iterator[RuleStep]:
    given = parameters(row["command"])
    names = [name for name in (*_FORWARDS, "delivertomailboxandforward") if name in given]
    if not names:
        return
    old = {item["name"].lower(): item["old"] for item in row["changes"] or () if item["old"]}
    targets = [given[name] for name in _FORWARDS if given.get(name)]
    verb = "changed" if targets or not any(name in given for name in _FORWARDS) else "removed"
    yield _step(
        row, kind=FORWARDING, scope=people.of(row["mailbox"] or row["target"]) or "", name="forwarding", verb=verb,
        path="cmdlet or settings page", settings={name: given[name] for name in names}, old=old,
    )  # fmt: skip
