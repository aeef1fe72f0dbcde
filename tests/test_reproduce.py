"""The same bytes again: R12, R14-R16, `reproduce` and `verify`."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile

import pytest
from exports import audit_data, cmdlet_csv, purview_csv
from sheets import Quiet
from test_cli import MAILBOX_XML

from m365timeline.pipeline import read
from m365timeline.pipeline.convert import convert
from m365timeline.pipeline.selftest import FOLDERS, SAMPLES
from m365timeline.schemas.request import Request

KINDS = ("xlsx", "csv", "jsonl", "parquet")


@pytest.fixture
def export(tmp_path):
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "AuditLog.csv").write_bytes(purview_csv([audit_data(n) for n in range(1, 60)]) + b"broken row\r\n")
    (folder / "cmdlet.csv").write_bytes(
        cmdlet_csv([audit_data(n) for n in range(40, 90)], lambda data: data["CreationTime"])
    )
    (folder / "SearchResult.xml").write_text(MAILBOX_XML, encoding="utf-8", newline="")
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        archive.writestr("inner.csv", purview_csv([audit_data(n) for n in range(80, 99)]))
    return folder


def digests(folder):
    return {kind: hashlib.sha256((folder / f"a.{kind}").read_bytes()).hexdigest() for kind in KINDS}


OUTPUTS = [word for kind in KINDS for word in ("-o", f"a.{kind}")]
CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
#include <sys/time.h>
int clock_gettime(clockid_t id, struct timespec *t) {
  int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(id, t);
  if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE) t->tv_sec -= 850000000;
  return result;
}
time_t time(time_t *t) { struct timespec s; clock_gettime(CLOCK_REALTIME, &s); if (t) *t = s.tv_sec; return s.tv_sec; }
int gettimeofday(struct timeval *t, void *z) { struct timespec s; clock_gettime(CLOCK_REALTIME, &s); t->tv_sec = s.tv_sec; t->tv_usec = s.tv_nsec / 1000; return 0; }
"""


def test_R14_nothing_around_a_run_changes_a_byte(run, tmp_path, export):
    """Seed, zone, locale, working folder, order of arguments, workers."""
    files = sorted(export.iterdir())
    seen = {}
    settings = {
        "plain": ({}, files, 1),
        "seed": ({"PYTHONHASHSEED": "4711"}, files, 1),
        "zone": ({"TZ": "Asia/Kathmandu"}, files, 2),
        "locale": ({"LANG": "de_DE.UTF-8", "LC_ALL": "tr_TR.UTF-8", "PYTHONUTF8": "0"}, files, 1),
        "order": ({}, files[::-1], 3),
    }
    for name, (env, inputs, jobs) in settings.items():
        folder = tmp_path / f"out-{name}"
        folder.mkdir()
        given = [os.path.relpath(path, folder) if name == "order" else path for path in inputs]
        done = run("convert", *given, *OUTPUTS, "--jobs", jobs, "--timezone", "Europe/Berlin", env=env, cwd=folder)
        assert done.returncode == 3, done.stderr.decode()
        seen[name] = digests(folder) | {
            "rejects": hashlib.sha256((folder / "a.xlsx.rejects.jsonl").read_bytes()).hexdigest()
        }
    assert all(found == seen["plain"] for found in seen.values()), seen


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler to make another clock with")
def test_R16_the_clock_is_not_asked(run, tmp_path, export):
    (tmp_path / "clock.c").write_text(CLOCK)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", tmp_path / "clock.so", tmp_path / "clock.c", "-ldl"], check=True)
    seen = []
    for name, env in (("now", {}), ("then", {"LD_PRELOAD": str(tmp_path / "clock.so")})):
        folder = tmp_path / name
        folder.mkdir()
        assert run("convert", export, *OUTPUTS, env=env, cwd=folder).returncode == 3
        seen.append(digests(folder))
    assert seen[0] == seen[1]
    started = [
        json.loads((tmp_path / name / "a.xlsx.manifest.json").read_text())["started"][:4] for name in ("now", "then")
    ]
    assert int(started[0]) - int(started[1]) > 20, "the clock was another one, and only the manifest shows it"


def test_R14_the_number_of_workers_changes_no_byte(tmp_path):
    """Above the size from which there are workers, and cut in parts."""
    (tmp_path / "big.csv").write_bytes(purview_csv([audit_data(n, Note="x" * 1500) for n in range(15_000)]))
    seen = []
    for jobs in (1, 2, 3):
        folder = tmp_path / str(jobs)
        folder.mkdir()
        command = [sys.executable, "-m", "m365timeline", "convert", "../big.csv", *OUTPUTS, "--jobs", str(jobs)]
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        seen.append(digests(folder))
        manifest = json.loads((folder / "a.xlsx.manifest.json").read_text())
        assert sum(manifest["inputs"][0]["bytes_by_kind"].values()) == (tmp_path / "big.csv").stat().st_size
    assert seen[0] == seen[1] == seen[2]


