"""The grammar of JSON (RFC 8259) against the decoder of AuditData: what must be read, what must be refused, what is left open.

The expected outcomes come from the text of the RFC, section by section, not from a run. A value stands in ``{"a": …}``, because
AuditData is always an object. Numbers with a fraction or exponent are kept as they were written (never through a float).
"""

import json

import pytest

from m365timeline.parsers._json import MAX_DEPTH, decode_object
from m365timeline.parsers._salvage import salvage

# Section 2: six structural characters with blanks around them; section 3: three literal names, in lower case.
VALUES = {
    "true": True, "false": False, "null": None, " true ": True, "\ttrue\t": True, "\ntrue\n": True, "\rtrue\r": True,
    # Section 4 and 5: objects and arrays, also empty, nested, with values of any kind
    "{}": {}, "[]": [], "[[]]": [[]], "[[1],[2]]": [[1], [2]], '{"b":[],"c":{}}': {"b": [], "c": {}}, '"\\u00df"': "ß", "[[],[[]]]": [[], [[]]], "[1,2]": [1, 2], "[ 1 , 2 ]": [1, 2], "[null]": [None], "[{}]": [{}],
    '{"b":{"c":[]}}': {"b": {"c": []}}, '{"":0}': {"": 0}, '{"\\u0000":1}': {"\0": 1}, '{"b":1,"c":2}': {"b": 1, "c": 2}, '["",""]': ["", ""],
    '[1,null,"x",true,{},[]]': [1, None, "x", True, {}, []], "[" * 50 + "]" * 50: eval("[" * 50 + "]" * 50),
    # Section 6: numbers: minus, integer without leading zeros, fraction, exponent
    "0": 0, "1": 1, "-1": -1, "10": 10, "123456789": 123456789, "18446744073709551617": 18446744073709551617, "-9223372036854775809": -9223372036854775809,
    "9" * 400: int("9" * 400), "0.1": "0.1", "1.10": "1.10", "-0.0": "-0.0", "1e1": "1e1", "1E1": "1E1", "1e+1": "1e+1", "1E-1": "1E-1", "0e0": "0e0",
    "0e+1": "0e+1", "123.456e78": "123.456e78", "1e400": "1e400", "-1e-400": "-1e-400", "0." + "0" * 90 + "1": "0." + "0" * 90 + "1", "1.000": "1.000",
    # Section 7: strings: any character but the quote, the backslash and the controls; nine escapes
    '""': "", '" "': " ", '"a"': "a", '"a b"': "a b", '"\\""': '"', '"\\\\"': "\\", '"\\/"': "/", '"/"': "/", '"\\b\\f\\n\\r\\t"': "\b\f\n\r\t",
    '"\\u0000"': "\0", '"\\u0041"': "A", '"\\u00e9"': "é", '"\\u00E9"': "é", '"\\uD83D\\uDE00"': "😀", '"\\ud83d\\ude00"': "😀", '"\\u2028\\u2029"': "\u2028\u2029",
    '"é"': "é", '"日本"': "日本", '"😀"': "😀", '"\x7f"': "\x7f", '"\u2028"': "\u2028", '"\ufeff"': "\ufeff", '"\ufffe\uffff"': "\ufffe\uffff", '"\U0010ffff"': "\U0010ffff",
    '"\\u005C"': "\\", '"\\u0022"': '"', '"\\\\u0041"': "\\u0041", '"a/*b*/c"': "a/*b*/c", '"[}{]"': "[}{]", '"\\\\\\""': '\\"', "\"'\"": "'", '"null"': "null", '"1"': "1",
}  # fmt: skip
# Not in the grammar at all: no value of these may be read as if the text were JSON.
NO_VALUES = [
    # literals
    "True", "FALSE", "Null", "nul", "truefalse", "undefined", "None", "yes", "*", "@", "",
    # numbers
    "+1", "01", "-01", "00", "-", "1.", ".1", "-.1", "1.e1", "1e", "1e+", "1E-", "0x1F", "1_000", "1 000", "1,000", "0.1.2", "1e1.5", "- 1", "--1", "1a", "٣", "０", "1e१",
    # strings
    '"', '"a', "'a'", "“a”", '"\n"', '"\t"', '"\0"', '"\x1f"', '"\r"', '"\\x41"', '"\\u"', '"\\u004"', '"\\u00g0"', '"\\a"', '"\\\'"', '"\\"', '"\\U0041"', '"a" "b"', '"a"b', "a",
    # arrays
    "[", "]", "[1", "[1,", "[1,]", "[,]", "[,1]", "[1,,2]", "[1 2]", "[1;2]", "(1)", "[1)", "[1}", "[]]", "[...]",
    # objects
    "{", "{]", '{"b"}', '{"b":}', '{"b":1,}', '{,"b":1}', '{"b":1,,"c":2}', '{"b" 1}', '{"b"=1}', "{b:1}", "{'b':1}", "{1:1}", "{null:1}", '{"b":1 "c":2}', '{"b"::1}', '{"b":1}}', "{[1]:1}",
    # comments, blanks that are none, byte-order marks in between
    "1/**/", "/**/1", "1//", "1#", "\xa01", "\x0b1", "\x0c1", "\u20281", "\ufeff1", "\u30001", "1\0",
]  # fmt: skip
# Whole texts: the object itself.
TEXTS = {'{"a":1}': True, ' \t\r\n{"a":1} \t\r\n': True, "{}": True, '{"a":1}{"a":2}': False, '{"a":1},': False, '{"a":1} x': False, '{"a":1}\0': False, "\ufeff{}x": False,
         "[]": False, "1": False, '"a"': False, "null": False, "": False, " ": False, "{": False, "}": False, '{"a":1': False, '"{}"': False, "{\xa0}": False}  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=lambda value: ascii(value)[:30])
