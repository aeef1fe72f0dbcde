"""What the transport service writes into its reports: status words, recipient lists, agent data, failure texts.

Everything read here was written by strangers (subjects, addresses, rule names, answers of foreign servers): what does
not follow the known grammar stays text.
"""

import re
from functools import cache, lru_cache
from typing import Any

import msgspec

from m365timeline.normalizers.sentences import cut, listed
from m365timeline.schemas.message_columns import squeeze
from m365timeline.schemas.reference import rows

_LOST = re.compile(r"(?:System|Microsoft|Deserialized)\.[\w.`+]*\[.*\]")
_ENTRY = re.compile(r"(?P<address>.*?)##(?P<statuses>[^;]*)(?:;|$)", re.DOTALL)
_LIST_ITEM = re.compile(r'(?:"(?:\\.|[^"\\])*"|[^;"])+')
_ONE_STATUS = re.compile(r"[0-9]{3}(?:[ -].*)?|\S*", re.DOTALL)
_AGENT_ITEM = re.compile(r";(?=S:)")
_LAST_ERROR = re.compile(r"\{LED=(.*?)\}\s*(?:;|\]|$)", re.DOTALL)
_REPLY = re.compile(r"\s*([0-9]{3}(?:[ -][0-9]\.[0-9]{1,3}\.[0-9]{1,3})?)(?:[ -]+(.*))?", re.DOTALL)


class Step(msgspec.Struct, frozen=True):
    """A transport event or a delivery status: its stage on the way of a message, its outcome, and words for a sentence."""

    words: str
    outcome: str
    stage: str
    noise: bool = False


@cache
def _steps(table: str, key: str) -> dict[str, Step]:
    chosen = (row for row in rows(table) if row.get("kind", "event") == "event")
    return {
        squeeze(row[key]): Step(row["words"], row["outcome"], row["stage"], row.get("noise") == "yes") for row in chosen
    }


def event_step(event: str) -> Step | None:
    """What a transport event means (``DELIVER``, ``Send external``), ``None`` if the table does not know it."""
    return _steps("transport_events", "code").get(squeeze(event))


def status_step(status: str) -> Step | None:
    """What a delivery status means (``Delivered``, ``Expand``), ``None`` if the table does not know it."""
    return _steps("delivery_statuses", "status").get(squeeze(status))


@cache
def _words(kind: str) -> dict[str, str]:
    return {row["code"]: row["words"] for row in rows("transport_events") if row["kind"] == kind}


def source_words(source: str) -> str | None:
    """What an event source is, in words (``MAILBOXRULE``: an inbox rule)."""
    return _words("source").get(source.strip().upper())


def is_lost(text: str) -> bool:
    """Whether a script wrote the type of a value in place of the value: ``System.Object[]``, ``System.String[]``."""
    return text.endswith("]") and _LOST.fullmatch(text) is not None


@lru_cache(maxsize=16384)
def split_list(text: str) -> tuple[str, ...]:
    """Split a ``;`` list of addresses; a quoted local part may hold ``;``. An open quote is an ordinary character."""
    if '"' not in text:
        parts = text.split(";")
        if len(parts) == 1 and text.count("@") > 1:
            parts = _joined_otherwise(text) or parts
    else:
        found = _LIST_ITEM.findall(text)
        parts = found if sum(map(len, found)) == len(text) - _separators(text) else text.split(";")
    return tuple(part.strip() for part in parts if part.strip())


def _joined_otherwise(text: str) -> list[str] | None:
    """Addresses that a script joined with commas, bars or blanks; ``None`` if a part is no single address."""
    parts = [part for part in re.split(r"[,|\s]+", text) if part]
    return parts if all(part.count("@") == 1 for part in parts) else None


def _separators(text: str) -> int:
    return _LIST_ITEM.sub("", text).count(";")


def split_recipient_status(text: str) -> list[tuple[str | None, list[str]]]:
    """Read ``address##status, status;address##status``: (address, statuses in order) for each entry.

    Statuses hold no ``;``, so entries are found by ``##``. An address without ``##`` has no statuses; statuses without
    an address have ``None`` for it.
    """
    entries: list[tuple[str | None, list[str]]] = []
    end = 0
    for match in _ENTRY.finditer(text):
        end = match.end()
        statuses = [status.strip() for status in match["statuses"].split(",") if status.strip()]
        *before, address = _addresses(match["address"]) or [None]
        entries += [(other, []) for other in before]
        entries.append((address, statuses))
    entries += [(address, []) for address in _addresses(text[end:])]
    return entries


def _addresses(text: str) -> list[str | None]:
    """The addresses in front of a ``##``: mostly one; a list only if every part of it looks like an address."""
    parts = split_list(text)
    if len(parts) > 1 and not all("@" in part for part in parts):
        return [text.strip().strip(";").strip()]
    return list(parts)


