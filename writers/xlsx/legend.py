"""The Legend: what columns, colours and words mean, and what Excel does that an analyst should know."""

from openpyxl.worksheet.worksheet import Worksheet

from m365timeline.schemas.event import field_rows
from m365timeline.schemas.reference import rows
from m365timeline.schemas.severity import RULES
from m365timeline.writers.xlsx import styles
from m365timeline.writers.xlsx.cells import LONGEST, MOST_LINE_FEEDS
from m365timeline.writers.xlsx.page import Page
from m365timeline.writers.xlsx.small import Facts, SmallSheet, set_up_print
from m365timeline.writers.xlsx.timeline import timeline_columns

_VOCABULARIES = (
    ("category", "Categories"), ("outcome", "Results"), ("time_basis", "Why a time is UTC"), ("time_meaning", "What a time is the time of"),
)  # fmt: skip

_EXCEL = (
    "Every value from a source is a text that Excel does not calculate, follow or convert. A text that begins like a formula (= + - @) stays text even when it is edited.",
    "Saving a sheet as CSV and opening that CSV again brings such formulas to life. Take the CSV output of this program instead.",
    "The drop-down of a filter lists at most 10,000 different values; type into its search box to find the others.",
    f"A cell holds {LONGEST:,} characters and {MOST_LINE_FEEDS} line feeds. What is longer is cut, and the cell says how much is missing and where it is.",
    "Excel dates know no zone and show no more than a millisecond; the exact text of finer times stands in Details. Times before 1900-03-01 or after 9999 are ISO 8601 text, which Excel sorts after all dates.",
    "Control characters are shown as Excel's _xHHHH_ escapes in the Timeline and on Rejected, as \\xNN on the other sheets.",
    "Rows are coloured when they are written, not by conditional formatting: colours stay with their rows in any order.",
    "The colour of a row is how much it deserves a look. It is a reading aid and says nothing about guilt.",
)


def _fill(sheet: Worksheet, facts: Facts) -> None:
    page = Page(sheet, (26, 34, 110))
    page.banner("Legend", "What the columns, colours and words of this workbook mean")
    page.heading("Columns of the Timeline")
    described = {row["name"]: row["description"] for row in field_rows()}
    columns = timeline_columns(facts.report.zone)
    page.table(
        ("Column", "Event field", "Meaning"),
        [(item.title, ", ".join(item.fields), item.about or described[item.fields[0]]) for item in columns],
    )
    if facts.report.zone is None:
        page.paragraph("No case zone was given, so there is no second time column; --timezone gives one.")
    page.space()
    page.heading("Severities and their colours")
    page.table(
        ("Severity", "What gets it"), RULES, spread=True, colours=[styles.SEVERITY_FILLS[name] for name, _ in RULES]
    )
    for word, title in _VOCABULARIES:
        page.space()
        page.heading(title)
        page.table(
            ("Value", "Meaning"),
            [(row["value"], row["meaning"]) for row in rows("vocabulary") if row["field"] == word],
            spread=True,
        )
    page.space()
    page.heading("What limits a row (in Details)")
    page.table(("Flag", "Meaning"), [(row["flag"], row["meaning"]) for row in rows("quality_flags")], spread=True)
    page.space()
    page.heading("About Excel")
    for text in _EXCEL:
        page.paragraph(text)
    set_up_print(sheet)


SHEET = SmallSheet(
    title="Legend", about="What columns, colours, words and flags mean; what to know about Excel.", fill=_fill
)
