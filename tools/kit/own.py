"""Our own wheel, built from a commit and not from what lies in the folder: equal commits give equal bytes."""

import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from kit.zips import write_zip


def commit_time(root: Path, commit: str) -> int:
    """Seconds since 1970 of a commit: the only clock a kit knows."""
    return int(_git(root, "show", "-s", "--format=%ct", commit).strip())


def check_out(root: Path, commit: str, folder: Path) -> None:
    """Lay the files of a commit into ``folder``."""
    with tarfile.open(fileobj=io.BytesIO(_git(root, "archive", "--format=tar", commit))) as archive:
        archive.extractall(folder, filter="data")


def build_wheel(tree: Path, moment: int, folder: Path) -> Path:
    """Build the wheel of a checked-out tree into ``folder``, its members in order, with one time and plain rights."""
    with tempfile.TemporaryDirectory() as temporary:
        subprocess.run(
            [sys.executable, "-m", "build", "-q", "--wheel", "--no-isolation", "--outdir", temporary, str(tree)],
            check=True,
            env={**_environment(), "SOURCE_DATE_EPOCH": str(moment)},
        )
        (built,) = Path(temporary).glob("*.whl")
        with zipfile.ZipFile(built) as wheel:
            # pip wants RECORD last; everything else in order of its name.
            names = sorted(wheel.namelist(), key=lambda name: (name.endswith(".dist-info/RECORD"), name))
            members = [(name, wheel.read(name)) for name in names]
    target = folder / built.name
    write_zip(target, members, moment)
    return target


def _environment() -> dict[str, str]:
    import os

    return {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}


def _git(root: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True).stdout
