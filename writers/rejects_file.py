"""Everything that was not read, for programs: JSON Lines, one reject a line, with its exact bytes.

``raw`` are the bytes in base64, taken from the source again, and ``sha256`` is their hash. Bytes of more than 16 MiB are not
repeated (``raw`` is missing then): ``offset`` and ``length`` say where they stand, and the hash covers them too. Both are
missing where a source was not given again and its events come from the case.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import msgspec

from m365timeline.schemas.record import Code, Issue

MOST_BYTES = 16 << 20
_BLOCK = 1 << 20
Opener = Callable[[str], BinaryIO | None]


def write_rejects(stream: BinaryIO, issues: Iterator[Issue], open_source: Opener) -> int:
    """Write every reject; ``open_source`` opens a source by its name, or gives ``None`` where it is not at hand. Returns how many. Raises OSError."""
    count = 0
    for issue in issues:
        if issue.code is Code.NO_EXPORT:
            continue
        stream.write(msgspec.json.encode(_row(issue, open_source)) + b"\n")
        count += 1
    return count


def _row(issue: Issue, open_source: Opener) -> dict[str, Any]:
    names = ("source_file", "record_number", "line", "offset", "length", "code", "column", "reason")
    row = {name: value for name in names if (value := getattr(issue, name)) is not None}
    row["source_file"] = issue.source_file.encode("utf-8", "backslashreplace").decode()
    if issue.offset is None or issue.length is None:
        return row
    source = open_source(issue.source_file)
    if source is None:
        return row
    digest = hashlib.sha256()
    kept: list[bytes] = []
    with source:
        source.seek(issue.offset)
        left = issue.length
        while left and (block := source.read(min(left, _BLOCK))):
            digest.update(block)
            left -= len(block)
            if issue.length <= MOST_BYTES:
                kept.append(block)
    row["sha256"] = digest.hexdigest()
    if issue.length <= MOST_BYTES:
        row["raw"] = base64.b64encode(b"".join(kept)).decode()
    return row
