"""Every sample gives what its golden says: our own exports event by event, real ones by their figures.

After a change run ``pytest --update-golden`` and read the diff. The real exports are not ours to copy, so their goldens
hold figures, counts and a digest of the normalized events, never their content.
"""

import json
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest

from m365timeline.pipeline.convert import NothingReadableError, convert
from m365timeline.schemas.mapping import read_mapping
from m365timeline.schemas.request import Request

ROOT = Path(__file__).resolve().parents[1]
OWN = ROOT / "sample_exports"
REAL = ROOT.parent / "shared" / "samples"
GOLDEN = ROOT / "tests" / "golden"
MOST = 40  # events shown in a golden; the digest covers all


class Quiet:
    def stage(self, name, total, unit):
        pass

    def advance(self, amount):
        pass


def convert_one(path, folder):
    """Convert one file, by the map beside it if there is one: (report, exit code, events)."""
    target = folder / "out.jsonl"
    beside = path.with_suffix(".toml")
    mapping = read_mapping(beside.read_text(encoding="utf-8")) if beside.exists() else None
    request = Request(inputs=[str(path)], outputs=[target], mappings=(mapping,) if mapping else ())
    try:
        outcome = convert(request, Quiet())
    except NothingReadableError as nothing:
        return nothing.report, 2, []
    return outcome.report, outcome.exit_code, [json.loads(line) for line in target.read_bytes().splitlines()]


def figures_of(report, exit_code):
    (source,) = report.sources
    fields = (
        "status",
        "format",
        "variant",
        "encoding",
        "records",
        "converted",
        "rejected",
        "events",
        "duplicates",
        "decisions",
        "warnings",
    )
    return {
        "exit_code": exit_code,
        "timeline": report.totals.timeline,
        **{name: getattr(source, name) for name in fields},
    }


def digest_of(events):
    return sha256("\n".join(json.dumps(event, sort_keys=True) for event in events).encode()).hexdigest()[:16]


def shown(event):
    return {name: value for name, value in event.items() if name not in {"raw", "source_sha256"}}


def check(golden, result, update):
    text = json.dumps(result, indent=1, ensure_ascii=False) + "\n"
    if update:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text, encoding="utf-8", newline="\n")
    assert golden.exists(), f"{golden} is missing: pytest --update-golden, then read it"
    assert json.loads(golden.read_text(encoding="utf-8")) == result


OWN_FILES = sorted(path for path in OWN.rglob("*") if path.is_file() and path.suffix not in {".md", ".toml"})


@pytest.mark.parametrize("path", OWN_FILES, ids=lambda path: path.relative_to(OWN).as_posix())
def test_own_exports(path, tmp_path, request):
    report, code, events = convert_one(path, tmp_path)
    step = max(1, len(events) // MOST)
    result = {
        **figures_of(report, code),
        "digest": digest_of(events),
        "events": [shown(event) for event in events[::step]],
    }
    assert report.sources[0].format == path.parent.name, "a sample lies in the folder of its format"
    check(GOLDEN / path.parent.name / f"{path.stem}.json", result, request.config.getoption("--update-golden"))


REAL_FILES = (
    sorted(
        path
        for family in ("exchange_audit", "ual", "msgtrace", "entra", "other")
        for path in (REAL / family).rglob("*")
        if path.is_file()
    )
    if REAL.is_dir()
    else []
)


@pytest.mark.samples
@pytest.mark.skipif(not REAL_FILES, reason="the folder of real exports is not beside the project")
@pytest.mark.parametrize(
    "path", REAL_FILES or [None], ids=lambda path: path.relative_to(REAL).as_posix() if path else "none"
)
def test_real_exports(path, tmp_path, request):
    report, code, events = convert_one(path, tmp_path)
    if len(report.sources) != 1:
        pytest.skip("an archive of several sources")
    name = path.relative_to(REAL).as_posix().replace("/", "__")
    golden = GOLDEN / "real" / f"{name}.json"
    if report.sources[0].status in {"unread", "skipped"}:
        assert report.sources[0].warnings, "a file that is not read says what it looks like"
        assert not golden.exists(), "this file was recognized once"
        return
    filled = Counter(name for event in events for name in event)
    result = {
        **figures_of(report, code),
        "digest": digest_of(events),
        "filled": dict(sorted(filled.items())),
        **{
            name: dict(sorted(Counter(event.get(name) for event in events if event.get(name)).items()))
            for name in ("category", "severity", "outcome", "time_basis", "access_type", "logon_type")
        },
        "actor_is_owner": dict(sorted(Counter(str(event.get("actor_is_owner")) for event in events).items())),
    }
    check(golden, result, request.config.getoption("--update-golden"))


def test_no_golden_without_its_sample():
    own = {GOLDEN / path.parent.name / f"{path.stem}.json" for path in OWN_FILES}
    assert {path for path in GOLDEN.rglob("*.json") if path.parent.name != "real"} == own
    if REAL_FILES:
        real = {path.relative_to(REAL).as_posix().replace("/", "__") for path in REAL_FILES}
        assert {path.stem for path in (GOLDEN / "real").glob("*.json")} <= real


@pytest.mark.samples
@pytest.mark.skipif(not REAL_FILES, reason="the folder of real exports is not beside the project")
def test_a_real_tenant_is_accounted_for(tmp_path):
    report, code, events = convert_one(REAL / "ual" / "invictus" / "auditrecords.csv.gz", tmp_path)
    totals = report.totals
    assert (totals.records, totals.converted, totals.rejected, totals.duplicates, totals.timeline, code) == (
        9611,
        9611,
        0,
        4235,
        5376,
        0,
    )
    cut = [event for event in events if "salvaged" in event.get("quality", [])]
    assert len(cut) == 3, "Splunk cut its copy of these at 10,000 characters and left AuditData empty"
    assert all(event["operation"] and event["actor"] and event["time"] and event["record_id"] for event in cut)
    accessed = [event for event in events if event["operation"] == "MailItemsAccessed" and event not in cut]
    assert len(accessed) > 300
    assert all(event.get("ip") for event in accessed)
    assert any("Result sets that lack records: 4 of 35 (" in warning for warning in report.sources[0].warnings)
