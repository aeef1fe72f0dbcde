"""Archives: limits that hold, damage that is named, members that are labels and never paths."""

import bz2
import gzip
import io
import json
import lzma
import os
import stat
import struct
import sys
import tarfile
import time
import zipfile
import zlib
from pathlib import Path

import pytest
from exports import audit_data, purview_csv

from m365timeline.schemas.record import Code, Issue
from m365timeline.schemas.source import Source
from m365timeline.sources import find, spool, unpack
from m365timeline.sources.find import find_sources
from m365timeline.sources.spool import Spool


@pytest.fixture
def look(tmp_path):
    """Find what is in one file of these bytes: {label: bytes} and [issues]."""

    def call(data, name="given"):
        (tmp_path / "in").mkdir(exist_ok=True)
        path = tmp_path / "in" / name
        path.write_bytes(data)
        folder = tmp_path / "spool"
        folder.mkdir(exist_ok=True)
        found = find_sources([str(path)], Spool(folder))
        sources = {item.name: item.open().read() for item in found if isinstance(item, Source)}
        call.sources = [item for item in found if isinstance(item, Source)]
        for file in folder.iterdir():
            file.unlink()
        return sources, [item for item in found if isinstance(item, Issue)]

    return call


def zip_of(*members, method=zipfile.ZIP_DEFLATED, comment=b""):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
        archive.comment = comment
    return out.getvalue()


def tar_of(*members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name) if isinstance(name, str) else name
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def seven_of(*members, **options):
    py7zr = pytest.importorskip("py7zr")
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w", **options) as archive:
        for name, data in members:
            archive.writestr(data, name)
    return out.getvalue()


def gzip_of(_name, data):
    return gzip.compress(data, mtime=0)


# --- limits: one below, at, one above ---------------------------------------------------------------------------------

PACKERS = {
    "gzip": gzip.compress,
    "zip": lambda data: zip_of(("a.csv", data)),
    "tar": lambda data: tar_of(("a.csv", data)),
    "7z": lambda data: seven_of(("a.csv", data)),
    "mail": lambda data: (
        b"From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: text/csv; name=a.csv\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        + data
    ),
}


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize(("size", "fits"), [(999, True), (1000, True), (1001, False)])
def test_R27_the_budget_counts_bytes_really_produced(look, monkeypatch, kind, size, fits):
    monkeypatch.setattr(spool, "MAX_BYTES", 1000)
    sources, issues = look(PACKERS[kind](b"x" * size))
    assert [len(data) for data in sources.values()] == ([size] if fits else [])
    assert [issue.code for issue in issues] == ([] if fits else [Code.LIMIT_REACHED])
    assert fits or "1,000 bytes" in issues[0].reason


def test_R27_the_budget_is_one_for_the_whole_tree(look, monkeypatch):
    inner = zip_of(("a.csv", b"x" * 600))
    outer = zip_of(("one.zip", inner), ("two.zip", inner))
    monkeypatch.setattr(spool, "MAX_BYTES", 1200 + 2 * len(inner))
    assert len(look(outer)[0]) == 2
    monkeypatch.setattr(spool, "MAX_BYTES", 1200 + 2 * len(inner) - 1)
    sources, issues = look(outer)
    assert len(sources) == 1
    assert [issue.source_file for issue in issues] == ["given!two.zip"]


@pytest.mark.parametrize(("size", "fits"), [(1 << 20, True), ((1 << 20) + 1, False)])
def test_R27_the_ratio_holds_only_from_a_size_on(look, monkeypatch, size, fits):
    monkeypatch.setattr(spool, "RATIO_FROM", 1 << 20)
    sources, issues = look(gzip.compress(b"\0" * size))
    assert bool(sources) is fits
    assert [issue.code for issue in issues] == ([] if fits else [Code.LIMIT_REACHED])
    assert fits or "200 times" in issues[0].reason


