"""Coverage: what was supplied, where it pauses, and what is therefore not known."""

import json
from datetime import date, timedelta

import openpyxl
import pytest
from exports import audit_data, cmdlet_csv, purview_csv

from m365timeline.analysis.coverage import make_coverage
from m365timeline.schemas.result_sets import ResultSets

FAMILIES = {"unified_audit_csv": "unified_audit_log", "message_trace_csv": "message_trace"}
START = date(2026, 3, 2)  # a Monday


class Store:
    """Answers with rows as the query gives them: format, workload, category, MailItemsAccessed, day, events, sources, first, last."""

    def __init__(self, rows):
        self._rows = rows

    def query(self, _text):
        return self

    def fetchall(self):
        return self._rows


def day(number, *, kind="unified_audit_csv", workload="Exchange", category="message_read", accessed=False, events=5):
    moment = START + timedelta(days=number)
    us = (moment - date(1970, 1, 1)).days * 86_400_000_000
    return (kind, workload, category, accessed, moment, events, [0], us, us + 1)


def coverage(*rows):
    return make_coverage(Store(list(rows)), FAMILIES)


def test_a_weekend_is_no_pause_and_a_week_is():
    working = [day(n) for n in range(19) if n % 7 < 5]
    assert coverage(*working).logs[0].pauses == []
    holes = [row for row in working if row[4] not in {START + timedelta(days=n) for n in range(7, 12)}]
    (log,) = coverage(*holes).logs
    assert log.pauses == ["2026-03-07 to 2026-03-15"]
    assert "Unified log: Exchange: nothing at all 2026-03-07 to 2026-03-15." in " ".join(coverage(*holes).unknown)


def test_a_log_that_is_rare_by_nature_has_longer_pauses():
    assert coverage(*(day(n) for n in range(0, 60, 7))).logs[0].pauses == []


def test_every_day_of_the_case_stands_in_the_grid():
    found = coverage(day(0), day(3), day(2, kind="message_trace_csv", category="mail_trace", workload=None, events=7))
    assert found.period == "day"
    assert found.starts == ["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"]
    counts = {log.name: log.counts for log in found.logs}
    assert counts == {"Unified log: Exchange": [5, 0, 0, 5], "Message trace": [0, 0, 7, 0]}
    (trace,) = [log for log in found.logs if log.name == "Message trace"]
    assert trace.uncovered == ["before 2026-03-04", "after 2026-03-04"]


def test_years_are_shown_by_week_or_month():
    assert coverage(day(0), day(800)).period == "week"
    far = coverage(day(0), day(6000))
    assert far.period == "month"
    assert sum(far.logs[0].counts) == 10


def test_missing_logs_are_named():
    said = " ".join(coverage(day(0)).unknown)
    assert "No message trace was supplied" in said
    assert "No sign-ins were supplied" in said
    assert "holds no MailItemsAccessed" in said
    assert "access to mailboxes was supplied" not in said
    assert "holds no MailItemsAccessed" not in " ".join(coverage(day(0, accessed=True)).unknown)


def test_a_span_of_a_retention_is_told():
    (log,) = coverage(*(day(n) for n in range(180))).logs
    assert "older records were probably deleted" in log.edges[0]
    assert coverage(*(day(n) for n in range(140))).logs[0].edges == []


def test_events_without_a_time_fill_no_day():
    found = coverage(("unified_audit_csv", "Exchange", "message_read", False, None, 4, [0], None, None))
    assert found.starts == []
    assert found.unknown[-1].startswith("4 events without a known time")


def test_the_sheet_names_the_numbering_gap_of_the_incident(tmp_path):
    from sheets import ROOT, Quiet

    from m365timeline.pipeline.convert import convert
    from m365timeline.schemas.request import Request

    outcome = convert(Request(inputs=[str(ROOT / "sample_exports")], outputs=[tmp_path / "a.xlsx"]), Quiet())
    signs = [text for source in outcome.report.sources for text in source.short]
    assert any("missing number 310" in text for text in signs)
    import zipfile

    from workbooks import cells, sheet

    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        parts = {name: book.read(name) for name in book.namelist()}
    said = " ".join(str(value) for value in cells(sheet(parts, "Coverage")).values())
    assert "missing number 310" in said
    assert "Unified log: Exchange" in said


def test_R8_only_plain_numbers_make_a_result_set():
    sets = ResultSets()
    for index, count in (("\u0661", "\u0663"), ("9" * 5_000, "9" * 5_000), ("-1", "0"), (True, 3), (None, None)):
        sets.note(index, count)
    assert sets.gaps() == []
    sets.note("1", 3)
    assert sets.gaps() == [(3, 2, [2, 3])]


CUT = json.dumps(audit_data(1, Detail="x" * 40_000))
XML = '<SearchResults><Event Caller="a" Cmdlet="Set-Mailbox" ObjectModified="o" RunDate="2026-03-02T00:00:00Z" Succeeded="true" Error="None"><CmdletParameters/></Event>{}</SearchResults>'
NUMBERED = cmdlet_csv([audit_data(n) for n in range(9)], lambda data: data["CreationTime"]).splitlines(keepends=True)
SHORT = {
    "a numbering with holes": (
        "a.csv",
        b"".join(NUMBERED[:4] + NUMBERED[5:]),
        "Result sets that lack records: 1 of 1 (",
    ),
    "a count at a limit": ("a.csv", purview_csv([audit_data(n) for n in range(100)]), "Exactly 100 records"),
    "a record that ends in the middle": (
        "a.csv",
        purview_csv([audit_data(1), CUT[:300], audit_data(2)]),
        "Records that end in the middle of their AuditData: 1.",
    ),
    "a cell at its limit": ("a.csv", purview_csv([audit_data(2), CUT[:32_767]]), "limit of an Excel cell"),
    "a cell a little below its limit": ("a.csv", purview_csv([audit_data(2), CUT[:32_760]]), "limit of an Excel cell"),
    "an attachment near its limit": (
        "SearchResult.xml",
        XML.format(" " * 10_300_000).encode(),
        "New-AdminAuditLogSearch sends at most 10 MB",
    ),
}


@pytest.mark.parametrize("sign", SHORT)
def test_R8_signs_that_an_export_is_short_stand_on_coverage_and_on_sources(tmp_path, run, sign):
    name, data, words = SHORT[sign]
    (tmp_path / name).write_bytes(data)
    run("convert", name, "-o", "out.xlsx")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx", read_only=True)
    for sheet in ("Sources", "Coverage"):
        told = [cell for row in book[sheet].iter_rows(values_only=True) for cell in row if words in str(cell)]
        assert len(told) == 1, (sheet, told)
