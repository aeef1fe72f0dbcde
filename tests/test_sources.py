"""Finding, unpacking, decoding: read-only, names as labels, every byte accounted for."""

import gzip
import hashlib
import json
import os
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from exports import audit_data, purview_csv
from hypothesis import given
from hypothesis import strategies as st

from m365timeline.schemas.record import Code, Issue
from m365timeline.schemas.source import Source
from m365timeline.sources import spool
from m365timeline.sources.find import find_sources
from m365timeline.sources.labels import label_of, printable, restored
from m365timeline.sources.reader import SourceReader
from m365timeline.sources.scan import scan
from m365timeline.sources.spool import Spool


def find(tmp_path, *inputs):
    folder = tmp_path / "spool"
    folder.mkdir(exist_ok=True)
    return find_sources([str(item) for item in inputs], Spool(folder))


def source_of(tmp_path, data):
    path = tmp_path / "file"
    path.write_bytes(data)
    return Source(name="file", path=str(path), origin=str(path), size=len(data))


@pytest.mark.parametrize(
    ("data", "codec"),
    [
        (b"plain", "utf-8"),
        ("Zoë".encode(), "utf-8"),
        (b"\xef\xbb\xbfZo\xc3\xab", "utf-8"),
        ("Zoë,b\n".encode("utf-16-le") * 9, "utf-16-le"),
        (b"\xff\xfe" + "Zoë".encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + "Zoë".encode("utf-16-be"), "utf-16-be"),
        ("abc,def\n".encode("utf-16-be") * 9, "utf-16-be"),
        ("Zoë Müller".encode("cp1252"), "cp1252"),
    ],
)
def test_encodings_are_decided_from_the_bytes(tmp_path, data, codec):
    found = scan(source_of(tmp_path, data))
    assert found.encoding.codec == codec
    assert found.encoding.why
    assert found.sha256 == hashlib.sha256(data).hexdigest()


def test_one_bad_byte_does_not_flip_a_utf8_file(tmp_path):
    source = source_of(tmp_path, "Zoë".encode() * 100 + b"\xff tail")
    found = scan(source)
    assert found.encoding.codec == "utf-8"
    text = "".join(window.text for window in SourceReader(source, found.encoding).windows())
    assert found.encoding.byte_length(text) == source.size


@pytest.mark.parametrize("size", [1, 2, 3, 5, 64])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_windows_trace_every_character_to_its_byte(tmp_path, codec, size):
    text = "Zoë €, 12345678\r\n" * 5 + ("𝄞" if codec != "cp1252" else "")
    source = source_of(tmp_path, text.encode(codec))
    found = scan(source)
    read, data = "", (tmp_path / "file").read_bytes()
    for window in SourceReader(source, found.encoding).windows(size):
        assert data[window.offset :].decode(found.encoding.codec).startswith(window.text)
        read += window.text
    assert read == text


def test_cuts_stand_between_records_and_never_inside_quotes(tmp_path):
    rows = "".join(f'{n},"line one\nline ""two"" {n}"\n' for n in range(60_000)).encode()
    found = scan(source_of(tmp_path, rows), part=100_000)
    assert len(found.cuts) > 3
    assert found.cuts[0] == 0
    assert found.cuts[-1] == len(rows)
    for cut in found.cuts[1:-1]:
        assert rows[cut - 1 : cut] == b"\n"
        assert rows[:cut].count(b'"') % 2 == 0


def test_folders_are_walked_and_links_are_left_alone(tmp_path):
    top = tmp_path / "delivery"
    (top / "sub").mkdir(parents=True)
    (top / "sub" / "a.csv").write_bytes(b"a")
    (top / "loop").symlink_to(top, target_is_directory=True)
    (top / "link.csv").symlink_to(top / "sub" / "a.csv")
    os.mkfifo(top / "pipe")
    found = find(tmp_path, top)
    assert [item.name for item in found if isinstance(item, Source)] == ["delivery/sub/a.csv"]
    left = {item.source_file: item.code for item in found if isinstance(item, Issue)}
    assert left == {f"delivery/{name}": Code.NO_EXPORT for name in ("link.csv", "loop", "pipe")}


def test_the_same_file_named_twice_is_one_source(tmp_path):
    top = tmp_path / "delivery"
    top.mkdir()
    (top / "a.csv").write_bytes(b"a")
    assert len(find(tmp_path, top, top / "a.csv")) == 1


