"""The same 20 columns by SQL alone, as CSV: ``python benchmarks/in_duckdb.py ual.csv out.csv``. Nothing is checked, settled or explained."""

import sys

import duckdb
from columns import NAMES

paths = ", ".join(f"'$.{name}'" for name in NAMES)
picked = ", ".join(f'v[{number}] AS "{name}"' for number, name in enumerate(NAMES, 1))
database = duckdb.connect(config={"threads": 2})
database.execute(
    f"""COPY (SELECT {picked} FROM (SELECT json_extract_string(AuditData, [{paths}]) AS v
    FROM read_csv(?, header = true, all_varchar = true, quote = '"', escape = '"', max_line_size = 20000000)))
    TO '{sys.argv[2]}' (HEADER)""",
    [sys.argv[1]],
)
