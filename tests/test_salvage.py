"""Damaged AuditData: what is read of it, what is told of the loss, and that nothing is invented."""

import csv
import io
import json
import random
from pathlib import Path

import msgspec
import mutations
import pytest
from exports import audit_data, cmdlet_csv, purview_csv, write
from helpers import read_events
from hypothesis import given, settings
from hypothesis import strategies as st

from m365timeline.parsers._json import decode_object
from m365timeline.parsers._salvage import salvage
from m365timeline.parsers.unified_audit_csv import QUESTION_MARKS, RESAVED, SHORTENED, UnifiedAuditCsv

SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "samples" / "ual"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder of real exports is not beside the project")

RULE = {
    **audit_data(7, Operation="New-InboxRule", RecordType=1, Workload="Exchange", ResultStatus="True"),
    "Parameters": [
        {"Name": "Name", "Value": "."},
        {"Name": "ForwardTo", "Value": "out@elsewhere.example"},
        {"Name": "SubjectContainsWords", "Value": 'Zahlung "ü" \\ invoice'},
    ],
}
ACCESS = {
    **audit_data(
        8, Operation="MailItemsAccessed", RecordType=50, Workload="Exchange", MailboxOwnerUPN="amy@alderbrook.example"
    ),
    "OperationProperties": [{"Name": "MailAccessType", "Value": "Bind"}],
    "OperationCount": 3,
    "Folders": [
        {
            "FolderItems": [{"InternetMessageId": "<1@a>"}, {"InternetMessageId": "<2@a>"}],
            "Id": "LgAA",
            "Path": "\\Inbox",
        },
        {"FolderItems": [{"InternetMessageId": "<3@a>"}], "Id": "LgAB", "Path": "\\Drafts"},
    ],
}


def leaves(value):
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def contained(part, whole):
    """Whether a value is a part of another from its beginning: no member, item or text that does not stand there."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            key in whole and contained(item, whole[key]) for key, item in part.items()
        )
    if isinstance(part, list):
        return (
            isinstance(whole, list)
            and len(part) <= len(whole)
            and all(contained(item, other) for item, other in zip(part, whole, strict=False))
        )
    return type(part) is type(whole) and part == whole


def one(data, **columns):
    """The only event of a portal export with one row; ``columns`` change the wrapper's cells."""
    row = {
        "RecordId": RULE["Id"],
        "CreationDate": RULE["CreationTime"] + "Z",
        "RecordType": "1",
        "Operation": "New-InboxRule",
        "UserId": RULE["UserId"],
        "AuditData": data,
    } | columns
    _, issues, events = read_events(write([list(row), list(row.values())]).encode(), UnifiedAuditCsv)
    assert issues == []
    (event,) = events
    return event


def extra(event):
    return json.loads(event.extra)


def told(event):
    return extra(event)["salvage"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(st.characters(codec="utf-8"), max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1, max_size=6), inner, max_size=3)
    ),
    max_leaves=12,
)
objects = st.dictionaries(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=8), json_values, min_size=1, max_size=6
)


# --- the laws ---------------------------------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(objects, st.data(), st.booleans(), st.sampled_from([None, 2]))
def test_a_record_cut_anywhere_gives_a_part_of_itself_and_nothing_else(data, draw, ascii_only, indent):
    text = json.dumps(data, ensure_ascii=ascii_only, indent=indent)
    cut = draw.draw(st.integers(0, len(text) - 1))
    assert decode_object(text[:cut]) is None, "a cut record is never taken for a whole one"
    found = salvage(text[:cut])
    if found is not None:
        assert contained(found.data, data)
        assert "lost" in found.told
        assert found.flags[0] == "salvaged"


@pytest.mark.parametrize("record", [RULE, ACCESS])
def test_every_cut_of_a_record_keeps_whole_members_only(record):
    text = json.dumps(record)
    sizes = []
    for cut in range(len(text)):
        found = salvage(text[:cut])
        assert found is None or contained(found.data, record)
        sizes.append(len(list(leaves(found.data))) if found else 0)
    assert sizes == sorted(sizes), "a longer prefix never gives less"
    assert sizes[-1] == len(list(leaves(record))), "only the last bracket is missing"


@settings(max_examples=200, deadline=None)
@given(objects)
def test_a_good_record_is_never_salvaged(data):
    text = json.dumps(data)
    assert decode_object(text).flags == []
    _, _, events = read_events(purview_csv([{**audit_data(1), "Zz": data}]), UnifiedAuditCsv)
    assert "salvaged" not in (events[0].quality or [])
    assert "salvage" not in extra(events[0])


