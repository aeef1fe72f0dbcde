"""The database's memory: what does not fit is asked again with more room; what still does not fit costs its sheet, not the run."""

from pathlib import Path

import duckdb
import openpyxl
import pytest
from test_golden import Quiet

from m365timeline.case import room, store
from m365timeline.pipeline.convert import convert
from m365timeline.schemas.failure import TooLittleMemoryError
from m365timeline.schemas.request import Request

OWN = Path(__file__).resolve().parents[1] / "sample_exports"
TINY = "30MB"  # the timeline can be settled in it, most sheets cannot be worked out


def converted(folder, inputs=OWN):
    folder.mkdir()
    return convert(Request(inputs=[str(inputs)], outputs=[folder / "a.xlsx"]), Quiet()), folder / "a.xlsx"


def test_with_too_little_memory_sheets_are_missing_and_the_workbook_and_the_notes_say_which_and_why(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(store, "MEMORY", TINY)
    monkeypatch.setattr(room, "MORE", TINY)
    outcome, path = converted(tmp_path / "tiny")
    assert outcome.exit_code == 3  # as with all the memory: some records of the samples are rejected
    book = openpyxl.load_workbook(path, read_only=True)
    assert "Timeline" in book.sheetnames
    assert "Findings" not in book.sheetnames
    told = "\n".join(str(cell) for row in book["Summary"].values for cell in row if cell)
    for title in ("Findings", "Messages exposed"):  # far above the limit, wherever the samples grow
        words = f"The sheet {title} is left out or incomplete: working it out needs more than the 30 MB of memory"
        assert any(words in note for note in outcome.notes)
        assert words in told


def test_asked_again_with_more_room_the_workbook_has_the_same_bytes(tmp_path, monkeypatch):
    _, ordinary = converted(tmp_path / "ordinary")
    monkeypatch.setattr(store, "MEMORY", TINY)
    outcome, path = converted(tmp_path / "again")
    assert not any("left out" in note for note in outcome.notes)
    assert path.read_bytes() == ordinary.read_bytes()


def asked(limit, question):
    with duckdb.connect(config={"memory_limit": limit, "temp_directory": "", "threads": 1}) as database:
        return list(room.Room(database).rows(question))


def test_rows_are_handed_out_once_though_the_question_was_asked_twice(monkeypatch):
    monkeypatch.setattr(room, "MORE", "200MB")
    streams = []
    original = room.Room._stream

    def failing(self, text):
        streams.append(text)
        for number, row in enumerate(original(self, text)):
            if len(streams) == 1 and number == 3:
                raise duckdb.OutOfMemoryException("Out of Memory Error: here")
            yield row

    monkeypatch.setattr(room.Room, "_stream", failing)
    assert [row["n"] for row in asked("100MB", "SELECT range AS n FROM range(6) ORDER BY n")] == list(range(6))
    assert len(streams) == 2


def test_what_fits_into_no_room_is_named(monkeypatch):
    monkeypatch.setattr(room, "MORE", "20MB")
    wide = "SELECT list(repeat(range::VARCHAR, 40) ORDER BY range DESC) AS n FROM range(1000000)"
    with pytest.raises(TooLittleMemoryError) as caught:
        asked("10MB", wide)
    assert "more than the 20 MB" in caught.value.sentence()
