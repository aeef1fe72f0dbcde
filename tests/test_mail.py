"""Mails: attachments by content and to the byte, what the mail says kept as a note, damage named."""

import base64
import gzip
import itertools
import json
import os
import quopri
import struct
import tracemalloc
from email.message import EmailMessage

import pytest
from exports import audit_data, purview_csv

from m365timeline.schemas.record import Code, Issue
from m365timeline.schemas.source import Source
from m365timeline.sources import mime, outlook, spool
from m365timeline.sources.find import find_sources
from m365timeline.sources.mail import is_mail
from m365timeline.sources.spool import Spool

UTF16 = '<?xml version="1.0" encoding="utf-16"?><SearchResults/>'.encode("utf-16-le")


@pytest.fixture
def look(tmp_path):
    """Find what is in one mail: {label: bytes}, [issues]; the sources stay at ``look.sources``."""

    def call(data, name="mail.eml"):
        (tmp_path / "in").mkdir(exist_ok=True)
        path = tmp_path / "in" / name
        path.write_bytes(data if isinstance(data, bytes) else data.as_bytes())
        folder = tmp_path / "spool"
        folder.mkdir(exist_ok=True)
        found = find_sources([str(path)], Spool(folder))
        call.sources = [item for item in found if isinstance(item, Source)]
        sources = {item.name: item.open().read() for item in call.sources}
        for file in folder.iterdir():
            file.unlink()
        return sources, [item for item in found if isinstance(item, Issue)]

    return call


def mail(
    *attachments,
    subject="Mailbox audit log search: Ward",
    body="Start Date: 3/1/2026\nMailboxes: amy@alderbrook.example\n",
):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = (
        "Microsoft Exchange <exchange@alderbrook.example>",
        "helen@alderbrook.example",
        subject,
    )
    message["Date"] = "Mon, 02 Mar 2026 10:00:00 +0000"
    message.set_content(body)
    for name, data, *kind in attachments:
        maintype, subtype = (kind or ["application/octet-stream"])[0].split("/")
        message.add_attachment(data, maintype=maintype, subtype=subtype, filename=name)
    return message


def raw(*parts, boundary="b1", head=b"From: a@b.example\r\nMIME-Version: 1.0\r\n", close=True):
    """A multipart mail made by hand; each part is (headers, body bytes as they stand)."""
    text = head + f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n\r\npreamble\r\n'.encode()
    for headers, body in parts:
        text += f"--{boundary}\r\n".encode() + headers + b"\r\n\r\n" + body + b"\r\n"
    return text + (f"--{boundary}--\r\nepilogue\r\n".encode() if close else b"")


XML64 = b"Content-Type: text/xml; charset=us-ascii; name=SearchResult.xml\r\nContent-Transfer-Encoding: base64"


