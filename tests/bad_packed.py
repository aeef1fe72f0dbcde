"""Bad inputs that are archives, mail, garbage, and files whose names or kinds are the trouble."""

import bz2
import gzip
import io
import lzma
import os
import stat
import struct
import tarfile
import warnings
import zipfile
import zlib
from email.message import EmailMessage

from bad_kit import CANARY, bad, box, ual, v2, xml

GOOD = ual(1, 2)
EVENTS = "00000000-0000-4000-8000-000000000001"


def zipped(*members, method=zipfile.ZIP_DEFLATED, comment=b""):
    """A zip of (name, data) or (ZipInfo, data)."""
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", method) as archive:
        warnings.simplefilter("ignore")
        archive.comment = comment
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def tarred(*members, mode="w"):
    """A tar of (TarInfo or name, data)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, data in members:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(data) if info.isreg() else 0
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def gz(data, **options):
    return gzip.compress(data, mtime=0, **options)


def gz_named(name, data):
    out = io.BytesIO()
    with gzip.GzipFile(name, "wb", fileobj=out, mtime=0) as stream:
        stream.write(data)
    return out.getvalue()


def nested(depth, data=GOOD):
    for level in range(depth):
        data = zipped((f"level{level}.zip" if level else "log.csv", data))
    return data


def _overlapping():
    """Two entries of the directory that point at the same packed bytes."""
    data = zipped(("a.csv", GOOD), ("b.csv", GOOD))
    end = data.rindex(b"PK\x05\x06")
    second = data.rindex(b"PK\x01\x02")
    return data[: second + 42] + struct.pack("<L", 0) + data[second + 46 : end] + data[end:]


def _quoted_overlap():
    """Each member's extra field quotes the header of the next: the same kernel is unpacked many times."""
    kernel = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = kernel.compress(b"0" * 1_000_000) + kernel.flush()
    names = [f"{n:02d}" for n in range(20)]
    headers = [
        struct.pack("<4sHHHHHLLLHH", b"PK\x03\x04", 20, 0, 8, 0, 0x21, 0, len(packed), 1_000_000, len(name), 0)
        + name.encode()
        for name in names
    ]
    body = b"".join(headers) + packed
    directory, offset = b"", 0
    for name, header in zip(names, headers, strict=True):
        directory += (
            struct.pack(
                "<4sHHHHHHLLLHHHHHLL",
                b"PK\x01\x02",
                20,
                20,
                0,
                8,
                0,
                0x21,
                0,
                len(packed),
                1_000_000,
                len(name),
                0,
                0,
                0,
                0,
                0,
                offset,
            )
            + name.encode()
        )
        offset += len(header)
    return (
        body
        + directory
        + struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, len(names), len(names), len(directory), len(body), 0)
    )


def _wrong_crc():
    data = bytearray(zipped(("log.csv", GOOD), method=zipfile.ZIP_STORED))
    data[data.index(b"FileAccessed")] ^= 1
    return bytes(data)


def _encrypted():
    data = bytearray(zipped(("log.csv", GOOD)))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    return bytes(data)


def _unknown_method():
    data = bytearray(zipped(("log.csv", GOOD)))
    data[data.index(b"PK\x03\x04") + 8] = 99
    data[data.index(b"PK\x01\x02") + 10] = 99
    return bytes(data)


def _size_that_lies():
    data = bytearray(zipped(("log.csv", GOOD)))
    struct.pack_into("<L", data, data.index(b"PK\x01\x02") + 24, 10)
    return bytes(data)


def _fake_end():
    """An end record in the comment that names an empty archive."""
    return zipped(("log.csv", GOOD), comment=struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, 0, 0, 0, 0, 0))


def _bad_utf8_name():
    return zipped(("\u00e9\u00e9\u00e9.csv", GOOD)).replace("\u00e9\u00e9\u00e9".encode(), b"\xff\xfe\xff\xfe\xff\xfe")


def _link(target, kind=stat.S_IFLNK):
    info = zipfile.ZipInfo("link.csv")
    info.external_attr = (kind | 0o777) << 16
    return zipped((info, target.encode()), ("log.csv", GOOD))


