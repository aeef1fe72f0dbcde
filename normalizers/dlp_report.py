"""A match of a data loss prevention rule: Get-DlpDetailReport, lists made of it.

Facts: Microsoft's page on the cmdlet and a real record. The report repeats a policy and a rule for every place at which they
matched; the sentence names each once. What it calls ``Title`` is the subject of a message or the name of a file.
"""

import re

from m365timeline.normalizers.context import Context
from m365timeline.normalizers.mail import Cells, fill_extra, fill_message, plain_id
from m365timeline.normalizers.sentences import cut, listed
from m365timeline.normalizers.severity import rate
from m365timeline.schemas.event import Event
from m365timeline.schemas.record import Record

_SOURCES = {
    "EXCH": ("Exchange", "The message"),
    "SPO": ("SharePoint", "The file"),
    "ODB": ("OneDrive", "The file"),
    "TEAMS": ("MicrosoftTeams", "The message"),
}
_MESSAGE_ID = re.compile(r"<[^<>\s]+>")
_LEVELS = {"high": "high"}


def normalize(record: Record, context: Context) -> list[Event]:
    """Turn one match into its event."""
    cells = Cells(record.fields)
    event = Event(time_meaning="performed")
    fill_message(event, cells, context)
    source = (cells.named("source") or "").strip().upper()
    event.workload, thing = _SOURCES.get(source, ("SecurityComplianceCenter", "The item"))
    event.category, event.operation, event.outcome = "alert", cells.named("eventtype") or "DlpRuleMatch", "unknown"
    event.actor = cells.named("actor")
    event.actor_type = "unknown"
    title, location = cells.named("title"), cells.named("location")
    event.subject = title if thing == "The message" else None
    if location and _MESSAGE_ID.fullmatch(location.strip()):
        event.message_ids = [plain_id(location)]
    event.target, event.target_type = title or location, "message" if thing == "The message" else "file"
    rules, policies = _once(cells, "dlpcompliancerule", "rulelist"), _once(cells, "dlpcompliancepolicy", "policylist")
    actions = _once(cells, "action", "actionlist")
    event.summary = (
        f'{thing} {_quoted(title)} of {cut(event.actor or "an unnamed person")} matched the data loss prevention rule '
        f"{cut(listed(rules) or '(not named)')}" + (f" of the policy {cut(listed(policies))}" if policies else "") + _found(cells)
        + (f"; what was done: {cut(listed(actions))}" if actions else "") + _override(cells)
    )  # fmt: skip
    fill_extra(event, cells)
    rate(event)
    event.severity = _LEVELS.get((cells.named("severity") or "").casefold(), event.severity)
    return [event]


def _once(cells: Cells, *names: str) -> list[str]:
    return next((found for name in names if (found := cells.words(name))), [])


def _quoted(title: str | None) -> str:
    return f'"{cut(title, 80)}"' if title else "(not named)"


def _found(cells: Cells) -> str:
    kinds = _once(cells, "sensitiveinformationtype", "sensitiveinformationtypelist")
    counts = _once(cells, "sensitiveinformationcountlist", "sensitiveinformationcount")
    if not kinds:
        return ""
    return f"; found: {cut(listed(kinds))}" + (f" ({', '.join(counts[:3])})" if counts else "")


def _override(cells: Cells) -> str:
    said, why = cells.named("useraction"), cells.named("justification")
    return (f"; the person's answer: {cut(said)}" if said else "") + (f' ("{cut(why)}")' if why else "")