def test_files_of_the_same_name_get_distinct_labels_in_any_order(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "SearchResult.xml").write_bytes(folder.encode())
    paths = [tmp_path / "one" / "SearchResult.xml", tmp_path / "two" / "SearchResult.xml"]
    names = [item.name for item in find(tmp_path, *paths)]
    assert names == ["one/SearchResult.xml", "two/SearchResult.xml"]
    assert [item.name for item in find(tmp_path, *reversed(paths))] == names


def test_members_of_archives_are_sources_with_their_chain(tmp_path):
    inner = tmp_path / "inner.csv"
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.writestr("../../evil.csv.gz", gzip.compress(b"hello"))
        archive.writestr("plain.csv", b"plain")
    found = find(tmp_path, tmp_path / "outer.zip")
    assert [(item.name, item.open().read()) for item in found] == [
        ("outer.zip!../../evil.csv.gz!evil.csv", b"hello"),
        ("outer.zip!plain.csv", b"plain"),
    ]
    assert not inner.exists()
    assert not (tmp_path.parent / "evil.csv.gz").exists()


def test_damaged_archives_are_issues(tmp_path):
    damaged = bytearray(gzip.compress(os.urandom(5000)))
    damaged[-5] ^= 1
    (tmp_path / "bad.gz").write_bytes(damaged)
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04 nothing")
    codes = {item.source_file: item.code for item in find(tmp_path, tmp_path / "bad.gz", tmp_path / "bad.zip")}
    assert codes == {"bad.gz": Code.UNREADABLE_ARCHIVE, "bad.zip": Code.UNREADABLE_ARCHIVE}


def issues_of(found):
    return {item.source_file: item.code for item in found if isinstance(item, Issue)}


def test_R29_links_the_user_names_are_followed_and_loops_are_named(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"a")
    (tmp_path / "link.csv").symlink_to("a.csv")
    (tmp_path / "x").symlink_to("y")
    (tmp_path / "y").symlink_to("x")
    found = find(tmp_path, tmp_path / "link.csv", tmp_path / "x")
    assert [item.open().read() for item in found if isinstance(item, Source)] == [b"a"]
    assert issues_of(found) == {"x": Code.UNREADABLE_FILE}


def test_R29_only_regular_files_are_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(str(tmp_path / "sock"))
    found = find(tmp_path, tmp_path / "pipe", tmp_path / "sock", "/dev/zero")
    assert issues_of(found) == {
        "pipe": Code.UNREADABLE_FILE,
        "sock": Code.UNREADABLE_FILE,
        "zero": Code.UNREADABLE_FILE,
    }
    assert issues_of(find(tmp_path, tmp_path)) == {
        f"{tmp_path.name}/{name}": Code.NO_EXPORT for name in ("pipe", "sock")
    }
    sock.close()


def test_a_missing_file_is_named(tmp_path):
    assert issues_of(find(tmp_path, tmp_path / "none.csv")) == {"none.csv": Code.UNREADABLE_FILE}
    assert issues_of(find(tmp_path, tmp_path / ("x" * 300))) == {"x" * 300: Code.UNREADABLE_FILE}


