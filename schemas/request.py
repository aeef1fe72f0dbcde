"""What the user asks for."""

from pathlib import Path
from typing import Any

import msgspec

from m365timeline.schemas.mapping import Mapping
from m365timeline.schemas.networks import NetworkFile
from m365timeline.schemas.notes import Notes
from m365timeline.schemas.scope import Scope


class Request(msgspec.Struct, kw_only=True):
    """One run. ``zone`` is shown beside UTC, ``source_zone`` is that of exports that do not say theirs (IANA names).

    ``networks``: local databases of networks. ``focus``: whose story the Summary tells; ``notes``: an analyst's own, of an earlier workbook.
    ``analysis``: whether a workbook gets the sheets of the analyses; ``rules`` and ``sigma``: files and folders of further rules.
    """

    inputs: list[str]
    outputs: list[Path]
    manifest: Path | None = None
    zone: str | None = None
    source_zone: str | None = None
    date_order: str | None = None
    scope: Scope = Scope()
    format: str | None = None
    mappings: tuple[Mapping, ...] = ()
    jobs: int = 1
    case: Path | None = None
    force: bool = False
    analysis: bool = True
    rules: list[Path] = []
    sigma: list[Path] = []
    focus: str | None = None
    networks: tuple[NetworkFile, ...] = ()
    notes: Notes | None = None
    arguments: dict[str, Any] = msgspec.field(default_factory=dict)

    @property
    def manifest_path(self) -> Path:
        """Where the audit trail goes."""
        return self.manifest or Path(f"{self.outputs[0]}.manifest.json")

    @property
    def rejects_path(self) -> Path:
        """Where everything that was not read goes, if there is any: beside the manifest."""
        path = self.manifest_path
        return path.with_name(f"{path.name.removesuffix('.json').removesuffix('.manifest')}.rejects.jsonl")
