"""The reader of SearchResult.xml: every Event once, damage located, hostile XML refused."""

import random
from itertools import pairwise

import pytest
from helpers import read_events, read_records

from m365timeline.parsers import _slices, _xml_slices
from m365timeline.parsers._xml_slices import Slicer
from m365timeline.parsers.admin_audit_xml import AdminAuditXml
from m365timeline.parsers.audit_xml_empty import AuditXmlEmpty
from m365timeline.parsers.mailbox_audit_xml import MailboxAuditXml
from m365timeline.schemas.record import Code
from m365timeline.schemas.source import Encoding, Window

ALL = (MailboxAuditXml, AdminAuditXml, AuditXmlEmpty)
HEAD = '<?xml version="1.0" encoding="utf-8"?>\r\n<SearchResults>\r\n'
END = "</SearchResults>"


def admin(number, extra=""):
    return (
        f'  <Event Caller="corp.example/Users/admin{number}" Cmdlet="Set-Mailbox" RunDate="2024-03-0{number % 9 + 1}T10:00:00Z" Succeeded="true"{extra}>\r\n'
        f'    <CmdletParameters>\r\n      <Parameter Name="Identity" Value="user{number}" />\r\n    </CmdletParameters>\r\n  </Event>\r\n'
    )


def mailbox(number):
    return f'  <Event MailboxGuid="g{number}" Owner="Amy" LastAccessed="2024-03-01T10:00:0{number % 10}Z" Operation="FolderBind" />\r\n'


def file(*events, head=HEAD, end=END):
    return head + "".join(events) + end


def read(text, parser=AdminAuditXml, codec="utf-8"):
    data = text if isinstance(text, bytes) else text.encode(codec)
    detection, records, issues, reader = read_records(data, parser)
    assert detection is not None
    for item in [*records, *issues]:
        if item.raw is not None:
            assert data[item.offset : item.offset + item.length].decode(codec, "surrogateescape") == item.raw
    assert {item.number for item in records} | {i.record_number for i in issues} == set(
        range(1, len(records) + len(issues) + 1)
    )
    return records, issues, reader


def callers(records):
    return [record.fields["Caller"].rpartition("/")[2] for record in records]


def claims(data):
    return [
        parser.name for parser in ALL if read_records(data if isinstance(data, bytes) else data.encode(), parser)[0]
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (file(admin(1)), ["admin_audit_xml"]),
        (file(mailbox(1)), ["mailbox_audit_xml"]),
        (admin(1) + admin(2), ["admin_audit_xml"]),
        ("\ufeff\r\n" + file(mailbox(1)), ["mailbox_audit_xml"]),
        (file("<!-- " + mailbox(1) + " -->", admin(1)), ["admin_audit_xml"]),
        (file('  <Event Caller="MailboxGuid=\'x\'" Cmdlet="New-App" />'), ["admin_audit_xml"]),
        ("<SearchResults />", ["audit_xml_empty"]),
        ("<SearchResults></SearchResults>", ["audit_xml_empty"]),
        (
            '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "<Event Cmdlet=\'q\'/>">]><SearchResults>&a;</SearchResults>',
            ["admin_audit_xml"],
        ),
        ('<Objs xmlns="http://schemas.microsoft.com/powershell/2004/04"><Event Caller="a" Cmdlet="b"/></Objs>', []),
        ('<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System/></Event>', []),
        ("<html><body>SearchResults</body></html>", []),
        ("Caller,Cmdlet\r\na,b\r\n", []),
        ("", []),
    ],
)
def test_content_decides_and_one_parser_at_most(text, name):
    assert claims(text) == name


def test_variants_are_told_apart():
    assert read_records(file(mailbox(1)).encode(), MailboxAuditXml)[0].variant == "details"
    summary = file('<Event MailboxGuid="g" Owner="o" LastAccessed="2024-01-01T00:00:00Z"/>')
    assert "summary" in read_records(summary.encode(), MailboxAuditXml)[0].variant


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_event_with_its_bytes_and_line(codec):
    text = file(admin(1), admin(2, ' ObjectModified="Zoë &lt;x&gt; é"'), admin(3))
    records, issues, _ = read(text, codec=codec)
    assert callers(records) == ["admin1", "admin2", "admin3"]
    assert [record.line for record in records] == [3, 8, 13]
    assert records[1].fields["ObjectModified"] == "Zoë <x> é"
    assert records[1].fields["CmdletParameters"] == [{"Name": "Identity", "Value": "user2"}]
    assert not issues


