"""Which rules run over a case, and what they find."""

from m365timeline.analysis.base import counted
from m365timeline.analysis.findings import Queryable, find
from m365timeline.analysis.rule_files import own_rules, read_rules
from m365timeline.schemas.findings import Findings
from m365timeline.schemas.request import Request


def look(request: Request, case: Queryable) -> Findings:
    """Apply the rules of the program and those the user names. Raises RuleFileError for a rule file that is wrong."""
    return find(case, [*own_rules(), *read_rules(request.rules)])


def in_short(findings: Findings) -> str:
    """How many findings there are, for the end of a run."""
    if not findings.found:
        return f"No finding: none of {findings.rules} rules matched, which proves nothing."
    by = [(name, sum(item.severity == name for item in findings.found)) for name in ("high", "medium", "low")]
    parts = ", ".join(f"{number} {name}" for name, number in by if number)
    return f"{counted(len(findings.found), 'finding')} ({parts}) of {findings.rules} rules: see the sheet Findings."