def test_an_attachment_is_read_to_the_byte_whatever_its_charset_says(look):
    sources, issues = look(raw((XML64, base64.encodebytes(UTF16))))
    assert (sources, issues) == ({"mail.eml!SearchResult.xml": UTF16}, [])


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 56, 57, 58, 70_000])
def test_base64_of_every_length_comes_out_whole(look, size):
    data = os.urandom(size)
    for text in (base64.encodebytes(data), base64.b64encode(data), base64.encodebytes(data).replace(b"\n", b" \r\n\t")):
        sources, issues = look(raw((XML64, text)))
        assert (sources, issues) == ({"mail.eml!SearchResult.xml": data}, [])
        assert look.sources[0].warnings == ()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"a",
        b"a=b\r\nc\r\n",
        b"\r\n\r\n",
        b"x" * 500,
        b"tail space \r\n.\r\n",
        bytes(range(256)) * 3,
        "Zoë;".encode() * 99,
    ],
)
def test_quoted_printable_comes_out_whole(look, data):
    headers = b"Content-Type: text/csv; name=a.csv\r\nContent-Transfer-Encoding: quoted-printable"
    text = (
        quopri.encodestring(data.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
        if b"\0" not in data
        else b"".join(b"=%02X" % byte + (b"=\r\n" if n % 20 == 19 else b"") for n, byte in enumerate(data))
    )
    sources, _ = look(raw((headers, text)))
    assert sources == {"mail.eml!a.csv": data}
    assert look.sources[0].warnings == ()


@pytest.mark.parametrize("encoding", [b"7bit", b"8bit", b"binary", b"BINARY (as sent)"[:6]])
def test_plain_attachments_keep_their_line_ends_and_lose_only_the_one_before_the_boundary(look, encoding):
    for data in (
        b"a,b\r\n1,2\r\n",
        b"a,b\n1,2",
        b"\r\n",
        b"",
        b"no boundary --b1\r\n --b1\r\n--b2\r\n--b1x",
        b"\xff\xfe\0\n" * 40_000,
    ):
        sources, issues = look(
            raw((b"Content-Type: text/csv; name=a.csv\r\nContent-Transfer-Encoding: " + encoding, data))
        )
        assert (sources, issues) == ({"mail.eml!a.csv": data}, [])


def test_the_mails_words_stand_in_a_note_of_each_attachment(look):
    message = mail(
        ("SearchResult.xml", UTF16, "text/xml"),
        subject="Suche „März“: Ward\u202e",
        body="Start:\t3/1/2026\n\nPostfächer: amy \x1b[31m\u202e\n" + "x" * 900,
    )
    look(message)
    note, criteria = look.sources[0].notes
    assert criteria == (
        "Search criteria stated in the mail: Start: 3/1/2026; Postfächer: amy [31m. "
        "What lies outside them was not searched: no record of it proves nothing."
    )
    assert note.startswith(
        "Mail: subject: Suche „März“: Ward; date: Mon, 02 Mar 2026 10:00:00 +0000; from: Microsoft Exchange <exchange@alderbrook.example>; to: helen@alderbrook.example; body: Start: 3/1/2026 Postfächer: amy"
    )
    assert "(shortened)" in note
    assert "\x1b" not in note
    assert "\u202e" not in note
    assert len(note) < 900


def test_a_text_in_html_alone_is_a_note_too(look):
    message = EmailMessage()
    message["From"], message["Subject"] = "a@b.example", "s"
    message.set_content(
        "<html><head><title>x</title></head><body><p>Start&nbsp;date: <b>today</b></p></body></html>", subtype="html"
    )
    message.add_attachment(b"<a/>", maintype="text", subtype="xml", filename="a.xml")
    look(message)
    assert "date: today" in " ".join(look.sources[0].notes[0].split())


def test_text_in_another_charset_is_decoded_for_the_note_and_unknown_ones_do_no_harm(look):
    for charset, data, word in (
        ("windows-1252", b"Postf\xe4cher", "Postfächer"),
        ("rot13", b"plain", "plain"),
        ("utf-9", b"plain", "plain"),
        ("x\0y", b"plain", "plain"),
        ("utf-16-le", "weit".encode("utf-16-le"), "weit"),
    ):
        look(raw((f"Content-Type: text/plain; charset={charset}".encode(), data), (XML64, b"YQ==")))
        assert word in look.sources[0].notes[0], charset


@pytest.mark.parametrize(
    "name",
    [
        "../../evil.xml",
        "/etc/passwd",
        "=1+1.csv",
        "-rf.csv",
        "a!b.csv",
        "x\u202egpj.exe",
        "n" * 3000,
        "Zoë.csv",
        "a\r\nb",
    ],
)
def test_R28_names_of_attachments_are_labels(look, tmp_path, name):
    try:
        data = mail((name, b"RecordId,x\n")).as_bytes()
    except ValueError:
        data = raw((b'Content-Disposition: attachment; filename="a\x0bb"', b"RecordId,x\n"))
    sources, _ = look(data)
    ((label, content),) = sources.items()
    assert content.rstrip() == b"RecordId,x"
    assert label.count("!") == 1
    assert label.isprintable()
    assert len(look.sources[0].chain) == 1
    assert not (tmp_path / "evil.xml").exists()


def test_R28_a_damaged_name_or_none_is_no_reason_to_miss_an_attachment(look):
    for disposition in (
        b"attachment",
        b"attachment; filename*=utf-99''x%ff",
        b"attachment; filename*0*=''%00",
        b'attachment; filename="=?utf-8?B?????="',
        b"attachment; filename=\xff\xfe.csv",
        b"attachment; filename*=\0''x",
        b"inline; filename=a.csv",
    ):
        sources, _issues = look(
            raw((b"Content-Type: application/octet-stream\r\nContent-Disposition: " + disposition, b"RecordId,x"))
        )
        assert list(sources.values()) == [b"RecordId,x"], disposition


def test_attachments_of_the_same_name_are_both_read(look):
    assert look(mail(("a.csv", b"one"), ("a.csv", b"two")))[0] == {
        "mail.eml!a.csv": b"one",
        "mail.eml!a.csv (2)": b"two",
    }


def test_an_export_called_a_picture_is_read_and_pictures_are_passed_over(look):
    svg = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'
    sources, issues = look(
        mail(
            ("a.png", UTF16, "image/png"),
            ("b.tif", b"II*\0xx", "image/tiff"),
            ("c.svg", svg, "image/svg+xml"),
            ("d.xml", svg, "text/xml"),
        )
    )
    assert sources == {"mail.eml!a.png": UTF16, "mail.eml!d.xml": svg}
    assert [(issue.source_file, issue.code) for issue in issues] == [
        ("mail.eml!b.tif", Code.NO_EXPORT),
        ("mail.eml!c.svg", Code.NO_EXPORT),
    ]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("application/pkcs7-signature", Code.NO_EXPORT),
        ("message/delivery-status", Code.NO_EXPORT),
        ("application/pkcs7-mime", Code.UNREADABLE_ARCHIVE),
        ("message/external-body", Code.UNREADABLE_ARCHIVE),
    ],
)
def test_what_is_no_attachment_is_named(look, kind, code):
    sources, issues = look(raw((f"Content-Type: {kind}; name=x".encode(), b"whatever"), (XML64, b"YQ==")))
    assert list(sources.values()) == [b"a"]
    assert [issue.code for issue in issues] == [code]


