"""What somebody who knows the tools writes: 20 columns, no pandas, xlsxwriter in constant memory. ``python benchmarks/tuned.py ual.csv out.xlsx``."""

import csv
import sys
from datetime import datetime
from pathlib import Path

import orjson
import xlsxwriter
from columns import NAMES

csv.field_size_limit(2**31 - 1)
book = xlsxwriter.Workbook(
    sys.argv[2], {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False}
)
date = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
sheet = book.add_worksheet("Timeline")
for column, name in enumerate(NAMES):
    sheet.write_string(0, column, name)
with Path(sys.argv[1]).open(encoding="utf-8-sig", newline="") as stream:
    reader = csv.reader(stream)
    place = next(reader).index("AuditData")
    for row, values in enumerate(reader, 1):
        data = orjson.loads(values[place])
        sheet.write_datetime(row, 0, datetime.fromisoformat(data["CreationTime"]), date)
        for column, name in enumerate(NAMES[1:], 1):
            value = data.get(name)
            if isinstance(value, str):
                sheet.write_string(row, column, value)
            elif value is not None:
                sheet.write_number(row, column, value)
book.close()
