"""The shared reader of delimited text: exact on good files, and on damaged ones only the damage is lost."""

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from m365timeline.parsers._csv import RowReader, is_remark, read_header
from m365timeline.schemas.record import Code, Issue
from m365timeline.schemas.source import Encoding, Window

UTF8 = Encoding("utf-8", 0, "test")


class TextReader:
    """A reader over text, cut into windows of ``size`` characters."""

    def __init__(self, text, size=1 << 20, encoding=UTF8):
        self.text, self.size, self.encoding, self.starts = text, size, encoding, True

    def windows(self):
        offset = 0
        pieces = [self.text[i : i + self.size] for i in range(0, len(self.text), self.size)] or [""]
        for number, piece in enumerate(pieces):
            yield Window(piece, offset, number == len(pieces) - 1)
            offset += self.encoding.byte_length(piece)


def read(text, size=1 << 20, encoding=UTF8, is_header=lambda _table: False):
    table = read_header(text)
    reader = RowReader(TextReader(text, size, encoding), table, is_header)
    items = list(reader)
    return (
        [item for item in items if not isinstance(item, Issue)],
        [item for item in items if isinstance(item, Issue)],
        reader,
    )


def test_rows_keep_their_exact_bytes():
    text = 'a,b\r\n1,"x ""y"" ü\nz"\r\n2,plain\r\n'
    rows, issues, _ = read(text)
    assert [row.cells for row in rows] == [["1", 'x "y" ü\nz'], ["2", "plain"]]
    assert not issues
    data = text.encode()
    assert [data[row.offset : row.offset + row.length].decode() for row in rows] == [
        '1,"x ""y"" ü\nz"\r\n',
        "2,plain\r\n",
    ]
    assert [row.line for row in rows] == [2, 4]


def test_the_delimiter_comes_from_the_header_line_only():
    rows, _, _ = read('a;b;c\r\n1,5;"x;y";,,,,\r\n')
    assert rows[0].cells == ["1,5", "x;y", ",,,,"]


def test_a_type_line_and_blank_rows_are_no_records():
    rows, issues, reader = read('#TYPE Deserialized.Thing\r\n"a","b"\r\n"1","2"\r\n,\r\n\r\n"3","4"\r\n')
    assert [row.cells for row in rows] == [["1", "2"], ["3", "4"]]
    assert not issues
    assert reader.blank_lines == 2


def test_a_repeated_header_is_no_record():
    rows, issues, reader = read("a,b\n1,2\na,b\n3,4\n")
    assert [row.cells for row in rows] == [["1", "2"], ["3", "4"]]
    assert (issues, reader.headers) == ([], 1)


def test_another_header_in_the_middle_changes_the_columns():
    rows, issues, reader = read("a,b\n1,2\nb,c,a\n3,4,5\n", is_header=lambda table: "a" in table.keys)
    assert [row.cells for row in rows] == [["1", "2"], ["3", "4", "5"]]
    assert not issues
    assert reader.header_changed
    assert reader.table.keys == ("b", "c", "a")


def test_another_order_of_the_same_width_changes_the_columns():
    rows, _, reader = read("a,b,c\n1,2,3\nC,a,b\n4,5,6\n", is_header=lambda table: "a" in table.keys)
    assert [row.cells for row in rows] == [["1", "2", "3"], ["4", "5", "6"]]
    assert reader.table.keys == ("c", "a", "b")


def test_an_unclosed_quote_costs_one_row():
    text = 'a,b\n1,"x\n2,y\n3,z\n'
    rows, issues, _ = read(text)
    assert [row.cells for row in rows] == [["2", "y"], ["3", "z"]]
    assert [(issue.code, issue.line, issue.raw) for issue in issues] == [(Code.UNCLOSED_QUOTE, 2, '1,"x\n')]


