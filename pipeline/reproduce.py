"""The same run once more, and whether it gives the same bytes."""

from pathlib import Path

import msgspec

from m365timeline.pipeline.consulted import hash_file
from m365timeline.pipeline.convert import convert
from m365timeline.pipeline.gather import Progress
from m365timeline.pipeline.inspect import Finding
from m365timeline.pipeline.tool import describe_tool
from m365timeline.schemas.manifest import Manifest, Tool
from m365timeline.schemas.request import Request
from m365timeline.sources.labels import restored
from m365timeline.writers.workspace import Workspace


class Repetition(msgspec.Struct, kw_only=True):
    """What a repetition found: every input and output, and what else is different from then (versions, exit code)."""

    findings: list[Finding]
    differences: list[str]

    @property
    def same(self) -> bool:
        """Whether every output has the bytes it had."""
        return all(finding.same for finding in self.findings)


def reproduce(manifest: Manifest, request: Request, folder: Path, progress: Progress) -> Repetition:
    """Convert again as ``request`` (the recorded one) says, into a temporary folder in ``folder``, and compare.

    Raises what convert raises.
    """
    with Workspace(folder) as workspace:
        outputs = [workspace.folder / str(number) / path.name for number, path in enumerate(request.outputs)]
        for path in outputs:
            path.parent.mkdir()
        again = convert(
            msgspec.structs.replace(request, outputs=outputs, manifest=None, case=None, force=False), progress
        )
    differences = _differences(manifest.tool, describe_tool())
    differences += [f"{name}: another file than then, or gone" for name in _consulted_changed(manifest)]
    if again.exit_code != manifest.exit_code:
        differences.append(f"exit code then {manifest.exit_code}, now {again.exit_code}")
    before = {source.path: source.sha256 for source in manifest.inputs}
    now = {source.name: source.sha256 for source in again.report.sources}
    findings = [_compare("input", name, before.get(name), now.get(name)) for name in sorted(before | now)]
    made = [one.sha256 for one in again.outputs]
    for number in range(max(len(made), len(manifest.outputs))):
        then = manifest.outputs[number] if number < len(manifest.outputs) else None
        name = then.path if then else Path(again.outputs[number].path).name
        findings.append(
            _compare("output", name, then.sha256 if then else None, made[number] if number < len(made) else None)
        )
    return Repetition(findings=findings, differences=differences)


def _compare(kind: str, name: str, then: str | None, now: str | None) -> Finding:
    if then == now:
        return Finding(kind=kind, name=name, same=True)
    return Finding(
        kind=kind,
        name=name,
        same=False,
        words=f"sha256 then {then or 'none: it was not there'}, now {now or 'none: it is not there'}.",
    )


def _consulted_changed(manifest: Manifest) -> list[str]:
    """Rules, databases and workbooks that options named and that are not as they were."""
    return [
        file.path
        for file in manifest.consulted
        if hash_file(Path(manifest.folder) / restored(file.path)) != (file.sha256, file.bytes)
    ]


def _differences(then: Tool, now: Tool) -> list[str]:
    """What is not as it was: a reason for other bytes."""
    pairs = [
        ("m365timeline", then.version, now.version),
        ("its code", then.code_sha256, now.code_sha256),
        ("Python", then.python, now.python),
        ("system", then.system, now.system),
    ]
    names = sorted({*then.libraries, *now.libraries})
    pairs += [(name, then.libraries.get(name, ""), now.libraries.get(name, "")) for name in names]
    return [f"{name} then {old or 'not recorded'}, now {new or 'not there'}" for name, old, new in pairs if old != new]
