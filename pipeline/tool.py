"""What is at work here: this program's own files, the interpreter, the libraries. Needed to repeat a run and to compare."""

import hashlib
import platform
import zlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from m365timeline import __version__
from m365timeline.parsers._libraries import xml_library

if TYPE_CHECKING:
    from m365timeline.schemas.manifest import Tool

_FOLDERS = ("analysis", "case", "commands", "normalizers", "parsers", "pipeline", "schemas", "sources", "writers")
_LIBRARIES = (
    "click",
    "duckdb",
    "lxml",
    "maxminddb",
    "msgspec",
    "olefile",
    "openpyxl",
    "pandas",
    "py7zr",
    "pyarrow",
    "pydantic",
    "pysigma",
    "python-dateutil",
    "tzdata",
)


@cache
def code_sha256() -> str:
    """One hash over every file of the installed package: its name below the package and its content, in order of the names."""
    root = Path(__file__).resolve().parents[1]
    files = [
        *root.glob("*.py"),
        *(
            path
            for folder in _FOLDERS
            for path in (root / folder).rglob("*")
            if path.suffix in {".py", ".csv", ".toml", ".css", ".js"}
        ),
    ]
    digest = hashlib.sha256()
    for name, path in sorted((path.relative_to(root).as_posix(), path) for path in files):
        digest.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def describe_tool() -> "Tool":
    """Name, version and hash of this program, and the versions of all it stands on."""
    from m365timeline.schemas.manifest import Tool

    libraries = {name: found for name in _LIBRARIES if (found := _version(name)) is not None}
    libraries["libxml2"] = xml_library()
    libraries["zlib"] = zlib.ZLIB_RUNTIME_VERSION
    return Tool(
        name="m365timeline", version=__version__, code_sha256=code_sha256(), python=platform.python_version(), system=f"{platform.system()}-{platform.release()}-{platform.machine()}", libraries=libraries,
    )  # fmt: skip


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
