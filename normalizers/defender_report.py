"""What Defender reports in lists of its own: files with malware, incidents. Both say what Defender concluded, not what a person did."""

from m365timeline.normalizers.context import Context
from m365timeline.normalizers.mail import Cells, content_of, fill_extra, fill_message
from m365timeline.normalizers.sentences import cut
from m365timeline.schemas.event import Event
from m365timeline.schemas.record import Record

_LEVELS = {"high": "high", "medium": "medium", "low": "low", "informational": "info"}


def normalize(record: Record, context: Context) -> list[Event]:
    """Turn one finding or incident into its event."""
    cells = Cells(record.fields)
    event = Event(time_meaning="recorded")
    fill_message(event, cells, context)
    record.canonical = content_of(event, cells)
    event.category, event.outcome, event.actor_type = "alert", "unknown", "unknown"
    incident = cells.named("incidentname")
    if incident or cells.named("incidentid"):
        _fill_incident(event, cells, incident)
    else:
        _fill_file(event, cells)
    fill_extra(event, cells)
    return [event]


def _fill_incident(event: Event, cells: Cells, name: str | None) -> None:
    event.workload, event.operation, event.record_id = "Defender", "Incident", cells.named("incidentid")
    event.target, event.target_type = cells.named("impactedassets"), "asset"
    event.outcome_raw = cells.take("status")
    level = cells.named("severity")
    event.severity = _LEVELS.get((level or "").casefold(), "medium")
    told = {
        "severity": level, "assets": event.target, "alerts": cells.named("activealerts"), "status": event.outcome_raw,
        "classification": cells.named("classification"), "determination": cells.named("determination"),
    }  # fmt: skip
    details = "; ".join(f"{what} {cut(value)}" for what, value in told.items() if value)
    event.summary = f"Defender made the incident {cut(name or '(not named)')}" + (f" ({details})" if details else "")


def _fill_file(event: Event, cells: Cells) -> None:
    event.workload, event.operation, event.severity = cells.named("workload") or "Defender", "Malware found", "high"
    event.target, event.target_type = cells.named("filename"), "file"
    how, whose = cells.named("detectiontechnology"), cells.named("lastmodifyinguser")
    event.summary = f"Defender found malware in the file {cut(event.target or '(not named)')}"
    event.summary += f" by {cut(how)}" if how else ""
    event.summary += f"; last changed by {cut(whose)}" if whose else ""
