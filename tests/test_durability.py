"""Whole or not at all, whatever happens: R10, R11, R17-R23."""

import hashlib
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from hashlib import sha512
from pathlib import Path

import pytest
from exports import audit_data, purview_csv
from test_golden import Quiet

from m365timeline.pipeline import convert as pipeline
from m365timeline.pipeline import gather
from m365timeline.pipeline.convert import NoRoomError, convert
from m365timeline.pipeline.watch import SourceChangedError
from m365timeline.schemas.request import Request
from m365timeline.writers import check
from m365timeline.writers.check import BadOutputError, Span, check_output
from m365timeline.writers.publish import PartlyPublishedError, Publication
from m365timeline.writers.workspace import PREFIX, Workspace

KINDS = ("xlsx", "csv", "jsonl", "parquet")


@pytest.fixture
def export(tmp_path):
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "AuditLog.csv").write_bytes(purview_csv([audit_data(n) for n in range(1, 40)]))
    return folder


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """An export above the size from which worker processes are used."""
    path = tmp_path_factory.mktemp("large") / "big.csv"
    path.write_bytes(purview_csv([audit_data(n, Note="x" * 1500) for n in range(14_000)]))
    assert path.stat().st_size > gather.WORTH_A_POOL
    return path


def start(*arguments, cwd, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "m365timeline", *map(str, arguments)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_R10_a_source_that_changes_between_hashing_and_parsing_publishes_nothing(tmp_path, export, monkeypatch):
    original = pipeline.read_all

    def meddling(*arguments):
        with (export / "AuditLog.csv").open("r+b") as stream:
            stream.seek(400)
            stream.write(b"9")
        return original(*arguments)

    monkeypatch.setattr(pipeline, "read_all", meddling)
    with pytest.raises(SourceChangedError, match=r"AuditLog\.csv"):
        convert(Request(inputs=[str(export)], outputs=[tmp_path / "a.jsonl"]), Quiet())
    assert names(tmp_path) == ["delivery"]


@pytest.mark.parametrize("what", ["time", "gone", "longer"])
def test_R10_a_source_that_changes_after_it_was_read_publishes_nothing(tmp_path, export, monkeypatch, what):
    original = pipeline._write

    def meddling(*arguments):
        path = export / "AuditLog.csv"
        if what == "time":
            os.utime(path, ns=(1, 1))
        elif what == "gone":
            path.unlink()
        else:
            path.write_bytes(path.read_bytes() + b"\r\n")
        return original(*arguments)

    monkeypatch.setattr(pipeline, "_write", meddling)
    with pytest.raises(SourceChangedError, match=r"AuditLog\.csv"):
        convert(Request(inputs=[str(export)], outputs=[tmp_path / "a.jsonl"]), Quiet())
    assert names(tmp_path) == ["delivery"]


def test_R10_a_change_in_one_part_of_a_large_source_is_seen(tmp_path, large, monkeypatch):
    path = tmp_path / "big.csv"
    shutil.copy(large, path)
    facts = path.stat()
    original = pipeline.read_all

    def meddling(*arguments):
        data = path.read_bytes()
        at = data.index(b"xxx", len(data) // 2)
        path.write_bytes(data[:at] + b"y" + data[at + 1 :])
        os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
        return original(*arguments)

    monkeypatch.setattr(pipeline, "read_all", meddling)
    with pytest.raises(SourceChangedError, match=r"big\.csv"):
        convert(Request(inputs=[str(path)], outputs=[tmp_path / "a.jsonl"]), Quiet())


@pytest.mark.parametrize("case", ["delivery", "delivery/case", "."])
def test_R11_a_case_folder_in_or_around_an_input_is_refused(run, export, case):
    before = names(export)
    done = run("convert", export, "-o", "a.jsonl", "--case", case)
    assert done.returncode == 2
    assert b"lie in each other" in done.stderr
    assert names(export) == before


def test_R11_a_manifest_in_an_input_is_refused(run, export):
    done = run("convert", export, "-o", "a.jsonl", "--manifest", "delivery/m.json")
    assert done.returncode == 2
    assert b"inside, an input" in done.stderr


def test_R17_kill_at_any_moment_leaves_outputs_absent_old_or_whole(run, tmp_path, export, request):
    """And the next run removes what the dead one left. The moments are spread evenly over the length of a run."""
    folder = tmp_path / "out"
    folder.mkdir()
    outputs = [word for kind in KINDS for word in ("-o", f"a.{kind}")]
    (export / "more.csv").write_bytes(purview_csv([audit_data(n, Note="x" * 200) for n in range(2000)]))
    begun = time.monotonic()
    assert run("convert", export, *outputs, cwd=folder).returncode == 0
    length = time.monotonic() - begun
    whole = {kind: digest(folder / f"a.{kind}") for kind in KINDS}
    runs = 200 if request.config.getoption("--slow") else 15
    moments = [(number + 0.5) / runs for number in range(runs)]
    random.Random(17).shuffle(moments)
    seen, alive, writing = set(), 0, 0
    for number, moment in enumerate(moments):
        old = number % 2
        for kind in KINDS:
            (folder / f"a.{kind}").unlink(missing_ok=True)
            if old:
                (folder / f"a.{kind}").write_text("old")
        begun = time.monotonic()
        process = start("convert", export, *outputs, "--force", cwd=folder)
        try:
            process.wait(timeout=moment * length)
            length = min(length, time.monotonic() - begun)  # the machine is less busy than when it was measured
        except subprocess.TimeoutExpired:
            alive += 1
        process.kill()
        process.communicate()
        partial = [path.stat().st_mtime for path in folder.glob(f"{PREFIX}*/*.partial")]
        writing += any(time.time() - changed < time.monotonic() - begun for changed in partial)
        for kind in KINDS:
            path = folder / f"a.{kind}"
            state = (
                "absent"
                if not path.exists()
                else "old"
                if path.read_bytes() == b"old"
                else "whole"
                if digest(path) == whole[kind]
                else "partial"
            )
            assert state in ({"old", "whole"} if old else {"absent", "whole"})
            seen.add(state)
    (folder / ".m365timeline-somebody").mkdir()
    assert run("convert", export, *outputs, "--force", cwd=folder).returncode == 0
    assert not [name for name in names(folder) if name.startswith(PREFIX)]
    assert {kind: digest(folder / f"a.{kind}") for kind in KINDS} == whole
    sys.stdout.write(
        f"{runs} runs of {length:.1f} s, {alive} killed before their end, {writing} while outputs were written\n"
    )
    assert alive >= runs // 2
    assert writing >= runs // 10
    assert len(seen) > 1


def test_R17_the_folder_of_a_living_run_is_left_alone(tmp_path):
    with Workspace(tmp_path) as living:
        (living.folder / "data").write_text("x")
        with Workspace(tmp_path) as other:
            assert other.folder != living.folder
        assert (living.folder / "data").exists()
        assert len(names(tmp_path)) == 1
    assert names(tmp_path) == []


def test_R17_the_set_appears_together_or_the_message_says_what_stands(tmp_path):
    with Publication(replace=True) as publication:
        for name in ("a.csv", "b.csv"):
            publication.open(tmp_path / name).write(b"x")
        publication.finish()
        (tmp_path / "b.csv").mkdir()
        with pytest.raises(PartlyPublishedError, match=r"a\.csv was written, but not .*b\.csv") as raised:
            publication.publish(lambda _placed: b"")
    assert "What was written is whole" in raised.value.sentence()
    assert names(tmp_path) == ["a.csv", "b.csv"]
    assert (tmp_path / "a.csv").read_bytes() == b"x"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("jobs", [1, 2])
def test_R18_an_interruption_ends_the_run_within_two_seconds(tmp_path, large, number, jobs, request):
    slow = request.config.getoption("--slow")  # only there is the time measured: a busy machine says nothing
    if jobs > 1 and not slow:
        pytest.skip("interrupting worker processes is tried with --slow")
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip("this signal is ignored here (nohup), and a run respects that")
    for moment in (0.6, 1.6) if slow else (1.6,):
        process = start(
            "convert", large, "-o", "a.xlsx", "-o", "a.parquet", "--jobs", jobs, cwd=tmp_path, start_new_session=True
        )
        time.sleep(moment)
        begun = time.monotonic()
        os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
        _, errors = process.communicate(timeout=120)
        assert not slow or time.monotonic() - begun < 2
        assert process.returncode == 130, errors.decode()
        assert errors.decode().split("\n") == ["", "Error: Interrupted; no output was written.", ""]
        assert names(tmp_path) == []


def test_R18_workers_end_with_a_run_that_is_killed(tmp_path, large):
    process = start("convert", large, "-o", "a.xlsx", "--jobs", 2, cwd=tmp_path, start_new_session=True)
    time.sleep(1.2)
    process.kill()
    process.communicate()
    for _ in range(30):
        left = subprocess.run(
            ["ps", "-o", "pid=", "-g", str(process.pid)], capture_output=True, text=True, check=False
        ).stdout.split()
        if not left:
            break
        time.sleep(0.1)
    assert left == []


def test_R20_a_limit_on_the_size_of_files_is_one_clear_message(tmp_path, export):
    notes = (sha512(str(n).encode()).hexdigest() for n in range(5000))  # which no format can make small
    (export / "more.csv").write_bytes(purview_csv([audit_data(n, Note=note) for n, note in enumerate(notes)]))

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    for kind in KINDS:
        process = start("convert", export, "-o", f"a.{kind}", cwd=tmp_path, preexec_fn=limit)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 4, (kind, errors.decode())
        assert len(errors.decode().splitlines()) == 1
        assert re.search(rb"File too large|no output was written", errors)
        assert b"Traceback" not in errors
        assert names(tmp_path) == ["delivery"]


@pytest.fixture
def small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], capture_output=True, check=False
    ).returncode:
        pytest.skip("a small file system cannot be mounted here")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


