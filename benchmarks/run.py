"""Measure this tool against what people do by hand, as ratios in one run: ``python benchmarks/run.py [RECORDS]``.

Every command is a whole process, run in turns (theirs, ours, theirs, ours ...) on the same invented export; the smallest
of three times counts. Peak memory is that of the largest process. Ratios are comparable between machines, seconds are not.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from make_input import write  # noqa: E402 (found through the line above)

TURNS = 3


def measure(command):
    """Run a command once: (seconds, peak MB)."""
    before = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def best(commands):
    """The smallest time of each command, run in turns."""
    times = {name: [] for name in commands}
    for _ in range(TURNS):
        for name, command in commands.items():
            times[name].append(measure(command)[0])
    return {name: min(values) for name, values in times.items()}


def main(records):
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "ual.csv"
        write(records, source)
        tool = [sys.executable, "-m", "m365timeline", "convert", str(source), "--force", "--quiet", "-o"]
        python = [sys.executable]
        print(f"{records:,} unified-audit records, {source.stat().st_size / 1e6:.0f} MB")
        ours = {kind: [*tool, f"{folder}/ours.{kind}"] for kind in ("parquet", "xlsx")}
        fast = best(
            {
                "floor: csv + orjson.loads": [*python, str(HERE / "floor.py"), str(source)],
                "ours to Parquet, 1 worker": [*ours["parquet"], "--jobs", "1"],
                "ours to Parquet, 2 workers": [*ours["parquet"], "--jobs", "2"],
                "ours to workbook, 2 workers": [*ours["xlsx"], "--jobs", "2"],
                "start-up: --version": [*python, "-m", "m365timeline", "--version"],
            }
        )
        naive, _ = measure([*python, str(HERE / "naive.py"), str(source), f"{folder}/naive.xlsx"])
        for name, seconds in fast.items():
            print(f"{name:<32} {seconds:8.2f} s")
        print(f"{'naive pandas to workbook':<32} {naive:8.2f} s")
        floor = fast["floor: csv + orjson.loads"]
        print(f"Parquet, 1 worker / floor:              {fast['ours to Parquet, 1 worker'] / floor:.2f}")
        print(
            f"Parquet, 1 worker / 2 workers:          {fast['ours to Parquet, 1 worker'] / fast['ours to Parquet, 2 workers']:.2f}"
        )
        print(f"naive workbook / our workbook:          {naive / fast['ours to workbook, 2 workers']:.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
