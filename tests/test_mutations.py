"""Thousands of damaged exports: nothing is lost, nothing is invented, nothing raises. ``tools/mutate.py`` runs more."""

import json
import random

import pytest
from bad_kit import SUMMARY, V2, XML, ual, xml
from exports import audit_data, write
from hypothesis import given, settings
from hypothesis import strategies as st
from mutations import SAMPLES, SEEDS, check, mutate, read, run
from test_bad_inputs import check_laws, fingerprint, look

from m365timeline.normalizers.transport import split_recipient_status


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_R57_cut_at_every_byte(name):
    data = SEEDS[name]
    whole = check(data)[1]
    read_before = 0
    for end in range(len(data)):
        found = check(data[:end])
        events = found[1] if found else 0
        assert events <= whole
        assert events >= read_before - 2, "cutting later loses what was read before"
        read_before = events


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_R57_every_byte_deleted_and_every_byte_flipped(name):
    data = SEEDS[name]
    for place in range(0, len(data), 3):
        check(data[:place] + data[place + 1 :])
        check(data[:place] + bytes([data[place] ^ 0x80]) + data[place + 1 :])


@pytest.mark.parametrize("one", sorted(SEEDS))
def test_R57_any_two_exports_put_together(one):
    for other in sorted(SEEDS):
        check(SEEDS[one] + SEEDS[other], twice=True)


def test_R57_the_beginning_of_every_sample_is_a_good_seed():
    assert len(SAMPLES) > 20
    for name, data in SAMPLES.items():
        found = check(data, twice=True)
        assert found, name
        assert not found or found[1] or "empty" in name, f"{name} gives no event"


def test_R57_mutations_lose_nothing():
    figures, broken = run(8000, seed=2026)
    assert not broken, broken[0]
    assert figures["read"] > figures["inputs"] // 2, "most must still be recognized, or nothing is tested"
    assert figures["rejects"] > 1000


@pytest.mark.parametrize("seed", range(25))
def test_R57_mutations_through_the_whole_pipeline(seed, tmp_path, monkeypatch):
    chance = random.Random(seed)
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    out.mkdir()
    names = sorted(SEEDS)
    for number, name in enumerate(names):
        (folder / f"{number}.bin").write_bytes(mutate(SEEDS[name], chance, [SEEDS[other] for other in names]))
    before = fingerprint(folder)
    seen = look(folder, out / "x.jsonl", monkeypatch)
    check_laws(seen.report)
    assert seen.exit in {0, 2, 3}
    assert fingerprint(folder) == before
    for line in seen.events.splitlines():
        event = json.loads(line)
        data = (folder / event["source_file"].partition("/")[2]).read_bytes()
        assert 0 <= event["offset"] <= event["offset"] + event["length"] <= len(data)


# Strategies for each reader: what is well formed comes back as it was written.

words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=15)
xml_words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), max_size=15
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
names = st.from_regex(r"Zz[A-Za-z0-9]{1,8}", fullmatch=True)


def _escape(text):
    for letter, name in (("&", "&amp;"), ("<", "&lt;"), ('"', "&quot;")):
        text = text.replace(letter, name)
    return text


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(names, values, max_size=4))
def test_R7_any_value_of_any_type_comes_back(extra):
    _, _, gathered, _ = read(ual({**audit_data(1), **extra}))
    assert not gathered.issues
    assert json.loads(gathered.events[0].extra or "{}").items() >= json.loads(json.dumps(extra)).items()


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.dictionaries(names, xml_words, max_size=3), min_size=1, max_size=4),
    st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]),
)
def test_R7_any_attribute_of_any_event_comes_back(rows, codec):
    events = [
        f'<Event MailboxGuid="g" Owner="Amy" LastAccessed="2026-03-01T10:00:0{n}Z" Operation="FolderBind"'
        + "".join(f' {key}="{_escape(text)}"' for key, text in row.items())
        + "/>"
        for n, row in enumerate(rows)
    ]
    mark = "" if codec == "utf-8" else "\ufeff"
    _, _, gathered, _ = read((mark + XML + "\n".join(events) + "</SearchResults>").encode(codec))
    assert not gathered.issues
    assert len(gathered.events) == len(rows)
    for row, event in zip(rows, gathered.events, strict=True):
        extra = json.loads(event.extra or "{}")
        assert {key: extra.get(key, "") for key in row} == row


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(words, words), min_size=1, max_size=5))
def test_R6_any_trace_row_is_found_at_its_bytes(rows):
    header = next(iter(write([V2.strip().replace('"', "").split(",")]).splitlines()))
    data = (
        header
        + "\r\n"
        + write(
            [
                [
                    "",
                    f"<{n}@x.example>",
                    "2026-03-17T13:30:14",
                    "ann@a.example",
                    "bob@b.example",
                    "",
                    subject,
                    status,
                    "1",
                ]
                for n, (subject, status) in enumerate(rows)
            ]
        )
    ).encode()
    _, encoding, gathered, _ = read(data)
    assert len(gathered.events) == len(rows)
    for (subject, _status), event in zip(rows, gathered.events, strict=True):
        assert event.subject == (subject.strip() or None) or subject in (event.extra or "") or event.subject == subject
        assert encoding.decode(data[event.offset : event.offset + event.length]) == event.raw


addresses = st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.example", fullmatch=True)
statuses = st.lists(st.sampled_from(["Receive", "Deliver", "Fail", "Send", "Expand"]), max_size=3)


@given(st.lists(st.tuples(addresses, statuses), min_size=1, max_size=6))
def test_recipient_status_comes_apart_as_it_was_put_together(entries):
    text = ";".join(f"{address}##{', '.join(found)}" for address, found in entries)
    assert split_recipient_status(text) == [(address, found) for address, found in entries]


@settings(max_examples=150)
@given(st.text('ab@.;#," =', max_size=60))
def test_recipient_status_of_any_text_loses_no_letter(text):
    entries = split_recipient_status(text)
    kept = "".join((address or "") + "".join(found) for address, found in entries)
    assert kept.count("a") == text.count("a")
    assert kept.count("@") == text.count("@")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_any_recipient_status_gives_at_least_one_event(text):
    row = ["2026-03-17T13:30:14Z", "ann@a.example", text, "Hello", "1", "<m@x>", "id", "", "", "", ""]
    found = check((SUMMARY + write([row])).encode("utf-8", "surrogatepass"))
    assert found[1] >= 1


def test_a_law_that_is_broken_is_noticed(monkeypatch):
    monkeypatch.setattr("mutations._read", lambda *_arguments: None)
    with pytest.raises(AssertionError, match="not every byte"):
        check(xml('<Event MailboxGuid="g" Owner="A"/>'))
