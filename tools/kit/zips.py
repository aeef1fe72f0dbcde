"""Zip files whose bytes follow from their members alone: stored, in the order given, with one time and plain rights.

Nothing is compressed: wheels are already, and what a compressor makes of the rest differs between versions of zlib.
"""

import time
import zipfile
from collections.abc import Iterable
from pathlib import Path

_EXECUTABLE = (".sh",)


def write_zip(target: Path, members: Iterable[tuple[str, bytes]], moment: int) -> None:
    """Write members (name, content); ``moment`` is in seconds since 1970, not before 1980."""
    stamp = time.gmtime(moment)[:6]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members:
            info = zipfile.ZipInfo(name, (stamp[0], stamp[1], stamp[2], stamp[3], stamp[4], stamp[5] // 2 * 2))
            info.create_system = 3
            info.external_attr = (0o100755 if name.endswith(_EXECUTABLE) else 0o100644) << 16
            archive.writestr(info, data)