@pytest.mark.parametrize(("ratio", "fits"), [(40, True), (10, False)])
def test_R27_honest_ratios_pass(look, monkeypatch, ratio, fits):
    monkeypatch.setattr(spool, "RATIO_FROM", 1000)
    monkeypatch.setattr(spool, "MAX_RATIO", ratio)
    data = zip_of(("a.csv", os.urandom(500) + b"\0" * 9_500))  # about 1:19
    assert bool(look(data)[0]) is fits


@pytest.mark.parametrize("kind", ["zip", "tar", "7z"])
@pytest.mark.parametrize(("members", "fits"), [(4, True), (5, True), (6, False)])
def test_R27_the_number_of_members_is_limited(look, monkeypatch, kind, members, fits):
    monkeypatch.setattr(spool, "MAX_MEMBERS", 5)
    make = {"zip": zip_of, "tar": tar_of, "7z": seven_of}[kind]
    sources, issues = look(make(*((f"{n}.csv", b"x") for n in range(members))))
    assert (len(sources) == members) is fits
    assert [issue.code for issue in issues] == ([] if fits else [Code.LIMIT_REACHED])


@pytest.mark.parametrize(("depth", "fits"), [(1, True), (2, True), (3, True), (4, False), (9, False)])
@pytest.mark.parametrize(
    "pack",
    [gzip.compress, lambda data: zip_of(("a", data)), lambda data: tar_of(("a", data))],
    ids=["gzip", "zip", "tar"],
)
def test_R27_archives_are_opened_three_deep(look, pack, depth, fits):
    data = b"deep"
    for _ in range(depth):
        data = pack(data)
    sources, issues = look(data)
    assert list(sources.values()) == ([b"deep"] if fits else [])
    assert [issue.code for issue in issues] == ([] if fits else [Code.LIMIT_REACHED])


def test_R27_nested_bombs_end_at_the_budget(look, monkeypatch, tmp_path):
    monkeypatch.setattr(spool, "MAX_BYTES", 3 << 20)
    bomb = zip_of(("zeros", b"\0" * (1 << 20)))
    sources, issues = look(zip_of(*((f"{n}.zip", bomb) for n in range(50))))
    assert sum(map(len, sources.values())) <= 3 << 20
    assert {issue.code for issue in issues} == {Code.LIMIT_REACHED}


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_R27_members_that_could_unpack_without_bound_are_named(look, method):
    sources, issues = look(zip_of(("a", b"\0" * (8 << 20)), method=method))
    assert sources == {}
    assert f"method {method}" in issues[0].reason


# --- zip --------------------------------------------------------------------------------------------------------------


def local(name, packed, crc, size, extra=b"", method=8):
    return (
        struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, method, 0, 33, crc, len(packed), size, len(name), len(extra))
        + name
        + extra
        + packed
    )


def central(name, packed_size, crc, size, offset, method=8):
    return (
        struct.pack(
            "<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, method, 0, 33, crc, packed_size, size, len(name), 0, 0, 0, 0, 0, offset
        )
        + name
    )


def end(entries, offset, comment=b"", size=None):
    body = b"".join(entries)
    return (
        struct.pack(
            "<4s4H2LH",
            b"PK\5\6",
            0,
            0,
            len(entries),
            len(entries),
            len(body) if size is None else size,
            offset,
            len(comment),
        )
        + comment
    )


def stored_block(data):
    return b"\0" + struct.pack("<HH", len(data), 0xFFFF ^ len(data)) + data


def overlapping(quoted):
    """Two members whose packed bytes are partly the same: the second header is quoted in the first's data, or in its extra field."""
    payload = b"x" * 5000
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    kernel = engine.compress(payload) + engine.flush()
    second = local(b"b", kernel, zlib.crc32(payload), len(payload))
    if quoted == "data":
        first_plain = second[: len(second) - len(kernel)] + payload
        first = local(
            b"a", stored_block(second[: len(second) - len(kernel)]) + kernel, zlib.crc32(first_plain), len(first_plain)
        )
        sizes = (len(first) - 31, len(first_plain), zlib.crc32(first_plain))
    else:
        header = second[: len(second) - len(kernel)]
        first = local(
            b"a", kernel, zlib.crc32(payload), len(payload), extra=struct.pack("<HH", 0x9999, len(header)) + header
        )
        sizes = (len(kernel), len(payload), zlib.crc32(payload))
    entries = [
        central(b"a", sizes[0], sizes[2], sizes[1], 0),
        central(b"b", len(kernel), zlib.crc32(payload), len(payload), len(first) - len(second)),
    ]
    return first + b"".join(entries) + end(entries, len(first))