def _tar_member(kind, name="member", link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def mail(*attachments, subject="Your audit log search", form=EmailMessage):
    """A mail with (file name, data) attached."""
    message = form()
    message["Subject"], message["From"], message["To"] = subject, "ms@example.com", "amy@example.com"
    message.set_content("The search is complete.")
    for name, data in attachments:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


RESULT = xml(box(1), box(2))


def _multiparts(depth):
    head = b"From: a@example.com\r\nTo: b@example.com\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
    return (
        head
        + b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(depth))
        + b"Content-Type: text/plain\r\n\r\nx\r\n"
    )


def _mail_with_bad_base64():
    return mail(("SearchResult.xml", RESULT)).replace(b"PD94bWwg", b"PD94!!!!bWwg", 1)


def _mail_cut():
    data = mail(("SearchResult.xml", RESULT))
    return data[: len(data) - 300]


def _links(folder):
    (folder / "log.csv").write_bytes(GOOD)
    (folder / "loop").symlink_to(folder)
    (folder / "link.csv").symlink_to(folder / "log.csv")
    (folder / "dangling.csv").symlink_to(folder / "nowhere")
    (folder / "outside.csv").symlink_to("/etc/passwd")


def _pipe(folder):
    (folder / "log.csv").write_bytes(GOOD)
    os.mkfifo(folder / "pipe.csv")


def _depth(folder):
    deep = folder
    for n in range(60):
        deep /= f"level{n:02d}"
    deep.mkdir(parents=True)
    (deep / "log.csv").write_bytes(GOOD)


def _bytes_name(folder):
    with open(os.fsencode(folder) + b"/\xff\xfe.csv", "wb") as stream:
        stream.write(GOOD)