@settings(max_examples=100, deadline=None)
@given(
    st.text(st.characters(codec="utf-8"), max_size=60),
    st.sampled_from(["{", '{"', "{'", "{“", '{""', '{\\"', "{Id:", ""]),
)
def test_rubbish_ends_in_nothing_or_in_a_part_of_itself(text, start):
    found = salvage(start + text)
    if found is not None:
        assert all(
            not isinstance(leaf, str) or "\\" in start + text or leaf in (start + text).replace('""', '"')
            for leaf in leaves(found.data)
        )


@pytest.mark.parametrize("record", [RULE, ACCESS])
def test_fields_of_a_cut_record_are_those_of_the_whole_one_or_empty(record):
    text = json.dumps(record)
    columns = {
        "RecordId": record["Id"],
        "CreationDate": record["CreationTime"],
        "Operation": record["Operation"],
        "RecordType": str(record["RecordType"]),
    }
    whole = one(text, **columns)
    weaker = {"outcome": "unknown", "actor_type": "unknown", "category": "other"}
    for cut in range(120, len(text), 3):
        event = one(text[:cut], **columns)
        assert event.quality == ["salvaged", "ends_early"]
        for name in (
            "record_id",
            "time",
            "operation",
            "actor",
            "ip",
            "outcome_raw",
            "subject",
            "item_count",
            "command",
            "access_type",
            "outcome",
            "time_raw",
        ):
            value, full = getattr(event, name), getattr(whole, name)
            assert value in (None, full, weaker.get(name)), (cut, name, value, full)
        assert (whole.folder or "").startswith(event.folder or "")
        assert set(event.message_ids or []) <= set(whole.message_ids or [])
        assert all(change in (whole.changes or []) for change in event.changes or [])
        assert event.event_id == whole.event_id, "the id is that of the record, whatever is left of it"


@needs_samples
def test_real_records_cut_at_random_places_say_nothing_else():
    csv.field_size_limit(2**31 - 1)
    chance = random.Random(42)
    seen = 0
    for path in sorted(SAMPLES.rglob("*.csv")):
        for row in csv.DictReader(path.read_text(encoding="utf-8-sig", errors="replace").splitlines()):
            whole = decode_object(row.get("AuditData") or "")
            for _ in range(3 if whole else 0):
                found = salvage(row["AuditData"][: chance.randrange(len(row["AuditData"]))])
                assert found is None or contained(found.data, whole.data)
                seen += 1
    assert seen > 100


# --- kinds of damage --------------------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(objects, st.integers(1, 2))
def test_doubled_quotes_are_undone(data, times):
    text = json.dumps({"Id": "x", **data})
    for _ in range(times):
        text = text.replace('"', '""')
    found = salvage(text)
    assert found.data == {"Id": "x", **data}
    assert "lost" not in found.told
    assert found.told["repaired"] == ["doubled quotes made single"] * times


@settings(max_examples=100, deadline=None)
@given(objects, st.booleans(), st.data())
def test_json_inside_a_json_text_is_unwrapped_also_where_it_was_cut(data, quotes, draw):
    text = json.dumps(json.dumps({"Id": "x", **data}))
    assert salvage(text if quotes else text[1:-1]).data == {"Id": "x", **data}
    found = salvage(text[: draw.draw(st.integers(0, len(text) - 2))])
    assert found is None or contained(found.data, {"Id": "x", **data})


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(st.sampled_from("ab \t\n\r\x01\x1f\x7f"), max_size=8), min_size=1, max_size=4))
def test_raw_line_breaks_and_control_characters_inside_texts_are_read_as_they_stand(values):
    text = "{" + ",".join(f'"k{index}":"{value}"' for index, value in enumerate([*values, "\n"])) + "}"
    assert salvage(text).data == {f"k{index}": value for index, value in enumerate([*values, "\n"])}


def test_backslashes_nobody_escaped_are_shown_as_written():
    found = salvage('{"UserId":"NT AUTHORITY\\SYSTEM","Path":"C:\\temp\\new","Id":"1"}')
    assert found.data == {"UserId": "NT AUTHORITY\\SYSTEM", "Path": "C:\\temp\\new", "Id": "1"}
    assert "backslashes" in found.told["repaired"][0]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.text(st.sampled_from("abtnuSx\\ "), max_size=8)), min_size=1, max_size=4))
