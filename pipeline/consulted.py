"""Files a run asked besides its inputs: rules, databases of networks, an older workbook. They change what the outputs say."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from m365timeline.schemas.request import Request
from m365timeline.sources.labels import label_of, restored

if TYPE_CHECKING:
    from m365timeline.schemas.manifest import Consulted


def hash_file(path: Path) -> tuple[str, int] | None:
    """SHA-256 and size in bytes of a file, ``None`` if there is none."""
    if not path.is_file():
        return None
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest(), stream.tell()


def hash_consulted(request: Request) -> "list[Consulted]":
    """Every file the options of a run name, those of a folder one by one. A map stands in the arguments itself."""
    from m365timeline.schemas.manifest import Consulted

    return [
        Consulted(option=option, path=label_of(str(path)), sha256=now[0], bytes=now[1])
        for option, path in _named(request)
        if (now := hash_file(path)) is not None
    ]


def _named(request: Request) -> Iterator[tuple[str, Path]]:
    if request.rules:
        from m365timeline.analysis.rule_files import rule_files

        yield from (("rules", path) for path in rule_files(request.rules))
    if request.sigma:
        from m365timeline.analysis.sigma_rules import sigma_files

        yield from (("sigma", path) for path in sigma_files(request.sigma))
    yield from (("networks", Path(file.path)) for file in request.networks)
    if old := request.arguments.get("old_workbook"):
        yield "old_workbook", Path(restored(old))
