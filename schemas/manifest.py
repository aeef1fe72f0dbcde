"""The manifest: the audit trail of a run, from which a third party can verify and repeat it."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tool(_Part):
    """What made the outputs. ``code_sha256`` is over every file of the installed package."""

    name: str
    version: str
    code_sha256: str = ""
    python: str
    system: str
    libraries: dict[str, str]


class Input(_Part):
    """One source: ``path`` is its name in the outputs, ``origin`` the file it came from, ``chain`` the archive members.

    ``origin_sha256`` is the hash of the archive or mail itself where the source is a member of one. ``bytes_by_kind`` says
    what every byte of the source is (preamble, header, event, duplicate, reject, blank, aside, trailing); it sums to ``bytes``.
    """

    path: str
    origin: str
    chain: list[str] = []
    status: str
    sha256: str
    bytes: int
    origin_sha256: str = ""
    bytes_by_kind: dict[str, int] = {}
    format: str
    encoding: str
    records: int
    converted: int
    rejected: int
    events: int
    duplicates: int
    first_time: str | None
    last_time: str | None
    decisions: list[str]
    warnings: list[str]


class ManifestTotals(_Part):
    """``records = converted + rejected``; ``events = timeline + duplicates + out_of_scope``."""

    inputs: int
    unread: int
    records: int
    converted: int
    rejected: int
    events: int
    duplicates: int
    out_of_scope: int
    timeline: int


class Output(_Part):
    """One output file."""

    path: str
    sha256: str
    bytes: int
    rows: int | None


class Consulted(_Part):
    """A file that an option named (rules, sigma, networks, old_workbook): not evidence, but what the outputs say depends on it."""

    option: str
    path: str
    sha256: str
    bytes: int


class Manifest(_Part):
    """The whole record of a run. Clock values stand here and nowhere else.

    ``folder`` is the working folder: names in ``arguments`` and ``outputs`` that do not begin at a root are meant from there.
    """

    tool: Tool
    arguments: dict[str, Any]
    folder: str = ""
    started: str
    finished: str
    inputs: list[Input]
    totals: ManifestTotals
    consulted: list[Consulted] = []
    outputs: list[Output]
    exit_code: int
