"""What the Summary tells before its figures: the story of a focus, and where to look first."""

from m365timeline.schemas.report import RunReport
from m365timeline.schemas.words import counted
from m365timeline.writers.xlsx import styles
from m365timeline.writers.xlsx.page import Page
from m365timeline.writers.xlsx.small import Facts, iso

_MOST_FINDINGS = 12
_DATES = {3: styles.DATE_FORMAT, 4: styles.DATE_FORMAT}


def tell_story(page: Page, facts: Facts) -> None:
    """What the analyses say of the focus, each sentence with a link to its first row."""
    story = facts.report.story
    if story is None:
        return
    page.heading(
        f"The story of {story.focus}: {counted(story.events, 'event')}, {iso(story.first)} to {iso(story.last)}"
    )
    if story.names:
        page.paragraph(f"Known in the logs as: {', '.join(story.names)}")
    if not story.sentences:
        page.paragraph(
            "No analysis names it. That proves nothing: the logs may call it by a name nobody connects with it."
        )
    for sentence in story.sentences:
        first = sentence.positions[0] if sentence.positions else None
        title, row = facts.places.of(first) if first is not None else ("", 0)
        page.statement(
            f"{sentence.sheet}: {sentence.text}", f"{title} {row:,}", f"'{title}'!A{row}" if first is not None else None,
            styles.SEVERITY_FILLS.get(sentence.severity),
        )  # fmt: skip
    for title, count in story.more.items():
        page.paragraph(f"… and {count:,} more on the sheet {title}.")
    page.space()


def tell_findings(page: Page, report: RunReport) -> None:
    """The gravest findings, a line each; the sheet Findings has all of them with their rows and reasons."""
    findings = report.findings
    if findings is None:
        return
    page.heading(f"Findings: {len(findings.found):,} of {findings.rules:,} rules (where to look first, no verdict)")
    shown = findings.found[:_MOST_FINDINGS]
    if shown:
        rows = [
            (item.title, item.severity, item.first, item.last, item.who or "not logged", item.events) for item in shown
        ]
        colours = [styles.SEVERITY_FILLS.get(item.severity) for item in shown]
        page.table(
            ("Finding", "Severity", "First (UTC)", "Last (UTC)", "Who", "Events"), rows, forms=_DATES, colours=colours
        )
        more = len(findings.found) - len(shown)
        page.paragraph(
            (f"… and {more:,} more. " if more else "") + "Reasons, rows and what else to check: sheet Findings."
        )
    else:
        page.paragraph("No rule matched. That proves nothing: the logs may lack what a rule looks for.")
    for rule, count in findings.folded.items():
        page.paragraph(
            f"The rule {rule} has {counted(count, 'more finding')} than are listed; those with the most events are."
        )
    for rule, why in findings.not_run[:_MOST_FINDINGS]:
        page.paragraph(f"▲  The rule {rule} was not applied: {why}", colour=styles.BAD)
    page.space()
