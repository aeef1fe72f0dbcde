"""Fuzz the opening of archives and mail: every input gives sources or issues, never an exception.

See fuzz_kit.py for how to install Atheris and run this.
"""

import tempfile
from pathlib import Path

from fuzz_kit import fuzz

STARTS = (
    b"",
    b"PK\x03\x04",
    b"\x1f\x8b\x08",
    b"7z\xbc\xaf\x27\x1c\0\4",
    b"From: a@example.com\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"\x78\x9f\x3e\x22",
)


def one_input(data: bytes) -> None:
    """The first byte chooses the kind."""
    from m365timeline.sources.find import find_sources
    from m365timeline.sources.spool import Spool

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "in").mkdir()
        (Path(folder) / "spool").mkdir()
        path = Path(folder) / "in" / "x"
        start = STARTS[data[0] % len(STARTS)] if data else b""
        path.write_bytes(start + data[1:])
        for item in find_sources([str(path)], Spool(Path(folder) / "spool")):
            assert getattr(item, "name", "") or getattr(item, "source_file", "")


if __name__ == "__main__":
    fuzz(one_input, "m365timeline.sources.find", "m365timeline.sources.archives", "m365timeline.sources.mail")
