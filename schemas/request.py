"""What the user asks for."""

from pathlib import Path

import msgspec

from m365timeline.schemas.scope import Scope


class Request(msgspec.Struct, kw_only=True):
    """One run. ``zone`` is shown beside UTC, ``source_zone`` is that of exports that do not say theirs (IANA names)."""

    inputs: list[str]
    outputs: list[Path]
    manifest: Path | None = None
    zone: str | None = None
    source_zone: str | None = None
    date_order: str | None = None
    scope: Scope = Scope()
    format: str | None = None
    jobs: int = 1
    case: Path | None = None
    force: bool = False
    arguments: dict[str, str] = msgspec.field(default_factory=dict)
