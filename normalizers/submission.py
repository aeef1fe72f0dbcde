"""A message, link or file that somebody submitted to Microsoft for analysis (Defender portal > Submissions).

What a submission says is what a person thought, and what the analysis answered; neither proves what the message was.
"""

from m365timeline.normalizers.context import Context
from m365timeline.normalizers.mail import Cells, content_of, fill_extra, fill_message
from m365timeline.normalizers.sentences import cut
from m365timeline.schemas.event import Event
from m365timeline.schemas.record import Record


def normalize(record: Record, context: Context) -> list[Event]:
    """Turn one submission into its event."""
    cells = Cells(record.fields)
    event = Event(time_meaning="performed")
    fill_message(event, cells, context)
    record.canonical = content_of(event, cells)
    event.workload, event.operation, event.category = "Defender", "Submission", "other"
    event.actor = cells.named("submittedby")
    event.actor_type = "regular" if event.actor else "unknown"
    event.target, event.target_type = cells.named("submissionname"), "submission"
    event.record_id = cells.named("submissionid")
    event.outcome_raw = cells.take("status")
    result, reason = cells.named("result"), cells.named("reasonforsubmitting")
    details = [f"from {cut(event.sender)}"] if event.sender else []
    details += [f"reason: {cut(reason)}"] if reason else []
    details += [f"status: {cut(event.outcome_raw)}"] if event.outcome_raw else []
    details += [f"result: {cut(result)}"] if result else []
    event.summary = (
        f"{event.actor or 'Somebody'} submitted {cut(event.target or 'something the list does not name')} for analysis"
        + (f" ({'; '.join(details)})" if details else "")
    )
    fill_extra(event, cells)
    event.severity = "info"
    return [event]
