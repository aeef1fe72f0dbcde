"""The floor: read the CSV and decode each AuditData, nothing else. ``python benchmarks/floor.py ual.csv``."""

import csv
import sys
from pathlib import Path

import orjson

csv.field_size_limit(2**31 - 1)
with Path(sys.argv[1]).open(encoding="utf-8-sig", newline="") as stream:
    reader = csv.reader(stream)
    column = next(reader).index("AuditData")
    for row in reader:
        orjson.loads(row[column])
