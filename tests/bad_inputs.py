"""The corpus of bad inputs: every file is made here, none is committed.

``python tests/bad_inputs.py FOLDER`` writes the files, each case in a folder of its own, with ``expected.json`` beside them.
"""

import json
import sys
from pathlib import Path

from bad_csv import TABLES
from bad_kit import write_files
from bad_large import LARGE
from bad_packed import PIPES
from bad_xml import DOCUMENTS

CORPUS = [*TABLES, *DOCUMENTS, *PIPES, *LARGE]


def main(folder):
    expected = {}
    for case in CORPUS:
        write_files(case, folder / case.name)
        expected[case.name] = {
            "exit": case.exit,
            "records": case.records,
            "rejected": case.rejected,
            "codes": sorted(case.codes),
            "must": case.must,
            "never": case.never,
        }
    (folder / "expected.json").write_text(json.dumps(expected, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
