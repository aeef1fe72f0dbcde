"""From an event of any format, in any package, back to the bytes it came from."""

import json

import pytest
from mutations import SAMPLES
from test_archives import PACKERS
from test_golden import Quiet

from m365timeline.pipeline.convert import convert
from m365timeline.pipeline.inspect import show, verify
from m365timeline.schemas.request import Request

SEEN = sorted(
    name
    for name in SAMPLES
    if not name.startswith("mapped_") and not name.startswith("state_list") and "empty" not in name
)
KINDS = sorted(PACKERS)


@pytest.mark.parametrize("name", SEEN)
def test_R6_the_bytes_of_a_record_of_every_sample_are_shown_whatever_it_is_packed_in(name, tmp_path):
    """Each sample in one kind of package, a mail with 8-bit bytes only where its lines survive in one."""
    data = SAMPLES[name]
    kind = KINDS[SEEN.index(name) % len(KINDS)]
    if kind == "mail" and (b"\0" in data or b"\r" in data.replace(b"\r\n", b"")):
        kind = "zip"
    given = tmp_path / "given"
    given.write_bytes(PACKERS[kind](data))
    outcome = convert(Request(inputs=[str(given)], outputs=[tmp_path / "a.jsonl"]), Quiet())
    events = [json.loads(line) for line in (tmp_path / "a.jsonl").read_bytes().splitlines()]
    assert events
    for event in {id(one): one for one in (events[0], events[len(events) // 2], events[-1])}.values():
        place = show(outcome.manifest, event["event_id"]).places[0]
        assert (place.offset, place.length) == (event["offset"], event["length"])
        assert place.data == data[event["offset"] : event["offset"] + event["length"]]
        assert place.text == event["raw"] or {"raw_in_first_event", "invalid_bytes"} & set(event.get("quality", ()))
    assert all(finding.same for finding in verify(outcome.manifest))
    given.write_bytes(PACKERS[kind](data + b"\r\n"))
    changed = [finding for finding in verify(outcome.manifest) if not finding.same]
    assert changed
    assert {finding.kind for finding in changed} <= {"input", "archive"}
    assert any(f"{len(data):,} bytes then" in finding.words for finding in changed), [one.words for one in changed]