def test_a_declaration_that_lies_about_the_encoding_does_no_harm():
    records, issues, _ = read(
        "\ufeff" + file(admin(1), head='<?xml version="1.0" encoding="utf-16"?>\r\n<SearchResults>')
    )
    assert len(records) == 1
    assert not issues


def test_documents_put_together_and_fragments():
    both = file(admin(1)) + "\r\n\ufeff" + file(mailbox(2)) + admin(3)
    records, issues, parser = read(both)
    assert [record.kind for record in records] == ["admin_audit", "mailbox_audit", "admin_audit"]
    assert not issues
    assert any("put together" in note for note in parser.notes)


@pytest.mark.parametrize(
    "between",
    [
        "<!-- an <Event Caller='x' Cmdlet='y'/> that is none -->",
        "<![CDATA[ <Event Caller='x' Cmdlet='y'></Event> ]]>",
        "<?note <Event Caller='x' Cmdlet='y'/> ?>",
        "<!-- " + "x" * 20_000 + "<Event Caller='x' Cmdlet='y'/> <!DOCTYPE none> -->",
    ],
)
def test_an_event_in_a_comment_is_none(between):
    records, issues, parser = read(file(admin(1), between, admin(2)))
    assert callers(records) == ["admin1", "admin2"]
    assert not issues
    assert any("hold the text of an Event" in note for note in parser.notes)


def test_a_comment_inside_an_event_may_hold_its_end():
    text = file(
        '<Event Caller="a/b" Cmdlet="c" ObjectModified="1 > 0"><!-- </Event> <Event --><X><Y>&#65;<![CDATA[</Event>]]></Y></X></Event>',
        admin(2),
    )
    records, issues, _ = read(text)
    assert callers(records) == ["b", "admin2"]
    assert records[0].fields["ObjectModified"] == "1 > 0"
    assert records[0].fields["X"] == [{"#element": "Y", "#text": "A</Event>"}]
    assert not issues


def test_unknown_attributes_and_children_are_kept():
    text = file(
        '<Event Caller="a" Cmdlet="b" New="1" xsi:nil="2" nil="3">words<SourceItems><Item Id="1" Extra="e"/></SourceItems>'
        '<Deep at="1"><Item><Sub x="1"><Leaf>t</Leaf></Sub></Item></Deep><New><Item Id="9"/></New></Event>'
    )
    (record,), issues, _ = read(text)
    assert not issues
    assert record.fields == {
        "Caller": "a", "Cmdlet": "b", "New": "1", "xsi:nil": "2", "nil": "3", "#text": "words",
        "SourceItems": [{"Id": "1", "Extra": "e"}],
        "Deep": [{"at": "1"}, {"Sub": [{"x": "1", "Leaf": [{"#text": "t"}]}]}],
        "New#element": [{"Id": "9"}],
    }  # fmt: skip


@pytest.mark.parametrize(
    "broken",
    [
        '  <Event Caller="AT&T" Cmdlet="x" />',
        '  <Event Caller="a" Cmdlet="x" ObjectModified="&nbsp;" />',
        '  <Event Caller="a" Caller="b" Cmdlet="x" />',
        '  <Event Caller="a" Cmdlet="x>\r\n</Event>',
        '  <Event Caller="a" Cmdlet="a <b> c" />',
        '  <Event Caller="a" Cmdlet="x"><CmdletParameters></Event>',
        '  <Event Caller="a" Cmdlet="x"><CmdletParameters></CmdletParameters>',
        '  <Event Caller=a Cmdlet="x" />',
        "  <Event />",
        "  </Event>",
        "  left over from a cut record\" Cmdlet='q' />",
    ],
)
def test_only_the_broken_event_is_rejected(broken):
    records, issues, _ = read(file(admin(1), broken, "\r\n", admin(2), admin(3)))
    assert callers(records) == ["admin1", "admin2", "admin3"]
    assert len(issues) == 1
    assert issues[0].raw == broken.strip()
    assert issues[0].line == 8
    assert issues[0].code in {Code.BROKEN_XML, Code.NO_CONTENT, Code.STRAY_TEXT}


