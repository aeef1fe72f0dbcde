"""Damaging good exports at random, and the laws that have to hold for whatever comes out.

Everything happens in memory, with the product's own reading loop: parser, normalizer and the account of every byte.
"""

import io
import json
import random
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from bad_kit import DETAIL, EXTENDED, SUMMARY, V1, V2, admin, box, detail, extended, summary, ual, v1, v2, xml
from exports import audit_data, cmdlet_csv

from m365timeline.parsers import open_parser
from m365timeline.parsers.base import Head
from m365timeline.pipeline.ranges import Ranges
from m365timeline.pipeline.read import _read
from m365timeline.pipeline.survey import _answers
from m365timeline.schemas.arrow import Columns
from m365timeline.schemas.mapping import read_mapping
from m365timeline.sources.find import find_sources
from m365timeline.sources.reader import SourceReader
from m365timeline.sources.scan import scan
from m365timeline.sources.spool import Spool


class MemorySource:
    """A source whose bytes are here already."""

    name = origin = path = "memory"
    chain = ()
    modified_ns = None

    def __init__(self, data):
        self.data, self.size = data, len(data)

    def open(self):
        return io.BytesIO(self.data)


@dataclass
class Gathered:
    """Stands where the segment is written."""

    events: list = field(default_factory=list)
    issues: list = field(default_factory=list)
    states: list = field(default_factory=list)
    records: int = 0

    def add_events(self, events):
        self.records += 1
        self.events.extend(events)

    def add_state(self, state):
        self.records += 1
        self.states.append(state)

    def add_issue(self, issue):
        self.records += 1
        self.issues.append(issue)


_note = {"Subject": 'a "quoted" value\nwith a line', "Parameters": [{"Name": "x", "Value": "1.10"}]}
SEEDS = {
    "ual_portal": ual(*({**audit_data(n), **_note} for n in (1, 2, 3))),
    "ual_cmdlet": cmdlet_csv([audit_data(n) for n in (1, 2, 3)], lambda row: row["CreationTime"], type_line=True),
    "ual_utf16": b"\xff\xfe" + ual(1, 2).decode().encode("utf-16-le"),
    "ual_old_mac": ual(json.dumps(audit_data(1), indent=1), 2, 3).replace(b"\r\n", b"\r"),
    "trace_v1": (V1 + v1(1) + v1(2) + v1(3)).encode("utf-8-sig"),
    "trace_v2": (V2 + v2(1, "Zoë ""x") + v2(2) + v2(3)).encode(),
    "trace_detail": (DETAIL + detail(1) + detail(2)).encode(),
    "trace_summary": (SUMMARY + summary(1, "bob@b.example##Receive, Deliver;eve@b.example##Receive, Fail") + summary(2)).encode("utf-16-le"),
    "trace_extended": (EXTENDED + extended(1) + extended(2)).encode(),
    "mailbox_audit": xml(box(1), box(2, inside='<SourceItems><Item Id="A&amp;B" Subject="x" /></SourceItems>'), box(3)),
    "mailbox_audit_utf16": b"\xff\xfe" + xml(box(1), box(2)).decode().encode("utf-16-le"),
    "admin_audit": xml(admin(1), "<!-- c -->", admin(2)),
    "audit_xml_empty": xml("<!-- nothing was found -->\r\n"),
}  # fmt: skip
SAMPLE_EXPORTS = Path(__file__).resolve().parents[1] / "sample_exports"
_NO_EXPORTS = {".md", ".toml", ".xlsx"}  # a workbook is a package: tests of packages damage it


def _beginning(path, size=6000):
    """The beginning of a file, up to the end of a line where there is one."""
    data = path.read_bytes()[:size]
    wide = data[1::2].count(0) > len(data) // 4
    end = data.rfind(b"\n\0" if wide else b"\n")
    return data[: end + (2 if wide else 1)] if end > size // 2 else data


# Every sample, whatever formats there are: a new one is mutated from the day it stands there.
SAMPLES = {
    f"{path.parent.name}/{path.name}": _beginning(path)
    for path in sorted(SAMPLE_EXPORTS.glob("*/*"))
    if path.suffix not in _NO_EXPORTS and path.is_file()
}
with tempfile.TemporaryDirectory() as _folder:  # the sheets of workbooks are read as the tables they are written out to
    for _sheet in find_sources([str(SAMPLE_EXPORTS / "sharepoint_audit_report")], Spool(Path(_folder))):
        SAMPLES["sharepoint_audit_report/" + _sheet.chain[-1]] = _beginning(Path(_sheet.path))
