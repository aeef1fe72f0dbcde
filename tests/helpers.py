"""Drive one parser and its normalizers over bytes, as the pipeline does, without a case."""

import tempfile
from pathlib import Path

from m365timeline.normalizers.context import Context
from m365timeline.normalizers.registry import complete, normalizer_for
from m365timeline.parsers.base import Head
from m365timeline.schemas.record import Issue
from m365timeline.schemas.source import Source
from m365timeline.sources.reader import SourceReader
from m365timeline.sources.scan import scan


def read_records(data, parser_class):
    """Detect and parse: (detection, records, issues, parser)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export"
        path.write_bytes(data if isinstance(data, bytes) else Path(data).read_bytes())
        source = Source(name="export", path=str(path), origin=str(path), size=path.stat().st_size)
        found = scan(source)
        head = Head(found.head, found.encoding)
        parser = parser_class()
        detection = parser.detect(head)
        records, issues = [], []
        if detection is not None:
            for item in parser.records(SourceReader(source, found.encoding), head):
                (issues if isinstance(item, Issue) else records).append(item)
        return detection, records, issues, parser


def read_events(data, parser_class, zone=None):
    """Parse and normalize: (records, issues, events)."""
    detection, records, issues, _ = read_records(data, parser_class)
    assert detection is not None, "the parser does not claim this file"
    context = Context(source_type=parser_class.name, family=parser_class.family, zone=zone)
    events = []
    for record in records:
        made = normalizer_for(record.kind)(record, context)
        complete(made, record, context)
        events.extend(made)
    return records, issues, events
