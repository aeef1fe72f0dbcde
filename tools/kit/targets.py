"""The systems a kit is built for, each as the environment its markers and wheel tags are judged in.

Markers are evaluated for the target, never for the building machine: pip's own ``--platform`` evaluates them for the
machine it runs on, and leaves out what only the other system needs.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from packaging.markers import Marker
from packaging.tags import mac_platforms

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
_GLIBC = 28  # RHEL 8, Ubuntu 20.04 and newer
MACOS = (14, 0)  # the floor of current numpy wheels


@dataclass(frozen=True)
class System:
    """One system: its name in the kit's file name, its wheel platforms (best first) and what its markers see."""

    name: str
    platforms: tuple[str, ...]
    markers: dict[str, str]
    uv_platform: str


def _linux_platforms() -> Iterator[str]:
    for minor in range(_GLIBC, 4, -1):
        yield f"manylinux_2_{minor}_x86_64"
        yield from {17: ("manylinux2014_x86_64",), 12: ("manylinux2010_x86_64",), 5: ("manylinux1_x86_64",)}.get(
            minor, ()
        )


SYSTEMS = {
    "windows-x64": System(
        "windows-x64", ("win_amd64",),
        {"os_name": "nt", "sys_platform": "win32", "platform_system": "Windows", "platform_machine": "AMD64"},
        "x86_64-pc-windows-msvc",
    ),
    "macos-arm64": System(
        "macos-arm64", tuple(mac_platforms(MACOS, "arm64")),
        {"os_name": "posix", "sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "arm64"},
        "aarch64-apple-darwin",
    ),
    "linux-x64": System(
        "linux-x64", tuple(_linux_platforms()),
        {"os_name": "posix", "sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64"},
        "x86_64-manylinux_2_28",
    ),
}  # fmt: skip


def holds(marker: Marker | None, system: System, python: str) -> bool:
    """Whether a requirement is needed on a system under a Python such as ``3.12``."""
    environment = {
        **system.markers, "python_version": python, "python_full_version": f"{python}.0", "implementation_name": "cpython",
        "platform_python_implementation": "CPython", "implementation_version": f"{python}.0", "extra": "",
    }  # fmt: skip
    return marker is None or marker.evaluate(environment)