PIPES = [
    # gzip
    bad("gzip_cut", gz(GOOD)[:-20], "unreadable_archive truncated_record", records=2, rejected=1),
    bad("gzip_cut_behind_the_header", gz(GOOD)[:12], "unreadable_archive", exit=2),
    bad("gzip_wrong_crc", gz(GOOD)[:-8] + b"\0\0\0\0" + gz(GOOD)[-4:], "unreadable_archive", exit=2),
    bad("gzip_wrong_size", gz(GOOD)[:-4] + b"\1\0\0\0", "unreadable_archive", exit=2),
    bad("gzip_garbage_behind", gz(GOOD) + b"garbage behind the end", "unreadable_archive", records=2),
    bad("gzip_zeros_behind", gz(GOOD) + b"\0" * 512, records=2),
    bad("gzip_two_members", gz(GOOD) + gz(ual(3)[len(ual()) :]), records=3),
    bad("gzip_name_that_climbs", gz_named("../../evil.csv", GOOD), records=2, never="evil.csv"),
    bad("gzip_of_nothing", gz(b""), "no_export"),
    bad("gzip_in_gzip", gz(gz(GOOD)), records=2),
    bad("gzip_four_deep", gz(gz(gz(gz(GOOD)))), "limit_reached", exit=2),
    bad(
        "gzip_flipped_bit",
        bytes(b ^ (1 if i == 60 else 0) for i, b in enumerate(gz(GOOD))),
        "unreadable_archive",
        exit=2,
    ),
    # zip
    bad("zip_cut", zipped(("log.csv", GOOD))[:-30], "unreadable_archive", exit=2),
    bad("zip_only_the_end_record", zipped(), "no_export", must="The archive holds no file"),
    bad("zip_wrong_crc", _wrong_crc(), "unreadable_archive", exit=2),
    bad("zip_size_that_lies", _size_that_lies(), "unreadable_archive", exit=2),
    bad("zip_encrypted", _encrypted(), "unreadable_archive", exit=2),
    bad("zip_unknown_method", _unknown_method(), "unreadable_archive", exit=2),
    bad("zip_overlapping_members", _overlapping(), "limit_reached", exit=2),
    bad("zip_quoted_overlap", _quoted_overlap(), "limit_reached", exit=2),
    bad("zip_fake_end_record_in_the_comment", _fake_end(), "unreadable_archive", exit=2),
    bad("zip_bytes_before_it", b"MZ" + b"x" * 100 + zipped(("log.csv", GOOD)), "unreadable_archive", records=2),
    bad(
        "zip_names_that_climb",
        zipped(("../../../evil.csv", GOOD), ("/etc/evil.csv", ual(3)), ("C:\\evil.csv", ual(4))),
        records=4,
    ),
    bad("zip_name_with_nul", zipped(("evil.exe@.csv", GOOD)).replace(b"evil.exe@.csv", b"evil.exe\0.csv"), records=2),
    bad("zip_name_of_bad_utf8", _bad_utf8_name(), "unreadable_archive", exit=2),
    bad("zip_name_with_control_characters", zipped(("\x1b[2Jlog\u202evsc.csv", GOOD)), records=2),
    bad("zip_name_of_60000_letters", zipped(("x" * 60_000, GOOD)), records=2),
    bad(
        "zip_two_members_of_one_name",
        zipped(("log.csv", ual(1)), ("log.csv", ual(2))),
        records=2,
        must=("4000-8000-000000000001", "4000-8000-000000000002"),
    ),
    bad("zip_symbolic_link", _link("/etc/passwd"), "no_export", records=2, never="root:"),
    bad("zip_of_a_device", _link("", stat.S_IFCHR), "no_export", records=2),
    bad("zip_three_deep", nested(3), records=2),
    bad("zip_four_deep", nested(4), "limit_reached", exit=2),
    bad(
        "zip_of_10001_members",
        lambda: zipped(*((f"{n}.txt", b"x") for n in range(10_001))),
        exit=2,
        codes="limit_reached no_export",
        seconds=60,
        large=True,
    ),
    bad(
        "zip_of_office",
        zipped(("[Content_Types].xml", b"<x/>"), ("word/document.xml", b"<x/>")),
        "unknown_format",
        exit=2,
    ),
    bad("zip_with_a_folder", zipped(("folder/", b""), ("folder/log.csv", GOOD)), records=2),
    bad(
        "zip_one_member_is_damaged",
        zipped(("bad.gz", gz(GOOD)[:-20]), ("log.csv", GOOD)),
        "unreadable_archive truncated_record",
        records=4,
        rejected=1,
    ),
    bad("zip_bomb", lambda: zipped(("bomb.csv", b"\0" * (300 << 20))), "limit_reached", exit=2, seconds=30, large=True),
    # Other archives
    bad("tar", tarred(("log.csv", GOOD)), records=2),
    bad("tar_gz", gz(tarred(("log.csv", GOOD))), records=2),
    bad(
        "tar_cut",
        tarred(("log.csv", GOOD), ("second.csv", ual(3) * 20))[:-11_000],
        "unreadable_archive truncated_record",
        records=13,
        rejected=1,
    ),
    bad(
        "tar_links_and_devices",
        tarred(
            ("log.csv", GOOD),
            (_tar_member(tarfile.SYMTYPE, "s", "/etc/passwd"), b""),
            (_tar_member(tarfile.LNKTYPE, "h", "../../x"), b""),
            (_tar_member(tarfile.CHRTYPE, "d"), b""),
            (_tar_member(tarfile.FIFOTYPE, "f"), b""),
        ),
        "no_export",
        records=2,
        never="root:",
    ),
    bad("tar_names_that_climb", tarred(("../../evil.csv", GOOD), ("/etc/evil.csv", ual(3))), records=3),
    bad("tar_of_garbage", b"x" * 257 + b"ustar\x0000" + b"y" * 500, "unreadable_archive", exit=2),
    bad("tar_bz2", bz2.compress(tarred(("log.csv", GOOD))), exit=2, codes="unreadable_archive"),
    bad("xz", lzma.compress(GOOD), exit=2, codes="unreadable_archive"),
    bad("7z_signature_and_garbage", b"7z\xbc\xaf\x27\x1c\0\4" + b"x" * 200, "limit_reached", exit=2),
    bad(
        "7z_header_that_lies",
        b"7z\xbc\xaf\x27\x1c\0\4" + b"\0" * 4 + struct.pack("<QQL", 2**62, 2**62, 0),
        "limit_reached",
        exit=2,
    ),
    bad("rar_signature", b"Rar!\x1a\x07\x01\x00" + b"x" * 200, "unreadable_archive", exit=2),
    # Mail
    bad("mail_with_result", mail(("SearchResult.xml", RESULT)), records=2),
    bad("mail_attachment_named_otherwise", mail(("../../evil.exe", RESULT)), records=2),
    bad("mail_two_attachments", mail(("SearchResult.xml", RESULT), ("AuditLog.csv", GOOD)), records=4),
    bad("mail_with_zip", mail(("export.zip", zipped(("log.csv", GOOD)))), records=2),
    bad("mail_attachment_of_bad_base64", _mail_with_bad_base64(), "unreadable_archive", records=2),
    bad("mail_cut", _mail_cut(), "unreadable_archive truncated_record", records=2),
    bad("mail_without_attachment", mail(), exit=2, codes="no_export"),
    bad("mail_of_2000_multiparts", _multiparts(2000), exit=2, codes="limit_reached"),
    bad(
        "mail_forwarded_four_deep",
        mail(("a.eml", mail(("b.eml", mail(("c.eml", mail(("SearchResult.xml", RESULT)))))))),
        exit=2,
        codes="limit_reached",
    ),
    bad(
        "mail_subject_with_control_characters",
        mail(("SearchResult.xml", RESULT), subject="x").replace(b"Subject: x", b"Subject: \x1b[2J=1+1"),
        records=2,
        never="\x1b",
    ),
    bad("outlook_message_of_garbage", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 2000, "unreadable_archive", exit=2),
    bad("outlook_message_cut", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "unreadable_archive", exit=2),
    bad("winmail_of_garbage", b"\x78\x9f\x3e\x22" + b"x" * 100, "unreadable_archive"),
    # Garbage
    bad("garbage_empty", b"", "no_export"),
    bad("garbage_one_byte", b"x", "no_export"),
    bad("garbage_one_quote", b'"', "no_export"),
    bad("garbage_mark_only", b"\xff\xfe", "no_export"),
    bad("garbage_half_a_mark", b"\xff", "no_export"),
    bad("garbage_zeros", b"\0" * 100_000, "unknown_format"),
    bad("garbage_random", bytes((n * 7919 + n // 251) % 256 for n in range(50_000)), "unknown_format"),
    bad("garbage_line_feeds", b"\n" * 100_000, "no_export"),
    bad("garbage_quotes", b'"' * 100_000, "no_export"),
    bad("garbage_commas", b"," * 100_000, "no_export"),
    bad("garbage_brackets", b"[" * 100_000, "unknown_format"),
    bad("garbage_less_than", b"<" * 100_000, "unknown_format"),
    bad("garbage_one_long_line", b"x" * 3_000_000, "no_export"),
    bad("garbage_pdf", b"%PDF-1.7\n" + b"x" * 100, "no_export"),
    bad("garbage_program", b"MZ" + b"\0" * 100, "no_export"),
    bad("garbage_json_of_something_else", b'{"vulnerabilities": []}', "unknown_format"),
    bad("garbage_unknown_table", b"a,b,c,d,e,f\r\n1,2,3,4,5,6\r\n", "unknown_format"),
    bad("garbage_python_pickle", b"\x80\x04cos\nsystem\n(S'touch pwned'\ntR.", "no_export"),
    # Names and kinds of files
    bad("name_like_an_option", GOOD, file="-rf.csv", records=2),
    bad("name_like_a_formula", GOOD, file="=1+1.csv", records=2),
    bad("name_with_bidi_and_escape", GOOD, file="\u202egpj\x1b[2J.csv", records=2),
    bad("name_with_brackets", GOOD, file="[a]:*?.csv", records=2),
    bad("name_of_184_characters", GOOD, file="x" * 180 + ".csv", records=2),
    bad("name_of_other_scripts", GOOD, file="\u65e5\u672c\u8a9e-\u0639\u0631\u0628\u064a.csv", records=2),
    bad("name_with_a_line_feed", GOOD, file="a\nb.csv", records=2),
    bad("name_that_is_no_utf8", make=_bytes_name, records=2),
    bad("name_with_an_exclamation_mark", GOOD, file="a.zip!b.csv", records=2),
    bad("name_of_another_format", GOOD, file="SearchResult.xml", records=2),
    bad(
        "name_of_a_log_that_is_a_mail_trace",
        (
            '"Received","SenderAddress","RecipientAddress","Status"\r\n'
            + v2().partition("\r\n")[0].replace('"', "")
            + "\r\n"
        ).encode(),
        "cell_count",
        file="AuditLog.csv",
        records=1,
        exit=3,
    ),
    bad("two_names_that_differ_in_case", files={"A.csv": ual(1), "a.csv": ual(2)}, records=2),
    bad(
        "links_loops_and_links_to_outside",
        make=_links,
        codes="no_export",
        records=2,
        rejected=0,
        never=("root:", CANARY),
    ),
    bad("a_pipe_is_not_opened", make=_pipe, codes="no_export", records=2, rejected=0),
    bad("folders_60_deep", make=_depth, records=2),
    bad("an_empty_folder", None, "no_export", must="The folder holds no file"),
]
