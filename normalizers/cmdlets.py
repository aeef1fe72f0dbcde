"""What a cmdlet changed, in words: category, sentence, the mailbox concerned, the command as it could be run again.

For the admin audit, in whatever log it stands. The table is ``cmdlets.csv``: the first row that fits a cmdlet and its
parameters gives the category (``with``: one of these parameters was given), what kind of object it works on, the verb
phrase of the sentence and the parameters it shows. Names are compared without case.
"""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache, lru_cache

import msgspec

from m365timeline.normalizers.actors import short_name
from m365timeline.normalizers.sentences import cut, listed, tried, who
from m365timeline.schemas.event import Change, Event
from m365timeline.schemas.reference import rows

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_HOSTED = "/Microsoft Exchange Hosted Organizations/"
_BARE = re.compile(r"[A-Za-z0-9_.\\/][A-Za-z0-9_.\\/:@+-]*")  # PowerShell reads these as one plain word
_QUOTES = re.compile("(['\u2018\u2019\u201a\u201b])")  # PowerShell takes all five as the single quote
_CUT_BASE64 = re.compile(r"[A-Za-z0-9+/]{84,}={0,2}\.\.\.")
_NOISE = frozenset(
    {
        "identity",
        "confirm",
        "force",
        "erroraction",
        "warningaction",
        "domaincontroller",
        "ignoredefaultscope",
        "mailbox",
        "name",
    }
)
_NO_ROW = {"cmdlet": "", "category": "other", "kind": "", "past": "", "attempt": "", "show": "*"}


@cache
def _cmdlets() -> tuple[dict[str, list[dict[str, str]]], list[dict[str, str]]]:
    exact: dict[str, list[dict[str, str]]] = {}
    patterns: list[dict[str, str]] = []
    for row in rows("cmdlets"):
        if "*" in row["cmdlet"]:
            patterns.append(row)
        else:
            exact.setdefault(row["cmdlet"].casefold(), []).append(row)
    return exact, patterns


class _Plan(msgspec.Struct, frozen=True):
    """What is said of a cmdlet and how, where the names of its parameters and which of them have a value decide it."""

    row: Mapping[str, str]
    needed: frozenset[str]  # places of the verb phrase
    tells_rule: bool
    naming: tuple[tuple[str, str], ...]  # parameters a sentence may name, as written and as compared
    shown: tuple[str, ...]  # parameters it shows
    identity: str | None  # what the log calls these two, if it gives them
    mailbox: str | None


def _plan_of(cmdlet: str, parameters: Mapping[str, str]) -> _Plan:
    return _plan(cmdlet, tuple(parameters), tuple(map(bool, parameters.values())))


@lru_cache(maxsize=16384)
def _plan(cmdlet: str, names: tuple[str, ...], filled: tuple[bool, ...]) -> _Plan:
    row = _row(cmdlet, names, filled)
    needed, places = _places(row["past"]), _places(row["past"]) | _places(row["attempt"])
    identity, mailbox = _fitting(names, "Identity"), _fitting(names, "Mailbox")
    return _Plan(
        row=row,
        needed=needed,
        tells_rule="rule" in places,
        naming=_naming(names, places),
        shown=_worth_showing(row["show"], names),
        identity=identity[0] if identity else None,
        mailbox=mailbox[0] if mailbox else None,
    )


def _row(cmdlet: str, names: tuple[str, ...], filled: tuple[bool, ...]) -> dict[str, str]:
    """The first row of ``cmdlets.csv`` that fits; a row about parameters of a rule needs one of them to have a value."""
    exact, patterns = _cmdlets()
    name = cmdlet.strip().casefold()
    has_value = dict(zip(names, filled, strict=True))
    for row in exact.get(name, ()):
        if not row["with"] or any(has_value[key] or row["kind"] != "rule" for key in _fitting(names, row["with"])):
            return row
    return next((row for row in patterns if fnmatchcase(name, row["cmdlet"].casefold())), _NO_ROW)