@pytest.mark.parametrize(
    "declaration", ["<!DOCTYPE x>", '<!DOCTYPE x [<!ENTITY e "v">]>', '<!ENTITY e "v">', "<!doctype x>"]
)
def test_a_declaration_in_the_prolog_refuses_the_whole_file(declaration):
    text = f'<?xml version="1.0"?><!-- {"x" * 17_000} -->\r\n{declaration}\r\n<SearchResults>{admin(1)}</SearchResults>'
    for codec in ("utf-8", "utf-16-le"):
        records, issues, _ = read(text, codec=codec)
        assert not records
        assert [issue.code for issue in issues] == [Code.FORBIDDEN_XML]


def test_a_declaration_between_events_refuses_what_follows():
    records, issues, _ = read(file(admin(1), '<!ENTITY x SYSTEM "file:///etc/passwd">', admin(2)))
    assert callers(records) == ["admin1"]
    assert [issue.code for issue in issues] == [Code.FORBIDDEN_XML]
    records, issues, _ = read(file(admin(1), '<Event Caller="a" Cmdlet="b"><!DOCTYPE x></Event>', admin(2)))
    assert callers(records) == ["admin1"]
    assert [issue.code for issue in issues] == [Code.BROKEN_XML, Code.FORBIDDEN_XML]


def test_characters_that_xml_does_not_allow_are_replaced_and_flagged():
    text = file('<Event Caller="a/b\x01" Cmdlet="&#x1;c&#0;&#65;&#xD800;" />', admin(2))
    records, issues, parser = read(text)
    assert not issues
    assert records[0].fields == {"Caller": "a/b\ufffd", "Cmdlet": "\ufffdc\ufffdA\ufffd"}
    assert records[0].quality == ["illegal_characters_replaced"]
    assert records[1].quality == []
    assert any("1 record" in note for note in parser.notes)


def test_bytes_that_are_no_text_are_written_as_in_the_raw_text():
    data = file(admin(1), '<Event Caller="Zoë/é" Cmdlet="X" />').encode().replace(b"X", b"\xff")
    records, issues, _ = read(data)
    assert not issues
    assert records[1].fields["Cmdlet"] == "\\xff"


def test_entities_of_xml_are_decoded_and_nothing_else():
    (record,), _, _ = read(file('<Event Caller="&amp;#38;&lt;&gt;&quot;&apos;&#xD;&#xA;" Cmdlet="x" />'))
    assert record.fields["Caller"] == "&#38;<>\"'\r\n"


def test_too_deep_and_too_large():
    deep = '<Event Caller="a" Cmdlet="b">' + "<x>" * 300 + "</x>" * 300 + "</Event>"
    large = f'<Event Caller="a" Cmdlet="{"x" * 10_000_001}" />'
    records, issues, _ = read(file(admin(1), deep, large, admin(2)))
    assert callers(records) == ["admin1", "admin2"]
    assert [issue.code for issue in issues] == [Code.NESTED_TOO_DEEP, Code.RECORD_TOO_LARGE]


class Text:
    """A reader over text in windows of one size."""

    whole = True

    def __init__(self, text, size, codec="utf-8"):
        self.encoding = Encoding(codec, 0, "given")
        self.text, self.size = text, size

    def windows(self):
        offset = 0
        for start in range(0, len(self.text), self.size):
            part = self.text[start : start + self.size]
            yield Window(part, offset, start + self.size >= len(self.text))
            offset += self.encoding.byte_length(part)


def slices_of(slicer):
    return [found.place for found in slicer]


def test_an_overlong_record_is_passed_over(monkeypatch):
    monkeypatch.setattr(_xml_slices, "MAX_RECORD", 1000)
    monkeypatch.setattr(_slices, "MAX_RECORD", 1000)
    for long in (
        f'<Event Caller="a" Cmdlet="{"é" * 3000}" />\r\n',
        '<Event Caller="a" Cmdlet="b"><x>' + "y" * 3000 + "</x></Event>\r\n",
    ):
        text = file(admin(1), long, admin(2))
        slices = slices_of(Slicer(Text(text, 100)))
        assert [item.problem for item in slices] == [None, Code.RECORD_TOO_LARGE, None]
        at = slices[1].offset
        assert text.encode()[at : at + slices[1].length].decode().strip() == long.strip()