def test_R29_a_folder_that_cannot_be_listed_is_named(tmp_path, monkeypatch):
    top = tmp_path / "delivery"
    (top / "closed").mkdir(parents=True)
    (top / "a.csv").write_bytes(b"a")
    real = os.scandir

    def scandir(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = find(tmp_path, top)
    assert [item.name for item in found if isinstance(item, Source)] == ["delivery/a.csv"]
    assert issues_of(found) == {"delivery/closed": Code.UNREADABLE_FILE}


@pytest.mark.parametrize("moment", ["lstat", "open"])
def test_R29_a_file_that_vanishes_after_it_was_listed_is_named(tmp_path, monkeypatch, moment):
    top = tmp_path / "delivery"
    top.mkdir()
    (top / "a.csv").write_bytes(b"a")
    (top / "b.csv").write_bytes(b"b")
    real = getattr(Path, moment)

    def vanish(self, *arguments, **options):
        if self.name == "a.csv":
            raise FileNotFoundError(2, "No such file or directory", str(self))
        return real(self, *arguments, **options)

    monkeypatch.setattr(Path, moment, vanish)
    found = find(tmp_path, top)
    assert [item.name for item in found if isinstance(item, Source)] == ["delivery/b.csv"]
    assert issues_of(found) == {"delivery/a.csv": Code.UNREADABLE_FILE}


@given(st.text() | st.binary().map(os.fsdecode) | st.text(alphabet="\\xu0189af!"))
def test_R37_labels_are_printable_distinct_and_can_be_turned_back(name):
    label = label_of(name)
    assert restored(label) == name
    assert restored(printable(name)) == name
    assert "!" not in label
    label.encode()
    assert not set(label) & set("\x00\x1b\n\r\u202e\u200f\x85\u2028\ufffe")


HOSTILE = [
    "-rf.csv",
    "--help",
    "=1+1.csv",
    "@SUM(A1).csv",
    "x\u202egpj.csv",
    "[a]*?.csv",
    "n" * 180 + ".csv",
    "Zoë 漢字 🦊.csv",
    "a!b.csv",
    "'History'",
    "line\nbreak.csv",
    "\x1b[31mred.csv",
    r"back\x41slash.csv",
    "a\tb.csv",
    "%00.csv",
    "..csv",
]


def test_R37_hostile_file_names_work_end_to_end(run, tmp_path):
    top = tmp_path / "delivery"
    top.mkdir()
    names = [os.fsencode(name) for name in HOSTILE] + [b"bad\xff\xfe.csv", b"bad\xff.csv"]
    for number, name in enumerate(names):
        Path(os.fsdecode(os.fsencode(top) + b"/" + name)).write_bytes(purview_csv([audit_data(number + 1)]))
    done = run("convert", "delivery", "-o", "a.xlsx", "-o", "a.jsonl", "-o", "a.csv", "-o", "a.parquet")
    assert done.returncode == 0, done.stderr.decode()
    assert f"{len(names)} records".encode() in done.stdout
    assert b"\x1b" not in done.stdout + done.stderr
    files = {json.loads(line)["source_file"] for line in (tmp_path / "a.jsonl").read_bytes().splitlines()}
    assert len(files) == len(names)
    assert {os.fsencode(restored(name.removeprefix("delivery/"))) for name in files} == set(names)
    with zipfile.ZipFile(tmp_path / "a.xlsx") as workbook:
        assert b"rf.csv" not in workbook.read("xl/workbook.xml")
    assert run("verify", "a.xlsx.manifest.json").returncode == 0
    for line in (tmp_path / "a.jsonl").read_bytes().splitlines()[-2:]:
        shown = run("show", "a.xlsx.manifest.json", json.loads(line)["event_id"])
        assert shown.returncode == 0, shown.stderr.decode()


@pytest.mark.parametrize("name", [b"-rf.csv", b"bad\xff\xfe.csv", b"=1+1.csv", b"\x1b[31m.csv"])
def test_R37_hostile_names_can_be_given_as_arguments(tmp_path, name):
    (tmp_path / os.fsdecode(name)).write_bytes(purview_csv([audit_data(1)]))
    call = [sys.executable, "-m", "m365timeline", "convert", "-o", "a.jsonl", "--", name]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, check=False, env={**os.environ, "PYTHONUTF8": "1"})
    assert done.returncode == 0, done.stderr.decode()
    assert b"\x1b" not in done.stdout + done.stderr


def test_R37_hostile_member_names_do_not_become_sheets_formulas_or_paths(run, tmp_path):
    names = [
        "=cmd|'/c calc'!A1",
        "../../up.csv",
        "C:\\Windows\\evil.csv",
        "CON",
        "x\u202e.csv",
        "\x1b]0;x\x07.csv",
        "n" * 5000,
    ]
    with zipfile.ZipFile(tmp_path / "given.zip", "w") as archive:
        for number, name in enumerate(names):
            archive.writestr(name, purview_csv([audit_data(number + 1)]))
    done = run("convert", "given.zip", "-o", "a.xlsx", "-o", "a.jsonl", "-o", "a.csv")
    assert done.returncode == 0, done.stderr.decode()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a.csv",
        "a.jsonl",
        "a.xlsx",
        "a.xlsx.manifest.json",
        "given.zip",
    ]
    with zipfile.ZipFile(tmp_path / "a.xlsx") as workbook:
        assert not [
            part for part in workbook.namelist() if b"<f>" in workbook.read(part) and b"cmd|" in workbook.read(part)
        ]
    assert run("verify", "a.xlsx.manifest.json").returncode == 0


def test_R9_archives_are_not_touched(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", b"x")
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    find(tmp_path, path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_R14_the_budget_is_spent_in_order_of_names_whatever_the_arguments(tmp_path, monkeypatch):
    monkeypatch.setattr(spool, "MAX_BYTES", 15)
    for name in ("a.gz", "b.gz"):
        (tmp_path / name).write_bytes(gzip.compress(b"0123456789"))
    inputs = [tmp_path / "a.gz", tmp_path / "b.gz"]
    for given_order in (inputs, inputs[::-1]):
        assert issues_of(find(tmp_path, *given_order)) == {"b.gz": Code.LIMIT_REACHED}
        for file in (tmp_path / "spool").iterdir():
            file.unlink()