def test_backslashes_never_change_a_text_into_one_that_does_not_stand_there(values):
    text = (
        '{"first":"NT AUTHORITY\\SYSTEM",'
        + ",".join(f'"k{index}":"{value}"' for index, (value,) in enumerate(values))
        + "}"
    )
    found = salvage(text)
    assert found is None or all(not isinstance(leaf, str) or leaf in text for leaf in leaves(found.data))


@settings(max_examples=100, deadline=None)
@given(objects)
def test_trailing_commas_do_not_hurt(data):
    text = json.dumps({**data, "Id": "x"})
    assert salvage(text[:-1] + ",}").data == {**data, "Id": "x"}


@settings(max_examples=60, deadline=None)
@given(objects, st.sampled_from(["\ufeff", "AuditData: ", "\x00", "  \n\ufeff"]))
def test_text_or_a_mark_before_the_object_is_passed_over(data, before):
    assert salvage(before + json.dumps(data)).data == data


def test_text_behind_the_object_is_told():
    found = salvage('{"Id":"1","Operation":"Send"} and more')
    assert found.data == {"Id": "1", "Operation": "Send"}
    assert found.told == {"lost": "the text behind the object", "behind_the_object": "and more"}
    assert salvage('{"Id":"1"}{"Id":"2"}').data == {"Id": "1"}


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.text(st.sampled_from("abcXYZ"), min_size=1, max_size=5),
        st.text(st.sampled_from("abc 01@.,:{}[]"), max_size=10) | st.booleans() | st.none() | st.integers(),
        min_size=1,
        max_size=5,
    )
)
def test_single_and_smart_quotes_of_other_programs_are_read(data):
    assert salvage(repr(data)).data == data
    smart = json.dumps(data).replace('"', "”")
    assert salvage(smart).data == data
    assert salvage(smart.replace("”:", "“:")).data == data


def test_a_smart_quoted_text_with_quotes_of_its_own_is_doubtful_and_left_out():
    found = salvage("{“Id”:“1”,“Subject”:“He said “yes”, then”,“UserId”:“amy”}")
    assert found.data == {"Id": "1"}
    assert found.told["lost"] == "everything behind Id"


def test_lost_quotes_give_the_members_nobody_can_write_into():
    found = salvage(
        "{CreationTime:2021-05-18T21:13:33,Id:76c3fa50-cee0-4fa9-abf5-08db60405cbf,Operation:Send,RecordType:2,ResultStatus:Succeeded,UserType:0,Subject:a,UserId:boss@x.example,Version:1}"
    )
    assert found.data == {
        "CreationTime": "2021-05-18T21:13:33", "Id": "76c3fa50-cee0-4fa9-abf5-08db60405cbf", "Operation": "Send", "RecordType": 2, "ResultStatus": "Succeeded", "UserType": 0,
    }  # fmt: skip
    assert found.told["lost"] == "everything from Subject on"


def test_a_quote_inside_a_text_makes_that_text_doubtful_and_ends_the_reading():
    found = salvage('{"Id":"1","Subject":"He said "yes", then","UserId":"amy"}')
    assert found.data == {"Id": "1"}
    assert found.told["not_read"] == {"Subject": "He said "}
    found = salvage('{"Id":"1","Parameters":[{"Name":"A","Value":"x"},{"Name":"B","Value":"a"} b"}],"UserId":"amy"}')
    assert found.data == {"Id": "1", "Parameters": [{"Name": "A", "Value": "x"}]}


def test_a_number_broken_by_a_decimal_comma_is_left_out():
    found = salvage('{"Id":"1","Count":1,23,"UserId":"amy"}')
    assert found.data == {"Id": "1"}


def test_numbers_that_are_no_json_stay_as_written():
    assert salvage('{"Id":00123,"Big":18446744073709551617,"Part":1.10,"Last":"x",}').data == {
        "Id": "00123",
        "Big": 18446744073709551617,
        "Part": "1.10",
        "Last": "x",
    }


def test_a_number_at_the_very_end_may_have_been_cut_and_is_none():
    assert salvage('{"Id":"1","RecordType":1').data == {"Id": "1"}
    assert salvage('{"Id":"1","RecordType":1').told["not_read"] == {"RecordType": "1"}


def test_half_a_parameter_is_none_but_the_items_of_a_cut_folder_stay():
    text = json.dumps(RULE)
    cut = salvage(text[: text.index("Zahlung") + 3])
    assert [item["Name"] for item in cut.data["Parameters"]] == ["Name", "ForwardTo"]
    assert cut.told["lost"] == "everything behind Parameters[1].Value"
    assert cut.told["not_read"] == {"Parameters[2].Value": '"Zah'}
    text = json.dumps(ACCESS)
    cut = salvage(text[: text.index("<2@a>") + 3])
    assert cut.data["Folders"] == [{"FolderItems": [{"InternetMessageId": "<1@a>"}]}]


