"""Objects out of Export-Clixml files: values, places, damage, hostile content."""

import random

import pytest
from json_kit import Pieces

from m365timeline.parsers import _clixml
from m365timeline.parsers._clixml import ClixmlReader, look_at_clixml, tell_markup
from m365timeline.schemas.record import Code

HEAD = '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">\r\n'
RICH = """  <Obj RefId="%(n)s0">
    <TN RefId="0">
      <T>Deserialized.Microsoft.Exchange.Data.ApplicationLogic.UnifiedAuditLogEvent</T>
      <T>Deserialized.System.Object</T>
    </TN>
    <ToString>Microsoft.Exchange.Data.ApplicationLogic.UnifiedAuditLogEvent</ToString>
    <Props>
      <S N="Identity">id-%(n)s</S>
      <DT N="CreationDate">2026-03-09T08:00:0%(n)s+01:00</DT>
      <I32 N="ResultIndex">-1</I32>
      <U64 N="Big">18446744073709551615</U64>
      <Db N="Share">1.10</Db>
      <B N="IsValid">true</B>
      <Nil N="Nothing" />
      <G N="RunspaceId">0f8fad5b-d9cb-469f-a165-70867728950e</G>
      <S N="AuditData">{&quot;a&quot;:&quot;b &lt;c&gt; &amp; d&quot;}_x000D__x000A_x_x005F_x0041_ _xD83D__xDE00_</S>
      <Obj N="ObjectState" RefId="%(n)s1">
        <TN RefId="1"><T>Microsoft.Exchange.Data.ObjectState</T><T>System.Enum</T></TN>
        <ToString>Unchanged</ToString>
        <I32>2</I32>
      </Obj>
      <Obj N="Folders" RefId="%(n)s2"><TNRef RefId="2" /><LST><S>one</S><Obj RefId="%(n)s3"><MS><S N="Path">\\Inbox</S></MS></Obj></LST></Obj>
      <Obj N="Table" RefId="%(n)s4"><DCT><En><S N="Key">k</S><I32 N="Value">7</I32></En></DCT></Obj>
      <Ref N="Again" RefId="%(n)s2" />
    </Props>
    <MS><S N="PSComputerName">outlook.office365.com</S></MS>
  </Obj>
"""
FILE = HEAD + "".join(RICH % {"n": n} for n in range(1, 6)).replace("\n", "\r\n") + "</Objs>"


def read(text, size=1 << 20):
    reader = ClixmlReader(Pieces(text, size))
    items = list(reader)
    data = text.encode("utf-8", "surrogateescape")
    position = 0
    for item in [*items, None]:
        start = len(data) if item is None else item.place.offset
        gap = data[position:start].decode()
        refused = bool(items) and items[-1].place.problem is Code.FORBIDDEN_XML
        if not (item is None and refused):
            assert tell_markup(gap) is not None, gap
        if item is not None:
            position = start + item.place.length
            assert data[start:position].decode() == item.place.text
            assert item.place.line == 1 + data[:start].count(b"\n")
    return items


def data_of(items):
    return [item.decoded.data for item in items if item.decoded is not None]


@pytest.mark.parametrize("size", [1 << 20, 333, 11])
def test_values_become_what_they_were(size):
    items = read(FILE, size)
    assert len(items) == 5
    first = items[0].decoded.data
    folders = ["one", {"Path": "\\Inbox"}]
    assert first == {
        "Identity": "id-1", "CreationDate": "2026-03-09T08:00:01+01:00", "ResultIndex": -1, "Big": 18446744073709551615, "Share": "1.10",
        "IsValid": True, "Nothing": None, "RunspaceId": "0f8fad5b-d9cb-469f-a165-70867728950e",
        "AuditData": '{"a":"b <c> & d"}\r\nx_x0041_ \U0001f600', "ObjectState": "Unchanged", "Folders": folders, "Table": {"k": 7},
        "Again": folders, "PSComputerName": "outlook.office365.com",
    }  # fmt: skip
    assert look_at_clixml(FILE[:3000]).has("Identity", "AuditData")
    assert look_at_clixml(FILE[:900]).has("Identity", "CreationDate"), "an object longer than the head"
    assert look_at_clixml("<SearchResults>") is None


