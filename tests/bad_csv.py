"""Bad inputs that are tables: unified audit log and message traces."""

import json

from bad_kit import (
    CANARY,
    DETAIL,
    EXTENDED,
    SUMMARY,
    V1,
    V2,
    bad,
    detail,
    extended,
    summary,
    ual,
    ual_object,
    ual_text,
    v1,
    v2,
)
from exports import audit_data, cmdlet_csv, purview_csv, write

HEADER = purview_csv([])
BIG = "18446744073709551617"
DEEP = "[" * 100_000


def _with(text, **changes):
    """AuditData with a value written as it stands: ``text`` replaces the string "@@"."""
    return ual_object(Extra="@@", **changes).replace('"@@"', text)


def _rows(*rows):
    return HEADER + b"".join(rows)


def _row(n=1):
    return ual(n)[len(HEADER) :]


DIGITS = "9" * 5_000  # more than Python turns into a number


def _numbered_row(index, count):
    head = '"ResultIndex","ResultCount","CreationDate","UserIds","Operations","AuditData"\r\n'
    cells = f'"{index}","{count}","2026-03-17T13:30:14","a","b",'
    return (head + cells + '"' + ual_object(1).replace('"', '""') + '"\r\n').encode()


def _numbered_object(count):
    return json.dumps({"ResultIndex": "1", "ResultCount": count, "AuditData": ual_object(1)}).encode()


def _quoted(text):
    return '"' + text.replace('"', '""') + '"'


def _line(text):
    """One row of the portal's form around AuditData as it stands."""
    return f"00000000-0000-4000-8000-000000000001,2026-03-02T10:01:00.0000000Z,6,FileAccessed,amy@alderbrook.example,{text},,\r\n".encode()


def _cut(data, back):
    return data[: len(data) - back]


