"""Everything the report of a run says about its timeline as a whole: counts, coverage, findings, the story of a focus, kept notes."""

from m365timeline.analysis import ask, overview
from m365timeline.analysis.base import Case as Asked
from m365timeline.analysis.coverage import make_coverage
from m365timeline.analysis.story import tell
from m365timeline.case.store import Case
from m365timeline.pipeline.findings import look_or_say
from m365timeline.pipeline.gather import Progress
from m365timeline.pipeline.notes import say_carried
from m365timeline.pipeline.survey import families
from m365timeline.schemas.failure import TooLittleMemoryError
from m365timeline.schemas.findings import Findings
from m365timeline.schemas.report import RunReport
from m365timeline.schemas.request import Request


def question(request: Request, case: Case, report: RunReport, progress: Progress) -> None:
    """Ask the folded case and complete the report; only a run that writes a workbook pays for findings and story."""
    report.overview = overview.make_overview(case)
    report.coverage = make_coverage(case, families())
    if request.analysis and any(path.suffix.lower() == ".xlsx" for path in request.outputs):
        progress.stage("Looking for findings", None, "rules")
        look_or_say(request, case, report)
        if request.focus is not None:
            progress.stage("Telling the story", None, "sheets")
            try:
                report.story = tell(Asked(case), ask(case), report.findings or Findings(), request.focus)
            except TooLittleMemoryError as error:
                report.without["Summary (the story of the focus)"] = error.why()
    if request.notes is not None:
        report.notes = say_carried(case, request.notes)
