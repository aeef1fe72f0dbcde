"""Sigma rules for Microsoft 365 and Entra, read by pySigma and turned into rules of our own kind.

pySigma (LGPL, an extra) reads the rules; only their conditions are taken over. Field names are mapped by a table
(schemas/reference/sigma_fields.csv); any other name is looked for among the source fields kept in ``extra``. A rule that
cannot be taken over exactly is not run, and the reason is told.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from m365timeline.analysis.conditions import problems
from m365timeline.analysis.findings import Queryable
from m365timeline.analysis.rule_files import Rule
from m365timeline.analysis.rule_keys import quote
from m365timeline.analysis.sigma_conditions import Kept, NotMappedError, gate, to_condition

if TYPE_CHECKING:
    from sigma.rule import SigmaRule

LARGEST_FILE, MOST_FILES = 256 * 1024, 5000
INSTALL = "Sigma rules are read by pySigma, which is not installed: pip install 'm365timeline[sigma]'"
_SEVERITIES = {"critical": "high", "high": "high", "medium": "medium"}
_SERVICES = {  # of product azure: the categories of events they are about
    "signinlogs": ["signin", "signin_failed"], "auditlogs": [], "riskdetection": [], "pim": [],
}  # fmt: skip
_KEYS = "SELECT DISTINCT unnest(json_keys(extra)) AS name FROM events WHERE extra IS NOT NULL ORDER BY name"
_PATH = re.compile(r"[A-Za-z0-9_.\-]{1,200}")
_Broken = (ValueError, TypeError, AttributeError, KeyError, IndexError)  # what pySigma raises on a rule that is none


class SigmaMissingError(Exception):
    """pySigma is not installed."""


class Taken(msgspec.Struct):
    """The rules that run, and those that do not, each with the reason."""

    rules: list[Rule] = []
    not_run: list[tuple[str, str]] = []


def check_sigma(paths: Sequence[Path]) -> None:
    """Raise SigmaMissingError if there are paths and no pySigma to read them."""
    from importlib.util import find_spec

    if paths and find_spec("sigma") is None:
        raise SigmaMissingError(INSTALL)


def kept_fields(case: Queryable) -> Kept:
    """Find source fields without a column of their own: by any spelling of their name, where some event has them."""
    names = {str(row[0]).casefold(): str(row[0]) for row in case.query(_KEYS).fetchall()}

    def find(name: str) -> str | None:
        first, dot, rest = name.partition(".")
        found = names.get(first.casefold())
        if found is None or not dot or not _PATH.fullmatch(name):
            return found if not dot else None
        path = quote("$." + ".".join(f'"{part}"' for part in (found, *rest.split("."))))
        some = case.query(f"SELECT 1 FROM events WHERE json_extract_string(extra, {path}) IS NOT NULL LIMIT 1")
        return f"{found}.{rest}" if some.fetchall() else None

    return find


def read_sigma(paths: Sequence[Path], kept: Kept) -> Taken:
    """Every rule of the ``.yml`` files in the folders. ``kept`` finds the source fields that events have in ``extra``."""
    check_sigma(paths)
    taken = Taken()
    files = sigma_files(paths)
    for path in files[MOST_FILES:]:
        taken.not_run.append((path.name, f"more than {MOST_FILES:,} files; give a smaller folder"))
    seen: set[str] = set()
    for path in files[:MOST_FILES]:
        for number, rule in enumerate(_rules_of(path, taken)):
            try:
                made = _convert(rule, f"{path.stem}{f'-{number + 1}' if number else ''}", kept)
            except NotMappedError as error:
                taken.not_run.append((f"{rule.title} ({path.name})", str(error)))
                continue
            if made.id in seen:
                taken.not_run.append((f"{rule.title} ({path.name})", "its id stands twice"))
                continue
            seen.add(made.id)
            taken.rules.append(made)
    return taken


def sigma_files(paths: Sequence[Path]) -> list[Path]:
    """The files that ``--sigma`` names, those of a folder in order of their names."""
    return [path for folder in paths for path in (sorted(_below(folder)) if folder.is_dir() else [folder])]


def _below(folder: Path) -> Iterator[Path]:
    for ending in ("*.yml", "*.yaml"):
        yield from folder.rglob(ending)


def _rules_of(path: Path, taken: Taken) -> "Iterator[SigmaRule]":
    """The rules of one file; what is none goes to ``taken`` with the reason."""
    import yaml
    from sigma.collection import SigmaCollection
    from sigma.exceptions import SigmaError
    from sigma.rule import SigmaRule

    def refuse(reason: str) -> None:
        taken.not_run.append((path.name, reason))

    with path.open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        return refuse(f"larger than {LARGEST_FILE:,} bytes, which no Sigma rule is")
    try:
        text = data.decode("utf-8-sig")
        if any(isinstance(item, yaml.AliasEvent) for item in yaml.parse(text, Loader=yaml.SafeLoader)):
            return refuse("it uses YAML aliases, which can blow up and are not read")
        collection = SigmaCollection.from_yaml(text, collect_errors=True)
    except (yaml.YAMLError, SigmaError, *_Broken) as error:
        return refuse(f"no Sigma rule: {_short(error)}")
    except RecursionError:
        return refuse("nested too deeply")
    for problem in collection.errors:
        refuse(f"no Sigma rule: {_short(problem)}")
    for rule in collection.rules:
        if not isinstance(rule, SigmaRule):
            refuse("a correlation or filter; write it as a count or sequence (docs/findings.md)")
        elif rule.errors:
            refuse(f"no Sigma rule: {_short(rule.errors[0])}")
        else:
            yield rule
    return None


def _short(error: object) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__


def _convert(rule: "SigmaRule", name: str, kept: Kept) -> Rule:
    """One Sigma rule as a rule of ours. Raises NotMappedError with the reason if that cannot be done exactly."""
    from sigma.exceptions import SigmaError

    source = rule.logsource
    categories = _categories(source.product, source.service)
    try:
        parsed = [item.parsed for item in rule.detection.parsed_condition]
        conditions = [to_condition(item, kept) for item in parsed]
    except (SigmaError, *_Broken) as error:
        raise NotMappedError(f"its condition cannot be read: {_short(error)}") from error
    except RecursionError as error:
        raise NotMappedError("its condition is nested too deeply") from error
    when = conditions[0] if len(conditions) == 1 else msgspec.structs.replace(conditions[0], any=conditions)
    for problem in problems(when):
        raise NotMappedError(problem)
    return Rule(
        id=f"sigma:{rule.id or name}", title=_line(rule.title) or name, severity=_severity(rule), why=_line(rule.description) or "The Sigma rule gives no description.",
        check=[f"The Sigma rule itself: {name}", *(_line(text) for text in rule.references[:5])], attack=_attack(rule),
        false_positives=[_line(text) for text in rule.falsepositives[:10]], operations=gate(when), categories=categories,
        when=when, machines=True, failures=True,
    )  # fmt: skip


def _categories(product: str | None, service: str | None) -> list[str]:
    if product == "m365":
        return []
    if product == "azure" and service in _SERVICES:
        return _SERVICES[service]
    said = " / ".join(name for name in (product, service) if name) or "nothing"
    raise NotMappedError(f"its log source is {said}; m365, and azure with {', '.join(_SERVICES)} are judged")


def _severity(rule: "SigmaRule") -> Any:
    level = rule.level.name.casefold() if rule.level is not None else "medium"
    return _SEVERITIES.get(level, "low")


def _attack(rule: "SigmaRule") -> list[str]:
    return [tag.name.upper() for tag in rule.tags if tag.namespace == "attack" and tag.name[:2].casefold() == "t1"]


def _line(text: str | None) -> str:
    return " ".join((text or "").split())[:1000]