@pytest.mark.parametrize("size", [1 << 20, 50])
def test_a_list_exported_as_one_object_is_entered(size):
    inner = "".join(RICH % {"n": n} for n in range(1, 4))
    types = '<TN RefId="9"><T>System.Object[]</T><T>System.Array</T></TN>'
    text = f'{HEAD}<Obj RefId="99">{types}\n<LST>{inner}</LST>\n</Obj></Objs>'
    assert [record["Identity"] for record in data_of(read(text, size))] == ["id-1", "id-2", "id-3"]
    assert data_of(read(f"{HEAD}<S>{{&quot;Id&quot;:1}}</S><S>x</S></Objs>", size)) == [
        {"value": '{"Id":1}'},
        {"value": "x"},
    ]


@pytest.mark.parametrize("size", [1 << 20, 400])
@pytest.mark.parametrize(("old", "new"), [
    ('<S N="Identity">id-3</S>', '<S N="Identity">id-3<S>'), ("id-3</S>", "id-3 & co</S>"), ('<Ref N="Again" RefId="32" />\r\n    </Props>', "</Obj>"),
    ('<Nil N="Nothing" />', '<Obj N="Nothing">'), ("id-3</S>", "id-3\x0b</S>"),
])  # fmt: skip
def test_a_damage_costs_only_its_object(old, new, size, monkeypatch):
    monkeypatch.setattr(_clixml, "_PATIENCE", 100)
    begin = FILE.index('<Obj RefId="30">')
    text = FILE[:begin] + FILE[begin:].replace(old, new, 1)
    assert text != FILE
    items = read(text, size)
    assert [
        record["Identity"] for record in data_of(items) if "Identity" in record and record["Identity"] != "id-3"
    ] == ["id-1", "id-2", "id-4", "id-5"]
    assert any(item.place.problem for item in items)


def test_a_cut_file_keeps_its_whole_objects():
    items = read(FILE[: FILE.index("id-4")])
    assert [item.place.problem for item in items] == [None, None, None, Code.TRUNCATED_RECORD]


def test_declarations_end_the_reading():
    for evil in ('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', "<![CDATA[x]]>"):
        items = read(FILE.replace("</Objs>", evil + "</Objs>"))
        assert [item.place.problem for item in items] == [None] * 5 + [Code.FORBIDDEN_XML]
    (item,) = read(f'{HEAD}<Obj RefId="0"><MS><S N="a">&xxe;</S></MS></Obj></Objs>')
    assert item.place.problem is Code.BROKEN_XML


def test_depth_has_a_limit():
    deep = '<Obj RefId="1"><MS>' + '<Obj N="a" RefId="1"><MS>' * 400 + "</MS></Obj>" * 400 + "</MS></Obj>"
    items = read(f"{HEAD}{deep}\n{RICH % {'n': 1}}</Objs>")
    assert [item.place.problem for item in items] == [Code.NESTED_TOO_DEEP, None]


def test_random_damage_keeps_every_byte_and_ends(monkeypatch):
    monkeypatch.setattr(_clixml, "_PATIENCE", 200)
    chance = random.Random(3)
    for _ in range(200):
        text = list(FILE)
        for _ in range(chance.randint(1, 4)):
            text[chance.randrange(len(text))] = chance.choice(["<", ">", "&", '"', "", "</Obj>", "<Obj>", "x", "\n"])
        read("".join(text), chance.choice([700, 10_000]))


def test_a_lost_object_never_passes_as_structure():
    assert tell_markup('<Obj RefId="0"><MS></MS></Obj>') is None
    assert tell_markup("<S>text</S>") is None
    assert tell_markup("</Objs> words") is None


def test_many_objects_that_never_end_are_each_rejected():
    items = read(HEAD + '  <Obj RefId="0"><MS><S N="AuditData">x</S>\n' * 3000)
    assert len(items) == 3000
    assert all(item.place.problem for item in items)