@pytest.mark.parametrize("quoted", ["data", "extra"])
def test_R27_R55_overlapping_members_are_refused_by_our_own_check(look, quoted):
    data = overlapping(quoted)
    if quoted == "data" and sys.version_info < (3, 11, 8):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert sum(len(archive.read(info)) for info in archive.infolist()) > 9000, (
                "the library expands it; our check must not"
            )
    sources, issues = look(data)
    assert sources == {}
    assert [issue.code for issue in issues] == [Code.LIMIT_REACHED]
    assert "overlap" in issues[0].reason


def test_R27_the_same_member_listed_twice_is_an_overlap(look):
    packed = local(b"a", b"x", zlib.crc32(b"x"), 1, method=0)
    entries = [central(b"a", 1, zlib.crc32(b"x"), 1, 0, method=0)] * 2
    assert [issue.code for issue in look(packed + b"".join(entries) + end(entries, len(packed)))[1]] == [
        Code.LIMIT_REACHED
    ]


def test_R27_a_fake_end_record_in_the_comment_does_not_pass(look):
    real = zip_of(("AuditLog.csv", b"evidence " * 30))
    fake = end([], 0, size=0)
    body = real[:-2] + struct.pack("<H", len(fake)) + fake
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.namelist() == [], "the library believes the fake"
    sources, issues = look(body)
    assert sources == {}
    assert [issue.code for issue in issues] == [Code.UNREADABLE_ARCHIVE]
    assert "belong to no member" in issues[0].reason


def test_R27_a_second_list_of_members_does_not_pass(look):
    real = zip_of(("AuditLog.csv", b"evidence"))
    start = real.index(b"PK\1\2")
    again = real[start:-22]
    fake = again + end([again], start, size=len(again))
    assert look(real[:-2] + struct.pack("<H", len(fake)) + fake)[1]


@pytest.mark.parametrize("tail", [b"x", b"PK\5\6"])
def test_R27_bytes_behind_the_end_are_named(look, tail):
    _sources, issues = look(zip_of(("a.csv", b"a")) + tail)
    assert [issue.code for issue in issues] == [Code.UNREADABLE_ARCHIVE]


def test_an_honest_comment_or_a_stored_zip_inside_is_no_reason_for_doubt(look):
    inner = zip_of(("a.csv", b"a"))
    sources, issues = look(zip_of(("inner.zip", inner), method=zipfile.ZIP_STORED, comment=b"packed by us"))
    assert (sources, issues) == ({"given!inner.zip!a.csv": b"a"}, [])


def test_streamed_zips_with_data_descriptors_are_read(look):
    class Pipe(io.RawIOBase):
        def __init__(self):
            self.data = b""

        def writable(self):
            return True

        def write(self, block):
            self.data += bytes(block)
            return len(block)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"a" * 100)
        archive.writestr("b.csv", b"b" * 100)
    sources, issues = look(pipe.data)
    assert (sources, issues) == ({"given!a.csv": b"a" * 100, "given!b.csv": b"b" * 100}, [])


def test_R27_members_of_the_same_name_are_both_read(look):
    with pytest.warns(UserWarning, match="Duplicate"):
        data = zip_of(("a.csv", b"first"), ("a.csv", b"second"), ("a.csv (2)", b"third"))
    sources, issues = look(data)
    assert sorted(sources.values()) == [b"first", b"second", b"third"]
    assert len(sources) == 3
    assert issues == []


