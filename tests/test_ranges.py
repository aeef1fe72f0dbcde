"""Every byte of a source is one thing: R1, R3, R6, R8."""

import base64
import gzip
import hashlib
import json
import random
import zipfile
from pathlib import Path

import msgspec
import pytest
from exports import audit_data, cmdlet_csv, purview_csv
from helpers import read_events, read_records
from test_golden import Quiet

from m365timeline.normalizers.states import describe
from m365timeline.parsers import detect, parser_class
from m365timeline.parsers.base import Head
from m365timeline.pipeline.convert import convert
from m365timeline.pipeline.ranges import KINDS, Ranges, UncoveredError
from m365timeline.schemas.record import Code, Issue
from m365timeline.schemas.request import Request
from m365timeline.schemas.source import Source
from m365timeline.sources.reader import SourceReader
from m365timeline.sources.scan import scan

ROOT = Path(__file__).resolve().parents[1]
OWN = sorted(
    path
    for path in (ROOT / "sample_exports").rglob("*")
    if path.suffix in {".csv", ".xml"}
    and not path.parent.name.startswith("mapped_")  # which no format knows without its map
)
XML = '<?xml version="1.0"?>\r\n<!-- an aside -->\r\n<SearchResults>\r\n  <Event MailboxGuid="1" Owner="a" LastAccessed="2020-01-01T00:00:00Z" Operation="x" />\r\n</SearchResults>\r\n'


def ranges_of(data, folder):
    """What every byte is, as the pipeline counts; ``None`` if no format claims the data."""
    path = folder / "source"
    path.write_bytes(data)
    source = Source(name="source", path=str(path), origin=str(path), size=len(data))
    found = scan(source)
    head = Head(found.head, found.encoding)
    answers = detect(head)
    if len(answers) != 1:
        return None
    parser = parser_class(answers[0][0])()
    ranges = Ranges(source, found.encoding, parser, head, 0, len(data))
    for item in parser.records(SourceReader(source, found.encoding), head):
        ranges.claim("reject" if isinstance(item, Issue) else "event", item.offset, item.length)
        if isinstance(item, Issue) and item.code is Code.FORBIDDEN_XML:
            ranges.refuse_rest()
    ranges.finish()
    return dict(ranges.counts)


def run(folder, *, outputs=("out.jsonl",), **options):
    return convert(
        Request(inputs=[str(folder)], outputs=[folder.parent / name for name in outputs], **options), Quiet()
    )


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name[:30])
def test_R1_every_byte_of_the_sample_exports_is_told(path, tmp_path):
    counts = ranges_of(path.read_bytes(), tmp_path)
    assert sum(counts.values()) == path.stat().st_size
    assert counts.keys() <= set(KINDS)
    assert "reject" not in counts


def test_R1_the_kinds_are_what_stands_there(tmp_path):
    export = (
        b"\xef\xbb\xbf"
        + purview_csv([audit_data(1)])
        + b",,,,,,,\r\n"
        + purview_csv([audit_data(2)])
        + b"broken\r\n"
        + b"\r\n\r\n"
    )
    counts = ranges_of(export, tmp_path)
    header = len(purview_csv([]))
    assert counts["preamble"] == 3
    assert counts["header"] == 2 * header
    assert counts["blank"] == 9
    assert counts["reject"] == 8
    assert counts["trailing"] == 4
    assert sum(counts.values()) == len(export)
    counts = ranges_of(XML.encode(), tmp_path)
    assert counts["aside"] == len("<!-- an aside -->")
    assert counts["header"] == len("<SearchResults>")
    assert counts["preamble"] == len('<?xml version="1.0"?>')
    assert counts["trailing"] == len("</SearchResults>")


