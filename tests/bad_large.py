"""Bad inputs that are large: run alone, with their memory measured."""

from bad_kit import END, XML, bad, box, ual, ual_object

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
        pending="a record of 64 MiB is held several times over: 1,830 MB",
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
        pending="a line of 90 MB is held several times over: 1,010 MB",
    ),
    bad(
        "large_audit_data_of_40_mb",
        lambda: ual({"Operation": "x", "Id": "1", "Long": "y" * (40 * MB)}),
        records=1,
        seconds=60,
        large=True,
        pending="an event of 40 MB is held several times over: 680 MB",
    ),
    bad(
        "large_stray_text_in_xml",
        lambda: (XML + box(1)).encode() + b"stray " * (12 * MB) + (box(2) + END).encode(),
        "broken_xml",
        records=None,
        exit=3,
        seconds=60,
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