def _spelled(parameters: Mapping[str, str], patterns: str) -> tuple[str, ...]:
    """The names in ``parameters`` that fit one of the patterns (``;`` between them), in the order of the log."""
    return _fitting(tuple(parameters), patterns)


@lru_cache(maxsize=16384)
def _fitting(names: tuple[str, ...], patterns: str) -> tuple[str, ...]:
    wanted = [pattern.casefold() for pattern in patterns.split(";") if pattern]
    return tuple(name for name in names if any(fnmatchcase(name.casefold(), pattern) for pattern in wanted))


def _value(parameters: Mapping[str, str], name: str | None) -> str | None:
    return parameters[name] if name is not None and parameters[name].strip() else None


def cmdlet_category(cmdlet: str, parameters: Mapping[str, str]) -> str:
    """The event category of a cmdlet run with these parameters; ``other`` for a cmdlet no table knows."""
    return _plan_of(cmdlet, parameters).row["category"]


def fill_admin(event: Event, cmdlet: str, object_modified: str | None, parameters: Mapping[str, str]) -> None:
    """Fill category, target, mailbox, command, changes (if still empty) and summary. Needs actor and outcome filled."""
    plan = _plan_of(cmdlet, parameters)
    event.category = plan.row["category"]
    event.target = object_modified or _value(parameters, plan.identity)
    event.target_type = plan.row["kind"] or None
    event.mailbox = _mailbox(plan, object_modified, parameters)
    event.command = command_line(cmdlet, parameters) or None
    if not event.changes:  # a failed cmdlet changed nothing
        event.changes = (setting_changes(cmdlet, parameters) if event.outcome != "failure" else None) or None
    event.summary = _sentence(plan, event, cmdlet, object_modified, parameters)
    if "..." in (event.command or "") and any(map(is_cut, parameters.values())):
        event.quality = [*(event.quality or []), "truncated_value"]


def _mailbox(plan: _Plan, object_modified: str | None, parameters: Mapping[str, str]) -> str | None:
    """The mailbox a cmdlet worked on, by its address where the log has it; only for cmdlets that work on mailboxes."""
    kind, name = plan.row["kind"], plan.row["cmdlet"].casefold()
    if (
        kind not in {"mailbox", "folder", "rule"}
        or name.endswith(("-transportrule", "-journalrule"))
        or "publicfolder" in name
    ):
        return None
    owner = _value(parameters, plan.mailbox)
    if owner is None and kind == "mailbox":
        identity = _value(parameters, plan.identity)
        owner = identity if identity and "@" in identity else object_modified or identity
    if owner is None:
        separator = ":\\" if kind == "folder" else "\\"
        whole = object_modified or _value(parameters, plan.identity) or ""
        owner = whole.partition(separator)[0] if separator in whole else None
    return short_name(owner) if owner and owner.strip() else None


def admin_sentence(event: Event, cmdlet: str, object_modified: str | None, parameters: Mapping[str, str]) -> str:
    """Say what a cmdlet did, with the parameters that matter: ``Amy changed the forwarding of mail of david (…)``.

    Uses actor, logon_type, on_behalf_of, outcome and mailbox of the event.
    """
    return _sentence(_plan_of(cmdlet, parameters), event, cmdlet, object_modified, parameters)


def _sentence(
    plan: _Plan, event: Event, cmdlet: str, object_modified: str | None, parameters: Mapping[str, str]
) -> str:
    row = plan.row
    words = _admin_words(event, object_modified, parameters, plan)
    if row["past"] and all(words.get(name) is not None for name in plan.needed):
        did = tried(event, row["past"], row["attempt"])
        said = _PLACEHOLDER.sub(lambda match: words[match[1].casefold()] or "", did)
    else:
        said = f"{tried(event, 'ran', 'run')} {cut(cmdlet)}{_on(words['object'])}"
    shown = [f"{name}: {_readable(parameters[name]) or '(empty)'}" for name in plan.shown]
    return f"{who(event)} {said}" + (f" ({listed(shown, 6)})" if shown else "")