def test_a_stray_quote_that_is_closed_later_does_not_merge_rows():
    rows, issues, _ = read('a,b\n1,"x\n2,y\n3,"z"\n4,w\n')
    assert [row.cells for row in rows] == [["2", "y"], ["3", "z"], ["4", "w"]]
    assert len(issues) == 1


def test_a_short_row_is_rejected_and_says_so():
    rows, issues, _ = read("a,b,c\n1,2,3\n4,5\n6,7,8\n")
    assert len(rows) == 2
    assert issues[0].code is Code.CELL_COUNT
    assert "2 cells" in issues[0].reason
    assert "the header 3" in issues[0].reason


def test_a_file_that_ends_inside_a_record_loses_that_record_only():
    rows, issues, _ = read('a,b\n1,2\n3,"fo')
    assert [row.cells for row in rows] == [["1", "2"]]
    assert [(issue.code, issue.raw) for issue in issues] == [(Code.TRUNCATED_RECORD, '3,"fo')]


def test_a_last_line_without_end_is_flagged():
    rows, _, _ = read("a,b\n1,2\n3,4")
    assert [row.unterminated for row in rows] == [False, True]


def test_surplus_empty_cells_of_a_spreadsheet_are_tolerated():
    rows, issues, _ = read("a,b\n1,2,,\n")
    assert rows[0].cells[:2] == ["1", "2"]
    assert not issues


def test_columns_of_the_same_name_stay_apart():
    assert read_header("Name,Name,Other \n").keys == ("name", "name#2", "other")


def test_prose_is_no_table():
    assert read_header("Just a sentence.\nAnd one more.\n") is None


cells = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=12), min_size=2, max_size=2)


@settings(max_examples=150, deadline=None)
@given(st.lists(cells, max_size=12), st.integers(1, 40))
def test_well_formed_tables_read_as_the_csv_module_reads_them(table, size):
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerows([["a", "b"], *table])
    rows, issues, reader = read(text.getvalue(), size=size)
    expected = [row for row in table if any(row) and row != ["a", "b"]]
    assert [row.cells for row in rows] == expected
    assert not issues
    assert len(rows) + reader.blank_lines + reader.headers == len(table)


def left_over(between):
    """What stands between rows and is neither blank, a header, nor a remark such as ``#TYPE``."""
    lines = [line for line in between.decode().split("\n") if not is_remark(line)]
    return "".join(lines).translate(str.maketrans("", "", '",ab')).strip()


@settings(max_examples=300, deadline=None)
@given(st.lists(cells, min_size=1, max_size=6), st.data())
def test_cut_or_changed_text_is_accounted_for_byte_by_byte(table, data):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([["a", "b"], *table])
    whole = text.getvalue()
    where = data.draw(st.integers(4, len(whole)))
    damaged = data.draw(
        st.sampled_from([whole[:where], whole[:where] + '"' + whole[where:], whole[:where] + whole[where + 1 :]])
    )
    rows, issues, _ = read(damaged, size=data.draw(st.integers(1, 50)))
    raw = damaged.encode()
    spans = sorted([(row.offset, row.length) for row in rows] + [(issue.offset, issue.length) for issue in issues])
    end = 0
    for offset, length in spans:
        assert offset >= end, "two items claim the same bytes"
        assert not left_over(raw[end:offset]), "bytes nobody accounts for"
        end = offset + length
    assert not left_over(raw[end:])


def test_windows_of_any_size_give_the_same_rows():
    text = "a,b\r\n" + "".join(f'{n},"x{n} ""q""\r\ny"\r\n' for n in range(40)) + '41,"cut'
    whole = read(text)
    for size in (1, 2, 3, 7, 50, 333):
        rows, issues, _ = read(text, size)
        assert [(row.cells, row.offset, row.length, row.line) for row in rows] == [
            (row.cells, row.offset, row.length, row.line) for row in whole[0]
        ]
        assert [(issue.code, issue.offset) for issue in issues] == [(issue.code, issue.offset) for issue in whole[1]]
