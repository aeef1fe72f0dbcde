"""Nothing is altered on the way: bytes, numbers, keys, times, absent and empty values. One test or more for each requirement R38-R47."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from exports import audit_data, cmdlet_csv, purview_csv, write
from helpers import read_events, read_records
from hypothesis import given, settings
from hypothesis import strategies as st

from m365timeline.normalizers.times import compare_with_reference, parse_iso, read_time
from m365timeline.parsers import _csv, _csv_block
from m365timeline.parsers._csv import RowReader, read_header
from m365timeline.parsers._json import MAX_DEPTH, decode_object
from m365timeline.parsers.unified_audit_csv import QUESTION_MARKS, RESAVED, SHORTENED, UnifiedAuditCsv
from m365timeline.schemas.dates import DateEvidence, decide
from m365timeline.schemas.record import Code
from m365timeline.schemas.source import Encoding, Source, Window
from m365timeline.sources.encoding import ByteCounts, narrow_encoding
from m365timeline.sources.scan import scan

BIG = "18446744073709551617"
LONG = "9" * 400


def event_of(text, **columns):
    """The event of one AuditData text."""
    row = {
        "RecordId": "1",
        "CreationDate": "2026-03-08T10:00:00Z",
        "Operation": "FileAccessed",
        "UserId": "amy@alderbrook.example",
        "AuditData": text,
    } | columns
    _, issues, events = read_events(write([list(row), list(row.values())]).encode(), UnifiedAuditCsv)
    assert issues == []
    return events[0]


def lines_of(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# --- R38: the exact source text of every field can be had -------------------------------------------------------------


@settings(max_examples=300)
@given(st.binary(max_size=80), st.sampled_from([Encoding("utf-8", 0, ""), Encoding("cp1252", 0, "")]))
def test_R38_every_byte_survives_decoding(data, encoding):
    text = encoding.decode(data)
    assert text.encode(encoding.codec, encoding.errors) == data
    assert encoding.byte_length(text) == len(data)


@settings(max_examples=200)
@given(st.binary(max_size=80).filter(lambda data: len(data) % 2 == 0), st.sampled_from(["utf-16-le", "utf-16-be"]))
def test_R38_every_pair_of_bytes_survives_decoding(data, codec):
    encoding = Encoding(codec, 0, "", "surrogatepass")
    try:
        text = encoding.decode(data)
    except UnicodeDecodeError:
        assert 0xD8 <= data[-1 if codec.endswith("le") else -2] <= 0xDB, (
            "only half a character at the end cannot be read"
        )
        return
    assert text.encode(codec, "surrogatepass") == data


@pytest.mark.parametrize(
    "odd", [b"\x00", b"\x01", b"\x1b[2J", b"\xff", b"\xc3", b"\x85", "\u202e".encode(), b"\t", b"\r", b"\r\n"]
)
def test_R38_the_raw_text_and_the_offset_give_the_exact_bytes(odd):
    data = purview_csv([audit_data(1), audit_data(2)]).replace(b"file1", "é".encode() + odd + b"x")
    records, issues, _ = read_events(data, UnifiedAuditCsv)
    assert issues == []
    assert len(records) == 2
    for record in records:
        stands = data[record.offset : record.offset + record.length]
        assert record.raw.encode("utf-8", "surrogateescape") == stands
    assert records[0].offset + records[0].length == records[1].offset


def test_R38_invalid_bytes_are_shown_as_escapes_and_flagged(run, tmp_path):
    text = purview_csv([audit_data(1, Item="QQ é")]).replace(b"QQ", b"a\xe9b").replace(b"\\u00e9", "é".encode())
    (tmp_path / "x.csv").write_bytes(text)
    run("convert", "x.csv", "-o", "a.jsonl")
    (event,) = lines_of(tmp_path / "a.jsonl")
    assert event["extra"]["Item"] == "a\\xe9b é"
    assert event["quality"] == ["invalid_bytes"]
    assert "a\\xe9b é" in event["raw"]


# --- R39: numbers -----------------------------------------------------------------------------------------------------


@settings(max_examples=200)
@given(
    st.integers(-(10**500), 10**500)
    | st.from_regex(r"-?(0|[1-9][0-9]{0,30})\.[0-9]{1,40}([eE][+-]?[0-9]{1,4})?", fullmatch=True)
)
def test_R39_numbers_never_pass_through_float(number):
    decoded = decode_object(f'{{"N":{number}}}')
    assert type(decoded.data["N"]) is not float
    assert str(decoded.data["N"]) == str(number)
    assert str(number) in event_of(f'{{"Operation":"Send","N":{number}}}').extra


@pytest.mark.parametrize(
    "digits", [BIG, LONG, "1.10", "1E5", "-1.50", "9" * 5000, "0.1000000000000000055511151231257827"]
)
def test_R39_numbers_stand_as_written_in_the_output(run, tmp_path, digits):
    (tmp_path / "x.csv").write_bytes(
        purview_csv(
            [json.dumps(audit_data(1)).replace('"Version": 1', f'"Version": {digits}, "Inner": [{{"N": {digits}}}]')]
        )
    )
    done = run("convert", "x.csv", "-o", "a.jsonl", "-o", "a.csv")
    assert done.returncode == 0, done.stderr
    line = (tmp_path / "a.jsonl").read_text(encoding="utf-8")
    assert f'"N":{digits}' in line or f'"N":"{digits}"' in line
    assert digits in (tmp_path / "a.csv").read_text(encoding="utf-8-sig")


def test_R39_digits_in_columns_and_texts_keep_their_zeros():
    event = event_of(json.dumps(audit_data(1, Code="00123", Phone="+0043")), Ticket="00123", Cost="1.10", Size=BIG)
    assert json.loads(event.extra)["Code"] == "00123"
    assert json.loads(event.extra)["wrapper"]["ticket"] == "00123"
    assert json.loads(event.extra)["wrapper"]["cost"] == "1.10"
    assert json.loads(event.extra)["wrapper"]["size"] == BIG
    assert decode_object('{"a":00123}') is None, "no JSON number: salvaged as the text it is"
    assert json.loads(event_of('{"Operation":"Send","a":00123,"b":"c"}').extra)["a"] == "00123"


# --- R40: keys, constants, surrogates, trailing data ------------------------------------------------------------------


@settings(max_examples=200)
@given(
    st.sampled_from(['"a":1', '"a" :1', '"a"\n:1', '"\\u0061":1']),
    st.sampled_from(['"a":2', '"a" :2', '"\\u0061" : 2']),
    st.sampled_from(["", ',"b":"\\u0022:"', ',"b":"\\"\\u003a"', ',"b":"\\"\\u003A"', ',"b" :":"', ',"b":[{"c":":"}]']),
)
def test_R40_a_repeated_key_is_flagged_however_it_is_written(first, second, noise):
    for text in (
        f"{{{first}{noise},{second}}}",
        f"{{{first},{second}{noise}}}",
        f'{{"x":[{{{first},{second}}}]{noise}}}',
    ):
        decoded = decode_object(text)
        assert decoded.flags == ["duplicate_keys"], text


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ('{"a":1.5,"c":2.5,"d":3.5,"b":1,"b":2}', ["duplicate_keys"]),  # quotes make up for what is lost
        ('{"a":1.5,"a":2.5}', ["duplicate_keys"]),
        ('{"b":1,"b":2}', ["duplicate_keys"]),
        ('{"a":1.5,"b":{"c":2.5}}', []),
    ],
)
def test_R40_the_quotes_of_fractions_hide_no_repeated_key(text, flags):
    assert decode_object(text).flags == flags


@pytest.mark.parametrize("text", ['{"a":-0}', '{"a":1.5, "b":-0}', '{"a":1.5,"b":[-0],"é":""}'])
def test_R39_the_sign_of_zero_stays(text):
    assert b'"-0"' in decode_object(text).canonical


@pytest.mark.parametrize(
    "text",
    ['{"a":"\\u0022:"}', '{"a" : "b"}', '{"a":"\\u003a"}', '{"a":1,"A":2}', '{"a":{"a":1},"b":[{"a":1},{"a":1}]}'],
)
def test_R40_no_key_is_repeated_here(text):
    assert decode_object(text).flags == []


def test_R40_keys_that_differ_only_in_case_both_stay():
    extra = json.loads(event_of(json.dumps(audit_data(1, clientip="1", CLIENTIP="2", Zz="3", zz="4"))).extra)
    assert (extra["clientip"], extra["CLIENTIP"], extra["Zz"], extra["zz"]) == ("1", "2", "3", "4")


def test_R40_a_repeated_key_keeps_both_values_in_raw():
    event = event_of('{"Operation":"Send","UserId":"amy@a.example","UserId":"eve@a.example"}')
    assert event.quality[0] == "duplicate_keys"
    assert event.actor == "eve@a.example"
    assert "amy@a.example" in event.raw


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_R40_numbers_that_are_none_are_flagged_and_kept_as_text(word):
    event = event_of(f'{{"Operation":"Send","N":{word}}}')
    assert event.quality[0] == "invalid_number"
    assert json.loads(event.extra)["N"] == word


def test_R40_lone_surrogates_are_flagged_and_can_be_written(run, tmp_path):
    (tmp_path / "x.csv").write_bytes(
        purview_csv([json.dumps(audit_data(1, Item="half \ud83d and whole 😀", **{"key\udc00": "x"}))])
    )
    done = run("convert", "x.csv", "-o", "a.jsonl", "-o", "a.xlsx", "-o", "a.csv", "-o", "a.parquet")
    assert done.returncode == 0, done.stderr
    (event,) = lines_of(tmp_path / "a.jsonl")
    assert event["quality"] == ["lone_surrogate"]
    assert event["extra"]["Item"] == "half \\ud83d and whole 😀"
    assert event["extra"]["key\\udc00"] == "x"


@pytest.mark.parametrize("behind", [" x", "}", "{}", ",", "\x00x", "]"])
def test_R40_trailing_data_is_flagged_and_kept(behind):
    text = json.dumps(audit_data(1)) + behind
    assert decode_object(text) is None
    event = event_of(text, RecordId=audit_data(1)["Id"], CreationDate="")
    assert event.quality[0] == "salvaged"
    told = json.loads(event.extra)["salvage"]
    assert (told["lost"], told["behind_the_object"]) == ("the text behind the object", behind.strip("\x00 "))
    assert behind.strip() in event.raw


@pytest.mark.parametrize("depth", [MAX_DEPTH - 2, MAX_DEPTH, 600, 5_000, 100_000])
@pytest.mark.parametrize("kind", ["lists", "objects", "mixed"])
def test_R34_depth_has_a_limit_and_no_traceback(depth, kind):
    opening, closing = {"lists": ("[", "]"), "objects": ('{"k":', "}"), "mixed": ('[{"k":', "}]")}[kind]
    text = '{"Operation":"Send","A":' + opening * depth + "1" + closing * depth + "}"
    levels = 1 + depth * (2 if kind == "mixed" else 1)
    event = event_of(text)
    assert (event.quality or [])[:1] == (["nested_too_deep"] if levels > MAX_DEPTH else ["time_from_wrapper"])


# --- R35: giant records -----------------------------------------------------------------------------------------------


class _Text:
    def __init__(self, text, size):
        self.text, self.size, self.encoding, self.starts = text, size, Encoding("utf-8", 0, ""), True

    def windows(self):
        starts = range(0, len(self.text), self.size)
        for at in starts:
            yield Window(self.text[at : at + self.size], len(self.text[:at].encode()), last=at == starts[-1])


TOO_LARGE, UNCLOSED = Code.RECORD_TOO_LARGE, Code.UNCLOSED_QUOTE


@pytest.mark.parametrize("size", [1, 50, 64, 333, 10_000])
@pytest.mark.parametrize(
    ("record", "code"),
    [
        ("x" * 5_000, TOO_LARGE),
        ("1,2" * 2_000, TOO_LARGE),
        ('"' + "a\n" * 700 + "a", TOO_LARGE),
        ('a,"' + "zz\n" * 500, TOO_LARGE),
        ('a,"' + "zz\n" * 300, UNCLOSED),
        ('a,"' + "q" * 996 + '"', TOO_LARGE),  # with its line end 1,001 bytes
        ('a,"' + "é" * 498 + '"', TOO_LARGE),
        ('a,"' + "q" * 995 + '"', None),
    ],
)
def test_R35_a_record_above_the_limit_is_one_reject_and_never_cut(monkeypatch, record, code, size):
    for module in (_csv, _csv_block):
        monkeypatch.setattr(module, "MAX_RECORD", 1_000)
    text = "a,b\n1,2\n" + record + "\n3,4\n"
    items = list(RowReader(_Text(text, size), read_header(text), lambda _: False))
    assert [getattr(item, "code", None) for item in items] == [None, code, None]
    assert (items[0].cells, items[2].cells) == (["1", "2"], ["3", "4"])
    data, at = text.encode(), len("a,b\n")
    for item in items:
        assert (item.offset, item.line) == (at, data.count(b"\n", 0, at) + 1), "every byte is a row or a reject, once"
        at += item.length
    assert at == len(data)
    assert items[1].raw == (None if code is TOO_LARGE else record + "\n"), "the bytes stand in the file"


def test_R35_behind_a_quote_never_closed_another_header_is_found(monkeypatch):
    for module in (_csv, _csv_block):
        monkeypatch.setattr(module, "MAX_RECORD", 1_000)
    text = "a,b\n1,2\n" + 'x,"' + "y,y,y\n" * 300 + "b,c,a\n3,4,5\n"
    items = list(RowReader(_Text(text, 100), read_header(text), lambda table: "a" in table.keys))
    assert [getattr(item, "cells", None) for item in items] == [["1", "2"], None, ["3", "4", "5"]]


# --- R41: times -------------------------------------------------------------------------------------------------------


def test_R41_the_seventh_digit_is_not_lost(run, tmp_path):
    (tmp_path / "x.csv").write_bytes(purview_csv([audit_data(1, CreationTime="2026-03-02T10:01:00.1234567")]))
    run("convert", "x.csv", "-o", "a.jsonl")
    (event,) = lines_of(tmp_path / "a.jsonl")
    assert event["time"] == "2026-03-02T10:01:00.123456Z"
    assert event["time_raw"] == "2026-03-02T10:01:00.1234567"
    assert event["time_basis"] == "utc_by_specification"


@settings(max_examples=200)
@given(
    st.datetimes(datetime(1991, 1, 1), datetime(2099, 1, 1)),
    st.text("0123456789", min_size=1, max_size=7),
    st.sampled_from(["", "Z", "+00:00", "+05:45", "-0700"]),
)
def test_R41_time_is_the_written_instant_and_the_text_is_kept(moment, fraction, zone):
    text = f"{moment:%Y-%m-%dT%H:%M:%S}.{fraction}{zone}"
    reading = parse_iso(text)
    whole = datetime.fromisoformat(f"{moment:%Y-%m-%dT%H:%M:%S}" + (zone or "Z").replace("0700", "07:00")).astimezone(
        UTC
    )
    assert reading.us == int(whole.timestamp()) * 1_000_000 + int(fraction[:6].ljust(6, "0"))
    assert reading.zoned is bool(zone)
    assert event_of(json.dumps(audit_data(1, CreationTime=text)), CreationDate="").time_raw == text


def test_R41_the_basis_says_where_the_zone_comes_from():
    assert (
        event_of(json.dumps(audit_data(1, CreationTime="2026-03-02T10:01:00+02:00")), CreationDate="").time_basis
        == "offset_stated"
    )
    assert event_of(json.dumps(audit_data(1)), CreationDate="").time_basis == "utc_by_specification"
    assert read_time("2026-03-02 10:01:00", DateEvidence(), None, utc_by_specification=False).basis == "ambiguous"


# --- R42: day and month -----------------------------------------------------------------------------------------------


def test_R42_day_and_month_are_proved_for_the_file_or_asked_for():
    def order(*texts, reference=None, option=None):
        evidence = DateEvidence()
        for text in texts:
            read_time(text, evidence, None, utc_by_specification=True)
        if reference:
            compare_with_reference(texts[0], parse_iso(reference).us, evidence)
        return decide(evidence, option)

    assert order("03/04/2026 10:00:00", reference="2026-04-03T10:00:00").order == "dmy"
    assert order("03/04/2026 10:00:00", reference="2026-03-04T10:00:00").order == "mdy"
    assert order("03/04/2026 10:00:00", "13/04/2026 10:00:00").order == "dmy"
    assert order("03/04/2026 10:00:00").order is None
    assert "--date-order" in order("03/04/2026 10:00:00").why
    assert order("03/04/2026 10:00:00", option="dmy").order == "dmy"
    assert order("13/04/2026 10:00:00", "04/13/2026 10:00:00").contradiction
    assert order("13/04/2026 10:00:00", option="mdy").contradiction


# --- R43: dates a workbook cannot hold --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00",
        "1601-01-01T00:00:00Z",
        "1899-12-31T00:00:00",
        "9999-12-31T23:59:59.9999999",
        "10000-01-01T00:00:00",
    ],
)
def test_R43_sentinel_dates_are_no_times_and_stand_as_text(run, tmp_path, text):
    import openpyxl

    (tmp_path / "x.csv").write_bytes(
        purview_csv([audit_data(1), {**audit_data(2), "CreationTime": text}]).replace(f"{text}.0000000Z ".encode(), b"")
    )
    done = run("convert", "x.csv", "-o", "a.xlsx", "-o", "a.jsonl")
    assert done.returncode == 0, done.stderr
    events = {event["record_id"]: event for event in lines_of(tmp_path / "a.jsonl")}
    odd = events[audit_data(2)["Id"]]
    assert "time" not in odd
    assert odd["time_raw"] == text
    rows = openpyxl.load_workbook(tmp_path / "a.xlsx")["Timeline"].iter_rows(min_row=2, max_col=1, values_only=True)
    assert all(value is None or isinstance(value, str) or value.year == 2026 for (value,) in rows)


# --- R44: absent, empty, null, NA -------------------------------------------------------------------------------------


def test_R44_absent_empty_null_and_na_are_four_things(run, tmp_path):
    values = {
        "A": "",
        "B": None,
        "C": "null",
        "D": "NA",
        "E": "None",
        "F": "nan",
        "G": [],
        "H": {},
        "I": 0,
        "J": False,
        "K": " ",
    }
    (tmp_path / "x.csv").write_bytes(purview_csv([audit_data(1, **values)]))
    run("convert", "x.csv", "-o", "a.jsonl")
    (event,) = lines_of(tmp_path / "a.jsonl")
    assert {key: event["extra"][key] for key in values} == values
    assert "Z" not in event["extra"]


@pytest.mark.parametrize("key", ["ResultStatus", "OrganizationName", "Workload", "ObjectId", "Version"])
@pytest.mark.parametrize("value", ["", None])
def test_R44_an_empty_value_of_a_known_key_is_not_an_absent_one(key, value):
    event = event_of(json.dumps(audit_data(1, **{key: value})))
    assert json.loads(event.extra)[key] == value
    data = audit_data(1)
    data.pop(key, None)
    assert key not in json.loads(event_of(json.dumps(data)).extra)


@pytest.mark.parametrize("text", ["null", "NA", "nan", "None", "N/A", "NULL", "<null>"])
def test_R44_a_user_called_null_stays_so_called(text):
    event = event_of(json.dumps(audit_data(1, UserId=text, ObjectId=text)), UserId=text)
    assert json.loads(event.extra)["UserId"] == text
    assert text in event.raw


# --- R45: encodings ---------------------------------------------------------------------------------------------------


def test_R45_one_bad_byte_never_flips_the_encoding():
    counts = ByteCounts()
    counts.finish(counts.add("Grüße aus Graz".encode() + b"\xe9"))
    encoding = narrow_encoding(b"", counts)
    assert encoding.codec == "utf-8"
    assert "1 invalid byte " in encoding.why
    counts = ByteCounts()
    counts.finish(counts.add("Grüße aus Graz".encode("cp1252")))
    assert narrow_encoding(b"", counts).codec == "cp1252"


@settings(max_examples=50, deadline=None)
@given(st.binary(min_size=1, max_size=3).filter(lambda data: not data.isascii()), st.integers(1, 20))
def test_R45_bad_bytes_leave_the_rest_of_the_file_as_it_is(tmp_path_factory, bad, place):
    text = "Grüße, 日本, Ж;" * 5  # at the very beginning such bytes may be a byte-order mark
    cut = len(text[: place * 3].encode())
    data = text.encode()[:cut] + bad + text.encode()[cut:]
    path = tmp_path_factory.mktemp("bytes") / "x"
    path.write_bytes(data)
    found = scan(Source(name="x", path=str(path), origin=str(path), size=len(data)))
    if found.encoding.codec == "utf-8":
        assert found.encoding.decode(data).startswith(text[: place * 3])
    else:
        assert found.encoding.wide is False
        pytest.fail(f"{bad!r} flipped the file to {found.encoding.codec}")


def test_R45_the_decision_and_its_evidence_are_recorded(run, tmp_path):
    (tmp_path / "x.csv").write_bytes(purview_csv([audit_data(1, Item="QQ")]).replace(b"QQ", "Grüße".encode("cp1252")))
    run("convert", "x.csv", "-o", "a.jsonl")
    (source,) = json.loads((tmp_path / "a.jsonl.manifest.json").read_text())["inputs"]
    assert "cp1252" in source["encoding"]
    assert any("2 bytes above ASCII" in decision for decision in source["decisions"])


# --- R46: no silent repair --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "GrÃ¼ÃŸe",
        "=?utf-8?B?R3LDvMOfZQ==?=",
        "A&amp;B",
        "caf%C3%A9",
        "e\u0301",
        "  two  blanks  ",
        "a\u00a0b",
        "\u200bzero",
        "ﬁ",
    ],
)
def test_R46_nothing_is_repaired_silently(text):
    event = event_of(json.dumps(audit_data(1, Item=text, ObjectId=text), ensure_ascii=False), CreationDate="")
    assert json.loads(event.extra)["Item"] == text
    assert text in event.raw
    assert event.quality is None
    assert text.strip() in {event.target, json.loads(event.extra).get("ObjectId", "").strip()}


# --- R47: lossy exports are named -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["System.Object[]", "@{Name=ForwardTo; Value=a@b.example}"])
def test_R47_values_an_exporter_flattened_are_named(text):
    event = event_of(json.dumps(audit_data(1, Item=text)), CreationDate="")
    assert event.quality == ["details_lost"]
    assert json.loads(event.extra)["Item"] == text


@pytest.mark.parametrize("length", [32_767, 32_759])
def test_R47_a_cell_cut_by_a_spreadsheet_is_named(run, tmp_path, length):
    (tmp_path / "x.csv").write_bytes(purview_csv([audit_data(1), json.dumps(audit_data(2, Zz="x" * 40_000))[:length]]))
    run("convert", "x.csv", "-o", "a.jsonl")
    event = next(event for event in lines_of(tmp_path / "a.jsonl") if "quality" in event)
    assert event["quality"][:2] == ["cell_limit", "salvaged"]
    (source,) = json.loads((tmp_path / "a.jsonl.manifest.json").read_text())["inputs"]
    assert any("Excel" in warning for warning in source["warnings"])


def test_R47_a_whole_record_of_that_length_is_no_cut_one():
    data = audit_data(1, Zz="")
    text = json.dumps({**data, "Zz": "x" * (32_767 - len(json.dumps(data)))})
    assert len(text) == 32_767
    assert event_of(text, CreationDate="").quality is None


@pytest.mark.parametrize(
    ("before", "after", "note"),
    [
        (b'"True"', b'"TRUE"', RESAVED),
        (b'"1","1"', b'"1,23E+15","1"', SHORTENED),
        (b"file1", b"caf???", QUESTION_MARKS),
    ],
)
def test_R47_signs_of_a_resave_or_a_lossy_encoding_are_told(run, tmp_path, before, after, note):
    (tmp_path / "x.csv").write_bytes(
        cmdlet_csv([audit_data(1)], lambda data: data["CreationTime"]).replace(before, after)
    )
    run("convert", "x.csv", "-o", "a.jsonl")
    (source,) = json.loads((tmp_path / "a.jsonl.manifest.json").read_text())["inputs"]
    assert note in source["decisions"]


def test_R47_times_without_seconds_are_named():
    event = event_of("", CreationDate="13/03/2026 10:01")
    assert "seconds_lost" in event.quality


def test_R47_a_row_that_spilled_over_is_rejected_or_salvaged_never_joined_by_guess():
    text = json.dumps(audit_data(1, Zz="x" * 40_000))
    rows = [
        ["RecordId", "CreationDate", "Operation", "AuditData"],
        [audit_data(1)["Id"], "", "FileAccessed", text[:32_767]],
        [text[32_767:], "", "", ""],
    ]
    _, records, issues, _ = read_records(write(rows).encode(), UnifiedAuditCsv)
    assert [(record.quality, record.data) for record in records] == [(["salvaged"], json.loads(text))], "proved whole"
    assert "spread over 2 rows" in str(records[0].salvage)
    assert not issues

    rows[2][0] = rows[2][0][:-1]  # not the whole rest of that record
    _, records, issues, _ = read_records(write(rows).encode(), UnifiedAuditCsv)
    assert [record.quality for record in records] == [["cell_limit", "salvaged", "ends_early"]]
    assert [issue.code for issue in issues] == [Code.NO_CONTENT]
    assert rows[2][0][:40] in issues[0].raw


def test_the_good_path_stays_the_fast_one():
    """Undamaged records never reach the slow readers."""
    import m365timeline.parsers._json as module

    text = json.dumps(audit_data(1))
    slow = sys.modules[module.__name__]._decode_slowly
    try:
        module._decode_slowly = lambda _text: pytest.fail("the slow reader was used")
        assert decode_object(text).data == audit_data(1)
        assert decode_object(json.dumps(audit_data(1, Item="<a\u003a\\u003cb>"), indent=2)).flags == []
    finally:
        module._decode_slowly = slow


def test_every_requirement_of_this_part_has_a_test_by_name():
    names = Path(__file__).read_text(encoding="utf-8")
    assert all(f"def test_R{number}_" in names for number in range(38, 48))


def test_R32_a_field_no_real_record_has_is_cut_and_flagged_and_not_remembered():
    from m365timeline.normalizers.audit_data.common import _read_recurring

    _, _, (event,) = read_events(purview_csv([audit_data(1, UserId="u" * 200_000)]), UnifiedAuditCsv)
    assert event.actor == "u" * 32_767
    assert "long_value_cut" in event.quality
    assert "u" * 200_000 in event.raw
    assert _read_recurring.cache_info().currsize == 0
    _, _, (event,) = read_events(purview_csv([audit_data(1, Note="n" * 200_000)]), UnifiedAuditCsv)
    assert json.loads(event.extra)["Note"] == "n" * 200_000, "what stands apart stays whole"
    assert not event.quality
