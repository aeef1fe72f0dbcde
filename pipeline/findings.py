"""Which rules run over a case, and what they find."""

from m365timeline.analysis.findings import Queryable, find
from m365timeline.analysis.findings_sheet import SHEET as FINDINGS
from m365timeline.analysis.rule_files import own_rules, read_rules
from m365timeline.analysis.sigma_rules import kept_fields, read_sigma
from m365timeline.schemas.failure import TooLittleMemoryError
from m365timeline.schemas.findings import Findings
from m365timeline.schemas.report import RunReport
from m365timeline.schemas.request import Request


def look_or_say(request: Request, case: Queryable, report: RunReport) -> None:
    """Note in the report what the rules find or, where that takes too much memory, why there are no findings."""
    try:
        report.findings = look(request, case)
    except TooLittleMemoryError as error:
        report.without[FINDINGS.title] = error.why()


def look(request: Request, case: Queryable) -> Findings:
    """Apply the rules of the program and those the user names. Raises RuleFileError for a rule file that is wrong, TooLittleMemoryError."""
    rules = [*own_rules(), *read_rules(request.rules)]
    if not request.sigma:
        return find(case, rules)
    taken = read_sigma(request.sigma, kept_fields(case))
    found = find(case, [*rules, *taken.rules])
    found.not_run = taken.not_run
    return found