def test_a_winmail_dat_is_named_with_what_to_do(look):
    _, issues = look(mail(("winmail.dat", b"\x78\x9f\x3e\x22\x01\0", "application/ms-tnef")))
    assert [issue.code for issue in issues] == [Code.UNREADABLE_ARCHIVE]
    assert "Open the mail in Outlook" in issues[0].reason


def test_a_mail_without_attachments_is_listed_with_its_words(look):
    sources, issues = look(mail(subject="Your search failed", body="Too many results"))
    assert sources == {}
    assert issues[0].code is Code.NO_EXPORT
    assert "Your search failed" in issues[0].reason
    assert "Too many results" in issues[0].reason


def test_forwarded_mails_and_archives_in_them_are_read_three_deep(look):
    inner = mail(("SearchResult.xml.gz", gzip.compress(UTF16)), subject="the search")
    outer = EmailMessage()
    outer["From"], outer["Subject"] = "helen@alderbrook.example", "Fw: the search"
    outer.set_content("see below")
    outer.add_attachment(inner)
    sources, issues = look(outer)
    assert (sources, issues) == ({"mail.eml!forwarded mail!SearchResult.xml.gz!SearchResult.xml": UTF16}, [])
    assert [note.split(";")[0] for note in look.sources[0].notes] == [
        "Mail: subject: Fw: the search",
        "Mail: subject: the search",
    ]
    once_more = EmailMessage()
    once_more["From"], once_more["Subject"] = "x@alderbrook.example", "Fw: Fw:"
    once_more.add_attachment(outer)
    sources, issues = look(once_more)
    assert sources == {}
    assert [issue.code for issue in issues] == [Code.LIMIT_REACHED]


def test_a_digest_holds_mails(look):
    inner = mail(("a.csv", b"x")).as_bytes()
    data = (
        b"From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/digest; boundary=d\r\n\r\n--d\r\n\r\n"
        + inner
        + b"\r\n--d--\r\n"
    )
    assert list(look(data)[0].values()) == [b"x"]