def test_names_of_types_and_powershell_texts_are_kept_and_flagged():
    for text in ("System.Object[]", "@{Name=ForwardTo; Value=out@x}"):
        event = one(json.dumps({**RULE, "Parameters": text}))
        assert event.quality == ["details_lost"]
        assert extra(event)["Parameters"] == text


def test_depth_ends_in_a_flag_or_a_reject_and_never_in_a_recursion_error():
    deep = '{"Operation":"Send","A":' + "[" * 5000 + "]" * 5000 + "}"
    for text in (deep, deep[:4000], '{"Operation":"Send","A":' + '{"B":' * 201 + "1" + "}" * 202):
        assert salvage(text) is None
        event = one(text)
        assert event.quality == ["nested_too_deep"]
    _, issues, events = read_events(
        write([["RecordId", "CreationDate", "Operation", "AuditData"], ["1", "2", "", deep]]).encode(), UnifiedAuditCsv
    )
    assert (events, [issue.code.value for issue in issues]) == ([], ["nested_too_deep"])
    assert issues[0].offset
    assert issues[0].column == "AuditData"


# --- the event --------------------------------------------------------------------------------------------------------


def test_the_event_says_in_words_what_is_lost():
    text = json.dumps(RULE)
    event = one(text[: text.index("Zahlung") + 3])
    assert event.quality == ["salvaged", "ends_early"]
    assert event.summary.startswith("Damaged record, read in part: amy@alderbrook.example")
    assert told(event)["lost"] == "everything behind Parameters[1].Value"
    assert told(event)["of"] == text.index("Zahlung") + 3
    assert event.command is None
    assert [change.name for change in event.changes] == ["Name", "ForwardTo"]


def test_what_was_cut_off_comes_from_the_columns_around_it():
    text = '{"OrganizationId":"aaaaaaaa-0000-4000-8000-000000000000","Workload":"Exch'
    event = one(text)
    assert (event.record_id, event.operation, event.actor) == (RULE["Id"], "New-InboxRule", RULE["UserId"])
    assert event.record_type == "1 ExchangeAdmin"
    assert event.time == one(json.dumps(RULE)).time
    assert event.quality == ["salvaged", "ends_early", "time_from_wrapper"]


@pytest.mark.parametrize(
    "column",
    [
        {"RecordId": "00000000-0000-4000-8000-000000000099"},
        {"Operation": "Set-Mailbox"},
        {"UserId": "eve@alderbrook.example"},
        {"CreationDate": "2026-03-09T10:07:13Z"},
    ],
)
def test_a_wrapper_that_contradicts_is_kept_apart(column):
    event = one(json.dumps(RULE)[:-3], **column)
    assert "contradicting_wrapper" in event.quality
    assert (event.record_id, event.operation, event.actor) == (RULE["Id"], "New-InboxRule", RULE["UserId"])
    (name,) = column
    assert extra(event)["wrapper"][name.casefold()] == column[name]


def test_a_contradicting_wrapper_lends_nothing():
    event = one('{"Operation":"Send","UserId":"amy@alderbrook.example","Work', Operation="New-InboxRule")
    assert event.quality == ["salvaged", "ends_early", "contradicting_wrapper"]
    assert (event.operation, event.record_id, event.time) == ("Send", None, None)


def test_the_exporting_machines_zone_is_no_contradiction():
    for date in ("3/8/2026 12:07:00", "8/3/2026 4:37", "2026-03-08T10:07:00"):
        assert one(json.dumps(RULE)[:-3], CreationDate=date).quality == ["salvaged", "ends_early"]


def test_a_cut_sign_in_does_not_say_whether_it_worked():
    text = json.dumps(
        audit_data(
            1,
            Operation="UserLoggedIn",
            RecordType=15,
            Workload="AzureActiveDirectory",
            ResultStatus="Success",
            Id=RULE["Id"],
            CreationTime=RULE["CreationTime"],
        )
    )
    event = one(text[:-1] + ', "Err', Operation="UserLoggedIn", RecordType="15")
    assert (event.outcome, event.outcome_raw) == ("unknown", "Success")
    assert (
        event.summary == "Damaged record, read in part: amy@alderbrook.example: UserLoggedIn; whether it worked is lost"
    )