def test_R40_what_the_grammar_allows_is_read_exactly(value):
    decoded = decode_object(f'{{"a":{value}}}')
    assert decoded is not None
    assert decoded.flags == []
    assert list(decoded.data) == ["a"]
    assert decoded.data["a"] == VALUES[value]
    assert type(decoded.data["a"]) is type(VALUES[value]), "true is not 1, and 1.10 is no float"
    assert b"\xed\xa0" not in decoded.canonical
    json.loads(decoded.canonical)


@pytest.mark.parametrize("value", NO_VALUES, ids=lambda value: ascii(value)[:30])
def test_R40_what_the_grammar_does_not_allow_is_not_json(value):
    """It is never taken for sound: what salvage reads of it says that it was damaged."""
    text = f'{{"a":{value}}}'
    assert decode_object(text) is None
    found = salvage(text)
    assert found is None or "salvaged" in found.flags


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_R40_a_text_is_one_object_and_nothing_else(text):
    assert (decode_object(text) is not None) is TEXTS[text]


# What the RFC leaves to the reader: here it is read, flagged, and nothing of it is lost.
OPEN = {
    # section 4: names SHOULD be unique
    '{"a":1,"a":2}': ({"a": 2}, ["duplicate_keys"]),
    '{"a":{"b":1,"b":1}}': ({"a": {"b": 1}}, ["duplicate_keys"]),
    '{"a":1,"\\u0061":2}': ({"a": 2}, ["duplicate_keys"]),
    # section 8.2: lone surrogates: behaviour is unpredictable
    '{"a":"\\ud800"}': ({"a": "\\ud800"}, ["lone_surrogate"]),
    '{"a":"\\udc00\\ud800"}': ({"a": "\\udc00\\ud800"}, ["lone_surrogate"]),
    '{"\\udfff":1}': ({"\\udfff": 1}, ["lone_surrogate"]),
    # section 6: not permitted, but written by real tools
    '{"a":NaN}': ({"a": "NaN"}, ["invalid_number"]),
    '{"a":[Infinity,-Infinity]}': ({"a": ["Infinity", "-Infinity"]}, ["invalid_number"]),
    # section 6: interoperable range; a minus before zero is a value of its own
    '{"a":-0}': ({"a": "-0"}, []),
}


@pytest.mark.parametrize("text", OPEN, ids=ascii)
def test_R40_what_the_grammar_leaves_open_is_flagged(text):
    data, flags = OPEN[text]
    decoded = decode_object(text)
    assert decoded is not None
    assert (decoded.data, decoded.flags) == (data, flags)


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_R34_depth_is_limited_where_the_page_says(opening):
    """Section 9: a parser may limit depth. The object itself is the first level."""
    closing = {"[": "]", '{"a":': "}"}[opening]
    core = "1" if opening != "[" else ""

    def nested(levels):
        return '{"a":' + opening * levels + core + closing * levels + "}"

    assert decode_object(nested(MAX_DEPTH - 1)) is not None
    assert decode_object(nested(MAX_DEPTH)) is None
    assert decode_object(nested(100_000)) is None
    assert salvage(nested(100_000)) is None


def test_there_are_enough_cases():
    assert len(VALUES) >= 80
    assert len(NO_VALUES) >= 90
