"""Records are taken through reading in blocks: how many together, no output shows, and large ones do not wait for others."""

from pathlib import Path

import pytest

from m365timeline.pipeline import read
from m365timeline.pipeline.convert import convert
from m365timeline.schemas.record import Record
from m365timeline.schemas.request import Request

SAMPLES = Path(__file__).parents[1] / "sample_exports"


def _record(length):
    return Record(kind="audit_data", fields={}, number=1, line=1, offset=0, length=length, raw="x" * length)


def test_a_block_ends_with_its_number_of_records_or_characters():
    small = [len(block) for block in read._blocks(_record(10) for _ in range(read._BLOCK * 2 + 1))]
    assert small == [read._BLOCK, read._BLOCK, 1]
    assert [len(block) for block in read._blocks(_record(read._CHARACTERS) for _ in range(3))] == [1, 1, 1]


class _Silent:
    def stage(self, name, total, unit):
        pass

    def advance(self, amount):
        pass


@pytest.mark.parametrize("name", ["unified_audit_csv", "unified_audit_json"])
def test_nobody_can_tell_how_many_records_were_read_together(monkeypatch, tmp_path, name):
    texts = set()
    for number in (1, 3, 1000):
        monkeypatch.setattr(read, "_BLOCK", number)
        request = Request(inputs=[str(SAMPLES / name)], outputs=[tmp_path / f"{number}.jsonl"], jobs=1)
        assert convert(request, _Silent()).report.totals.events > 20
        texts.add((tmp_path / f"{number}.jsonl").read_bytes())
    assert len(texts) == 1