def test_R1_text_that_belongs_to_nothing_is_found(tmp_path):
    """A parser that passes over a row is caught."""
    data = purview_csv([audit_data(n) for n in (1, 2, 3)])
    path = tmp_path / "source"
    path.write_bytes(data)
    source = Source(name="source", path=str(path), origin=str(path), size=len(data))
    found = scan(source)
    head = Head(found.head, found.encoding)
    parser = parser_class("unified_audit_csv")()
    items = list(parser.records(SourceReader(source, found.encoding), head))
    for left_out in range(3):
        ranges = Ranges(source, found.encoding, parser, head, 0, len(data))
        with pytest.raises(UncoveredError, match="no record, reject or header"):  # noqa: PT012
            for number, item in enumerate(items):
                if number != left_out:
                    ranges.claim("event", item.offset, item.length)
            ranges.finish()
    ranges = Ranges(source, found.encoding, parser, head, 0, len(data))
    ranges.claim("event", items[0].offset, items[0].length)
    with pytest.raises(UncoveredError, match="overlaps"):
        ranges.claim("event", items[0].offset + 5, items[0].length)


SPLICES = [b'"', b"\n", b"\x00", b"\xff", b",", b"<Event ", b"<!-- ", b"-->", b"<![CDATA[", b"<!DOCTYPE x>", b"</Event>", b"</SearchResults>", b"\xef\xbb\xbf", b"#TYPE x\r\n", b",,,,\r\n", b"<?xml ", b"&", b"<SearchRes"]  # fmt: skip


def test_R1_holds_for_damaged_exports(tmp_path, request):
    random.seed(365)
    whole = [path.read_bytes()[:5000] for path in OWN]
    counted = 0
    for _ in range(20_000 if request.config.getoption("--slow") else 1500):
        data = bytearray(random.choice(whole))
        for _ in range(random.randint(1, 4)):
            at, change = random.randrange(len(data) + 1), random.randrange(5)
            if change == 0:
                data = data[:at] or bytearray(b"x")
            elif change == 1:
                data[at:at] = random.choice(SPLICES)
            elif change == 2:
                del data[at : at + random.choice([1, 2, 300])]
            elif change == 3:
                data[at:] = bytes(byte ^ 1 for byte in data[at : at + 1]) + data[at + 1 :]
            else:
                data += random.choice(whole)[:2500]
        counts = ranges_of(bytes(data), tmp_path)
        if counts is not None:
            counted += 1
            assert sum(counts.values()) == len(data)
    assert counted > 1000


