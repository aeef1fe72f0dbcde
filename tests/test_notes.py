"""The analyst's work is kept: tags, notes and statuses go over into the next workbook by event id."""

import zipfile

import pytest
from openpyxl import load_workbook
from sheets import ROOT
from workbooks import cells, sheet

from m365timeline.writers.xlsx.kept import BadNotesError, read_notes

INPUT = ROOT / "sample_exports" / "mailbox_audit_xml"


def opened(path):
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name) for name in book.namelist()}


def column(found, title, row=1):
    return next(
        ref.rstrip("0123456789")
        for ref, value in found.items()
        if value == title and ref.endswith(str(row)) and ref.rstrip("0123456789") + str(row) == ref
    )


@pytest.fixture
def worked_in(run, tmp_path):
    """A workbook in which somebody tagged two rows, noted one, and set the status of a finding; saved by another program."""
    assert run("convert", INPUT, "-o", "old.xlsx").returncode == 0
    book = load_workbook(tmp_path / "old.xlsx")
    timeline = book["Timeline"]
    titles = [cell.value for cell in timeline[1]]
    ids = [timeline.cell(row=row, column=titles.index("Event id") + 1).value for row in (5, 9)]
    timeline.cell(row=5, column=titles.index("Tag") + 1).value = "Relevant"
    timeline.cell(row=9, column=titles.index("Tag") + 1).value = "my own word"
    timeline.cell(row=9, column=titles.index("Note") + 1).value = "=ask(Helen)\nsecond line"
    findings = book["Findings"]
    header = next(row for row in range(1, 12) if findings.cell(row=row, column=1).value == "Severity")
    findings.cell(row=header + 1, column=2).value = "Confirmed"
    book.save(tmp_path / "old.xlsx")
    return ids


def test_tags_and_notes_go_over_by_event_id(worked_in, run, tmp_path):
    result = run(
        "convert", INPUT, ROOT / "sample_exports" / "admin_audit_xml", "-o", "new.xlsx", "--keep-notes", "old.xlsx"
    )
    assert result.returncode == 0, result.stderr
    parts = opened(tmp_path / "new.xlsx")
    found = cells(sheet(parts, "Timeline"))
    at = {
        found[ref]: ref[len(column(found, "Event id")) :] for ref in found if ref.startswith(column(found, "Event id"))
    }
    rows = [at[event] for event in worked_in]
    tag, note = column(found, "Tag"), column(found, "Note")
    assert [found.get(tag + row) for row in rows] == ["Relevant", "my own word"]
    assert found[note + rows[1]] == "=ask(Helen)\nsecond line", "a text, not a formula"
    tagged = [ref for ref, value in found.items() if value and ref.startswith(tag) and ref[len(tag) :].isdigit()]
    assert len(tagged) == 3, "the header and two tags"
    assert "Tags and notes of 2 events were carried over from old.xlsx." in cells(sheet(parts, "Summary")).values()
    assert "Confirmed" in cells(sheet(parts, "Findings")).values()


def test_a_note_whose_event_is_not_there_is_told(worked_in, run, tmp_path):
    run("convert", ROOT / "sample_exports" / "admin_audit_xml", "-o", "new.xlsx", "--keep-notes", "old.xlsx")
    said = " ".join(map(str, cells(sheet(opened(tmp_path / "new.xlsx"), "Summary")).values()))
    assert "Tags and notes of 0 events were carried over" in said
    assert f"The event {worked_in[0]} is not on this timeline" in said
    assert "my own word · =ask(Helen)" in said


def test_the_old_workbook_may_be_replaced_by_the_new(worked_in, run, tmp_path):
    assert run("convert", INPUT, "-o", "old.xlsx", "--keep-notes", "old.xlsx", "--force").returncode == 0
    kept = read_notes(tmp_path / "old.xlsx")
    assert kept.events == sorted(worked_in)
    assert list(kept.statuses.values()) == ["Confirmed"]


def test_what_is_no_workbook_of_ours_is_refused(run, tmp_path):
    (tmp_path / "a.xlsx").write_bytes(b"PK\3\4 no zip")
    result = run("convert", INPUT, "-o", "new.xlsx", "--keep-notes", "a.xlsx")
    assert result.returncode == 2
    assert b"gives no notes" in result.stderr
    with pytest.raises(BadNotesError):
        read_notes(tmp_path / "a.xlsx")


def test_the_summary_tells_the_story_of_the_focus_with_links(run, tmp_path):
    inputs = [ROOT / "sample_exports" / name for name in ("admin_audit_xml", "mailbox_audit_xml")]
    run("convert", *inputs, "-o", "a.xlsx", "--focus", "amy.lindqvist@alderbrook.example")
    parts = opened(tmp_path / "a.xlsx")
    summary = sheet(parts, "Summary")
    said = [str(value) for value in cells(summary).values()]
    assert any(text.startswith("Non-owner access: Victor") and "as delegate" in text for text in said)
    links = [item.get("location") for item in summary.iter() if item.tag.endswith("}hyperlink")]
    assert links
    assert all(place.startswith("'Timeline'!A") for place in links)


def test_the_only_mailbox_of_a_run_is_its_focus(run, tmp_path):
    run("convert", INPUT, "-o", "a.xlsx", "--mailbox", "Amy Lindqvist")
    said = " ".join(map(str, cells(sheet(opened(tmp_path / "a.xlsx"), "Summary")).values()))
    assert "The story of Amy Lindqvist" in said


def test_a_run_with_kept_notes_can_be_repeated(worked_in, run, tmp_path):
    assert run("convert", INPUT, "-o", "new.xlsx", "--keep-notes", "old.xlsx").returncode == 0
    result = run("reproduce", "new.xlsx.manifest.json")
    assert result.returncode == 0, result.stdout