def test_neither_the_record_nor_the_columns_say_what_was_done():
    text = write(
        [["RecordId", "CreationDate", "Operation", "AuditData"], ["1", "2026-03-08", "", '{"Id":"1","Work']]
    ).encode()
    _, issues, events = read_events(text, UnifiedAuditCsv)
    assert events == []
    assert [issue.code.value for issue in issues] == ["broken_json"]
    _, issues, events = read_events(text.replace(b'""Id""', b'""Operation"":""Send"",""Id""'), UnifiedAuditCsv)
    assert issues == []
    assert events[0].operation == "Send"


@pytest.mark.parametrize(
    ("length", "words"), [(32_767, "Excel"), (32_759, "Excel"), (10_000, "Splunk"), (3_060, "service")]
)
def test_known_limits_are_named(length, words):
    text = json.dumps({**RULE, "Z": "x" * 40_000})[:length]
    event = one(text)
    assert words in told(event)["cut_at"]
    assert ("cell_limit" in event.quality) == (length > 32_000)


def test_splunks_copy_of_the_row_is_read_where_auditdata_is_empty():
    text = json.dumps(RULE)
    inner = write(
        [["ExchangeAdmin", "3/8/2026 10:07:00 AM", RULE["UserId"], "New-InboxRule", text, "1", "100"]]
    ).strip()
    for raw, flags in (
        (inner, ["read_from_raw"]),
        (inner[:-200], ["read_from_raw", "salvaged", "ends_early"]),
        (text, ["read_from_raw"]),
        (text[:-5], ["read_from_raw", "salvaged", "ends_early"]),
    ):
        event = one("", _raw=raw, RecordId="")
        assert event.quality == flags
        assert (event.record_id, event.time) == (RULE["Id"], one(text).time)
    assert one("", _raw="no record here").quality == ["wrapper_only"]


def test_invalid_bytes_are_shown_and_are_no_half_characters():
    data = purview_csv([audit_data(1, Subject="QQ"), audit_data(2, Subject="é".encode().decode())]).replace(
        b"QQ", b"a\xe9b"
    )
    data += "\u00e9\r\n".encode()
    records, _, _ = read_events(data, UnifiedAuditCsv)
    assert records[0].data["Subject"] == "a\\xe9b"
    assert records[0].quality == []
    records, _, _ = read_events(
        data.replace(b"a\xe9b", b"a\xe9b", 1).replace(b"file1.docx", b"file1.docx\n\xe9"), UnifiedAuditCsv
    )
    assert records[0].quality == ["salvaged"]
    msgspec.json.encode(records[0].data)


def test_signs_of_a_resave_are_told_of_the_whole_file():
    from m365timeline.parsers.base import Head
    from m365timeline.schemas.source import Encoding, Window

    class Text:
        encoding = Encoding("utf-8", 0, "test")
        starts = True

        def __init__(self, data):
            self.data = data

        def windows(self):
            yield Window(self.data.decode(), 0, last=True)

    def notes(data):
        parser = UnifiedAuditCsv()
        list(parser.records(Text(data), Head(data, Text.encoding)))
        return parser.notes

    good = cmdlet_csv([audit_data(1)], lambda data: data["CreationTime"])
    assert notes(good) == []
    assert notes(good.replace(b'"True"', b'"TRUE"')) == [RESAVED]
    assert notes(good.replace(b'"1","1"', b'"1,23E+15","1"')) == [SHORTENED]
    assert notes(good.replace(b"file1", b"caf???")) == [QUESTION_MARKS]
    assert notes(good.replace(b"file1", b"E+1")) == []


def test_the_csv_layer_gives_the_damaged_text_whole():
    text = '{"Id":"1","Operation":"Send","Subject":"a' + "\r\nb"
    buffer = io.StringIO()
    csv.writer(buffer).writerows(
        [["RecordId", "CreationDate", "Operation", "AuditData"], ["1", "2026-03-08", "Send", text]]
    )
    _, _, events = read_events(buffer.getvalue().encode(), UnifiedAuditCsv)
    assert told(events[0])["not_read"] == {"Subject": '"a\r\nb'}


# --- rows a spreadsheet tore apart -------------------------------------------------------------------------------------

LONG = {**audit_data(2), "Note": 'x, "y" ' * 9_000}