TABLES = [
    # Structure: quotes, cells, line ends
    bad("csv_header_only", HEADER, records=0, exit=0),
    bad("csv_header_without_line_end", HEADER.rstrip(), records=0, exit=0),
    bad("csv_unclosed_quote_at_the_end", ual(1, 2) + b'x,"never closed', "truncated_record", records=3),
    bad(
        "csv_unclosed_quote_in_the_middle",
        _rows(_row(1), b'x,"open,6,a,b,c,,\r\n', _row(2), _row(3)),
        "broken_quote",
        records=4,
    ),
    bad(
        "csv_unbalanced_quote_that_is_closed_later",
        _rows(_row(1), b'x,"open,6,a,b,c,,\r\n', _row(2), b'y,closed",6,a,b,c,,\r\n', _row(3)),
        "broken_quote",
        records=5,
        must='closed\\"',
    ),
    bad(
        "csv_text_behind_a_closing_quote",
        _rows(_row(1), b'"abc"def,x,6,a,b,c,,\r\n', _row(2)),
        "broken_quote",
        records=3,
    ),
    bad("csv_short_row", _rows(_row(1), b"only,three,cells\r\n", _row(2)), "cell_count", records=3),
    bad("csv_long_row", _rows(_row(1), b"a,b,c,d,e,f,g,h,i,j\r\n", _row(2)), "cell_count", records=3),
    bad(
        "csv_every_row_has_one_cell_more",
        HEADER + b"".join(_row(n).rstrip() + b",x\r\n" for n in (1, 2, 3)),
        "cell_count",
        records=3,
        rejected=3,
        exit=3,
    ),
    bad("csv_surplus_empty_cells", HEADER + _row(1).rstrip() + b",,,\r\n", records=1),
    bad("csv_blank_rows_of_a_spreadsheet", _rows(_row(1), b",,,,,,,\r\n" * 5, _row(2)), records=2),
    bad(
        "csv_blank_lines",
        _rows(b"\r\n\r\n", _row(1), b"\r\n  \r\n", _row(2)),
        records=2,
        must="4 blank rows passed over",
    ),
    bad("csv_header_again", HEADER + _row(1) + HEADER + _row(2), records=2),
    bad("csv_header_again_with_mark", HEADER + _row(1) + b"\xef\xbb\xbf" + HEADER + _row(2), records=2),
    bad(
        "csv_other_column_order_in_the_middle",
        ual(1)
        + write(
            [
                [
                    "AuditData",
                    "RecordId",
                    "Operation",
                    "CreationDate",
                    "RecordType",
                    "UserId",
                    "AssociatedAdminUnits",
                    "AssociatedAdminUnitsNames",
                ],
                [ual_object(2), "", "FileAccessed", "", "6", "", "", ""],
            ]
        ).encode(),
        records=2,
    ),
    bad("csv_type_line_in_the_middle", HEADER + _row(1) + b"#TYPE System.Object\r\n" + HEADER + _row(2), records=2),
    bad(
        "csv_another_export_behind_it",
        ual(1) + cmdlet_csv([audit_data(2)], lambda _row: "3/2/2026 10:02:00 AM"),
        records=2,
    ),
    bad("csv_trace_behind_audit_log", ual(1) + (V2 + v2()).encode(), "cell_count", records=3, rejected=2),
    bad("csv_cut_inside_the_header", HEADER[:30], "unknown_format"),
    bad("csv_cut_inside_quotes", _cut(ual(1, 2), 40), "truncated_record", records=2),
    bad("csv_cut_between_cr_and_lf", _cut(ual(1, 2), 1), records=2),
    bad("csv_last_line_without_end", _cut(ual(1, 2), 2), records=2, must="unterminated_last_record"),
    bad("csv_old_mac_line_ends", ual(1, 2).replace(b"\r\n", b"\r"), records=2, must="Lines end in CR alone"),
    bad(
        "csv_old_mac_line_ends_in_utf16",
        b"\xff\xfe" + ual(1, 2).replace(b"\r\n", b"\r").decode().encode("utf-16-le"),
        records=2,
    ),
    bad(
        "csv_old_mac_line_ends_around_line_feeds",
        ual(json.dumps(audit_data(1), indent=2), 2, 3).replace(b"\r\n", b"\r"),
        records=3,
        must="Lines end in CR alone",
    ),
    bad(
        "csv_old_mac_short_row",
        (HEADER + _row(1) + b"only,three,cells\r\n" + _row(2)).replace(b"\r\n", b"\r"),
        "cell_count",
        records=3,
    ),
    bad("csv_old_mac_cut", _cut(ual(1, 2).replace(b"\r\n", b"\r"), 40), "truncated_record", records=2),
    bad(
        "csv_old_mac_part_behind_unix_lines",
        ual(1).replace(b"\r\n", b"\n") + _row(2).replace(b"\r\n", b"\r") + _row(3),
        "broken_quote",
        records=2,  # the two rows behind are one reject, which says why
        must="Line ends of two kinds",
    ),
    bad("csv_two_line_ends_in_one", ual(1, 2).replace(b"\r\n", b"\r\r\n"), records=2),
    bad(
        "trace_log_of_old_macs", V2.encode().replace(b"\r\n", b"\r") + v2(1).encode().replace(b"\r\n", b"\r"), records=1
    ),
    bad(
        "cef_of_old_macs_is_two_lines",
        b"CEF:0|MCAS|SIEM_Agent|0.1|EVENT|log on|0|rt=1772445600000 suser=amy\rCEF:0|MCAS|SIEM_Agent|0.1|EVENT|log on|0|rt=1772445660000 suser=bob\r",
        records=2,
    ),
    bad(
        "list_of_old_macs_is_not_one_record",
        b"RecordType   : ExchangeItem\rCreationDate : 3/2/2026 8:00:00 AM\rUserIds      : amy@a.example\rOperations   : Send\rAuditData    : {}\r\r"
        * 2,
        "unknown_format",
        must="CR alone",
    ),
    bad("csv_unix_line_ends", ual(1, 2).replace(b"\r\n", b"\n"), records=2),
    bad("csv_line_feeds_inside_a_field", ual(json.dumps(audit_data(1), indent=2), 2), records=2),
    bad("csv_nul_inside_a_value", ual(1).replace(b"file1.docx", b"file\x001.docx"), records=1, must="salvaged"),
    bad(
        "csv_nul_between_rows",
        _rows(_row(1), b"\0\0\0\0\r\n", _row(2)),
        "cell_count",
        records=3,
        must="Nothing but zero bytes",
    ),
    bad(
        "csv_nul_block_of_a_crashed_disk",
        _rows(_row(1), b"\0" * 8192, b"\r\n", _row(2)),
        "cell_count",
        records=3,
        must="Nothing but zero bytes",
    ),
    bad(  # the quote that is never closed belongs to the header's line alone; the CR in another cell ends no line
        "csv_header_with_a_carriage_return_and_a_broken_quote",
        b'"Submission name","Sender","Submitted\rby","Date submitted (UTC)",e submitted (UTC)","Status"\r\n"Invoice","eve@x.example"026-03-09 11:01:12","Phish",""\r\n',
        "broken_quote",
        records=1,
        rejected=1,
        exit=3,
    ),
    bad("csv_zero_bytes_before_the_header", bytes(4096) + ual(1, 2), records=2, must="From byte 0 on stand zero bytes"),
    bad("csv_field_of_200_kb", ual({**audit_data(1), "Long": "x" * 200_000}, 2), records=2),
    bad("csv_semicolons_inside_commas", ual(1).replace(b",6,", b";6;"), "cell_count", records=1, exit=3),
    bad(
        "csv_repeated_column_names",
        write(
            [["RecordId", "AuditData", "AuditData", "Operation"], ["1", ual_object(1), "other", "FileAccessed"]]
        ).encode(),
        records=1,
        must="other",
    ),
    bad(
        "csv_markdown_table",
        b"| RecordId | AuditData | Operation |\n|---|---|---|\n| 1 | {} | x |\n",
        codes="no_export",
    ),
    # Encodings
    bad("csv_utf16_without_mark", ual(1, 2).decode().encode("utf-16-le"), records=2),
    bad("csv_utf16_big_endian", b"\xfe\xff" + ual(1, 2).decode().encode("utf-16-be"), records=2),
    bad(
        "csv_utf16_cut_inside_a_character",
        _cut(b"\xff\xfe" + ual(1, 2).decode().encode("utf-16-le"), 1),
        records=2,
        must="ends in the middle of a character",
    ),
    bad(
        "csv_one_bad_byte_does_not_flip_the_file",
        ual({**audit_data(1), "Name": "Zoë"}, 2)
        .replace(b"file2.docx", b"file2\xff.docx")
        .replace(b"\\u00eb", "ë".encode()),
        records=2,
        must=("Zoë", "file2\\\\xff.docx", "invalid_bytes"),
    ),
    bad("csv_windows_1252", ual(1).replace(b"file1", "fil\u00e91".encode("cp1252")), records=1, must="fil\u00e91"),
    bad(
        "csv_mojibake_stays",
        ual({**audit_data(1), "Name": "Zo\u00c3\u00ab"}),
        records=1,
        must="Zo\u00c3\u00ab",
        never="Zoë",
    ),
    bad(
        "csv_lone_surrogate_in_utf16",
        ual(1).decode().replace("file1", "file\udc411").encode("utf-16-le", "surrogatepass"),
        records=1,
    ),
    bad("csv_utf7", ual(1).replace(b"amy", b"+AGE-my"), records=1, must="+AGE-my"),
    bad("csv_utf32", ual(1).decode().encode("utf-32"), exit=2, codes="unknown_format", must="UTF-32"),
    bad("csv_bidi_and_control_characters", ual({**audit_data(1), "ObjectId": "\u202egpj.exe\x1b[2J\x07"}), records=1),
    bad(
        "csv_question_marks_of_ascii",
        ual({**audit_data(1), "UserId": "M?ller ???????? ??"}),
        records=1,
        must=("M?ller", "runs of question marks"),
    ),
    bad(
        "csv_unknown_columns_with_bad_bytes",
        "Nr;Datum;Uhrzeit;Ereignis;Gerät;".encode() + b"N\xffame\r\n1;2;3;4;5;6\r\n",
        "unknown_format",
        must="N\\xffame",
    ),
    bad(
        "csv_known_columns_beside_bad_bytes",
        (V2.strip() + ',"Gerät ').encode() + b'\xff"\r\n' + v2(1).strip().encode() + b',"x"\r\n',
        records=1,
        must="gerät \\\\xff",
    ),
    bad("json_unknown_keys_with_bad_bytes", '{"Gerät": 1, "'.encode() + b'\xff": 2}', "unknown_format", must="\\xff"),
    bad("xml_unknown_root_with_bad_bytes", "<Gerät".encode() + b"\xff><a/></x>", "unknown_format", must="Gerät"),
    # AuditData
    bad(
        "json_repeated_key", ual(ual_object(1)[:-1] + ', "Operation": "FileDeleted"}'), records=1, must="duplicate_keys"
    ),
    bad("json_integer_beyond_64_bits", ual(_with(BIG)), records=1, must=BIG, never="1.844"),
    bad("json_integer_of_400_digits", ual(_with("9" * 400)), records=1, must="9" * 400),
    bad("json_integer_of_5000_digits", ual(_with("9" * 5000)), records=1, must="9" * 5000),
    bad("json_decimal_as_written", ual(_with("1.10")), records=1, must='"1.10"'),
    bad("json_exponent_as_written", ual(_with("1E400")), records=1, must="1E400"),
    bad(
        "json_nan_and_infinity",
        ual(_with("[NaN, Infinity, -Infinity]")),
        records=1,
        must=("invalid_number", "-Infinity"),
    ),
    bad("json_lone_surrogate", ual(_with('"\\ud800"')), records=1, must="lone_surrogate"),
    bad("json_deep_arrays", ual(_with(DEEP)), "nested_too_deep", records=1),
    bad("json_deep_and_whole", ual(_with("[" * 5000 + "]" * 5000)), "nested_too_deep", records=1),
    bad("json_depth_150_is_read", ual(_with("[" * 150 + "]" * 150)), records=1, never="damaged_audit_data"),
    bad("json_text_behind_the_object", ual(ual_object(1) + "garbage"), records=1, must=("salvaged", "garbage")),
    bad(
        "json_two_objects",
        _rows(_line(_quoted(ual_object(1) + ual_object(2)))),
        records=1,
        must=("salvaged", "behind_the_object", "4000-8000-000000000002"),
    ),
    bad("json_cut_and_nothing_else", ual_text(ual_object(1)[:120]), records=1, must="salvaged"),
    bad("json_cut_with_wrapper", _rows(_line(_quoted(ual_object(1)[:120]))), records=1, must="salvaged"),
    bad(
        "json_cut_at_32767", _rows(_line(_quoted(ual_object(1, Zz="y" * 40_000)[:32_767]))), records=1, must="salvaged"
    ),
    bad("json_array_instead_of_object", _rows(_line(_quoted("[1,2]"))), records=1, must="damaged_audit_data"),
    bad("json_text_instead_of_object", _rows(_line(_quoted('"text"'))), records=1, must="damaged_audit_data"),
    bad("json_null", _rows(_line("null")), records=1, must="damaged_audit_data"),
    bad("json_empty", _rows(_line("")), records=1, must="wrapper_only"),
    bad(
        "json_empty_object",
        _rows(_line("{}")),
        records=1,
        must=("wrapper_only", "amy@alderbrook.example performed FileAccessed"),
    ),
    bad(
        "json_that_says_nothing_makes_no_two_rows_one",
        b"CreationDate,UserIds,Operations,AuditData\r\n"
        b"2026-03-02T10:01:00Z,amy@a.example,FileAccessed,{}\r\n2026-03-02T10:01:00Z,eve@a.example,FileDeleted,{}\r\n"
        b'2026-03-02T10:01:00Z,bob@a.example,MailSent,"{""Operation"":null}"\r\n',
        records=3,
        must=(
            "amy@a.example performed FileAccessed",
            "eve@a.example performed FileDeleted",
            "bob@a.example performed MailSent",
        ),
    ),
    bad("json_empty_and_no_wrapper", HEADER + b"x,,,,,,,\r\n", "no_content", records=1),
    bad(
        "json_object_of_wrong_types",
        _rows(
            _line(
                _quoted(
                    json.dumps(
                        {
                            "CreationTime": 5,
                            "Id": [],
                            "Operation": {"a": 1},
                            "RecordType": "x",
                            "UserId": True,
                            "Workload": None,
                            "ClientIP": 0,
                        }
                    )
                )
            )
        ),
        records=1,
        must=("amy@alderbrook.example performed FileAccessed", '"UserId": true'),
    ),
    bad(
        "json_values_of_wrong_types_everywhere",
        ual(
            *(
                {**audit_data(n), key: value}
                for n, (key, value) in enumerate(
                    (k, v)
                    for k in (
                        "Parameters",
                        "ExtendedProperties",
                        "ModifiedProperties",
                        "AffectedItems",
                        "Folders",
                        "Item",
                        "Actor",
                        "Target",
                        "AppAccessContext",
                    )
                    for v in (1, "x", None, True, [1, "x", None], {"a": [{}]})
                )
            )
        ),
        records=54,
    ),
    bad(
        "json_absent_empty_null_and_na_stay_apart",
        ual({**audit_data(1), "ZzEmpty": "", "ZzNull": None, "ZzText": "null", "ZzNa": "N/A"}),
        records=1,
        must=('"ZzEmpty":""', '"ZzNull":null', '"ZzText":"null"', '"ZzNa":"N/A"'),
        never="ZzAbsent",
    ),
    bad("json_name_null_is_a_name", ual({**audit_data(1), "UserId": "null"}), records=1, must='"actor":"null"'),
    bad("json_leading_zeros_in_texts", ual({**audit_data(1), "ZzCode": "00123"}), records=1, must='"00123"'),
    bad(
        "json_type_names_of_powershell",
        ual({**audit_data(1), "Parameters": "System.Object[]", "ZzHash": "@{Name=x; Value=y}"}),
        records=1,
        must=("System.Object[]", "details_lost"),
    ),
    bad(
        "json_invalid_escape", _rows(_line(_quoted(ual_object(1).replace("amy@", "\\q@")))), records=1, must="salvaged"
    ),
    bad("json_single_quotes", _rows(_line(_quoted(ual_object(1).replace('"', "'")))), records=1, must="salvaged"),
    bad(
        "json_quotes_lost",
        _rows(_line(_quoted("{CreationTime:2026-03-02T10:01:00,Id:1,Operation:FileAccessed}"))),
        records=1,
        must="salvaged",
    ),
    bad("json_quotes_doubled", _rows(_line(_quoted(ual_object(1).replace('"', '""')))), records=1, must="salvaged"),
    bad(
        "json_billion_keys_of_one_object",
        ual({**audit_data(1), **{f"Zz{n}": n for n in range(5000)}}),
        records=1,
        must="Zz4999",
    ),
    bad(
        "json_keys_that_are_hostile",
        ual({**audit_data(1), "=1+1": "=cmd|'/c calc'!A0", "__proto__": {"x": 1}, "": "empty key", "\u202e": "x"}),
        records=1,
        must="__proto__",
    ),
    # Times
    bad(
        "time_first_of_all", ual({**audit_data(1), "CreationTime": "0001-01-01T00:00:00"}), records=1, must="0001-01-01"
    ),
    *(
        bad(
            f"audit_data_is_{name}",
            json.dumps({"CreationDate": "2026-03-02T10:00:00Z", "Operations": "Odd", "AuditData": value}).encode(),
            records=1,
            must=must,
        )
        for name, value, must in (
            ("a_list_of_one", [audit_data(1)], "file1.docx"),
            (
                "a_list_of_two",
                [audit_data(1), audit_data(2)],
                ("file1.docx", "file2.docx", "the text behind the object"),
            ),
            ("a_number", 5, '"auditdata":"5"'),
            ("true", True, '"auditdata":"true"'),
        )
    ),
    bad(
        "time_before_excel",
        ual({**audit_data(1), "CreationTime": "1601-01-01T00:00:00Z"}),
        records=1,
        must="1601-01-01",
    ),
    bad(
        "time_last_of_all",
        ual({**audit_data(1), "CreationTime": "9999-12-31T23:59:59.9999999Z"}),
        records=1,
        must="9999-12-31T23:59:59.9999999Z",
    ),
    bad(
        "time_year_10000", ual({**audit_data(1), "CreationTime": "10000-01-01T00:00:00"}), records=1, must="10000-01-01"
    ),
    bad(
        "time_impossible_day",
        ual({**audit_data(1), "CreationTime": "2026-02-30T10:00:00"}),
        records=1,
        must="2026-02-30",
    ),
    bad("time_leap_second", ual({**audit_data(1), "CreationTime": "2016-12-31T23:59:60Z"}), records=1, must="23:59:60"),
    bad("time_of_other_digits", ual({**audit_data(1), "CreationTime": "٢٠٢٦-03-02T10:00:00"}), records=1, must="٢٠٢٦"),
    bad("time_only", ual({**audit_data(1), "CreationTime": "10:00"}), records=1),
    bad("time_of_500_digits", ual({**audit_data(1), "CreationTime": "9" * 500}), records=1),
    bad(
        "time_offset_out_of_range",
        ual({**audit_data(1), "CreationTime": "2026-03-02T10:00:00+99:99"}),
        records=1,
        must=("+99:99", '"time_basis":"none"', "unreadable_time"),
    ),
    bad(
        "time_hundred_nanoseconds",
        ual({**audit_data(1), "CreationTime": "2026-03-02T10:00:00.1234567Z"}),
        records=1,
        must="10:00:00.1234567Z",
    ),
    bad(
        "time_no_order_is_proved",
        cmdlet_csv([{**audit_data(1), "CreationTime": ""}], lambda _row: "02/03/2026 10:00:00"),
        records=1,
        must=('"time_raw":"02/03/2026 10:00:00"', '"time_basis":"ambiguous"', "--date-order"),
    ),
    bad(
        "time_is_a_number_or_a_list",
        json.dumps(
            [{**audit_data(1), "CreationTime": 1772445600}, {**audit_data(2), "CreationTime": ["now"]}]
        ).encode(),
        records=2,
        must=('"time_raw":"1772445600"', '"CreationTime":["now"]', "unreadable_time", "time is none that can be: 1."),
    ),
    bad(
        "sizes_that_add_up_beyond_64_bits",
        ual(
            {
                **audit_data(1, Operation="MailItemsAccessed", Workload="Exchange", RecordType=50),
                "Folders": [
                    {
                        "Path": "Inbox",
                        "FolderItems": [{"InternetMessageId": f"<{n}@a>", "SizeInBytes": 2**63 - 1} for n in range(3)],
                    }
                ],
            }
        ),
        records=1,
        must=str(2**63 - 1),
    ),
    # Two exports put together without a line end between: the last record of the first is no part of a header.
    bad(
        "record_glued_to_the_next_header",
        purview_csv([audit_data(n) for n in (1, 2)]).rstrip() + purview_csv([audit_data(3)]),
        "cell_count",
        records=3,
        rejected=1,
        must=("file1.docx", "file3.docx"),
    ),
    bad(
        "v1_record_glued_to_the_next_header",
        (V1 + v1(1).rstrip() + V1 + v1(2)).encode(),
        "cell_count",
        records=2,
        rejected=1,
    ),
    # Message traces
    bad("v2_size_beyond_64_bits", (V2 + v2(1).replace('"1234"', f'"{BIG}{BIG}"')).encode(), records=1, must=BIG + BIG),
    bad(
        "v2_size_of_5000_digits",
        (V2 + v2(1).replace('"1234"', '"' + "9" * 5000 + '"')).encode(),
        records=1,
        must="9" * 5000,
    ),
    bad("v2_unclosed_quote", (V2 + v2(1) + '"open\r\n' + v2(2)).encode(), "broken_quote", records=3),
    bad("v2_short_row", (V2 + v2(1) + '"a","b"\r\n' + v2(2)).encode(), "cell_count", records=3),
    bad("v2_cut", (V2 + v2(1) + v2(2))[:-30].encode(), "truncated_record", records=2),
    bad(
        "v2_subject_like_a_formula",
        (V2 + v2(1, '=HYPERLINK(""http://x.example"")')).encode(),
        records=1,
        must="=HYPERLINK",
    ),
    bad(
        "v2_subject_encoded_word_stays",
        (V2 + v2(1, "=?utf-8?B?SGVsbG8=?=")).encode(),
        records=1,
        must="=?utf-8?B?SGVsbG8=?=",
    ),
    bad("v2_no_time", (V2 + v2(1, received="")).encode(), records=1),
    bad("v2_time_is_prose", (V2 + v2(1, received="yesterday, user 5 logged in")).encode(), records=1, must="yesterday"),
    bad("v2_size_is_no_number", (V2 + v2(1).replace('"1234"', '"1.2345E+19"')).encode(), records=1, must="1.2345E+19"),
    bad(
        "v2_recipients_of_100_kb",
        (V2 + v2(1).replace("bob@b.example", ";".join(f"u{n}@b.example" for n in range(5000)))).encode(),
        records=1,
        must="u4999@b.example",
    ),
    bad("v1_window_is_never_a_time", (V1 + v1(1)).encode(), records=1),
    bad("v1_short_row", (V1 + v1(1) + "1,2\r\n" + v1(2)).encode(), "cell_count", records=3),
    bad("v1_columns_of_another_culture", (V1.replace(",", ";") + v1(1).replace('","', '";"')).encode(), records=1),
    bad("detail_mep_is_no_xml", (DETAIL + detail(1, "<root><MEP Name=")).encode(), records=1, must="<root><MEP Name="),
    bad(
        "detail_mep_with_external_entity",
        (
            DETAIL
            + detail(
                1,
                "<!DOCTYPE r [<!ENTITY x SYSTEM ''file:///canary.txt''>]><root><MEP Name=''a'' String=''&x;''/></root>",
            )
        ).encode(),
        records=1,
        never=CANARY,
    ),
    bad(
        "detail_mep_billion_laughs",
        (
            DETAIL
            + detail(
                1,
                "<!DOCTYPE r [<!ENTITY a 'lol'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>]><root><MEP Name='a' String='&b;'/></root>",
            )
        ).encode(),
        records=1,
        never="lollol",
    ),
    bad("detail_short_row", (DETAIL + detail(1) + '"o"\r\n').encode(), "cell_count", records=2),
    bad(
        "summary_status_is_damaged",
        (SUMMARY + summary(1, "bob@b.example##Receive;;;###;carol")).encode(),
        records=1,
        must="carol",
    ),
    bad("summary_status_is_empty", (SUMMARY + summary(1, "")).encode(), records=1),
    bad(
        "summary_status_of_1000_recipients",
        (SUMMARY + summary(1, ";".join(f"u{n}@b.example##Receive, Deliver" for n in range(1000)))).encode(),
        records=1,
        must="u999@b.example",
        seconds=15,
    ),
    bad("summary_cut", (SUMMARY + summary(1) + summary(2))[:-60].encode(), "truncated_record", records=2),
    bad("summary_utf16_cut_odd", ("\ufeff" + SUMMARY + summary(1) + summary(2)).encode("utf-16-le")[:-1], records=2),
    bad(
        "extended_custom_data_is_damaged",
        (EXTENDED + extended(1, "S:a=b;;S:=;=x|y;S:AMA=SUM|v=|||;")).encode(),
        records=1,
        must="S:AMA=SUM",
    ),
    bad("extended_custom_data_of_200_kb", (EXTENDED + extended(1, "S:x=" + "|a=b" * 50_000)).encode(), records=1),
    bad(
        "extended_short_row",
        (EXTENDED + extended(1) + "2026-03-17T13:30:14Z,1,2\r\n" + extended(2)).encode(),
        "cell_count",
        records=3,
    ),
    bad("extended_header_only", EXTENDED.encode("utf-16-le"), records=0, exit=0),
    bad("trace_headers_of_two_forms", (V2 + v2(1) + V1 + v1(2)).encode(), records=2),
    bad("ual_result_set_of_5000_digits", _numbered_row(DIGITS, DIGITS), records=1),
    bad("ual_result_set_in_arabic_digits", _numbered_row("\u0661", "\u0663"), records=1),
    bad(
        "jsonl_zero_bytes_between_objects",
        (ual_object(1) + "\n").encode() + bytes(200) + b"\n" + ual_object(2).encode(),
        "stray_text",
        records=3,
        must="stand zero bytes",
        file="input.jsonl",
    ),
    bad(
        "jsonl_zero_bytes_before_the_objects",
        bytes(4096) + ual_object(1).encode(),
        "stray_text",
        records=2,
        file="input.jsonl",
    ),
    bad("jsonl_result_set_of_5000_digits", _numbered_object(DIGITS), records=1, file="input.jsonl"),
    bad("ual_record_type_of_5000_digits", ual(ual_object(1, RecordType=DIGITS), 2), records=2, must=DIGITS),
    bad("ual_record_type_of_a_digit_that_is_none", ual(ual_object(1, RecordType="\u00b2")), records=1, must="\u00b2"),
    bad(
        "ual_cut_with_a_record_type_of_5000_digits",
        ual_text(ual_object(1).replace('"RecordType": 6', f'"RecordType": {DIGITS}')[:-3]),
        records=1,
        must=("ends_early", DIGITS),
    ),
    bad(
        "ual_without_quotes_with_a_record_type_of_5000_digits",
        ual_text(ual_object(1).replace('"RecordType": 6', f'"RecordType": {DIGITS}')[:-3].replace('"', "")),
        records=1,
        must=("salvaged", DIGITS),
    ),
    bad(
        "ual_second_header_in_another_order_before_whole_rows",
        ual(1) + b'\xef\xbb\xbf"AuditData","RecordId"\r\n' + _row(2),
        "cell_count",
        records=2,
    ),
]