@pytest.mark.parametrize(("depth", "fits"), [(99, True), (100, True), (101, False), (2000, False)])
def test_R34_nested_parts_end_at_a_limit_and_never_in_a_recursion(look, depth, fits):
    head = b"From: a@b.example\r\nMIME-Version: 1.0\r\n"
    for level in range(depth):
        head += f"Content-Type: multipart/mixed; boundary=n{level}\r\n\r\n--n{level}\r\n".encode()
    data = (
        head + XML64 + b"\r\n\r\nYQ==\r\n" + b"".join(f"--n{level}--\r\n".encode() for level in reversed(range(depth)))
    )
    sources, issues = look(data)
    assert list(sources.values()) == ([b"a"] if fits else [])
    assert [issue.code for issue in issues] == ([] if fits else [Code.LIMIT_REACHED])


def test_parts_after_nested_multiparts_are_found(look):
    inner = b"--i\r\n" + XML64 + b"\r\n\r\nYQ==\r\n--i--\r\ninner epilogue"
    data = raw(
        (b"Content-Type: multipart/related; boundary=i", inner),
        (XML64, b"Yg=="),
        (b"Content-Type: multipart/alternative; boundary=i", inner),
    )
    assert sorted(look(data)[0].values()) == [b"a", b"a", b"b"]
    unclosed = raw(
        (b"Content-Type: multipart/related; boundary=i", b"--i\r\n" + XML64 + b"\r\n\r\nYQ=="), (XML64, b"Yg==")
    )
    assert sorted(look(unclosed)[0].values()) == [b"a", b"b"]


@pytest.mark.parametrize("size", [mime.MAX_HEADER - 100, mime.MAX_HEADER + 1])
def test_R27_headers_are_limited(look, size):
    data = (
        b"From: a@b.example\r\nSubject: s\r\nX-Long: "
        + b"x" * (size - 80)
        + b"\r\n"
        + b"X: y\r\n" * 8
        + b"Content-Type: text/xml; name=a.xml\r\n\r\n<a/>"
    )
    sources, issues = look(data)
    assert bool(sources) is (size < mime.MAX_HEADER)
    assert [issue.code for issue in issues] == ([] if sources else [Code.LIMIT_REACHED])


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (b"YWJj!!ZGVm", "2 characters"),
        (b"YWJjZGV", "middle of a group"),
        (b"YWJjZ", "one letter"),
        (b"YWI=ZGVm", "behind its end mark"),
        (b"YWI=\r\nZGVm", "behind its end mark"),
        (b"YWJj\xff", "1 characters"),
    ],
)
def test_damaged_base64_is_read_and_doubted(look, text, word):
    _, issues = look(raw((XML64, text)))
    assert [(issue.source_file, issue.code) for issue in issues] == [("mail.eml", Code.UNREADABLE_ARCHIVE)]
    (warning,) = look.sources[0].warnings
    assert word in warning
    assert "may be altered" in warning


def test_damaged_quoted_printable_is_kept_and_doubted(look):
    headers = b"Content-Type: text/csv; name=a.csv\r\nContent-Transfer-Encoding: quoted-printable"
    for text, data in ((b"a=ZZb", b"a=ZZb"), (b"a=4", b"a=4"), (b"ok=\r\n=3D", b"ok=")):
        assert look(raw((headers, text)))[0] == {"mail.eml!a.csv": data}
        assert bool(look.sources[0].warnings) is (text != b"ok=\r\n=3D")


def test_an_unknown_transfer_encoding_is_an_issue(look):
    sources, issues = look(
        raw(
            (b"Content-Type: text/xml; name=a.xml\r\nContent-Transfer-Encoding: x-uuencode", b"begin 644 a.xml"),
            (XML64, b"YQ=="),
        )
    )
    assert list(sources.values()) == [b"a"]
    assert [issue.code for issue in issues] == [Code.UNREADABLE_ARCHIVE]


def test_a_cut_mail_is_read_as_far_as_it_goes_and_named(look):
    whole = raw(
        (XML64, base64.encodebytes(b"one" * 100)),
        (XML64.replace(b"Search", b"Second"), base64.encodebytes(b"two" * 100)),
    )
    cut = whole[: whole.rindex(b"dHdv") + 2]
    sources, issues = look(cut)
    assert sources["mail.eml!SearchResult.xml"] == b"one" * 100
    assert (b"two" * 100).startswith(sources["mail.eml!SecondResult.xml"])
    assert [issue.code for issue in issues] == [Code.UNREADABLE_ARCHIVE]
    assert look.sources[0].warnings == ()
    assert "last boundary" in look.sources[1].warnings[0]


