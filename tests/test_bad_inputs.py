"""The corpus of bad inputs: each file has the outcome that was written down for it, and nothing else happens."""

import hashlib
import json
import os
import re
import subprocess
import sys
import time
import zipfile

import msgspec
import pytest
from bad_inputs import CORPUS
from bad_kit import CANARY, write_files
from test_golden import Quiet

from m365timeline.pipeline import convert as pipeline
from m365timeline.schemas.request import Request

ALL = bool(
    os.environ.get("M365TIMELINE_LARGE")
)  # also the large ones that are known not to hold; they take two minutes


def _params(*, large):
    for case in CORPUS:
        if case.large is large:
            known = pytest.mark.xfail(strict=False, reason=case.pending, run=ALL or not large)
            yield pytest.param(case, id=case.name, marks=[known] if case.pending else [])


CASES, LARGE_CASES = list(_params(large=False)), list(_params(large=True))


class Seen:
    """What a run said: exit code, report, events and issues, as text and as objects."""

    def __init__(self, exit_code, report, events, issues):
        self.exit, self.report, self.events, self.issues = exit_code, report, events, issues
        self.codes = frozenset(str(issue.code) for issue in issues)
        self.text = events + msgspec.json.encode(report).decode() + msgspec.json.encode(issues).decode()


def look(folder, target, monkeypatch):
    """Convert a folder and look at everything the run had to say."""
    surveyed, issues = [], []
    survey, open_writer = pipeline.survey, pipeline.open_writer

    def survey_and_note(*arguments):
        for item in survey(*arguments):
            surveyed.append(item)
            yield item

    def open_and_note(*arguments):
        issues.extend(next(item for item in arguments if callable(item))())
        return open_writer(*arguments)

    monkeypatch.setattr(pipeline, "survey", survey_and_note)
    monkeypatch.setattr(pipeline, "open_writer", open_and_note)
    try:
        outcome = pipeline.convert(Request(inputs=[str(folder)], outputs=[target]), Quiet())
    except pipeline.NothingReadableError as nothing:
        return Seen(2, nothing.report, "", [item.issue for item in surveyed if item.issue])
    return Seen(outcome.exit_code, outcome.report, target.read_text(encoding="utf-8"), issues)


def fingerprint(folder):
    """Every file below a folder: content, size and time of change."""
    found = {}
    for here, _folders, files in os.walk(os.fsencode(folder)):
        for name in files:
            path = os.path.join(here, name)
            facts = os.lstat(path)
            content = (
                hashlib.sha256(open(path, "rb").read()).hexdigest()
                if os.path.isfile(path) and not os.path.islink(path)
                else ""
            )
            found[path] = (facts.st_size, facts.st_mtime_ns, content)
    return found


def spent():
    """Seconds of work of the programs started from here (none are told on Windows): what else the machine does is not counted."""
    times = os.times()
    return times.children_user + times.children_system


def check_laws(report):
    """Nothing is lost between what was read and what is shown."""
    totals = report.totals
    assert totals.records == totals.converted + totals.rejected
    assert totals.events == totals.timeline + totals.duplicates + totals.out_of_scope


@pytest.mark.parametrize("case", CASES)
def test_R57_each_bad_input_has_its_outcome(case, tmp_path, monkeypatch):
    folder, out = tmp_path / "in", tmp_path / "out"
    out.mkdir()
    write_files(case, folder)
    before = fingerprint(folder)
    begun = time.process_time()  # a small input is read in this process; what else the machine does is not counted
    seen = look(folder, out / "x.jsonl", monkeypatch)
    took = time.process_time() - begun
    assert fingerprint(folder) == before, "a source was touched"
    written = {"x.jsonl", "x.jsonl.manifest.json"} if seen.exit != 2 else set()
    if seen.report.totals.rejected or seen.report.totals.unread:
        written.add("x.jsonl.rejects.jsonl")
    assert {path.name for path in out.iterdir()} == (written if seen.exit != 2 else set()), "something was left behind"
    check_laws(seen.report)
    assert seen.exit == case.exit
    assert seen.codes == case.codes
    if case.records is not None:
        assert (seen.report.totals.records, seen.report.totals.rejected) == (case.records, case.rejected)
    for text in case.must:
        assert text in seen.text or json.dumps(text)[1:-1] in seen.text
    for text in case.never:
        assert text not in seen.events
    assert CANARY not in seen.text
    assert took <= case.seconds
    for issue in seen.issues:
        assert issue.reason
        assert issue.source_file


