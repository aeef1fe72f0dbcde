"""The Timeline sheet alone: the first 20 columns of the same events. ``python benchmarks/sheet.py WRITER ROWS events.parquet out.xlsx``.

WRITER is ours, xlsxwriter or openpyxl. The events are repeated to ROWS. The other writers are handed Python rows made before
the clock starts; ours is handed the events (Arrow) and pays for its row styles, row heights, widths and filters. Prints seconds.
"""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq

from m365timeline.schemas.report import RunReport
from m365timeline.writers.xlsx import timeline

COLUMNS = 20


def batches(path, rows):
    """The events, again and again."""
    table = pq.read_table(path, columns=list(timeline.COLUMNS)).combine_chunks()
    while rows > 0:
        yield from table.slice(0, rows).to_batches(8192)
        rows -= len(table)


def python_rows(path, rows):
    """The same cells as Python values, row by row."""
    for batch in batches(path, rows):
        made = []
        for column in timeline.timeline_columns(None)[:COLUMNS]:
            values = column.values(batch)
            if column.kind == "date":
                values = [
                    None if t is None else t.astimezone(UTC).replace(tzinfo=None)
                    for t in batch.column("time").to_pylist()
                ]
                made.append(values)
            else:
                made.append(values.to_pylist())
        yield from zip(*made, strict=True)


def ours(path, rows, target):
    from m365timeline.writers.xlsx import workbook

    full = timeline.timeline_columns
    timeline.timeline_columns = lambda zone, notes=None: full(zone, notes)[:COLUMNS]
    found = list(batches(path, rows))  # slices of one table
    begun = time.perf_counter()
    with Path(target).open("wb") as stream:
        writer = workbook.XlsxWriter(stream, RunReport(version="benchmark"), *([lambda: iter(())] * 2))
        for batch in found:
            writer.write(batch)
        writer.close()
    return time.perf_counter() - begun


def by_xlsxwriter(path, rows, target):
    import xlsxwriter

    found = list(python_rows(path, rows))
    begun = time.perf_counter()
    book = xlsxwriter.Workbook(
        target, {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False}
    )
    date = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet = book.add_worksheet()
    for number, row in enumerate(found):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, column, value)
            elif isinstance(value, datetime):
                sheet.write_datetime(number, column, value, date)
            elif value is not None:
                sheet.write_number(number, column, value)
    book.close()
    return time.perf_counter() - begun


def by_openpyxl(path, rows, target):
    from openpyxl import Workbook

    found = list(python_rows(path, rows))
    begun = time.perf_counter()
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in found:
        sheet.append(row)
    book.save(target)
    return time.perf_counter() - begun


if __name__ == "__main__":
    name, count, events, out = sys.argv[1:]
    print({"ours": ours, "xlsxwriter": by_xlsxwriter, "openpyxl": by_openpyxl}[name](events, int(count), out))
