"""Finding, unpacking, decoding: read-only, names as labels, every byte accounted for."""

import gzip
import hashlib
import os
import zipfile

import pytest

from m365timeline.schemas.record import Code, Issue
from m365timeline.schemas.source import Source
from m365timeline.sources import unpack
from m365timeline.sources.find import find_sources
from m365timeline.sources.reader import SourceReader
from m365timeline.sources.scan import scan
from m365timeline.sources.unpack import Spool


def find(tmp_path, *inputs):
    spool = tmp_path / "spool"
    spool.mkdir(exist_ok=True)
    return find_sources([str(item) for item in inputs], Spool(spool))


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
    assert [(item.name, item.open().read()) for item in found] == [("outer.zip!../../evil.csv.gz!evil.csv", b"hello"), ("outer.zip!plain.csv", b"plain")]
    assert not inner.exists()
    assert not (tmp_path.parent / "evil.csv.gz").exists()


def test_damaged_archives_are_issues(tmp_path):
    (tmp_path / "cut.gz").write_bytes(gzip.compress(os.urandom(5000))[:-20])
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04 nothing")
    codes = {item.source_file: item.code for item in find(tmp_path, tmp_path / "cut.gz", tmp_path / "bad.zip")}
    assert codes == {"cut.gz": Code.UNREADABLE_ARCHIVE, "bad.zip": Code.UNREADABLE_ARCHIVE}


def test_a_bomb_is_stopped_and_named(tmp_path, monkeypatch):
    monkeypatch.setattr(unpack, "RATIO_FROM", 1 << 20)
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(b"\0" * (4 << 20)))
    (issue,) = find(tmp_path, tmp_path / "bomb.gz")
    assert issue.code is Code.LIMIT_REACHED
    assert "200 times" in issue.reason


def test_archives_too_deep_are_not_opened(tmp_path):
    data = b"deep"
    for _ in range(5):
        data = gzip.compress(data)
    (tmp_path / "deep.gz").write_bytes(data)
    (issue,) = find(tmp_path, tmp_path / "deep.gz")
    assert issue.code is Code.LIMIT_REACHED