def test_R1_the_manifest_and_the_report_show_it_for_members_too(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    data = purview_csv([audit_data(n) for n in (1, 2, 2)])
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("inner.csv", data)
    outcome = run(folder)
    (source,) = outcome.report.sources
    assert source.origin_sha256 == hashlib.sha256((folder / "a.zip").read_bytes()).hexdigest()
    assert sum(source.bytes_by_kind.values()) == len(data)
    assert source.bytes_by_kind["duplicate"] == len(purview_csv([audit_data(2)])) - len(purview_csv([]))
    (recorded,) = json.loads(outcome.manifest.read_text())["inputs"]
    assert recorded["bytes_by_kind"] == source.bytes_by_kind
    assert recorded["origin_sha256"] == source.origin_sha256


def test_R3_every_reject_stands_in_a_file_with_its_exact_bytes(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    data = purview_csv([audit_data(1)]) + b"cut,\xff\x00row\r\n" + purview_csv([audit_data(2)])[len(purview_csv([])) :]
    (folder / "a.csv").write_bytes(data)
    (folder / "b.csv.gz").write_bytes(gzip.compress(data.replace(b"\r\n", b"\n")))
    (folder / "strange.csv").write_text("colour,weight,price\nred,1,2\nblue,3,4\n")
    outcome = run(folder)
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl.rejects.jsonl").read_bytes().splitlines()]
    assert [row["source_file"] for row in rows] == ["in/a.csv", "in/b.csv.gz!b.csv", "in/strange.csv"]
    for row, source in zip(rows, (data, data.replace(b"\r\n", b"\n")), strict=False):
        raw = base64.b64decode(row["raw"])
        assert raw == source[row["offset"] : row["offset"] + row["length"]]
        assert hashlib.sha256(raw).hexdigest() == row["sha256"]
        assert raw.startswith(b"cut,\xff\x00row")
        assert row["code"] in set(Code)
        assert row["record_number"] == 2
        assert len(row["reason"]) > 40
    listed = {Path(item["path"]).name: item["rows"] for item in json.loads(outcome.manifest.read_text())["outputs"]}
    assert listed == {"out.jsonl": 4 - outcome.report.totals.duplicates, "out.jsonl.rejects.jsonl": 3}


def test_R3_an_older_rejects_file_does_not_outlive_its_run(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.csv").write_bytes(purview_csv([audit_data(1)]) + b"broken\r\n")
    run(folder)
    (folder / "a.csv").write_bytes(purview_csv([audit_data(1)]))
    run(folder, force=True)
    assert (tmp_path / "out.jsonl.rejects.jsonl").read_bytes() == b""


PLACES = {"record_number", "line", "offset", "event_id", "quality"}


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name[:30])
def test_R6_the_bytes_of_every_event_give_the_same_event_again(path):
    data = path.read_bytes()
    (name, _) = detect(
        Head(data[:65536], scan(Source(name="x", path=str(path), origin=str(path), size=len(data))).encoding)
    )[0]
    parser = parser_class(name)
    records, things = read_things(data, parser)
    before, after = data[: records[0].offset], b"</SearchResults>" if path.suffix == ".xml" else b""
    step = max(1, len(records) // 150)
    for record in records[::step]:
        piece = before + data[record.offset : record.offset + record.length] + after
        _, again = read_things(piece, parser)
        assert [shape(thing) for thing in again] == [
            shape(thing) for thing in things if thing.record_number == record.number
        ]


def read_things(data, parser):
    """The records, and the events or states made of them."""
    if not parser.name.startswith("state_list"):
        records, _, events = read_events(data, parser)
        return records, events
    records = read_records(data, parser)[1]
    return records, [describe(record) for record in records]


def shape(thing):
    return {name: value for name, value in msgspec.to_builtins(thing).items() if name not in PLACES}


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (100, "without ResultSize"),
        (5_000, "Search-UnifiedAuditLog"),
        (10_000, "mixed session"),
        (15_000, "whole pages of 5,000"),
        (99, None),
        (5_001, None),
    ],
)
def test_R8_counts_at_known_limits_are_warned_of(tmp_path, count, words):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.csv").write_bytes(purview_csv([audit_data(n) for n in range(count)]))
    (source,) = run(folder).report.sources
    found = [warning for warning in source.warnings if f"Exactly {count:,} records" in warning]
    assert bool(found) == bool(words)
    assert words is None or words in found[0]


@pytest.mark.parametrize(
    ("size", "warned"), [(9_400_000, False), (9_900_000, True), (10_400_000, True), (11_100_000, False)]
)
def test_R8_an_admin_audit_log_near_ten_megabytes_is_warned_of(tmp_path, size, warned):
    folder = tmp_path / "in"
    folder.mkdir()
    event = '<Event Caller="a" Cmdlet="Set-Mailbox" ObjectModified="o" RunDate="2024-01-01T00:00:00Z" Succeeded="true" Error="{}"><CmdletParameters/></Event>'
    text = event.format("x" * 900_000)
    body = text * (size // len(text))
    (folder / "SearchResult.xml").write_text(
        "<SearchResults>" + body + " " * (size - len(body) - 31) + "</SearchResults>"
    )
    (source,) = run(folder).report.sources
    assert any("at most 10 MB" in warning for warning in source.warnings) == warned


def test_R8_values_cut_at_the_limit_of_a_cell_are_warned_of(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    long = json.dumps(audit_data(1, Detail="x" * 40_000))[:32_767]
    (folder / "a.csv").write_bytes(
        cmdlet_csv([audit_data(2)], lambda data: data["CreationTime"]).replace(
            json.dumps(audit_data(2)).replace('"', '""').encode(), long.replace('"', '""').encode()
        )
    )
    (source,) = run(folder).report.sources
    assert any("(32,767 characters)" in warning for warning in source.warnings), source.warnings
