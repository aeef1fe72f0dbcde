"""Files a run asked besides its inputs: rules, databases of networks, an older workbook. They change what the outputs say."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from m365timeline.sources.labels import label_of, restored

if TYPE_CHECKING:
    from m365timeline.schemas.manifest import Consulted

_OPTIONS = {"rules": {".toml"}, "sigma": {".yml", ".yaml"}, "networks": {".mmdb"}, "old_workbook": {".xlsx"}}


def hash_file(path: Path) -> tuple[str, int] | None:
    """SHA-256 and size in bytes of a file, ``None`` if there is none."""
    if not path.is_file():
        return None
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
        return digest.hexdigest(), stream.tell()


def hash_consulted(arguments: dict[str, Any]) -> "list[Consulted]":
    """Every file the options of a run name, those of a folder one by one. A map stands in the arguments itself."""
    from m365timeline.schemas.manifest import Consulted

    files = [(option, path) for option, endings in _OPTIONS.items() for path in _files(arguments.get(option), endings)]
    return [
        Consulted(option=option, path=label_of(str(path)), sha256=now[0], bytes=now[1])
        for option, path in files
        if (now := hash_file(path)) is not None
    ]


def _files(value: Any, endings: set[str]) -> Iterator[Path]:
    for text in value if isinstance(value, list | tuple) else [value] if value else []:
        path = Path(restored(str(text)))
        yield from sorted(one for one in path.rglob("*") if one.suffix in endings) if path.is_dir() else [path]