@pytest.mark.parametrize("kind", KINDS)
def test_R20_a_full_disk_is_one_clear_message_and_leaves_nothing(small_disk, export, kind):
    noise = random.Random(20)
    (export / "more.csv").write_bytes(
        purview_csv([audit_data(n, Note=noise.randbytes(400).hex()) for n in range(3500)])
    )
    done = start("convert", export, "-o", f"a.{kind}", cwd=small_disk)
    _, errors = done.communicate(timeout=60)
    assert done.returncode == 4
    assert b"no output was written" in errors
    assert re.search(rb"No space left|MB free", errors), errors
    assert len(errors.decode().splitlines()) == 1
    assert names(small_disk) == []


def test_R20_a_folder_that_cannot_be_written_to_is_one_clear_message(run, tmp_path, export):
    folder = tmp_path / "readonly"
    folder.mkdir()
    if os.geteuid() == 0:
        if subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", folder], capture_output=True, check=False
        ).returncode:
            pytest.skip("a read-only file system cannot be mounted here")
    else:
        folder.chmod(0o500)
    try:
        done = run("convert", export, "-o", folder / "a.csv")
    finally:
        if os.geteuid() == 0:
            subprocess.run(["umount", "-l", folder], check=True)
    assert done.returncode == 4
    assert re.search(rb"Read-only|Permission", done.stderr)
    assert len(done.stderr.decode().splitlines()) == 1