def test_R33_many_members_of_one_name_take_no_long_time(look):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for _ in range(5000):
            archive.addfile(tarfile.TarInfo("a.csv"))
    started = time.process_time()
    assert len(look(out.getvalue())[0]) == 5000
    assert time.process_time() - started < 10


def test_R27_a_wrong_checksum_or_size_is_an_issue_of_that_member_alone(look):
    data = bytearray(zip_of(("a.csv", b"first"), ("b.csv", b"second"), method=zipfile.ZIP_STORED))
    data[data.index(b"first")] ^= 1
    sources, issues = look(bytes(data))
    assert sources == {"given!b.csv": b"second"}
    assert [(issue.source_file, issue.code) for issue in issues] == [("given!a.csv", Code.UNREADABLE_ARCHIVE)]


def test_R27_a_member_larger_than_it_says_is_not_read_as_if_whole(look):
    plain = b"x" * 100
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = engine.compress(plain) + engine.flush()
    for size in (50, 150):
        crc = zlib.crc32(plain)
        body = local(b"a", packed, crc, size)
        entries = [central(b"a", len(packed), crc, size, 0)]
        sources, issues = look(body + entries[0] + end(entries, len(body)))
        assert sources == {}
        assert [issue.code for issue in issues] == [Code.UNREADABLE_ARCHIVE]


def test_R27_encrypted_members_are_named(look):
    data = bytearray(zip_of(("a.csv", b"first"), ("b.csv", b"second")))
    for at in (6, data.index(b"PK\1\2") + 8):
        data[at] |= 1
    sources, issues = look(bytes(data))
    assert list(sources) == ["given!b.csv"]
    assert "encrypted" in issues[0].reason


def test_R28_links_in_a_zip_are_listed_and_not_followed(look):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("link.csv")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
        archive.writestr("folder/", "")
    sources, issues = look(out.getvalue())
    assert sources == {}
    assert [(issue.source_file, issue.code) for issue in issues] == [("given!link.csv", Code.NO_EXPORT)]


def test_R28_a_member_without_a_name_is_read(look):
    packed = local(b"", b"x", zlib.crc32(b"x"), 1, method=0)
    entry = central(b"", 1, zlib.crc32(b"x"), 1, 0, method=0)
    assert list(look(packed + entry + end([entry], len(packed)))[0].values()) == [b"x"]


@pytest.mark.parametrize("flag", [0, 0x800])
def test_R28_names_with_nul_or_no_utf8_do_not_stop_the_run(look, flag):
    for name in (b"evil.exe\0.csv", b"\xff\xfe.csv"):
        packed = local(name, b"x", zlib.crc32(b"x"), 1, method=0)
        entry = central(name, 1, zlib.crc32(b"x"), 1, 0, method=0)
        data = bytearray(packed + entry + end([entry], len(packed)))
        for at in (6, len(packed) + 8):
            struct.pack_into("<H", data, at, flag)
        sources, issues = look(bytes(data))
        if flag and name.startswith(b"\xff"):
            assert "not valid UTF-8" in issues[0].reason
            assert sources == {}
        else:
            assert list(sources.values()) == [b"x"]
            assert issues == []
            assert all(label.isprintable() for label in sources)
            assert b"\0" not in name or list(sources) == [r"given!evil.exe\x00.csv"]


def test_office_documents_are_named(look):
    sources, issues = look(zip_of(("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<x/>")))
    assert sources == {}
    assert issues[0].code is Code.UNKNOWN_FORMAT


# --- gzip -------------------------------------------------------------------------------------------------------------


def test_R27_gzip_members_one_behind_the_other_are_one_source(look):
    sources, issues = look(
        gzip.compress(b"one,") + gzip.compress(b"two") + b"\0" * 700 + gzip.compress(b",three") + b"\0" * 3, "a.csv.gz"
    )
    assert (sources, issues) == ({"a.csv.gz!a.csv": b"one,two,three"}, [])


