"""What people do by hand: read_csv, json_normalize of everything, to_excel. ``python benchmarks/naive.py ual.csv out.xlsx``."""

import json
import sys

import pandas as pd

rows = pd.read_csv(sys.argv[1], dtype=str)
wide = pd.json_normalize([json.loads(text) for text in rows["AuditData"]])
for column in wide.columns:  # a spreadsheet takes no lists and no control characters
    wide[column] = wide[column].map(
        lambda value: (
            json.dumps(value)
            if isinstance(value, (list, dict))
            else value.replace("\r", "")
            if isinstance(value, str)
            else value
        )
    )
wide.to_excel(sys.argv[2], index=False)