@cache
def _places(phrase: str) -> frozenset[str]:
    """The names in braces in a verb phrase of the table."""
    return frozenset(name.casefold() for name in _PLACEHOLDER.findall(phrase))


def _readable(value: str) -> str:
    """A value for the sentence; of a canonical name of the cloud its last part."""
    return cut(short_name(value) if _HOSTED in value and ";" not in value else value, 80)


def _on(name: str | None) -> str:
    return f" on {name}" if name else ""


def _worth_showing(patterns: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """The parameters worth showing: in the order of the table, behind ``*`` in that of the log and without the usual ones."""
    shown: dict[str, None] = {}
    for pattern in patterns.split(";"):
        found = _fitting(names, pattern)
        shown.update(dict.fromkeys(name for name in found if pattern != "*" or name.casefold() not in _NOISE))
    return tuple(shown)


def _admin_words(
    event: Event, object_modified: str | None, parameters: Mapping[str, str], plan: _Plan
) -> dict[str, str | None]:
    """What the verb phrase may name: the parameters it needs, and the object, rule and mailbox."""
    words: dict[str, str | None] = {
        key: cut(short_name(parameters[name])) for name, key in plan.naming if parameters[name].strip()
    }
    name = short_name(object_modified or "") or words.get("identity") or words.get("mailbox") or words.get("name")
    words["object"] = cut(name) if name else None
    if plan.tells_rule:
        words["rule"] = _rule_words(object_modified or "", parameters)
    words["of"] = f" in the mailbox of {cut(event.mailbox)}" if event.mailbox else ""
    return words


def _naming(names: tuple[str, ...], needed: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """Of the names of parameters those a sentence may need, each as written and as compared."""
    wanted = needed | {"identity", "mailbox", "name"}
    return tuple((name, key) for name in names if (key := name.casefold()) in wanted)


def _rule_words(object_modified: str, parameters: Mapping[str, str]) -> str:
    r"""The rule's name in quotes. ``owner\rule``: the name is what follows the first backslash, blanks included."""
    _, slash, name = object_modified.partition("\\")
    if slash and name.isdecimal():  # the log gave the rule's number; its name may stand among the parameters
        name = next((parameters[key] for key in _spelled(parameters, "Name")), name)
    if not slash:
        named = [parameters[key] for key in (*_spelled(parameters, "Name"), *_spelled(parameters, "Identity"))]
        if not object_modified and not named:
            return "(not named in the log)"
        name = object_modified or named[0]
    return f'"{cut(name)}"' if name.strip() else "with a blank name"


def setting_changes(cmdlet: str, parameters: Mapping[str, str]) -> list[Change]:
    """The settings a ``Set-`` cmdlet gave that matter to an investigation; what stood before, the log does not say."""
    if not cmdlet.strip().casefold().startswith("set-"):
        return []
    return [Change(name, None, parameters[name]) for name in _plan_of(cmdlet, parameters).shown]


def command_line(cmdlet: str, parameters: Mapping[str, str]) -> str:
    """The cmdlet as it could be run again, parameters in the order of the log, every doubtful value in single quotes.

    The log joins lists with ``;`` and does not say so: such a value stays one text.
    """
    parts = [cmdlet.strip()]
    for name, value in parameters.items():
        if value in {"True", "False"}:
            parts.append(f"-{name}:${value}")
        else:
            parts.append(f"-{name} {value if _BARE.fullmatch(value) else _quote(value)}")
    return " ".join(parts)


def _quote(value: str) -> str:
    if "'" in value or not value.isascii():
        value = _QUOTES.sub(r"\1\1", value)
    return f"'{value}'"


def is_cut(value: str) -> bool:
    """Whether the log cut a value: 1,024 characters and ``...``, or the first 64 bytes of a file as base64 and ``...``."""
    return value.endswith("...") and (len(value) == 1027 or _CUT_BASE64.fullmatch(value) is not None)
