"""A page about one person, address or message, from a case that stands in its folder."""

from pathlib import Path
from typing import Any

from m365timeline import __version__
from m365timeline.analysis import ask
from m365timeline.analysis.base import Case
from m365timeline.analysis.coverage import make_coverage
from m365timeline.analysis.findings import find
from m365timeline.analysis.people import learn_people
from m365timeline.analysis.rule_files import own_rules
from m365timeline.analysis.story import Focus, tell
from m365timeline.case.folder import KeptCase, open_case
from m365timeline.pipeline.gather import Progress
from m365timeline.pipeline.survey import families
from m365timeline.schemas.story import Story
from m365timeline.writers.html.story_page import MOST_EVENTS, story_page
from m365timeline.writers.publish import Publication, Published

_QUERY = """
SELECT position, event_id, epoch_us(time) AS time, actor, summary, category, severity, coalesce(mailbox, target) AS mailbox, subject, outcome, ip,
  coalesce(client_app, app_name) AS client, source_file || '#' || record_number AS source
FROM events WHERE {condition} ORDER BY position LIMIT {most}"""


def write_story(
    folder: Path, text: str, target: Path, *, replace: bool, progress: Progress
) -> tuple[Story, list[Published]]:
    """Open the case in ``folder``, tell what its logs say of a focus, write the page. Raises NoCaseError, OSError, PartlyPublishedError."""
    progress.stage("Opening the case", None, "events")
    with open_case(folder) as store:
        case = Case(store)
        progress.stage("Asking the case", None, "sheets")
        story = tell(case, ask(store), find(store, own_rules()), text)
        events = _events(store, case, story)
        coverage = make_coverage(store, families())
        record = store.record
        sources = [f"{kept.report.name}  (SHA-256 {kept.report.sha256})" for kept in record.sources]
    with Publication(replace=replace) as publication:
        page = story_page(story, events, coverage, sources, __version__)
        publication.open(target).write(page.encode("utf-8", "backslashreplace"))
        publication.finish()
        return story, publication.publish(lambda _: b"")


def _events(store: KeptCase, case: Case, story: Story) -> list[dict[str, Any]]:
    """The events that name the focus, and those its sentences rest on."""
    focus = Focus(story.focus, case.once(learn_people))
    found = {row["position"]: row for row in store.rows(_QUERY.format(condition=focus.condition, most=MOST_EVENTS))}
    missing = sorted({position for sentence in story.sentences for position in sentence.positions[:3]} - set(found))
    if missing:
        wanted = f"position IN ({', '.join(map(str, missing))})"
        found |= {row["position"]: row for row in store.rows(_QUERY.format(condition=wanted, most=len(missing)))}
    return [found[position] for position in sorted(found)]
