"""Bad inputs that are large: run alone, with their memory measured."""

from bad_kit import END, SUMMARY, XML, bad, box, summary, ual, ual_object, xml

MB = 1 << 20


def _endless_quote():
    return ual(1) + b'x,"' + b"never closed, never ended\r\n" * (3 * MB)


def _endless_event():
    return (XML + box(1)).encode() + b'<Event Owner="' + b"x" * (100 * MB)


def _one_line():
    return ual(1) + b"x" * (90 * MB) + b"\r\n" + ual(2)[len(ual()) :]


LARGE = [
    bad(
        "large_quote_never_closed",
        _endless_quote,
        "truncated_record unclosed_quote record_too_large",
        records=None,
        exit=3,
        seconds=60,
        large=True,
    ),
    bad("large_event_never_closed", _endless_event, "record_too_large", records=2, seconds=60, large=True),
    bad(
        "large_line_without_end",
        _one_line,
        "cell_count record_too_large",
        records=3,
        exit=3,
        seconds=60,
        large=True,
    ),
    bad(
        "large_audit_data_of_40_mb",
        lambda: ual(1, {"Operation": "x", "Id": "1", "Long": "y" * (40 * MB)}, 2),
        "record_too_large",
        records=3,
        seconds=60,
        large=True,
    ),
    bad(
        "large_audit_data_of_7_mb_with_emoji",
        lambda: ual(ual_object(1, Long="QQ" + "y" * (7 * MB)).replace("QQ", "\U0001f600")),
        records=1,
        seconds=60,
        large=True,
    ),
    *(
        bad(
            f"large_sixty_{field.lower()}s_of_3_mb",
            lambda field=field: ual(*(ual_object(n, **{field: f"{n}" + "y" * (3 * MB)}) for n in range(60))),
            records=60,
            must="long_value_cut",
            seconds=90,
            large=True,
        )
        for field in ("Operation", "UserId", "ClientIP", "ObjectId", "Workload")
    ),
    bad(
        "large_forty_records_of_5_mb",
        lambda: ual(*(ual_object(n, Long="y" * (5 * MB)) for n in range(40))),
        records=40,
        seconds=90,
        large=True,
    ),
    bad(
        "large_thirty_events_of_4_mb",
        lambda: xml(*(box(n, extra=f' Long="{"y" * (4 * MB - 500)}"') for n in range(30))),
        records=30,
        seconds=90,
        large=True,
    ),
    bad(
        "large_event_of_twelve_mb",
        lambda: xml(box(1), box(2, inside="<SourceItems>" + '<Item Id="A" Subject="x"/>' * 480_000 + "</SourceItems>")),
        "record_too_large",
        records=2,
        seconds=60,
        large=True,
    ),
    bad(
        "large_list_of_350000_objects",
        lambda: ual(ual_object(1, Many=[{"a": 1}] * 350_000)),
        records=1,
        seconds=60,
        large=True,
    ),
    bad(
        "large_recipients_of_one_message",
        lambda: (SUMMARY + summary(1, ";".join(f"u{n}@b.example##Receive, Deliver" for n in range(100_000)))).encode(
            "utf-16-le"
        ),
        records=1,
        seconds=60,
        large=True,
    ),
    bad(
        "large_stray_text_in_xml",
        lambda: (XML + box(1)).encode() + b"stray " * (12 * MB) + (box(2) + END).encode(),
        "stray_text",
        records=None,
        exit=3,
        seconds=200,
        large=True,
    ),
    bad(
        "large_depth_in_json",
        lambda: ual(ual_object(1)[:-1] + ',"Deep":' + "[" * (8 * MB) + "}"),
        "nested_too_deep",
        records=1,
        rejected=1,
        exit=3,
        seconds=60,
        large=True,
    ),
]