def test_R20_a_target_that_is_a_folder_and_a_missing_folder_are_wrong_usage(run, tmp_path, export):
    (tmp_path / "a.csv").mkdir()
    for target in ("a.csv", "nowhere/a.csv"):
        done = run("convert", export, "-o", target, "--force")
        assert done.returncode == 2
        assert b"Traceback" not in done.stderr
    assert names(tmp_path) == ["a.csv", "delivery"]


def test_R20_an_internal_error_has_its_exit_code_and_no_traceback(tmp_path, export):
    (tmp_path / "sitecustomize.py").write_text(
        "import m365timeline.pipeline.convert as c\ndef f(*a): raise ZeroDivisionError('x\\x1b')\nc._write = f\n"
    )
    process = start("convert", export, "-o", "a.csv", cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)})
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 4
    assert b"internal error: ZeroDivisionError: x\\x1b" in errors
    assert b"Traceback" not in errors
    assert not [name for name in names(tmp_path) if name.startswith((PREFIX, "a."))]


def test_R21_an_output_open_in_another_program_goes_beside_it(tmp_path, export, monkeypatch):
    """As Windows answers when a workbook is open in Excel."""
    original = os.replace

    def refusing(source, target):
        if Path(target).name == "a.csv":
            raise PermissionError(13, "The process cannot access the file", str(target))
        original(source, target)

    (tmp_path / "a.csv").write_text("open")
    (tmp_path / "a (2).csv").write_text("taken")
    monkeypatch.setattr(os, "replace", refusing)
    outcome = convert(
        Request(inputs=[str(export)], outputs=[tmp_path / "a.csv", tmp_path / "a.jsonl"], force=True), Quiet()
    )
    assert (tmp_path / "a.csv").read_text() == "open"
    assert (tmp_path / "a (2).csv").read_text() == "taken"
    assert (tmp_path / "a (3).csv").read_bytes().count(b"\r\n") == 40
    assert any("open in another program" in note and "a (3).csv" in note for note in outcome.notes)
    recorded = json.loads(outcome.manifest.read_text())["outputs"]
    assert [Path(item["path"]).name for item in recorded] == ["a (3).csv", "a.jsonl"]
    assert all(digest(Path(item["path"])) == item["sha256"] for item in recorded)