def test_R27_what_stands_before_junk_is_read_and_the_junk_is_reported(look):
    packed = gzip.compress(b"good")
    for junk in (b"junk", b"\x1f", b"\x1f\x8bjunk", packed[:-8] + b"\0" * 8):
        sources, issues = look(packed + junk, "a.gz")
        assert list(sources.values()) == [b"good"], junk
        assert [issue.code for issue in issues] == [Code.UNREADABLE_ARCHIVE]
        assert f"byte {len(packed)}" in issues[0].reason
        assert look.sources[0].warnings


def test_R27_a_truncated_gzip_is_read_as_far_as_it_goes_and_named(look):
    plain = b"".join(os.urandom(8).hex().encode() + b"\n" for _ in range(5000))
    packed = gzip.compress(plain)
    for cut in (len(packed) // 2, len(packed) - 8, len(packed) - 1):
        sources, issues = look(packed[:cut], "a.gz")
        (data,) = sources.values()
        assert plain.startswith(data)
        assert len(data) > 0.4 * len(plain)
        assert [issue.code for issue in issues] == [Code.UNREADABLE_ARCHIVE]
        assert "end too early" in issues[0].reason
        assert f"{len(data):,} bytes" in issues[0].reason


def test_R27_a_gzip_with_a_wrong_checksum_is_not_read(look):
    packed = bytearray(gzip.compress(b"x" * 100))
    packed[-8] ^= 1
    sources, issues = look(bytes(packed), "a.gz")
    assert sources == {}
    assert "Nothing of it is read" in issues[0].reason


def test_R28_the_name_inside_a_gzip_is_not_used(look, tmp_path):
    out = io.BytesIO()
    with gzip.GzipFile("../../evil.csv", "wb", fileobj=out) as file:
        file.write(b"x")
    assert list(look(out.getvalue(), "delivery.gz")[0]) == ["delivery.gz!delivery"]
    assert not list(tmp_path.parent.glob("**/evil.csv"))


# --- tar --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_tars_of_every_form_are_read(look, form):
    out = io.BytesIO()
    name = "x" * (90 if form == tarfile.USTAR_FORMAT else 180) + ".csv"
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for label, data in ((name, b"long"), ("b.csv", b"two")):
            info = tarfile.TarInfo(label)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    assert look(out.getvalue()) == ({f"given!{name}": b"long", "given!b.csv": b"two"}, [])


def test_old_tars_without_magic_are_told_by_their_checksum(look):
    data = bytearray(tar_of(("a.csv", b"x")))
    data[257:265] = b"\0" * 8
    data[148:156] = b"%06o\0 " % (sum(data[:148]) + 256 + sum(data[156:512]))
    assert look(bytes(data)) == ({"given!a.csv": b"x"}, [])


def test_a_damaged_first_header_of_a_tar_is_named(look):
    sources, issues = look(b"x" * 257 + b"ustar\x0000" + b"y" * 500)
    assert sources == {}
    assert [issue.code for issue in issues] == [Code.UNREADABLE_ARCHIVE]


def test_a_tar_in_a_gzip_is_read(look):
    assert look(gzip.compress(tar_of(("logs/a.csv", b"x"))), "logs.tgz") == ({"logs.tgz!logs.tar!logs/a.csv": b"x"}, [])


def test_R28_links_devices_and_pipes_in_a_tar_are_listed_and_never_made(look):
    odd = []
    for name, kind in (
        ("sym", tarfile.SYMTYPE),
        ("hard", tarfile.LNKTYPE),
        ("fifo", tarfile.FIFOTYPE),
        ("dev", tarfile.CHRTYPE),
    ):
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, "/etc/passwd"
        odd.append((info, b""))
    folder = tarfile.TarInfo("folder")
    folder.type = tarfile.DIRTYPE
    sources, issues = look(tar_of(*odd, (folder, b""), ("../../../etc/evil.csv", b"x"), ("/abs.csv", b"y")))
    assert sources == {"given!../../../etc/evil.csv": b"x", "given!/abs.csv": b"y"}
    assert {issue.source_file: issue.code for issue in issues} == {
        f"given!{name}": Code.NO_EXPORT for name in ("sym", "hard", "fifo", "dev")
    }


def test_R27_a_cut_tar_is_read_as_far_as_it_goes_and_named(look):
    data = tar_of(("a.csv", b"a" * 600), ("b.csv", b"b" * 600))
    for cut in (512 + 1024 + 512 + 100, 512 + 1024, 512 + 1024 + 300, 512 + 1024 + 512 + 601):
        sources, issues = look(data[:cut])
        assert sources["given!a.csv"] == b"a" * 600
        assert [issue.code for issue in issues] == [Code.UNREADABLE_ARCHIVE], cut
    assert look(data[: 512 + 1024 + 512 + 100])[0]["given!b.csv"] == b"b" * 100
    assert "incomplete" in look.sources[1].warnings[0]


def test_R27_a_broken_header_in_the_middle_of_a_tar_is_no_end(look):
    data = bytearray(tar_of(("a.csv", b"a"), ("b.csv", b"b")))
    data[1024 + 10] ^= 1
    sources, issues = look(bytes(data))
    assert sources == {"given!a.csv": b"a"}
    assert [issue.code for issue in issues] == [Code.UNREADABLE_ARCHIVE]
    assert "byte 1,024" in issues[0].reason


def test_R27_a_second_tar_behind_the_first_is_reported(look):
    sources, issues = look(tar_of(("a.csv", b"a")) + tar_of(("b.csv", b"b")))
    assert sources == {"given!a.csv": b"a"}
    assert [issue.code for issue in issues] == [Code.UNREADABLE_ARCHIVE]


def test_R27_headers_of_a_tar_cannot_fill_the_memory_or_the_stack(look):
    huge = tarfile.TarInfo("././@LongLink")
    huge.type = tarfile.GNUTYPE_LONGNAME
    _sources, issues = look(tar_of((huge, b"n" * (2 << 20)), ("a.csv", b"a")))
    assert [issue.code for issue in issues] == [Code.LIMIT_REACHED]
    chain = []
    for _ in range(3000):
        info = tarfile.TarInfo("././@PaxHeader")
        info.type = tarfile.XHDTYPE
        chain.append((info, b"12 path=abc\n"))
    _sources, issues = look(tar_of(*chain, ("a.csv", b"a")))
    assert [issue.code for issue in issues] == [Code.UNREADABLE_ARCHIVE]


# --- 7-Zip ------------------------------------------------------------------------------------------------------------


def test_sevenzip_members_are_read(look):
    assert look(seven_of(("logs/a.csv", b"one"), ("b.csv", b"two"), ("empty.csv", b""))) == (
        {"given!logs/a.csv": b"one", "given!b.csv": b"two", "given!empty.csv": b""},
        [],
    )


def test_an_encrypted_sevenzip_is_named(look):
    for options in ({"password": "secret"}, {"password": "secret", "header_encryption": True}):
        sources, issues = look(seven_of(("a.csv", b"one" * 100), **options))
        assert sources == {}
        assert [issue.code for issue in issues] == [Code.UNREADABLE_ARCHIVE]
        assert "encrypted" in issues[0].reason


def test_a_damaged_sevenzip_is_named_wherever_the_damage_is(look):
    data = seven_of(("a.csv", os.urandom(300)), ("b.csv", b"two" * 50))
    for at in range(0, len(data), 7):
        broken = bytearray(data)
        broken[at] ^= 0x55
        sources, issues = look(bytes(broken))
        if at >= 6:
            assert issues or len(sources) == 2, at
        for cut in (at,):
            assert at < 6 or look(data[:cut])[1], cut


def test_a_sevenzip_without_the_package_says_what_to_install(look, monkeypatch):
    monkeypatch.setattr("m365timeline.sources.sevenzip.find_spec", lambda _name: None)
    _sources, issues = look(b"7z\xbc\xaf\x27\x1c" + b"\0" * 30)
    assert "m365timeline[sevenzip]" in issues[0].reason


def test_R28_links_in_a_sevenzip_are_left_alone(look, tmp_path):
    py7zr = pytest.importorskip("py7zr")
    (tmp_path / "target.csv").write_bytes(b"x")
    (tmp_path / "link.csv").symlink_to("target.csv")
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w") as archive:
        archive.write(tmp_path / "link.csv", "link.csv")
        archive.write(tmp_path / "target.csv", "target.csv")
    sources, issues = look(out.getvalue())
    assert sources == {"given!target.csv": b"x"}
    assert [(issue.source_file, issue.code) for issue in issues] == [("given!link.csv", Code.NO_EXPORT)]


# --- what is only named -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"Rar!\x1a\x07\x01\0", "RAR"),
        (lzma.compress(b"x"), "xz"),
        (bz2.compress(b"x"), "bzip2"),
        (bz2.compress(b""), "bzip2"),
        (b"\x28\xb5\x2f\xfd\0", "Zstandard"),
        (b"MSCF\0\0\0\0", "cabinet"),
        (b"\x78\x9f\x3e\x22\0\0", "winmail.dat"),
        (b"-----BEGIN PGP MESSAGE-----\n", "PGP"),
        (b"From amy@alderbrook.example Mon Mar  2 10:00:00 2026\nSubject: x\n", "mbox"),
    ],
)
def test_archives_that_are_not_read_are_named_with_what_to_do(look, data, word):
    sources, issues = look(data)
    assert sources == {}
    assert issues[0].code is Code.UNREADABLE_ARCHIVE
    assert word in issues[0].reason