def test_R14_the_place_of_a_segment_in_the_case_changes_no_byte(tmp_path, monkeypatch):
    """A segment's name holds the hash of the code, so that a later version may read the segments in another order."""
    seen = set()
    for number in range(4):
        monkeypatch.setattr(read, "code_sha256", lambda number=number: f"code {number}")
        path = tmp_path / f"{number}.xlsx"
        inputs = [str(SAMPLES / name) for name in FOLDERS]
        convert(Request(inputs=inputs, outputs=[path], zone="Europe/London", jobs=1), Quiet())
        seen.add(path.read_bytes())
    assert len(seen) == 1


def test_R15_events_of_one_time_stand_in_the_order_of_their_source_and_record(run, tmp_path):
    records = [audit_data(n, CreationTime="2026-03-02T10:00:00") for n in range(1, 30)]
    for name, part in (("b.csv", records[:15]), ("a.csv", records[15:])):
        (tmp_path / name).write_bytes(purview_csv(part[::-1]))
    assert run("convert", "b.csv", "a.csv", "-o", "a.jsonl").returncode == 0
    events = [json.loads(line) for line in (tmp_path / "a.jsonl").read_bytes().splitlines()]
    places = [(event["source_file"], event["record_number"]) for event in events]
    assert places == sorted(places)


def test_R12_the_manifest_names_what_a_third_party_needs(run, tmp_path, export):
    run("convert", export, "-o", "a.jsonl", "--timezone", "Europe/Berlin")
    manifest = json.loads((tmp_path / "a.jsonl.manifest.json").read_text())
    tool = manifest["tool"]
    assert len(tool["code_sha256"]) == 64
    assert {"lxml", "libxml2", "zlib", "duckdb", "pyarrow", "tzdata"} <= tool["libraries"].keys()
    assert all(tool["libraries"].values())
    assert manifest["folder"] == str(tmp_path)
    assert manifest["arguments"]["zone"] == "Europe/Berlin"
    member = next(item for item in manifest["inputs"] if item["chain"])
    assert member["path"] == "delivery/more.zip!inner.csv"
    assert member["origin_sha256"] == hashlib.sha256((export / "more.zip").read_bytes()).hexdigest()


def test_reproduce_says_that_every_output_is_the_same(run, tmp_path, export):
    options = [
        "--timezone",
        "Europe/Berlin",
        "--user",
        "amy@*",
        "--since",
        "2026-03-02",
        "--date-order",
        "dmy",
        "--source-timezone",
        "Europe/Vienna",
        "--jobs",
        "2",
    ]
    assert run("convert", "delivery", *OUTPUTS, *options).returncode == 3
    before = sorted(path.name for path in tmp_path.iterdir())
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = run("reproduce", tmp_path / "a.xlsx.manifest.json", cwd=elsewhere)
    assert done.returncode == 0, done.stderr.decode()
    lines = done.stdout.decode().splitlines()
    assert sum(line.startswith("same     output") for line in lines) == 5
    assert any("a.xlsx.rejects.jsonl" in line for line in lines)
    assert lines[-1] == "Program, Python and libraries are as they were."
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*before, "elsewhere"])
    for kind in KINDS:
        (tmp_path / f"a.{kind}").unlink()
    assert run("reproduce", "a.xlsx.manifest.json").returncode == 0, "the outputs of then are not needed"


def test_reproduce_says_what_is_not_the_same_and_what_may_be_the_cause(run, tmp_path, export):
    run("convert", "delivery", "-o", "a.jsonl", "-o", "a.csv", "--user", "amy@*")
    path = tmp_path / "a.jsonl.manifest.json"
    manifest = json.loads(path.read_text())
    manifest["tool"]["version"] = "0.0.9"
    manifest["tool"]["libraries"]["lxml"] = "1.2.3"
    manifest["arguments"]["users"] = ["nobody"]
    path.write_text(json.dumps(manifest))
    done = run("reproduce", "a.jsonl.manifest.json")
    assert done.returncode == 3
    text = done.stdout.decode()
    assert "CHANGED  output  a.jsonl" in text
    assert "different  m365timeline then 0.0.9" in text
    assert "different  lxml then 1.2.3" in text
    manifest["arguments"]["users"] = ["amy@*"]
    path.write_text(json.dumps(manifest))
    (export / "AuditLog.csv").write_bytes(purview_csv([audit_data(1)]))
    done = run("reproduce", "a.jsonl.manifest.json")
    assert done.returncode == 3
    assert "CHANGED  input   delivery/AuditLog.csv" in done.stdout.decode()
    (export / "AuditLog.csv").unlink()
    assert run("reproduce", "a.jsonl.manifest.json").returncode == 3


