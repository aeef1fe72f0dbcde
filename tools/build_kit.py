"""Build the kits that cross the air gap: ``python tools/build_kit.py --out DIST``.

Makes, from the commit HEAD, one folder and one zip per system with wheels for every supported Python, all pinned by hash,
install scripts, bill of materials, licences, documentation, samples and SHA256SUMS. Two builds of one commit give the same
bytes. Wheels are fetched by name from the package index pip is set up with; everything else comes from the commit.

Signing is a hook: ``--sign 'gpg --armor --detach-sign'`` runs that command on SHA256SUMS of each kit.
"""

import argparse
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from kit.layout import lay_out, pack, write_sums
from kit.own import build_wheel, check_out, commit_time
from kit.portable import BadPythonError, unpack_python, unpack_wheels, write_launcher
from kit.targets import PYTHONS, SYSTEMS, System
from kit.wheels import check_complete, download, needed, read_lock

ROOT = Path(__file__).resolve().parents[1]
LOCK = "requirements-kit.lock"


def main() -> int:
    """Arguments in, exit code out."""
    options = _arguments()
    out: Path = options.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    moment = commit_time(ROOT, "HEAD")
    with tempfile.TemporaryDirectory() as temporary:
        tree = Path(temporary) / "tree"
        tree.mkdir()
        check_out(ROOT, "HEAD", tree)
        own = build_wheel(tree, moment, Path(temporary))
        for name in options.system or SYSTEMS:
            kit = _build(SYSTEMS[name], options.python or PYTHONS, tree, own, out, moment)
            _finish(kit, options.sign, moment)
            if name == "windows-x64" and options.windows_python is not None:
                folder = _build_portable(kit, options.windows_python, options.windows_python_sha256)
                _finish(folder, options.sign, moment)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Build the kits that cross the air gap.")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where the kits go")
    parser.add_argument(
        "--system", action="append", choices=list(SYSTEMS), help="only this system; may be given several times"
    )
    parser.add_argument(
        "--python", action="append", choices=PYTHONS, help="only this Python; may be given several times"
    )
    parser.add_argument("--sign", metavar="COMMAND", help="command that signs: SHA256SUMS is its last argument")
    parser.add_argument(
        "--windows-python", type=Path, metavar="ZIP", help="Python's embeddable package for Windows x64"
    )
    parser.add_argument("--windows-python-sha256", metavar="HEX", help="the hash it must have")
    options = parser.parse_args()
    if (options.windows_python is None) != (options.windows_python_sha256 is None):
        parser.error(
            "--windows-python and --windows-python-sha256 belong together: an unchecked Python is no evidence tool"
        )
    return options


def _build(system: System, pythons: tuple[str, ...], tree: Path, own: Path, out: Path, moment: int) -> Path:
    version = own.name.split("-")[1]
    kit = out / f"m365timeline-{version}-{system.name}"
    if kit.exists():
        shutil.rmtree(kit)
    wheels = kit / "wheels"
    wheels.mkdir(parents=True)
    pins = read_lock((tree / LOCK).read_text(encoding="utf-8"))
    for python in pythons:
        download(needed(pins, system, python), system, python, wheels)
    shutil.copyfile(own, wheels / own.name)
    for python in pythons:
        check_complete(wheels, f"m365timeline[all]=={version}", system, python)
    lay_out(kit, tree, system.name, pins, own, moment)
    return kit


def _build_portable(kit: Path, archive: Path, digest: str) -> Path:
    folder = kit.parent / f"{kit.name}-portable"
    if folder.exists():
        shutil.rmtree(folder)
    (folder / "python").mkdir(parents=True)
    python = unpack_python(archive, digest, folder / "python")
    pins = read_lock((kit / "requirements.txt").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as temporary:
        chosen = Path(temporary)
        system = SYSTEMS["windows-x64"]
        download(needed(pins, system, python), system, python, chosen, source=kit / "wheels")
        unpack_wheels(chosen.glob("*.whl"), folder / "site")
    write_launcher(folder)
    shutil.copyfile(kit / "verify_kit.py", folder / "verify_kit.py")
    for name in ("docs", "licenses", "sample_exports"):
        shutil.copytree(kit / name, folder / name)
    for name in ("README.md", "LICENSE", "sbom.cdx.json"):
        shutil.copyfile(kit / name, folder / name)
    return folder


def _finish(kit: Path, sign: str | None, moment: int) -> None:
    write_sums(kit)
    if sign is not None:
        subprocess.run([*shlex.split(sign), str(kit / "SHA256SUMS")], check=True)
    target = pack(kit, moment)
    size = sum(path.stat().st_size for path in kit.rglob("*") if path.is_file())
    print(f"{kit.name}: {size >> 20} MiB, {target.name}")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BadPythonError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(2)
