"""The Findings sheet: what the rules found, gravest first, each with the rows it rests on.

The severity here is the rule's: how soon to look. The Timeline's Severity column has its own, simpler rules (see the
Legend) and is left alone, so that both can be explained: one says what kind of event a row is, the other that a rule matched.
"""

from collections.abc import Iterator, Mapping

from m365timeline.schemas.findings import Finding, Findings
from m365timeline.schemas.sheets import Sheet, SheetColumn, SheetRow, sheet_row

STATUSES = ("Open", "Confirmed", "Benign", "Follow up")

SHEET = Sheet(
    title="Findings",
    about="findings of the rules, gravest first and then oldest first",
    method="Rules are judged over the events of the timeline; what one rule finds about one actor and one target is one line; of very many events alike it names the first of each kind. Severity is the rule's and says how soon to look, not whether somebody is guilty; the Timeline's Severity has its own rules and is not changed by a finding. Every rule stands in docs/findings.md.",
    absence="No finding is no proof of innocence: a rule sees only what the supplied logs hold, rules about a user's rhythm are silent where there is no rhythm to compare with, and nobody has a rule for everything.",
    empty="no rule matched. That proves nothing: the logs may lack what a rule looks for.",
    columns=(
        SheetColumn(title="Severity", about="The rule's: how soon to look."),
        SheetColumn(title="Status", choices=STATUSES, about="Yours: choose from the list."),
        SheetColumn(title="Title", kind="wrapped", widest=36),
        SheetColumn(title="Who", kind="wrapped", widest=32, about="Who did it, the busiest first. Empty: the log does not say."),
        SheetColumn(title="What", kind="wrapped", widest=50, about="The sentence of the first row."),
        SheetColumn(title="Row", kind="row", about="Leads to the first row."),
        SheetColumn(title="First (UTC)", kind="date"),
        SheetColumn(title="Last (UTC)", kind="date"),
        SheetColumn(title="Reasons", kind="wrapped", widest=50, about="Why the rule matched."),
        SheetColumn(title="What else to check", kind="wrapped", widest=42),
        SheetColumn(title="Why it matters", kind="wrapped", widest=42),
        SheetColumn(title="Could be harmless", kind="wrapped", widest=30),
        SheetColumn(title="Target", kind="wrapped", widest=30),
        SheetColumn(title="MITRE ATT&CK", widest=20),
        SheetColumn(title="Rule", widest=30, about="Its id; sigma: before it marks a Sigma rule of yours."),
    ),
    frozen=3,
)  # fmt: skip


def rows(findings: Findings, statuses: Mapping[tuple[str, str, str], str] | None = None) -> Iterator[SheetRow]:
    """One row a finding; ``statuses`` are an analyst's own, by (rule, who, target)."""
    for item in findings.found:
        status = (statuses or {}).get((item.rule, item.who or "", item.target or ""), STATUSES[0])
        yield sheet_row(_values(item, status), item.positions, item.severity, item.events)


def _values(item: Finding, status: str) -> tuple[str | int | None, ...]:
    check, harmless = ("; ".join(texts) or None for texts in (item.check, item.false_positives))
    return (
        item.severity, status, item.title, item.who, item.what, item.positions[0], item.first, item.last, item.reasons, check,
        item.why, harmless, item.target, ", ".join(item.attack) or None, item.rule,
    )  # fmt: skip