def test_reproduce_refuses_what_cannot_be_repeated(run, tmp_path, export):
    run("convert", "-", "-o", "a.jsonl", stdin=(export / "cmdlet.csv").read_bytes())
    done = run("reproduce", "a.jsonl.manifest.json")
    assert done.returncode == 2
    assert b"standard input" in done.stderr
    assert run("reproduce", "delivery/cmdlet.csv").returncode == 2
    run("convert", "delivery", "-o", "b.jsonl")
    for path in export.iterdir():
        path.unlink()
    export.rmdir()
    done = run("reproduce", "b.jsonl.manifest.json")
    assert done.returncode == 3
    assert b"no longer there" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": [1, 2]}, {"inputs": "delivery"}, {"outputs": None}, {"focus": 5}, {"jobs": "two"}, {"users": "amy"}, {"force": "yes"},
        {"map_text": [["[[["]]}, {"since": "yesterday"},
    ],
)  # fmt: skip
def test_a_manifest_that_was_changed_is_wrong_usage_and_no_defect(run, tmp_path, export, change):
    run("convert", "delivery", "-o", "a.jsonl", "--focus", "amy")
    path = tmp_path / "a.jsonl.manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["arguments"] |= change
    path.write_text(json.dumps(manifest), encoding="utf-8")
    done = run("reproduce", path)
    assert done.returncode in ({0} if "map_text" in change else {2}), done.stderr
    assert b"internal error" not in done.stderr


def test_a_name_with_a_zero_byte_in_a_manifest_does_no_harm(run, tmp_path, export):
    run("convert", "delivery", "-o", "a.xlsx", "-o", "a.jsonl", "--focus", "amy")
    path = tmp_path / "a.xlsx.manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    for changed in ({"focus": "a\0b"}, {"inputs": ["a\0b"]}):
        path.write_text(json.dumps({**manifest, "arguments": {**manifest["arguments"], **changed}}), encoding="utf-8")
        done = run("reproduce", path)
        assert done.returncode == 3, done.stderr
        assert b"internal error" not in done.stderr


def test_show_needs_only_the_source_the_event_stands_in(run, tmp_path, export):
    (export / "other.csv").write_bytes(purview_csv([audit_data(7001)]))
    (export / "third.csv").write_bytes(purview_csv([audit_data(8001)]))
    run("convert", "delivery", "-o", "a.jsonl")
    events = {
        event["source_file"]: event for event in map(json.loads, (tmp_path / "a.jsonl").read_bytes().splitlines())
    }
    (export / "other.csv").unlink()
    (export / "third.csv").write_bytes(b"changed")
    there = next(event for name, event in events.items() if name not in {"delivery/other.csv", "delivery/third.csv"})
    done = run("show", "a.jsonl.manifest.json", there["event_id"])
    assert done.returncode == 0
    assert done.stdout.decode().startswith(there["source_file"])
    assert b"Not looked into" in done.stderr
    assert b"2 sources, of which the first is delivery/other.csv" in done.stderr
    assert run("show", "a.jsonl.manifest.json", there["event_id"], "--raw").stdout.decode() == there["raw"]
    done = run("show", "a.jsonl.manifest.json", events["delivery/other.csv"]["event_id"])
    assert done.returncode == 3
    assert b"delivery/other.csv and 1 more changed since the run or is no longer there" in done.stderr


def test_verify_finds_outputs_from_another_folder_and_says_what_changed(run, tmp_path, export):
    run("convert", "delivery", "-o", "a.jsonl")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert run("verify", "../a.jsonl.manifest.json", cwd=elsewhere).returncode == 0
    with zipfile.ZipFile(export / "more.zip", "a") as archive:
        archive.comment = b"changed"
    with (tmp_path / "a.jsonl").open("ab") as stream:
        stream.write(b"{}\n")
    done = run("verify", "../a.jsonl.manifest.json", cwd=elsewhere)
    assert done.returncode == 3
    text = done.stdout.decode()
    assert "CHANGED  output  a.jsonl" in text
    assert f"CHANGED  archive  {export / 'more.zip'}" in text
    assert "same     input   delivery/more.zip!inner.csv" in text
