"""What stands where in a kit, and the list of hashes over it."""

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from kit.papers import bill_of_materials, licence_texts
from kit.wheels import Pinned
from kit.zips import write_zip

_HERE = Path(__file__).parent
_SCRIPTS = {"windows-x64": ("install.cmd",), "macos-arm64": ("install.sh",), "linux-x64": ("install.sh",)}
_PAGES = ("offline.md", "evidence.md", "exit-codes.md", "validation.md")
_SAMPLES = ("mailbox_audit_xml", "message_trace_csv")


def lay_out(kit: Path, tree: Path, system: str, pins: Sequence[Pinned], own: Path, moment: int) -> None:
    """Fill a kit folder that holds its wheels already: scripts, requirements, papers, samples, hashes."""
    for name in (*_SCRIPTS[system], "verify_kit.py"):
        text = (_HERE / name).read_text(encoding="utf-8")
        (kit / name).write_text(text, encoding="utf-8", newline="\r\n" if name.endswith(".cmd") else "\n")
        (kit / name).chmod(0o755 if name.endswith(".sh") else 0o644)
    (kit / "requirements.txt").write_text(_requirements(pins, own), encoding="utf-8", newline="\n")
    wheels = sorted((kit / "wheels").glob("*.whl"))
    (kit / "sbom.cdx.json").write_text(
        bill_of_materials(wheels, kit / "wheels" / own.name, moment), encoding="utf-8", newline="\n"
    )
    for name, data in licence_texts(wheels).items():
        target = kit / "licenses" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    shutil.copyfile(tree / "LICENSE", kit / "LICENSE")
    (kit / "docs").mkdir()
    for page in _PAGES:
        shutil.copyfile(tree / "docs" / page, kit / "docs" / page)
    shutil.copyfile(tree / "docs" / "offline.md", kit / "README.md")
    for sample in _SAMPLES:
        shutil.copytree(tree / "sample_exports" / sample, kit / "sample_exports" / sample)
    shutil.copyfile(tree / "pipeline" / "selftest.json", kit / "docs" / "selftest.json")


def _requirements(pins: Sequence[Pinned], own: Path) -> str:
    """Everything by hash, our own wheel too; markers stay, for pip to judge where it installs."""
    lines = [
        f"{pinned.requirement} " + " ".join(f"--hash=sha256:{digest}" for digest in pinned.hashes) for pinned in pins
    ]
    name, version = own.name.split("-")[:2]
    lines.append(f"{name}=={version} --hash=sha256:{hashlib.sha256(own.read_bytes()).hexdigest()}")
    return "\n".join(lines) + "\n"


def write_sums(kit: Path) -> None:
    """SHA256SUMS over every file, in order of the names; the format of sha256sum."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(kit).as_posix()}\n"
        for path in _files(kit)
        if path.name != "SHA256SUMS"
    ]
    (kit / "SHA256SUMS").write_text("".join(lines), encoding="utf-8", newline="\n")


def pack(kit: Path, moment: int) -> Path:
    """The kit as one zip file beside its folder."""
    target = kit.parent / f"{kit.name}.zip"
    write_zip(
        target, ((f"{kit.name}/{path.relative_to(kit).as_posix()}", path.read_bytes()) for path in _files(kit)), moment
    )
    return target


def _files(kit: Path) -> list[Path]:
    return sorted(
        (path for path in kit.rglob("*") if path.is_file()), key=lambda path: path.relative_to(kit).as_posix()
    )