def pair_statuses(recipients: tuple[str, ...], text: str | None) -> list[str | None]:
    """The status of each recipient where the two lists run parallel; else the whole text for each.

    A status may itself hold ``;`` (``550 4.4.7 QUEUE.Expired;<text>``), so equal counts are not enough: every part must
    also look like a status.
    """
    if text is None or len(recipients) < 2:
        return [text] * len(recipients)
    parts = [part.strip() for part in text.split(";")]
    if len(parts) == len(recipients) + 1 and not parts[-1]:
        parts.pop()
    if len(parts) == len(recipients) and all(map(_ONE_STATUS.fullmatch, parts)):
        return [part or None for part in parts]
    return [text] * len(recipients)


def read_failure(text: str) -> tuple[str, str | None] | None:
    """Code and text of a server's answer (``550 5.1.10 …``), also inside ``{LED=…}``; ``None`` if there is no code."""
    inner = _LAST_ERROR.search(text)
    reply = _REPLY.fullmatch(inner[1] if inner else text)
    if reply is None:
        return None
    return reply[1], (reply[2] or "").strip() or None


def failure_words(failure: tuple[str, str | None]) -> str:
    """A failure for a sentence: ``550 5.1.10 RESOLVER.ADR.RecipientNotFound (Recipient not found)``."""
    code, text = failure
    if not text:
        return code
    name, _, rest = text.partition(";")
    return cut(f"{code} {name.strip()} ({rest.strip()})" if rest.strip() else f"{code} {name.strip()}", 200)


class Judgement(msgspec.Struct, frozen=True):
    """What a step and the text logged with it say together. ``failure`` is the server's answer where it is no success."""

    outcome: str
    words: str
    failure: tuple[str, str | None] | None = None


def judge(event: str | None, text: str | None) -> Judgement:
    """Read a transport event with its status or detail.

    A copy dropped with a 2xx answer came to its regular end (a group expanded, an approval finished): no failure.
    """
    step = event_step(event) if event else None
    if step is None:
        return Judgement("unknown", f"was logged with the event {event}" if event else "was logged without an event")
    answer = read_failure(text) if text else None
    if answer is None:
        return Judgement(step.outcome, step.words)
    code, words = answer
    if code.startswith("2"):
        if step.stage != "drop":
            return Judgement(step.outcome, step.words)
        ended = (
            "ended here because its group had been expanded, which is no loss"
            if "RESOLVER.GRP.Expanded" in (words or "")
            else step.words
        )
        return Judgement("unknown", f"{ended}: {failure_words(answer)}")
    return Judgement(step.outcome, f"{step.words}: {failure_words(answer)}", answer)


def decode_custom_data(text: str) -> dict[str, Any] | None:
    """Read ``S:<key>=<value>;S:…``: keys as written, repeated keys as lists; ``None`` if it is no such text.

    Agents write ``SUM|SFV=SPM|SCL=9|LAT=1|LAT=2`` as value: that becomes an object, its bare words under ``entry``.
    """
    if not text.startswith("S:"):
        return None
    result: dict[str, Any] = {}
    for item in _AGENT_ITEM.split(text.rstrip("; ")):
        key, _, value = item.partition("=")
        _put(result, key, _agent_value(value))
    return result


def _agent_value(value: str) -> Any:
    if "|" not in value or "=" not in value:
        return value
    pairs: dict[str, Any] = {}
    for part in value.rstrip(";").split("|"):
        name, equals, content = part.partition("=")
        if part:
            _put(pairs, name if equals else "entry", content if equals else part)
    return pairs


def _put(target: dict[str, Any], key: str, value: Any) -> None:
    if key not in target:
        target[key] = value
    elif isinstance(target[key], list):
        target[key].append(value)
    else:
        target[key] = [target[key], value]


def agent_words(custom: dict[str, Any]) -> list[str]:
    """What the transport agents found, in words: spam verdict, malware, rules that acted."""
    words: list[str] = []
    for agent in _agents(custom, "S:SFA"):
        verdict = agent.get("sfv", "").upper()
        if verdict:
            level = f", spam confidence level {agent['scl']}" if agent.get("scl") else ""
            words.append(f"scanned as {_words('verdict').get(verdict, 'SFV ' + verdict)}{level}")
    malware = [
        agent["name"] + (f" in {agent['file']}" if agent.get("file") else "")
        for agent in _agents(custom, "S:AMA")
        if agent.get("name")
    ]
    if malware:
        words.append(f"malware found: {cut(listed(malware))}")
    words += [_rule_words(agent) for agent in _agents(custom, "S:TRA") if agent.get("ruleid")]
    return words


def _rule_words(agent: dict[str, str]) -> str:
    details = [f"{name} {agent[key]}" for name, key in (("action", "action"), ("mode", "mode")) if agent.get(key)]
    return f"transport rule {agent['ruleid']} matched" + (f" ({', '.join(details)})" if details else "")


def _agents(custom: dict[str, Any], key: str) -> list[dict[str, str]]:
    """The decoded values of one agent, names in lower case; of repeated names all values joined."""
    values = custom.get(key)
    found = values if isinstance(values, list) else [values]
    return [
        {name.casefold(): ", ".join(value) if isinstance(value, list) else value for name, value in agent.items()}
        for agent in found
        if isinstance(agent, dict)
    ]
