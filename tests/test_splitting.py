"""Reading in parts: where the parts begin, and that nobody can tell from the outputs how many there were, or who read them."""

import json
from functools import partial
from pathlib import Path

import pytest

from m365timeline.pipeline import gather, survey
from m365timeline.pipeline.convert import convert
from m365timeline.pipeline.pool import pool
from m365timeline.schemas.request import Request
from m365timeline.schemas.source import Source
from m365timeline.sources import scan as scanning
from tests.exports import audit_data, cmdlet_csv

SAMPLES = Path(__file__).parents[1] / "sample_exports"
MAILBOX = (SAMPLES / "mailbox_audit_xml" / "SearchResult.xml").read_bytes()
ADMIN = (SAMPLES / "admin_audit_xml" / "SearchResult.xml").read_bytes()


class Silent:
    def stage(self, name, total, unit):
        pass

    def advance(self, amount):
        pass


@pytest.fixture
def small_parts(monkeypatch):
    """Cuts every 4 KiB, and a pool for whatever is asked to have one."""
    monkeypatch.setattr(scanning, "_BLOCK", 4096)
    monkeypatch.setattr(survey, "scan", partial(scanning.scan, part=4096))
    monkeypatch.setattr(gather, "WORTH_A_POOL", 0)


def cuts_of(data, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(data)
    source = Source(name="x", path=str(path), origin=str(path), size=len(data))
    return scanning.scan(source, part=4096).cuts


def read(path, folder, jobs=1):
    """The JSONL of a file, and what the manifest says of its reading."""
    folder.mkdir()
    request = Request(inputs=[str(path)], outputs=[folder / "x.jsonl"], jobs=jobs)
    outcome = convert(request, Silent())
    told = json.loads(outcome.manifest.read_bytes())["inputs"][0]
    decisions = [one for one in told["decisions"] if not one.startswith("Read in one piece")]
    rest = {key: told[key] for key in ("records", "converted", "rejected", "events", "warnings", "bytes_by_kind")}
    return (folder / "x.jsonl").read_bytes(), decisions, rest, len(decisions) < len(told["decisions"])


def in_utf8(data):
    return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-8").replace("utf-16", "utf-8").encode()


XML = {
    "as it comes": MAILBOX,
    "utf-8": in_utf8(MAILBOX),
    "utf-8 with mark": b"\xef\xbb\xbf" + in_utf8(MAILBOX),
    "utf-16 big-endian": "\ufeff".encode("utf-16-be") + in_utf8(MAILBOX).replace(b"utf-8", b"utf-16", 1).decode().encode("utf-16-be"),
    "admin": ADMIN,
}  # fmt: skip
HIDDEN = in_utf8(MAILBOX).replace(b"</Event>", b"</Event><!-- " + b"<Event Operation='none'/>" * 400 + b" -->", 3)
ODD = {
    "an Event in comments longer than a part": HIDDEN,
    "no end tag": in_utf8(MAILBOX).replace(b"</SearchResults>", b""),
    "no root": in_utf8(MAILBOX).replace(b"</SearchResults>", b"").replace(b"<SearchResults>", b""),
    "two exports in one": in_utf8(MAILBOX) + in_utf8(ADMIN).partition(b"?>")[2],
    "one Event broken": in_utf8(MAILBOX).replace(b'Operation="', b"Operation=", 30).replace(b"Operation=", b'Operation="', 29),
    "cut in the middle": in_utf8(MAILBOX)[: len(in_utf8(MAILBOX)) * 2 // 3],
}  # fmt: skip


@pytest.mark.parametrize("data", XML.values(), ids=XML)
def test_markup_is_cut_where_an_event_begins(data, tmp_path, small_parts):
    cuts = cuts_of(data, tmp_path)
    assert len(cuts) > 5
    for cut in cuts[1:-1]:
        begin = data[cut : cut + 14]
        assert begin.replace(b"\0", b"").startswith(b"<Event")
        assert cut % 2 == 0 or b"\0" not in data[:20]


@pytest.mark.parametrize("data", [*XML.values(), *ODD.values()], ids=[*XML, *ODD])
def test_a_search_result_reads_the_same_in_one_part_and_in_many(data, tmp_path, request):
    path = tmp_path / "SearchResult.xml"
    path.write_bytes(data)
    whole = read(path, tmp_path / "whole")
    request.getfixturevalue("small_parts")
    parts = read(path, tmp_path / "parts")
    assert parts[:3] == whole[:3]
    assert not whole[3]


@pytest.mark.parametrize("data", XML.values(), ids=XML)
def test_a_clean_search_result_is_not_read_twice(data, tmp_path, small_parts):
    path = tmp_path / "SearchResult.xml"
    path.write_bytes(data)
    assert not read(path, tmp_path / "parts")[3]


def test_damage_makes_a_search_result_be_read_in_one_piece(tmp_path, small_parts):
    path = tmp_path / "SearchResult.xml"
    path.write_bytes(ODD["one Event broken"])
    assert read(path, tmp_path / "parts")[3]


def test_workers_give_the_same_bytes_as_one_process(tmp_path, small_parts):
    """CSV, JSON lines and XML side by side; the workers take them part by part."""
    folder = tmp_path / "in"
    folder.mkdir()
    records = [audit_data(number, Note='a "quoted"\r\nline, and more') for number in range(120)]
    (folder / "ual.csv").write_bytes(cmdlet_csv(records, lambda data: data["CreationTime"]))
    (folder / "ual.jsonl").write_text("".join(json.dumps(data) + "\n" for data in records[60:]))
    (folder / "SearchResult.xml").write_bytes(MAILBOX)
    one, two = read(folder, tmp_path / "one", jobs=1), read(folder, tmp_path / "two", jobs=2)
    assert one == two
    assert len(cuts_of((folder / "ual.csv").read_bytes(), tmp_path)) > 5


def test_little_to_read_starts_no_worker(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(gather, "pool", lambda jobs: asked.append(jobs) or pool(jobs))
    path = tmp_path / "SearchResult.xml"
    path.write_bytes(MAILBOX)
    read(path, tmp_path / "out", jobs=8)
    assert asked == [1]
