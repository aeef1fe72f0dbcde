"""Check every file of this kit against SHA256SUMS. Needs nothing but Python: ``python verify_kit.py``.

Prints the SHA-256 of SHA256SUMS itself: compare that one figure with the one that was published, and note it.
"""

import hashlib
import sys
from pathlib import Path

SUMS = "SHA256SUMS"
BESIDE = (SUMS, SUMS + ".asc", SUMS + ".sig", SUMS + ".minisig")  # the list itself, and its signature


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def check(folder: Path) -> list[str]:
    """What is wrong with a kit, in sentences; empty if nothing is."""
    listed = {}
    for line in (folder / SUMS).read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition("  ")
        listed[name] = digest
    there = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    wrong = [f"MISSING  {name}" for name in sorted(set(listed) - there)]
    wrong += [f"UNKNOWN  {name} is not listed" for name in sorted(there - set(listed) - set(BESIDE))]
    return wrong + [
        f"CHANGED  {name}" for name in sorted(set(listed) & there) if digest_of(folder / name) != listed[name]
    ]


def main() -> int:
    """Print what is wrong; 0 if nothing is, 3 otherwise."""
    folder = Path(__file__).resolve().parent
    wrong = check(folder)
    for line in wrong:
        print(line)
    print(f"SHA-256 of {SUMS}: {digest_of(folder / SUMS)}")
    if wrong:
        print("This kit is not what was released: do not install it. Bring it over again, or ask where it came from.")
        return 3
    print("Every file of this kit is as it was released.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