def test_R22_a_disk_that_is_clearly_too_small_is_refused_with_the_figures(tmp_path, export, monkeypatch):
    size = (export / "AuditLog.csv").stat().st_size
    for free, refused in ((size // 5, True), (size // 3, False)):
        monkeypatch.setattr(
            shutil, "disk_usage", lambda _path, free=free: shutil._ntuple_diskusage(10**12, 10**12 - free, free)
        )
        if refused:
            with pytest.raises(NoRoomError, match=rf"{free:,} bytes free; this run takes up to {3 * size:,} bytes"):
                convert(Request(inputs=[str(export)], outputs=[tmp_path / "a.jsonl"]), Quiet())
            assert names(tmp_path) == ["delivery"]
        else:
            convert(Request(inputs=[str(export)], outputs=[tmp_path / "a.jsonl"]), Quiet())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [0, 1, 39])
def test_R23_every_output_is_read_back(tmp_path, export, kind, count):
    (export / "AuditLog.csv").write_bytes(
        purview_csv([audit_data(n, ObjectId="<row \n&x" * 9) for n in range(1, count + 1)])
    )
    target = tmp_path / f"a.{kind}"
    convert(Request(inputs=[str(export)], outputs=[target, tmp_path / "b.jsonl"]), Quiet())
    ids = [json.loads(line)["event_id"] for line in (tmp_path / "b.jsonl").read_bytes().splitlines()]
    right = Span(count, ids[0], ids[-1]) if ids else Span(0)
    check_output(target, target, right)
    for wrong in (
        Span(count + 1, right.first, right.last),
        Span(right.rows, "other", right.last),
        Span(right.rows, right.first, "other"),
    ):
        with pytest.raises(BadOutputError, match="are read back"):
            check_output(target, target, wrong)
    data = target.read_bytes()
    target.write_bytes(data[: len(data) * 2 // 3])
    if data:
        with pytest.raises((BadOutputError, OSError)):
            check_output(target, target, right)


def test_R23_a_workbook_of_several_sheets_is_counted_over_all(tmp_path, export, monkeypatch):
    from m365timeline.writers.xlsx import workbook

    monkeypatch.setattr(workbook.XlsxWriter.__init__, "__kwdefaults__", {"sheet_rows": 10})
    outcome = convert(Request(inputs=[str(export)], outputs=[tmp_path / "a.xlsx"]), Quiet())
    assert "39 events on 4 sheets" in outcome.notes[0]


def test_R23_an_output_that_lost_a_row_is_not_published(tmp_path, export, monkeypatch):
    from m365timeline.writers.csv_file import CsvWriter

    original = CsvWriter.write
    monkeypatch.setattr(CsvWriter, "write", lambda self, batch: original(self, batch.slice(1)))
    with pytest.raises(BadOutputError, match=r"39 rows from event .* were written, 38 rows"):
        convert(Request(inputs=[str(export)], outputs=[tmp_path / "a.csv"]), Quiet())
    assert names(tmp_path) == ["delivery"]


def test_R23_the_reader_of_workbooks_reads_in_blocks(tmp_path, export, monkeypatch):
    monkeypatch.setattr(check, "_BLOCK", 7)
    convert(Request(inputs=[str(export)], outputs=[tmp_path / "a.xlsx"]), Quiet())


def test_R18_a_run_that_is_to_outlive_its_console_does(tmp_path, large):
    process = start(
        "convert",
        large,
        "-o",
        "a.jsonl",
        "--quiet",
        cwd=tmp_path,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    time.sleep(1)
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_R20_a_defect_behind_the_publishing_does_not_deny_the_outputs(tmp_path, export):
    broken = "import m365timeline.commands.convert as c, m365timeline.cli as m; c.describe_outcome = lambda *_: 1 / 0; m.main()"
    done = subprocess.run(
        [sys.executable, "-c", broken, "convert", str(export), "-o", "a.csv"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 4
    assert "outputs that stand are whole" in done.stderr
    assert "no output was written" not in done.stderr
    assert names(tmp_path) == ["a.csv", "a.csv.manifest.json", "delivery"]


def test_R20_a_reader_of_the_report_that_goes_away_costs_no_output(tmp_path, export):
    """``m365timeline convert … | head -0``."""
    process = start("convert", export, "-o", "a.csv", cwd=tmp_path)
    process.stdout.close()
    process.wait(timeout=60)
    errors = process.stderr.read()
    process.stderr.close()
    assert b"no output was written" not in errors
    assert b"Traceback" not in errors
    assert names(tmp_path) == ["a.csv", "a.csv.manifest.json", "delivery"]
    assert process.returncode == 0, errors