DAMAGES = file(
    admin(1), "<!-- <Event a='b'/> -->", '<Event Caller="x" Cmdlet="AT&T" />\r\n', admin(2, ' ObjectModified="é > ü"'), mailbox(3),
    "<![CDATA[<Event ]]>", '  <Event Caller="cut" Cmdlet="x', admin(4), "stray text ", admin(5),
)  # fmt: skip


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50, 333])
def test_windows_end_anywhere(size):
    whole = slices_of(Slicer(Text(DAMAGES, 1 << 20)))
    assert [item.problem for item in whole] == [None, None, None, None, Code.BROKEN_XML, None, Code.STRAY_TEXT, None]
    assert slices_of(Slicer(Text(DAMAGES, size))) == whole


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le"])
def test_cut_at_every_byte(codec):
    """Every Event that is complete before the cut survives, and whatever stands behind it is accounted for."""
    text = file(admin(1), mailbox(2), admin(3, ' ObjectModified="é"'), mailbox(4))
    data = text.encode(codec)
    _, whole, _, _ = read_records(data, AdminAuditXml)
    ends = [record.offset + record.length for record in whole]
    starts = [record.offset for record in whole]
    width = 2 if codec == "utf-16-le" else 1
    for cut in range(60 * width, len(data) + 1):
        detection, records, issues, parser = read_records(data[:cut], AdminAuditXml)
        complete = sum(end <= cut for end in ends)
        if detection is None:
            assert complete == 0
            continue
        assert [record.offset for record in records] == starts[:complete]
        begun = sum(start + 2 * width <= cut for start in starts)
        assert len(issues) == begun - complete
        assert all(issue.code is Code.TRUNCATED_RECORD and issue.offset == starts[complete] for issue in issues)
        if not issues and cut < len(data) - width:
            assert any("</SearchResults> is missing" in note for note in parser.notes)


def test_mutations_lose_nothing():
    """Whatever is done to a file: no exception, issues and records in order, and untouched Events survive."""
    events = [admin(number) for number in range(1, 7)]
    data = file(*events).encode()
    chance = random.Random(7)
    for _ in range(600):
        spoiled = bytearray(data)
        at = chance.randrange(len(HEAD) + len(events[0]), len(data) - len(END))
        noise = bytes(chance.choice(b"<>\"'&! \x00\xff/aE") for _ in range(chance.randrange(1, 6)))
        spoiled[at : at + chance.choice((0, len(noise), 200))] = noise
        _, records, issues, _ = read_records(bytes(spoiled), AdminAuditXml)
        offsets = [(item.offset, item.length) for item in sorted([*records, *issues], key=lambda item: item.offset)]
        assert all(a + length <= b for (a, length), (b, _) in pairwise(offsets))
        raw = "".join(record.raw for record in records)
        assert "admin1" in raw
        for event in events:
            body = event.strip().encode()
            place = bytes(spoiled).find(body)
            if place >= 0:
                touched = [item for item in [*records, *issues] if item.offset <= place < item.offset + item.length]
                assert len(touched) == 1


def test_an_empty_result_says_what_it_cannot_tell():
    records, issues, parser = read("<SearchResults />".encode("utf-16-le"), AuditXmlEmpty, "utf-16-le")
    assert not records
    assert not issues
    assert "found nothing" in parser.notes[0]


def test_events_behind_a_long_beginning_are_read_all_the_same():
    records, issues, parser = read(file("<!-- " + "x" * 70_000 + " -->", admin(1), mailbox(2)), AuditXmlEmpty)
    assert [record.kind for record in records] == ["admin_audit", "mailbox_audit"]
    assert not issues
    assert not any("found nothing" in note for note in parser.notes)


def test_the_same_event_in_two_files_is_the_same_event():
    first = read_events(file(admin(1)).encode(), AdminAuditXml)[2][0]
    attributes = (
        ' RunDate="2024-03-02T10:00:00Z" Succeeded="true" Cmdlet="Set-Mailbox" Caller="corp.example/Users/admin1"'
    )
    other = file(
        admin(2),
        f'<Event{attributes}><CmdletParameters><Parameter Value="user1" Name="Identity"/></CmdletParameters></Event>',
    )
    second = read_events(other.encode("utf-16-le"), AdminAuditXml)[2][1]
    assert (first.event_id, first.content) == (second.event_id, second.content)
