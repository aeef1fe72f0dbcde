"""The wheels of a kit: the lock file read for a target, every wheel taken by its hash."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from kit.targets import MACOS, System, holds

_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Pinned:
    """One requirement of the lock file: name, exact version, marker and the hashes of the files it may be."""

    requirement: Requirement
    hashes: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of the distribution."""
        return self.requirement.name

    @property
    def version(self) -> str:
        """The pinned version."""
        return next(iter(self.requirement.specifier)).version

    def line(self) -> str:
        """As a line of a requirements file, without marker."""
        return f"{self.name}=={self.version} " + " ".join(f"--hash=sha256:{digest}" for digest in self.hashes)


def read_lock(text: str) -> list[Pinned]:
    """Read a lock file: requirements with exact version, marker and hashes. Raises ValueError for a line without hash."""
    pins = []
    for entry in text.replace("\\\n", " ").splitlines():
        if not entry.strip() or entry.lstrip().startswith("#"):
            continue
        pinned = Pinned(Requirement(entry.partition("--hash=")[0].strip()), tuple(_HASH.findall(entry)))
        if not pinned.hashes or len(pinned.requirement.specifier) != 1:
            raise ValueError(f"not pinned by version and hash: {entry.strip()[:80]}")
        pins.append(pinned)
    return pins


def needed(pins: Iterable[Pinned], system: System, python: str) -> list[Pinned]:
    """What of the lock file a system needs under a Python."""
    return [pinned for pinned in pins if holds(pinned.requirement.marker, system, python)]


def download(pins: Iterable[Pinned], system: System, python: str, folder: Path, *, source: Path | None = None) -> None:
    """Fetch a wheel for each into ``folder``, from the index or from the folder ``source`` alone.

    pip refuses a wheel whose hash is not in the lock file.

    Raises CalledProcessError if one has no wheel for the target.
    """
    digits = python.replace(".", "")
    where = [] if source is None else ["--no-index", "--find-links", str(source)]
    with tempfile.TemporaryDirectory() as temporary:
        listed = Path(temporary) / "requirements.txt"
        listed.write_text("\n".join(pinned.line() for pinned in pins) + "\n", encoding="utf-8")
        subprocess.run(
            [
                sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "--require-hashes",
                "--python-version", python, "--implementation", "cp", "--abi", f"cp{digits}", "--abi", "abi3", "--abi", "none",
                *(part for platform in system.platforms for part in ("--platform", platform)), *where, "-d", str(folder), "-r", str(listed),
            ],
            check=True,
        )  # fmt: skip


def check_complete(folder: Path, requirement: str, system: System, python: str) -> None:
    """Resolve the program and all its extras for a target from ``folder`` alone. Raises CalledProcessError if one is missing."""
    with tempfile.TemporaryDirectory() as nowhere:
        subprocess.run(
            [
                sys.executable, "-m", "uv", "pip", "install", "-q", "--dry-run", "--no-index", "--find-links", str(folder), "--only-binary=:all:",
                "--python-platform", system.uv_platform, "--python-version", python, "--target", nowhere, requirement,
            ],
            check=True,
            env={**os.environ, "MACOSX_DEPLOYMENT_TARGET": ".".join(map(str, MACOS))},  # else uv means an older one
        )  # fmt: skip