def torn(record, columns, behind=("7",), limit=32_767):
    """A record as Excel saves it: AuditData goes on in the first column of the rows below."""
    text = json.dumps(record)
    pieces = [text[at : at + limit] for at in range(0, len(text), limit)]
    row = [record["CreationTime"], record["UserId"], record["Operation"], pieces[0], ""]
    rows = [row, *([piece] + [""] * (len(columns) - 1) for piece in pieces[1:])]
    rows[-1][1 : 1 + len(behind)] = behind
    return rows


COLUMNS = ["CreationDate", "UserIds", "Operations", "AuditData", "ResultIndex"]


def in_table(*rows):
    return write([COLUMNS, *rows]).encode()


def plain(record):
    return [record["CreationTime"], record["UserId"], record["Operation"], json.dumps(record), "1"]


def test_rows_torn_apart_by_a_spreadsheet_are_put_together_where_they_make_a_record():
    data = in_table(plain(audit_data(1)), *torn(LONG, COLUMNS), plain(audit_data(3)))
    _, encoding, gathered, ranges = mutations.read(data)
    assert not gathered.issues
    assert sum(ranges.counts.values()) == len(data)
    first, joined, third = gathered.events
    assert (first.record_id, third.record_id) == (audit_data(1)["Id"], audit_data(3)["Id"])
    assert joined.record_id == LONG["Id"]
    assert json.loads(joined.extra)["Note"] == LONG["Note"]
    assert "salvaged" in joined.quality
    assert "cell_limit" not in joined.quality
    assert "spread over 3 rows" in joined.extra
    assert json.loads(joined.extra)["salvage"]["cells_behind"] == ["7"]
    assert encoding.decode(data[joined.offset : joined.offset + joined.length]) == joined.raw
    assert joined.raw.count("\n") == 3


def test_a_torn_record_is_the_same_record_as_the_whole_one():
    whole = mutations.read(in_table(plain(LONG)))[2].events[0]
    joined = mutations.read(in_table(*torn(LONG, COLUMNS)))[2].events[0]
    assert (joined.event_id, joined.content) == (whole.event_id, whole.content)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda rows: rows[1].__setitem__(0, rows[1][0][:-1]),  # a letter is missing
        lambda rows: rows.insert(1, plain(audit_data(9))),  # another record between the pieces
        lambda rows: rows.__delitem__(-1),
    ],
)
def test_pieces_that_do_not_make_a_record_are_not_joined(spoil):
    rows = torn(LONG, COLUMNS, behind=())
    spoil(rows)
    data = in_table(*rows, plain(audit_data(3)))
    _, _, gathered, ranges = mutations.read(data)
    assert sum(ranges.counts.values()) == len(data)
    assert gathered.events[0].record_id == LONG["Id"]
    assert {"salvaged", "cell_limit"} <= set(gathered.events[0].quality)
    assert gathered.events[-1].record_id == audit_data(3)["Id"]
    assert gathered.issues
    between = len(gathered.events) == 3
    assert between or any("spreadsheet tore the record apart" in issue.reason for issue in gathered.issues)


def test_two_cut_records_one_behind_the_other_stay_two():
    row = plain(LONG)
    row[3] = row[3][:32_767]
    _, _, gathered, _ = mutations.read(in_table(row, row, plain(audit_data(3))))
    assert [event.quality is not None for event in gathered.events] == [True, True, False]


def test_a_record_torn_at_the_border_of_two_parts_is_put_together(tmp_path, run):
    rows = [plain(audit_data(n)) for n in range(1, 30_000)]
    size = len(in_table(*rows))
    data = in_table(*rows[: int(len(rows) * (8 << 20) / size)])
    filler = (8 << 20) - len(data) - len(in_table(torn(LONG, COLUMNS)[0])) + 200
    record = {**audit_data(40_000), "Pad": "p" * max(filler, 0)}
    (tmp_path / "x.csv").write_bytes(
        data + in_table(plain(record), *torn(LONG, COLUMNS), plain(audit_data(50_000)))[len(in_table()) :]
    )
    assert run("convert", "x.csv", "-o", "a.jsonl", "--jobs", "1").returncode == 0
    assert LONG["Id"] in (tmp_path / "a.jsonl").read_text()
    assert "spread over 3 rows" in (tmp_path / "a.jsonl").read_text()


def test_what_has_something_behind_it_is_not_doubtful():
    text = json.dumps(
        {"Id": "x", "CreationTime": "2026-03-10T10:00:00", "Operation": "Update", "Deep": [-10000, [], [-1]]}
    )
    found = salvage(text[: text.rindex("1")])
    assert found.data["Deep"] == [-10000, []], (
        "no item is taken out of the middle: the others would change their places"
    )
