"""For Windows without Python: a folder that runs from the stick. Nothing is installed, nothing is left behind.

It is made of Python's embeddable zip, which the builder supplies and whose hash is checked, and of the kit's own wheels,
unpacked. The embeddable Python has no pip; its ``._pth`` file must name the folder of the packages.
"""

import hashlib
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

_LAUNCHER = """@echo off
rem Runs m365timeline from this folder. Nothing is installed and nothing outside the working folder is written.
set "PYTHONDONTWRITEBYTECODE=1"
"%~dp0python\\python.exe" -s -m m365timeline %*
"""


class BadPythonError(Exception):
    """The zip is not the embeddable Python it should be; the message says why."""


def unpack_python(archive: Path, expected: str, folder: Path) -> str:
    """Unpack the embeddable zip into ``folder``; returns its version such as ``3.12``. Raises BadPythonError."""
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != expected.lower():
        raise BadPythonError(f"{archive.name} has SHA-256 {found}, expected {expected}")
    with zipfile.ZipFile(archive) as members:
        for info in members.infolist():
            if not info.is_dir():
                _write(folder, info.filename, members.read(info))
    paths = [path for path in folder.glob("python3*._pth") if re.fullmatch(r"python3\d+\._pth", path.name)]
    if len(paths) != 1:
        raise BadPythonError(f"{archive.name} holds no python3XX._pth: it is not the embeddable package")
    paths[0].write_bytes(paths[0].read_bytes().rstrip() + b"\r\n..\\site\r\n")
    return f"3.{paths[0].stem.removeprefix('python3')}"


def unpack_wheels(wheels: Iterable[Path], folder: Path) -> None:
    """Lay the packages of wheels into ``folder``; their scripts and headers are left out."""
    for wheel in sorted(wheels):
        with zipfile.ZipFile(wheel) as archive:
            for info in archive.infolist():
                name = re.sub(r"^[^/]+\.data/(purelib|platlib)/", "", info.filename)
                if not info.is_dir() and not re.match(r"[^/]+\.data/", name):
                    _write(folder, name, archive.read(info))


def write_launcher(folder: Path) -> None:
    """``m365timeline.cmd``."""
    (folder / "m365timeline.cmd").write_text(_LAUNCHER, encoding="utf-8", newline="\r\n")


def _write(folder: Path, name: str, data: bytes) -> None:
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or name.startswith(("/", "\\")) or ":" in name:
        raise BadPythonError(f"a member is named {name!r}")
    target = folder.joinpath(*parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