MAPS = [read_mapping(path.read_text(encoding="utf-8")) for path in sorted(SAMPLE_EXPORTS.glob("mapped_*/*.toml"))]
_INSERTS = [
    b'"',
    b"'",
    b",",
    b";",
    b"\n",
    b"\r",
    b"\0",
    b"\xff",
    b"\xfe\xff",
    b"{",
    b"}",
    b"[",
    b"\\",
    b"<",
    b">",
    b"&",
    b"=",
    b"#",
    b"</Event>",
    b"<Event ",
    b"<!--",
    b"<![CDATA[",
    b"<!DOCTYPE x>",
    b"<?",
    b'","',
    b"\r\n",
    b"\xed\xa0\x80",
    "\u202e".encode(),
    b"0001-01-01",
    b"9" * 40,
]


def mutate(data, chance, others):
    """One to four changes: cut, flip, insert, delete, repeat, swap, join."""
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        size = max(len(data), 1)
        one, two = sorted((chance.randrange(size), chance.randrange(size)))
        near = min(len(data), one + chance.randrange(1, 40))
        match chance.randrange(8):
            case 0:
                data = data[:two]
            case 1:
                data = (
                    data[:one]
                    + bytes([(data[one] if one < len(data) else 0) ^ (1 << chance.randrange(8))])
                    + data[one + 1 :]
                )
            case 2:
                data = data[:one] + chance.choice(_INSERTS) + data[one:]
            case 3:
                data = data[:one] + data[near:]
            case 4:
                data = data[:two] + data[one:two] + data[two:]
            case 5:
                data = (
                    data[:one] + data[near:two] + data[one:near] + data[two:]
                    if near <= two
                    else data[:one] + data[near:]
                )
            case 6:
                data = data[:two] + chance.choice(others)
            case _:
                data = data[:one] + bytes([chance.randrange(256)]) + data[one + 1 :]
        data = data[:20_000]
    return data


def read(data):
    """Read bytes as the product would: (format, what was gathered), or ``None`` where no parser, or more than one, claims them."""
    source = MemorySource(data)
    found = scan(source)
    head = Head(found.head, found.encoding)
    answers = _answers(head, None, MAPS)  # a map claims what fits it and nothing else
    if len(answers) != 1:
        return None
    parser = open_parser(answers[0][0], answers[0][2])
    gathered = Gathered()
    ranges = Ranges(source, found.encoding, parser, head, 0, found.size)
    reader = SourceReader(source, found.encoding)
    _read(parser, reader, head, gathered, ranges, None, None)
    assert reader.sha256() == found.sha256, "not every byte was read"
    return parser, found.encoding, gathered, ranges


def seeds_of():
    """The small exports of every format, by the format's name."""
    found = {}
    for data in [*SEEDS.values(), *SAMPLES.values()]:
        if (result := read(data)) is not None:
            found.setdefault(result[0].name, []).append(data)
    return found


def check(data, *, twice=False):
    """The laws: no exception, every byte in one range, every event and issue inside the file, the same again. Returns what was found."""
    result = read(data)
    if result is None:
        return None
    parser, encoding, gathered, ranges = result
    assert sum(ranges.counts.values()) == len(data), "a byte is in no range, or in two"
    for event in gathered.events:
        assert 0 <= event.offset <= event.offset + event.length <= len(data)
        assert event.raw, "an event without its record"
        assert event.summary, "an event that says nothing"
        if "invalid_bytes" not in (event.quality or ()):
            assert encoding.decode(data[event.offset : event.offset + event.length]) == event.raw
    for state in gathered.states:
        assert state.summary, "a state that says nothing"
        assert 0 <= state.offset <= state.offset + state.length <= len(data)
    for issue in gathered.issues:
        assert issue.reason
        assert 0 <= issue.offset <= issue.offset + issue.length <= len(data)
    columns = Columns()
    columns.add(gathered.events)
    assert columns.take_batch().num_rows == len(gathered.events), "a value that no column can hold"
    told = msgspec.json.encode([gathered.events, gathered.states, gathered.issues])
    if twice:
        _, _, again, _ = read(data)
        assert msgspec.json.encode([again.events, again.states, again.issues]) == told, "not the same twice"
    return parser.name, len(gathered.events) + len(gathered.states), len(gathered.issues)


def run(count, seed, report=None):
    """Check so many mutated inputs; returns figures and what broke a law."""
    chance = random.Random(seed)
    every = {**SEEDS, **SAMPLES}
    names = sorted(every)
    seeds = [every[name] for name in names]
    figures = {"inputs": 0, "read": 0, "events": 0, "rejects": 0}
    broken = []
    for number in range(count):
        data = mutate(seeds[number % len(seeds)], chance, seeds)
        figures["inputs"] += 1
        try:
            found = check(data, twice=number % 20 == 0)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is a finding)
            broken.append((names[number % len(names)], data, error))
            continue
        if found:
            figures["read"] += 1
            figures["events"] += found[1]
            figures["rejects"] += found[2]
        if report and number % 5000 == 0:
            report(number, figures, broken)
    return figures, broken
