"""The readers beside independent ones: on good files both must say the same."""

import csv
import io
import json
import re
import shutil
import subprocess
from xml.parsers import expat

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from mutations import MemorySource
from test_golden import Quiet

from m365timeline.parsers import detect, parser_class
from m365timeline.parsers._json import decode_object
from m365timeline.parsers._xml import EventReader
from m365timeline.parsers.base import Head
from m365timeline.pipeline.convert import convert
from m365timeline.schemas.record import Record
from m365timeline.schemas.request import Request
from m365timeline.sources.reader import SourceReader
from m365timeline.sources.scan import scan

SAMPLES = ROOT / "sample_exports"
TABLES = sorted(
    path for path in SAMPLES.rglob("*.csv") if not path.parent.name.startswith("mapped_")
)  # which no format knows without its map
DOCUMENTS = sorted(path for path in SAMPLES.rglob("*.xml") if not path.parent.name.endswith("_clixml"))


def _records(path):
    data = path.read_bytes()
    source = MemorySource(data)
    found = scan(source)
    head = Head(found.head, found.encoding)
    ((name, _),) = detect(head)
    records = list(parser_class(name)().records(SourceReader(source, found.encoding), head))
    assert all(isinstance(item, Record) for item in records)
    return data, found, head, records


def _name(path):
    return str(path.relative_to(SAMPLES))


@pytest.mark.parametrize("path", TABLES, ids=_name)
def test_R60_tables_read_as_the_csv_module_reads_them(path):
    data, found, head, records = _records(path)
    text = found.encoding.decode(data[found.encoding.bom :])
    rows = [
        row
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=head.table.delimiter, strict=True)
        if any(row) and not row[0].startswith("#TYPE")
    ]
    assert rows[0] == list(head.table.columns)
    assert len(rows) - 1 == len(records)
    for row, record in zip(rows[1:], records, strict=True):
        assert next(csv.reader(io.StringIO(record.raw, newline=""), delimiter=head.table.delimiter, strict=True)) == row
        # Formats name the cells as the file or in lower case; some put them together into what they stand for.
        named = dict(zip((*head.table.keys, *head.table.columns), (*row, *row), strict=True))
        for key, value in record.fields.items():
            for text in _texts(value):
                assert named.get(key) == text or not isinstance(text, str) or any(text in cell for cell in row), key


def _by_expat(text):
    """Attributes of each Event, and name, attributes and text of everything below it."""
    events, below, depth = [], [], 0

    def start(name, attributes):
        nonlocal depth
        depth += 1
        if depth == 2:
            events.append(dict(attributes))
            below.append([])
        elif depth > 2:
            below[-1].append((name, dict(attributes)))

    def end(_name):
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(text, True)
    return events, below


def _texts(value):
    """Every text below a value."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [value]


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_R60_documents_read_as_expat_reads_them(path):
    data, found, _, records = _records(path)
    text = re.sub(r"^<\?xml.*?\?>", "", found.encoding.decode(data[found.encoding.bom :]).lstrip("\ufeff"))
    events, below = _by_expat(text)
    assert len(events) == len(records)
    for event, inner, record in zip(events, below, records, strict=True):
        assert {
            key: value for key, value in record.fields.items() if isinstance(value, str) and key != "#text"
        } == event
        values = sorted(value for _, attributes in inner for value in attributes.values())
        ours = sorted(
            text for key, value in record.fields.items() if not isinstance(value, str) for text in _texts(value)
        )
        assert ours == values


def test_R60_documents_of_any_shape_read_as_expat_reads_them():
    words = st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters='\ufffe\uffff<&"'), max_size=10
    )
    names = st.from_regex(r"[A-Z][a-z]{1,6}", fullmatch=True).filter(
        lambda name: name not in {"Event", "Cmdlet", "Caller"}
    )
    rows = st.lists(st.dictionaries(names, words, min_size=1, max_size=3), min_size=1, max_size=5)

    @settings(max_examples=100, deadline=None)
    @given(rows)
    def check(found):
        text = (
            "<SearchResults>"
            + "".join("<Event" + "".join(f' {key}="{value}"' for key, value in row.items()) + "/>" for row in found)
            + "</SearchResults>"
        )
        source = MemorySource(text.encode())
        records = list(EventReader(SourceReader(source, scan(source).encoding), "mailbox_audit"))
        assert [record.fields for record in records] == _by_expat(text)[0]

    check()


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text(max_size=8), values, max_size=6), st.booleans())
def test_R60_objects_decode_as_the_json_module_decodes_them(found, ascii_only):
    text = json.dumps(found, ensure_ascii=ascii_only)
    decoded = decode_object(text)
    assert decoded is not None
    assert "duplicate_keys" not in decoded.flags
    if "lone_surrogate" not in decoded.flags:
        assert decoded.data == json.loads(text)


def _xlsx_rows(folder, name, sheet):
    """How many rows LibreOffice sees in a sheet."""
    done = subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", f"csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,{sheet}", "--outdir", str(folder / "csv"), str(folder / name)],
        capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    written = list((folder / "csv").glob("*.csv"))
    assert written, done.stderr
    with written[0].open(encoding="utf-8", newline="") as stream:
        return sum(1 for row in csv.reader(stream) if any(row))


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_R60_libreoffice_sees_as_many_rows_as_the_run_says(tmp_path):
    outcome = convert(Request(inputs=[str(SAMPLES)], outputs=[tmp_path / "x.xlsx"]), Quiet())
    from openpyxl import load_workbook

    names = load_workbook(tmp_path / "x.xlsx", read_only=True).sheetnames
    rows = _xlsx_rows(tmp_path, "x.xlsx", names.index("Timeline") + 1)
    assert rows == outcome.report.totals.timeline + 1
