"""The kit that crosses the air gap: its parts, built here; the whole is built and installed by .ci/run."""

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
packaging = pytest.importorskip("packaging")
pytest.importorskip("cyclonedx")
from kit import verify_kit  # noqa: E402 (found through the line above)
from kit.layout import pack, write_sums  # noqa: E402
from kit.own import build_wheel, check_out, commit_time  # noqa: E402
from kit.papers import bill_of_materials, licence_texts  # noqa: E402
from kit.portable import BadPythonError, unpack_python, unpack_wheels  # noqa: E402
from kit.targets import PYTHONS, SYSTEMS  # noqa: E402
from kit.wheels import needed, read_lock  # noqa: E402

LOCK = """\
click==8.5.1 \\
    --hash=sha256:{a} \\
    --hash=sha256:{b}
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:{a}
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:{a}
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:{b}
""".format(a="a" * 64, b="b" * 64)
MOMENT = 1_790_000_001


def names(pins):
    return [f"{pinned.name} {pinned.version}" for pinned in pins]


def test_markers_are_judged_for_the_target():
    pins = read_lock(LOCK)
    assert names(needed(pins, SYSTEMS["windows-x64"], "3.11")) == ["click 8.5.1", "colorama 0.4.6", "numpy 2.4.6"]
    assert names(needed(pins, SYSTEMS["linux-x64"], "3.14")) == ["click 8.5.1", "numpy 2.5.5"]
    assert names(needed(pins, SYSTEMS["macos-arm64"], "3.12")) == ["click 8.5.1", "numpy 2.5.5"]


def test_a_line_without_hash_is_refused():
    with pytest.raises(ValueError, match="not pinned"):
        read_lock("click==8.5.1\n")


def test_the_lock_of_the_kit_names_everything_the_program_may_use():
    pins = read_lock((ROOT / "requirements-kit.lock").read_text(encoding="utf-8"))
    core = read_lock((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    kit = {(pinned.name, pinned.version) for pinned in pins}
    assert {(pinned.name, pinned.version) for pinned in core} <= kit
    for system in SYSTEMS.values():
        for python in PYTHONS:
            found = [pinned.name for pinned in needed(pins, system, python)]
            assert len(found) == len(set(found)), "one version of each for every target"


@pytest.fixture
def kit(tmp_path):
    folder = tmp_path / "kit"
    (folder / "wheels").mkdir(parents=True)
    (folder / "wheels" / "a.whl").write_bytes(b"wheel")
    (folder / "README.md").write_bytes(b"words\n")
    write_sums(folder)
    return folder


def test_a_changed_missing_or_added_file_is_told(kit):
    assert verify_kit.check(kit) == []
    (kit / "SHA256SUMS.asc").write_bytes(b"signature")
    assert verify_kit.check(kit) == []
    (kit / "wheels" / "a.whl").write_bytes(b"wheex")
    (kit / "README.md").unlink()
    (kit / "more.whl").write_bytes(b"")
    told = verify_kit.check(kit)
    assert told == ["MISSING  README.md", "UNKNOWN  more.whl is not listed", "CHANGED  wheels/a.whl"]


def test_the_list_is_what_sha256sum_reads(kit):
    result = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=kit, capture_output=True, check=False)
    assert result.returncode == 0, result.stderr


def test_a_zip_follows_from_its_files_alone(kit):
    first = pack(kit, MOMENT).read_bytes()
    for path in kit.rglob("*"):
        os.utime(path, (0, 0))
    (kit / "README.md").chmod(0o600)
    assert pack(kit, MOMENT).read_bytes() == first


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tree")
    check_out(ROOT, "HEAD", folder)
    return folder


def test_our_wheel_is_the_same_bytes_twice(tree, tmp_path):
    moment = commit_time(ROOT, "HEAD")
    (tmp_path / "again").mkdir()
    first = build_wheel(tree, moment, tmp_path)
    again = build_wheel(tree, moment, tmp_path / "again")
    assert hashlib.sha256(first.read_bytes()).digest() == hashlib.sha256(again.read_bytes()).digest()
    with zipfile.ZipFile(first) as wheel:
        assert wheel.testzip() is None
        assert wheel.namelist()[-1].endswith("RECORD")
        assert "m365timeline/cli.py" in wheel.namelist()
        assert not [name for name in wheel.namelist() if "/tests/" in name or "/tools/" in name]


def make_wheel(folder, name="thing", licence=True):
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}/__init__.py", "")
        wheel.writestr(f"{name}-1.0.data/purelib/{name}_more.py", "")
        wheel.writestr(f"{name}-1.0.data/scripts/run", "")
        wheel.writestr(
            f"{name}-1.0.dist-info/METADATA",
            f"Name: {name}\nVersion: 1.0\nSummary: a thing\nLicense-Expression: MIT\n\n",
        )
        if licence:
            wheel.writestr(f"{name}-1.0.dist-info/licenses/LICENSE.txt", "do as you like")
    return path


def test_bill_and_licences_come_from_the_wheels(tmp_path):
    wheels = [make_wheel(tmp_path), make_wheel(tmp_path, "other", licence=False)]
    bill = bill_of_materials(wheels, wheels[0], MOMENT)
    assert bill == bill_of_materials(reversed(wheels), wheels[0], MOMENT)
    assert hashlib.sha256(wheels[1].read_bytes()).hexdigest() in bill
    texts = licence_texts(wheels)
    assert texts == {"thing-1.0/LICENSE.txt": b"do as you like", "other-1.0/LICENSE-as-named-in-METADATA.txt": b"MIT\n"}


def test_the_portable_python_is_checked_and_told_where_the_packages_are(tmp_path):
    archive = tmp_path / "python.zip"
    with zipfile.ZipFile(archive, "w") as members:
        members.writestr("python.exe", b"MZ")
        members.writestr("python312._pth", "python312.zip\r\n.\r\n")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    with pytest.raises(BadPythonError, match="expected"):
        unpack_python(archive, "0" * 64, tmp_path / "wrong")
    assert not (tmp_path / "wrong").exists()
    assert unpack_python(archive, digest, tmp_path / "python") == "3.12"
    assert (tmp_path / "python" / "python312._pth").read_bytes() == b"python312.zip\r\n.\r\n..\\site\r\n"
    unpack_wheels([make_wheel(tmp_path)], tmp_path / "site")
    found = {
        path.relative_to(tmp_path / "site").as_posix() for path in (tmp_path / "site").rglob("*") if path.is_file()
    }
    assert {"thing/__init__.py", "thing_more.py"} <= found
    assert not [name for name in found if "run" in name]


def test_a_member_that_leaves_the_folder_is_refused(tmp_path):
    archive = tmp_path / "python.zip"
    with zipfile.ZipFile(archive, "w") as members:
        members.writestr("../out.txt", b"")
    with pytest.raises(BadPythonError, match="named"):
        unpack_python(archive, hashlib.sha256(archive.read_bytes()).hexdigest(), tmp_path / "python")
    assert not (tmp_path / "out.txt").exists()
