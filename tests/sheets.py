"""What the analyses of a set of exports say, as rows by column title, without a workbook between."""

from functools import cache
from pathlib import Path

import msgspec

from m365timeline.analysis import ask
from m365timeline.pipeline import convert as pipeline
from m365timeline.schemas.request import Request

ROOT = Path(__file__).resolve().parents[1]


class Quiet:
    def stage(self, *_):
        pass

    def advance(self, *_):
        pass


class Told(msgspec.Struct):
    """Rows by column title; ``events`` are the timeline events each row rests on, ``count`` how many there are."""

    said: dict
    events: list
    count: int
    severity: str

    def __getitem__(self, title):
        return self.said[title]


@cache
def sheets(*inputs):
    """Every sheet's rows by title, for exports of the invented incident or other paths."""
    import tempfile

    found, timeline = {}, {}
    original = pipeline._write

    def look(request, case, *arguments):
        for row in case.rows(
            "SELECT position, event_id, epoch_us(time) AS time, operation, actor, mailbox, summary, source_type FROM events"
        ):
            timeline[row["position"]] = row
        for answer in ask(case):
            found[answer.sheet.title] = (answer.sheet, list(answer.rows()))
        return original(request, case, *arguments)

    with tempfile.TemporaryDirectory() as folder:
        pipeline._write = look
        try:
            pipeline.convert(Request(inputs=[str(path) for path in inputs], outputs=[Path(folder) / "a.csv"]), Quiet())
        finally:
            pipeline._write = original
    return {
        title: [
            Told(
                dict(zip([column.title for column in sheet.columns], row.values, strict=True)),
                [timeline[position] for position in row.positions],
                row.count,
                row.severity,
            )
            for row in rows
        ]
        for title, (sheet, rows) in found.items()
    }


def incident(title):
    """A sheet of the invented incident."""
    return sheets(ROOT / "sample_exports").get(title, [])


def matching(rows, **wanted):
    """Rows whose columns contain these texts (title with ``_`` for blanks), without regard to case."""
    return [
        row
        for row in rows
        if all(str(text).lower() in str(row[title.replace("_", " ")]).lower() for title, text in wanted.items())
    ]