MEASURED = """
import atexit, sys
from m365timeline.cli import main
def peak():
    lines = open("/proc/self/status").read().splitlines()
    print(next(line.split()[1] for line in lines if line.startswith("VmHWM")), file=sys.stderr)
atexit.register(peak)
main()
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="memory is measured as Linux shows it")
@pytest.mark.parametrize("case", LARGE_CASES)
def test_R32_large_bad_inputs_stay_below_512_mb(case, tmp_path):
    folder, out = tmp_path / "in", tmp_path / "out"
    out.mkdir()
    write_files(case, folder)
    begun = spent()
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, "convert", str(folder), "-o", str(out / "x.jsonl"), "--jobs", "1"],
        capture_output=True, text=True, timeout=300, check=False, cwd=out,
    )  # fmt: skip
    took = spent() - begun
    *said, peak = done.stderr.splitlines()
    assert "Traceback" not in done.stderr
    assert done.returncode == case.exit, "\n".join(said)
    assert int(peak) <= 512 << 10, f"{int(peak) >> 10} MB"
    assert took <= case.seconds
    if case.records is not None and done.returncode != 2:
        totals = json.loads((out / "x.jsonl.manifest.json").read_text(encoding="utf-8"))["totals"]
        assert (totals["records"], totals["rejected"]) == (case.records, case.rejected)
    if done.returncode == 2:
        assert not list(out.iterdir())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """All small cases in one run of the command line: the workbook, and what stood on the console."""
    folder = tmp_path_factory.mktemp("corpus")
    for case in CORPUS:
        if not case.large and not case.pending and case.seconds <= 5:
            write_files(case, folder / "in" / case.name)
    before = fingerprint(folder / "in")
    begun = spent()
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, "convert", "in", "-o", "all.xlsx", "-o", "all.jsonl", "--jobs", "2"],
        cwd=folder, capture_output=True, timeout=300, check=False,
    )  # fmt: skip
    assert fingerprint(folder / "in") == before
    return folder, done, spent() - begun


def test_R57_the_whole_corpus_in_one_run(whole):
    folder, done, took = whole
    assert b"Traceback" not in done.stderr
    assert done.returncode == 3
    assert {path.name for path in folder.iterdir()} == {
        "in",
        "all.xlsx",
        "all.jsonl",
        "all.xlsx.manifest.json",
        "all.xlsx.rejects.jsonl",
    }
    assert int(done.stderr.splitlines()[-1]) <= 512 << 10
    assert took < 60
    totals = json.loads((folder / "all.xlsx.manifest.json").read_text(encoding="utf-8"))["totals"]
    assert totals["records"] == totals["converted"] + totals["rejected"]
    assert totals["events"] == totals["timeline"] + totals["duplicates"] + totals["out_of_scope"]
    assert totals["timeline"] == sum(1 for _ in (folder / "all.jsonl").open("rb"))


def test_R30_no_part_of_the_corpus_workbook_is_live(whole):
    folder, _, _ = whole
    with zipfile.ZipFile(folder / "all.xlsx") as archive:
        names = archive.namelist()
        assert not [
            name
            for name in names
            if any(
                word in name.lower() for word in ("externallink", "connection", "vba", "macro", "embedding", "activex")
            )
        ]
        for name in names:
            content = archive.read(name)
            if name.startswith("xl/charts/"):  # a chart names its cells
                assert all(
                    re.fullmatch(rb"'?Summary'?![$A-Z0-9:]+", found) for found in re.findall(rb"<f>(.*?)</f>", content)
                )
                continue
            assert not re.search(rb"<f[ >/]|<hyperlink [^>]*r:id|<ddeLink|<oleLink", content), name
            assert b'TargetMode="External"' not in content


def test_R31_the_console_shows_no_control_character_of_the_corpus(whole):
    _, done, _ = whole
    text = (done.stdout + done.stderr).decode("utf-8")
    assert "not read" in text
    assert not [
        letter
        for letter in text
        if (ord(letter) < 32 and letter != "\n")
        or 0x7F <= ord(letter) < 0xA0
        or letter in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"
    ]
