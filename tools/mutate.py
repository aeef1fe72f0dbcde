"""Read damaged exports by the hundred thousand and check the laws of the accounting in each.

    python tools/mutate.py [COUNT [SEED]]

Prints the figures that stand in docs/validation.md. Inputs that break a law are written to ``mutations-found/``.
"""

import platform
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import mutations

import m365timeline


def main() -> int:
    """Run and tell. Returns 1 if a law was broken."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    begun = time.monotonic()
    figures, broken = mutations.run(count, seed, lambda number, *_: print(f"\r{number:,}", end="", file=sys.stderr))
    print(
        f"\rm365timeline {m365timeline.__version__}, Python {platform.python_version()}, {platform.system()}, seed {seed}"
    )
    print(", ".join(f"{name} {value:,}" for name, value in figures.items()), f"in {time.monotonic() - begun:.0f} s")
    print(f"laws broken: {len(broken)}")
    folder = Path("mutations-found")
    for number, (name, data, error) in enumerate(broken):
        folder.mkdir(exist_ok=True)
        (folder / f"{number:04d}-{name.replace('/', '-')}.bin").write_bytes(data)
        print(f"  {number:04d} {name}: {type(error).__name__}: {error}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
