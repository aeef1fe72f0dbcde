"""Measure this tool against the floor and against what people do by hand, as ratios in one run.

``python benchmarks/run.py [--records 100000] [--sheet-rows 1000000] [--turns 3] [--without NAME ...]``

Every command is a whole process on the same invented export (see make_input.py; 1,600 bytes a record, so 600 records are
1 MB and 2,000,000 are 3.2 GB). Commands run in turns, ours between theirs; the smallest time of all turns counts. Ratios are
comparable between machines, seconds are not; on a machine that does other work too, look at CPU seconds.
"""

import argparse
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from make_input import write  # noqa: E402 (found through the line above)
from measure import measure  # noqa: E402 (as above)

PYTHON = sys.executable
TOOL = [PYTHON, "-m", "m365timeline"]
ONCE = {"naive", "tuned"}  # minutes each: run once
SLOW_ROWS = (
    20_000,
    40_000,
)  # of the sheet, for the writers that take minutes: two sizes show whether a row costs the same
STEADY = 0.15  # the share by which two halves may differ and still cost the same

# name, what it is
COMMANDS = {
    "floor": "floor: csv module and orjson.loads of each AuditData, nothing else",
    "parquet1": "ours to Parquet, every field of the event, 1 worker",
    "parquet2": "ours to Parquet, 2 workers",
    "xlsx": "ours to the full workbook, 2 workers",
    "plain": "ours to the workbook without the sheets that answer questions, 2 workers",
    "csv": "ours to CSV, 2 workers",
    "jsonl": "ours to JSON Lines, 2 workers",
    "duckdb": "DuckDB: the same 20 columns by SQL, as CSV",
    "naive": "naive: read_csv, json_normalize of everything, to_excel",
    "tuned": "tuned: csv, orjson, 20 columns, xlsxwriter in constant memory",
    "version": "start-up: --version",
    "identify": "start-up: identify a small file",
}
# what is divided by what, and the aim
RATIOS = (
    ("parquet1", "floor", "Parquet with 1 worker takes so many times the floor (aim: at most 1.5)"),
    ("parquet1", "parquet2", "2 workers are so many times as fast as 1 (aim: at least 1.7)"),
    ("naive", "xlsx", "the workbook is so many times as fast as the naive script's (aim: at least 25)"),
    ("tuned", "xlsx", "the workbook is so many times as fast as the tuned script's (aim: at least 4)"),
    ("xlsx", "plain", "all sheets cost so many times the plain timeline (aim: at most 2)"),
    ("duckdb", "csv", "CSV: DuckDB's 20 bare columns take so many times our whole events"),
)


def commands(source, small, folder):
    """The command lines by name."""

    def ours(kind, jobs):
        return [*TOOL, "convert", source, "--force", "--quiet", "--jobs", str(jobs), "-o", f"{folder}/ours.{kind}"]

    def script(name, *arguments):
        return [PYTHON, str(HERE / f"{name}.py"), *arguments]

    return {
        "floor": script("floor", source),
        "parquet1": ours("parquet", 1),
        "parquet2": ours("parquet", 2),
        "xlsx": ours("xlsx", 2),
        "plain": [*ours("xlsx", 2), "--no-analysis"],
        "csv": ours("csv", 2),
        "jsonl": ours("jsonl", 2),
        "duckdb": script("in_duckdb", source, f"{folder}/duckdb.csv"),
        "naive": script("naive", source, f"{folder}/naive.xlsx"),
        "tuned": script("tuned", source, f"{folder}/tuned.xlsx"),
        "version": [*TOOL, "--version"],
        "identify": [*TOOL, "identify", small],
    }


def whole_runs(wanted, turns):
    """Run every command in turns and print what each took; returns the best by name."""
    costs = {name: [] for name in wanted}
    for turn in range(turns):
        for name, command in wanted.items():
            if turn == 0 or name not in ONCE:
                costs[name].append(measure(command))
    best = {}
    print(f"{'':<70}{'seconds':>9}{'CPU s':>9}{'peak MB':>9}")
    for name, found in costs.items():
        best[name] = (min(cost.seconds for cost in found), min(cost.cpu for cost in found))
        print(f"{COMMANDS[name]:<70}{best[name][0]:>9.2f}{best[name][1]:>9.2f}{max(cost.peak for cost in found):>9.0f}")
    print(f"\n{'':<82}{'seconds':>9}{'CPU':>9}")
    for above, below, words in RATIOS:
        if above in best and below in best:
            print(f"{words:<82}{best[above][0] / best[below][0]:>9.2f}{best[above][1] / best[below][1]:>9.2f}")


def sheets(rows, folder):
    """The Timeline sheet alone, against the two writers people use."""
    events = f"{folder}/ours.parquet"

    def run(writer, count):
        cost = measure([PYTHON, str(HERE / "sheet.py"), writer, str(count), events, f"{folder}/sheet.xlsx"])
        seconds = float(cost.said)
        print(f"{writer + f', {count:,} rows x 20 columns':<70}{seconds:>9.2f}{'':>9}{cost.peak:>9.0f}")
        return seconds / count

    print(f"\n{'the Timeline sheet alone':<70}{'seconds':>9}{'':>9}{'peak MB':>9}")
    ours = run("ours", rows)
    for writer in ("xlsxwriter", "openpyxl"):
        per_row = [run(writer, count) for count in SLOW_ROWS]
        later = 2 * per_row[1] / per_row[0] - 1
        print(f"  a row takes {per_row[-1] / ours:.1f} times as long as ours (aim: at least 15); {growth(later)}")


def growth(later):
    """Whether figures of few rows stand for many: what the second half of the rows took, measured by the first."""
    words = "a row costs the same however many there are" if abs(later - 1) <= STEADY else "NOT linear: do not scale it"
    return f"the second half of the rows took {later:.2f} times the first: {words}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--sheet-rows", type=int, default=1_000_000, help="0 leaves the sheet alone out")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--without", nargs="*", default=[], choices=[*COMMANDS], help="commands to leave out")
    parser.add_argument("--folder", help="where inputs and outputs go; the system's temporary folder if not given")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        source, small = f"{folder}/ual.csv", f"{folder}/small.csv"
        write(options.records, source)
        write(100, small)
        print(f"{options.records:,} unified-audit records, {Path(source).stat().st_size / 1e6:,.0f} MB\n")
        found = commands(source, small, folder)
        whole_runs({name: command for name, command in found.items() if name not in options.without}, options.turns)
        if options.sheet_rows:
            if not Path(f"{folder}/ours.parquet").exists():
                measure(found["parquet2"])
            sheets(options.sheet_rows, folder)


if __name__ == "__main__":
    main()