def test_R1_no_cut_of_a_mail_passes_as_whole(look):
    whole = raw((b"Content-Type: text/plain", b"words"), (XML64, base64.encodebytes(UTF16)))
    start, end = whole.index(b"--b1"), whole.rindex(b"--b1--")
    for at in range(start, end, 9):
        sources, issues = look(whole[:at])
        assert issues, at
        assert not [label for label, data in sources.items() if data == UTF16 and not look.sources[0].warnings], at


def test_limits_hold_in_mails_and_what_came_before_is_kept(look, monkeypatch):
    monkeypatch.setattr(spool, "MAX_BYTES", 5)
    sources, issues = look(mail(("a.csv", b"one"), ("b.csv", b"three")))
    assert sources == {"mail.eml!a.csv": b"one"}
    assert [issue.code for issue in issues] == [Code.LIMIT_REACHED]


def test_R32_a_large_mail_is_never_held_in_memory(tmp_path):
    path = tmp_path / "mail.eml"
    path.write_bytes(raw((XML64, base64.encodebytes(b"abc" * (4 << 20)))))
    tracemalloc.start()
    (source,) = find_sources([str(path)], Spool(tmp_path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert source.size == 12 << 20
    assert peak < 4 << 20


@pytest.mark.parametrize(
    ("start", "yes"),
    [
        (b"Received: from a\r\n\tby b\r\nFrom: x\r\n\r\nbody", True),
        (b"\xef\xbb\xbfFrom: x\nSubject: y\n\nbody", True),
        (b"X-Folder: 1\nMIME-Version: 1.0\nSubject: y", True),
        (b"Return-Path: <>\nReceived: from " + b"x" * 9000, True),
        (b"Subject: y\nTo: z\n\n", False),
        (b"Identity : x\nFrom : y\nReceived : z\n", False),
        (b"From: x\nnot a header\nSubject: y\n\n", False),
        (b"Note: this is a text\nabout: something\n", False),
        (b"RecordId,CreationDate\n", False),
        (b"", False),
    ],
)
def test_mails_are_told_by_their_first_lines(start, yes):
    assert is_mail(start[:8192]) is yes


# --- Outlook ----------------------------------------------------------------------------------------------------------


def compound_file(tree):
    """A compound file ([MS-CFB], 512-byte sectors) of nested dicts of bytes; every stream is padded past the small-stream limit."""
    free, end, fat_mark = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    entries, sectors, fat = [], [], []

    def store(data):
        if not data:
            return end
        first, count = len(sectors), -(-len(data) // 512)
        for number in range(count):
            sectors.append(data[number * 512 : (number + 1) * 512].ljust(512, b"\0"))
            fat.append(first + number + 1 if number < count - 1 else end)
        return first

    def add(name, node):
        index = len(entries)
        entries.append(None)
        child = right = free
        if isinstance(node, dict):
            kind, start, size = (5 if not index else 1), end if not index else 0, 0
            numbers = [add(key, value) for key, value in node.items()]
            for before, after in itertools.pairwise(numbers):
                entries[before][3] = after
            child = numbers[0] if numbers else free
        else:
            kind, start, size = 2, store(node), len(node)
        entries[index] = [name, kind, child, right, start, size]
        return index

    add("Root Entry", tree)
    directory = b""
    for name, kind, child, right, start, size in entries:
        wide = name.encode("utf-16-le")
        directory += wide.ljust(64, b"\0") + struct.pack(
            "<HBBLLL16sLQQLQ", len(wide) + 2, kind, 1, free, right, child, b"", 0, 0, 0, start, size
        )
    first_directory = store(directory)
    fat_sectors = next(count for count in range(1, 100) if count * 128 >= len(fat) + count)
    places = list(range(len(sectors), len(sectors) + fat_sectors))
    fat += [fat_mark] * fat_sectors
    table = struct.pack(f"<{len(fat)}L", *fat).ljust(fat_sectors * 512, b"\xff")
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 16
        + struct.pack("<HHHHH6xLLLLLLLLL", 0x3E, 3, 0xFFFE, 9, 6, 0, fat_sectors, first_directory, 0, 0, end, 0, end, 0)
    )
    header += struct.pack("<109L", *places, *[free] * (109 - fat_sectors))
    return header + b"".join(sectors) + table


def properties(header, **tags):
    return b"\0" * header + b"".join(
        struct.pack("<HHLQ", 3 if tag != "t0039" else 0x40, int(tag[1:], 16), 0, value) for tag, value in tags.items()
    )


def text_of(words):
    return words.encode("utf-16-le")


def msg_tree(*attachments, subject="Mailbox audit log search: Ward", header=32):
    tree = {
        "__properties_version1.0": properties(header, t0039=134_169_192_000_000_000),
        "__substg1.0_0037001F": text_of(subject),
        "__substg1.0_1000001F": text_of("Start Date: 3/1/2026\r\n\u202eMailboxes: amy"),
        "__substg1.0_0C1A001E": "Microsoft Exchangé".encode("cp1252"),
    }
    for number, (name, data) in enumerate(attachments):
        embedded = isinstance(data, dict)
        tree[f"__attach_version1.0_#{number:08X}"] = {
            "__properties_version1.0": properties(8, t3705=5 if embedded else 1),
            "__substg1.0_3707001F": text_of(name),
            f"__substg1.0_3701{'000D' if embedded else '0102'}": data,
        }
    return tree


def msg(*attachments, **options):
    return compound_file(pad(msg_tree(*attachments, **options)))


def pad(tree):
    """Streams below 4,096 bytes would have to stand in the small-stream sectors; text and tables may be longer."""
    return {
        name: pad(node)
        if isinstance(node, dict)
        else node.ljust(4096, b"\0")
        if not name.startswith("__substg1.0_3701")
        else node
        for name, node in tree.items()
    }


BIG = b"<?xml version='1.0'?><SearchResults>" + b" " * 5000 + b"</SearchResults>"


def test_attachments_of_an_outlook_mail_are_read_with_its_words(look):
    sources, issues = look(msg(("SearchResult.xml", BIG), ("../../b.csv", BIG[::-1])), "saved.msg")
    assert (sources, issues) == ({"saved.msg!SearchResult.xml": BIG, "saved.msg!../../b.csv": BIG[::-1]}, [])
    note, criteria = next(source for source in look.sources if source.name.endswith(".xml")).notes
    assert criteria.startswith("Search criteria stated in the mail: Start Date: 3/1/2026")
    assert note.startswith("Mail: subject: Mailbox audit log search: Ward; date: 2026-03-02 10:00:00 UTC; ")
    assert "from: Microsoft Exchangé" in note
    assert "body: Start Date: 3/1/2026 Mailboxes: amy" in note


def test_mails_in_outlook_mails_are_read_three_deep(look):
    tree = msg_tree(("a.xml", BIG), subject="inner", header=24)
    two = msg_tree(("Fw", tree))
    assert look(compound_file(pad(two)), "saved.msg")[0] == {"saved.msg!Fw!a.xml": BIG}
    assert [note.split(";")[0] for note in look.sources[0].notes if note.startswith("Mail:")] == [
        "Mail: subject: Mailbox audit log search: Ward",
        "Mail: subject: inner",
    ]
    three = msg_tree(("Fw", msg_tree(("Fw", tree), header=24)))
    assert list(look(compound_file(pad(three)), "saved.msg")[0]) == ["saved.msg!Fw!Fw!a.xml"]
    four = msg_tree(("Fw", msg_tree(("Fw", msg_tree(("Fw", tree), header=24)), header=24)))
    sources, issues = look(compound_file(pad(four)), "saved.msg")
    assert sources == {}
    assert [issue.code for issue in issues] == [Code.LIMIT_REACHED]


def test_an_outlook_mail_without_attachments_is_listed_with_its_words(look):
    sources, issues = look(msg(subject="Your search failed"), "saved.msg")
    assert sources == {}
    assert issues[0].code is Code.NO_EXPORT
    assert "Your search failed" in issues[0].reason


def test_attachments_an_outlook_mail_only_links_to_are_named(look):
    tree = msg_tree(("a.xml", BIG))
    del tree["__attach_version1.0_#00000000"]["__substg1.0_37010102"]
    _sources, issues = look(compound_file(pad(tree)), "saved.msg")
    assert [issue.code for issue in issues] == [Code.UNREADABLE_ARCHIVE]
    assert "does not hold it" in issues[0].reason


def test_an_impossible_date_is_left_out_of_the_note(look):
    tree = msg_tree(("a.xml", BIG))
    tree["__properties_version1.0"] = properties(32, t0039=2**64 - 1)
    assert look(compound_file(pad(tree)), "saved.msg")[0] == {"saved.msg!a.xml": BIG}
    assert "date" not in look.sources[0].notes[0]


def test_old_office_documents_are_named(look):
    sources, issues = look(compound_file({"Workbook": b"x" * 5000}))
    assert sources == {}
    assert issues[0].code is Code.UNKNOWN_FORMAT
    assert "old Office document" in issues[0].reason


def test_damaged_outlook_files_are_named_and_never_a_crash(look):
    whole = msg(("a.xml", BIG))
    for at in [*range(512, len(whole), 487), 8, 100]:
        sources, issues = look(whole[:at], "saved.msg")
        assert issues or look.sources[0].warnings or sources.get("saved.msg!a.xml") == BIG, at
    for at in range(0, 512, 5):
        broken = bytearray(whole)
        broken[at] ^= 0xFF
        look(bytes(broken), "saved.msg")


@pytest.mark.parametrize(("delta", "fits"), [(1, True), (0, True), (-1, False)])
def test_R27_outlook_files_have_a_limit_of_size(look, monkeypatch, delta, fits):
    data = msg(("a.xml", BIG))
    monkeypatch.setattr(outlook, "MAX_SIZE", len(data) + delta)
    assert bool(look(data, "saved.msg")[0]) is fits


# --- end to end -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["eml", "msg"])
def test_a_mail_is_converted_with_its_search_on_record(run, tmp_path, kind):
    export = purview_csv([audit_data(n, Note="x" * 2000) for n in (1, 2, 3)])
    data = msg(("AuditLog.csv", export)) if kind == "msg" else mail(("AuditLog.csv", export)).as_bytes()
    (tmp_path / f"given.{kind}").write_bytes(data)
    done = run("convert", f"given.{kind}", "-o", "a.jsonl", "-o", "a.xlsx")
    assert done.returncode == 0, done.stderr.decode()
    manifest = json.loads((tmp_path / "a.jsonl.manifest.json").read_text())
    (source,) = manifest["inputs"]
    assert source["path"] == f"given.{kind}!AuditLog.csv"
    assert source["decisions"][0].startswith("Mail: subject: Mailbox audit log search: Ward")
    event = json.loads((tmp_path / "a.jsonl").read_bytes().splitlines()[0])
    shown = run("show", "a.jsonl.manifest.json", event["event_id"])
    assert export[event["offset"] : event["offset"] + event["length"]].strip() in shown.stdout


AUDIT_ITEM = "Operation: HardDelete\r\nOperationResult: Succeeded\r\nUtcTime: 2026-03-11T20:22:40\r\nMailboxGuid: g\r\n"


def test_a_mail_whose_text_is_an_audit_entry_is_that_entry(look):
    message = EmailMessage()
    message["From"], message["Subject"] = "Victoraudit@x.example", "Victor : HardDelete"
    message.set_content(AUDIT_ITEM)
    sources, issues = look(message)
    assert issues == []
    ((name, data),) = sources.items()
    assert name.endswith("!text of the mail")
    assert data.decode().replace("\r\n", "\n").startswith(AUDIT_ITEM.replace("\r\n", "\n"))


def test_a_mail_that_only_speaks_of_an_operation_is_none(look):
    message = EmailMessage()
    message["From"], message["Subject"] = "a@x.example", "hello"
    message.set_content("Operation: went well.\n\nBest regards\n")
    sources, issues = look(message)
    assert sources == {}
    assert "mail without an attachment" in issues[0].reason