# --- durability and the exact bytes -----------------------------------------------------------------------------------


def test_R19_copies_are_removed_with_their_archive_and_on_a_limit(tmp_path, monkeypatch):
    folder = tmp_path / "spool"
    folder.mkdir()
    path = tmp_path / "a.zip"
    path.write_bytes(zip_of(("inner.zip", zip_of(("a.csv", b"x"))), ("big.csv", b"y" * 5000)))
    monkeypatch.setattr(spool, "MAX_BYTES", 2000)
    found = find_sources([str(path)], Spool(folder))
    kept = [item.path for item in found if isinstance(item, Source)]
    assert [str(file) for file in folder.iterdir()] == kept


def test_R20_a_full_disk_is_no_fault_of_the_archive(tmp_path, monkeypatch):
    path = tmp_path / "a.zip"
    path.write_bytes(zip_of(("a.csv", b"x" * 100)))
    folder = tmp_path / "spool"
    folder.mkdir()
    (folder / "source-00001").symlink_to("/dev/full")
    real = Path.open
    monkeypatch.setattr(Path, "open", lambda self, mode="r": real(self, mode.replace("x", "w"), buffering=0))
    with pytest.raises(OSError, match="No space"):
        find_sources([str(path)], Spool(folder))


@pytest.mark.parametrize("kind", PACKERS)
def test_R6_show_prints_the_exact_bytes_inside(run, tmp_path, kind):
    export = purview_csv([audit_data(n, Note="Zoë") for n in (1, 2, 3)])
    (tmp_path / "given").write_bytes(PACKERS[kind](export))
    done = run("convert", "given", "-o", "a.jsonl", "-o", "a.xlsx")
    assert done.returncode == 0, done.stderr.decode()
    event = json.loads((tmp_path / "a.jsonl").read_bytes().splitlines()[1])
    shown = run("show", "a.jsonl.manifest.json", event["event_id"])
    assert shown.returncode == 0, shown.stderr.decode()
    assert export[event["offset"] : event["offset"] + event["length"]].strip() in shown.stdout
    checked = run("verify", "a.jsonl.manifest.json")
    assert checked.returncode == 0, checked.stdout.decode()


def test_unknown_bytes_are_no_archive():
    assert unpack.archive_kind(b"") is None
    assert unpack.archive_kind(b"RecordId,CreationDate\n") is None
    assert unpack.archive_kind(b"\0" * 512) is None
    assert find.HEAD >= 512
