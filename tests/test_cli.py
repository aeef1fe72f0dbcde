"""The command line, end to end: what a user types, what comes out, with which exit code."""

import hashlib
import json
import signal
import subprocess
import sys
import time

import pytest
from exports import audit_data, cmdlet_csv, purview_csv


def lines_of(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()]


@pytest.fixture
def export(tmp_path):
    """A folder with one good export of three records."""
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "AuditLog.csv").write_bytes(purview_csv([audit_data(n) for n in (1, 2, 3)]))
    return folder


def test_a_folder_becomes_every_output_and_a_manifest(run, tmp_path, export):
    done = run("convert", export, "-o", "a.jsonl", "-o", "a.csv", "-o", "a.parquet", "-o", "a.xlsx")
    assert done.returncode == 0, done.stderr.decode()
    assert b"3 records = 3 converted + 0 rejected" in done.stdout
    manifest = json.loads((tmp_path / "a.jsonl.manifest.json").read_text())
    assert manifest["totals"] == {
        "inputs": 1,
        "unread": 0,
        "records": 3,
        "converted": 3,
        "rejected": 0,
        "events": 3,
        "duplicates": 0,
        "out_of_scope": 0,
        "timeline": 3,
    }
    assert manifest["exit_code"] == 0
    for output in manifest["outputs"]:
        assert hashlib.sha256((tmp_path / output["path"]).read_bytes()).hexdigest() == output["sha256"]
        assert output["rows"] == 3
    assert [event["time"] for event in lines_of(tmp_path / "a.jsonl")] == [
        "2026-03-02T10:01:00Z",
        "2026-03-03T10:02:00Z",
        "2026-03-04T10:03:00Z",
    ]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_parquet_and_csv_hold_the_same_events(run, tmp_path, export):
    import duckdb

    assert run("convert", export, "-o", "a.parquet", "-o", "a.csv").returncode == 0
    rows = duckdb.sql(f"SELECT event_id, operation, ip FROM '{tmp_path}/a.parquet'").fetchall()
    table = (tmp_path / "a.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(table) == 4
    assert all(event_id in table[number + 1] for number, (event_id, _, _) in enumerate(rows))
    assert {row[1:] for row in rows} == {("FileAccessed", "192.0.2.7")}


def test_the_same_record_in_two_files_is_one_event(run, tmp_path, export):
    data = audit_data(1)
    (export / "again.csv").write_bytes(cmdlet_csv([data], lambda _: "3/2/2026 10:01:00 AM"))
    done = run("convert", export, "-o", "a.jsonl")
    assert done.returncode == 0
    assert b"4 events = 3 on the timeline + 1 duplicate " in done.stdout
    first = lines_of(tmp_path / "a.jsonl")[0]
    assert (first["duplicates"], first["also_in"]) == (1, ["delivery/again.csv#1"])


def test_the_same_id_with_other_content_keeps_both_and_flags_them(run, tmp_path, export):
    (export / "other.csv").write_bytes(purview_csv([audit_data(1, ClientIP="198.51.100.9")]))
    run("convert", export, "-o", "a.jsonl")
    pair = [event for event in lines_of(tmp_path / "a.jsonl") if event["record_id"].endswith("1")]
    assert [event["ip"] for event in pair] == ["192.0.2.7", "198.51.100.9"]
    assert all("conflicting_duplicate" in event["quality"] for event in pair)
    assert len({event["event_id"] for event in pair}) == 2


def test_two_runs_are_byte_identical_whatever_zone_locale_seed_and_workers(run, tmp_path, export):
    (export / "b.csv").write_bytes(
        cmdlet_csv([audit_data(n) for n in range(4, 300)], lambda data: data["CreationTime"])
    )
    settings = [
        {"TZ": "UTC", "PYTHONHASHSEED": "1"},
        {"TZ": "Asia/Kathmandu", "LC_ALL": "de_DE.UTF-8", "PYTHONHASHSEED": "2"},
    ]
    hashes = []
    for number, env in enumerate(settings):
        names = [f"{number}.{kind}" for kind in ("xlsx", "csv", "jsonl", "parquet")]
        done = run(
            "convert",
            export,
            "--jobs",
            number + 1,
            *(word for name in names for word in ("-o", name)),
            "--timezone",
            "Europe/Berlin",
            env=env,
        )
        assert done.returncode == 0, done.stderr.decode()
        hashes.append([hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in names])
    assert hashes[0] == hashes[1]


def test_a_broken_record_is_rejected_located_and_gives_exit_code_3(run, tmp_path):
    good = purview_csv([audit_data(1), audit_data(2)])
    (tmp_path / "cut.csv").write_bytes(good[:-40])
    done = run("convert", "cut.csv", "-o", "a.jsonl")
    assert done.returncode == 3
    assert b"2 records = 1 converted + 1 rejected" in done.stdout
    identified = json.loads(run("identify", "cut.csv", "--json").stdout)
    assert (identified[0]["records"], identified[0]["rejected"]) == (2, 1)


def test_an_unknown_table_is_not_read_and_gives_exit_code_3(run, tmp_path, export):
    (export / "strange.csv").write_text("colour,weight,price\nred,1,2\nblue,3,4\n")
    (export / "notes.md").write_text("# Notes\n\nNothing to see.\n")
    done = run("convert", export, "-o", "a.jsonl")
    assert done.returncode == 3
    assert b"colour, weight, price" in done.stderr
    assert b"notes.md" not in done.stderr
    statuses = {
        item["path"]: item["status"] for item in json.loads((tmp_path / "a.jsonl.manifest.json").read_text())["inputs"]
    }
    assert statuses == {
        "delivery/AuditLog.csv": "read",
        "delivery/notes.md": "skipped",
        "delivery/strange.csv": "unread",
    }


def test_documentation_alone_changes_no_exit_code(run, export):
    (export / "README.md").write_text("# Read me\n\nText.\n")
    assert run("convert", export, "-o", "a.jsonl").returncode == 0


def test_nothing_readable_gives_exit_code_2_and_no_output(run, tmp_path):
    (tmp_path / "x.txt").write_text("hello\n")
    done = run("convert", "x.txt", "-o", "a.jsonl")
    assert done.returncode == 2
    assert b"None of the inputs" in done.stderr
    assert not (tmp_path / "a.jsonl").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["convert", "missing.csv", "-o", "a.xlsx"], "There is no file or folder"),
        (["convert", "delivery", "-o", "a.docx"], "use one of .xlsx, .csv, .jsonl, .parquet"),
        (["convert", "delivery", "-o", "delivery/a.xlsx"], "lies inside, an input"),
        (["convert", "delivery", "-o", "nowhere/a.xlsx"], "does not exist"),
        (["convert", "delivery", "-o", "a.csv", "--timezone", "Mars/Olympus"], "no time zone"),
        (["convert", "delivery", "-o", "a.csv", "--since", "yesterday"], "is no time"),
        (["convert", "delivery", "-o", "a.csv", "--ip", "999.1.1.1"], "no address"),
        (["convert", "delivery", "-o", "a.csv", "--format", "nonsense"], "There is no format"),
        (["convert", "delivery", "-o", "a.csv", "-o", "a.csv"], "same name"),
        (["verify", "delivery/AuditLog.csv"], "no manifest"),
    ],
)
def test_wrong_usage_says_what_and_how(run, export, arguments, words):
    done = run(*arguments)
    assert done.returncode == 2
    assert words in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_existing_outputs_are_not_replaced_without_force(run, tmp_path, export):
    (tmp_path / "a.csv").write_text("precious")
    assert run("convert", export, "-o", "a.csv").returncode == 2
    assert (tmp_path / "a.csv").read_text() == "precious"
    assert run("convert", export, "-o", "a.csv", "--force").returncode == 0
    assert (tmp_path / "a.csv").read_text() != "precious"


def test_sources_are_left_untouched(run, export):
    path = export / "AuditLog.csv"
    path.chmod(0o444)
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    run("convert", export, "-o", "a.csv")
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_standard_input_and_standard_archives(run, tmp_path, export):
    import gzip

    data = (export / "AuditLog.csv").read_bytes()
    done = run("convert", "-", "-o", "a.jsonl", stdin=data)
    assert done.returncode == 0
    assert lines_of(tmp_path / "a.jsonl")[0]["source_file"] == "stdin"
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(data))
    run("convert", "x.csv.gz", "-o", "b.jsonl")
    assert lines_of(tmp_path / "b.jsonl")[0]["source_file"] == "x.csv.gz!x.csv"


def test_scope_leaves_out_and_counts(run, tmp_path, export):
    (export / "b.csv").write_bytes(
        purview_csv([audit_data(9, UserId="bob@alderbrook.example", ClientIP="198.51.100.20:4711")])
    )
    done = run("convert", export, "-o", "a.jsonl", "--ip", "198.51.100.0/24")
    assert b"4 events = 1 on the timeline + 0 duplicates + 3 out of scope" in done.stdout
    run("convert", export, "-o", "b.jsonl", "--user", "BOB@*")
    assert [event["actor"] for event in lines_of(tmp_path / "b.jsonl")] == ["bob@alderbrook.example"]
    run("convert", export, "-o", "c.jsonl", "--since", "2026-03-03", "--until", "2026-03-04T00:00:00Z")
    assert [event["time"] for event in lines_of(tmp_path / "c.jsonl")] == ["2026-03-03T10:02:00Z"]
    run("convert", export, "-o", "d.jsonl", "--operation", "*Accessed", "--user", "a_y@*")
    assert lines_of(tmp_path / "d.jsonl") == []


def test_dates_of_an_australian_machine_keep_their_day(run, tmp_path):
    records = [audit_data(n) for n in (1, 2, 3)]
    text = cmdlet_csv(
        records,
        lambda data: "{2}/{1}/{0} {3}".format(*data["CreationTime"][:10].split("-"), data["CreationTime"][11:] + " am"),
        type_line=True,
    )
    broken = text.replace(json.dumps(records[0]).replace('"', '""').encode(), b"{cut")
    (tmp_path / "au.csv").write_bytes(broken)
    run("convert", "au.csv", "-o", "a.jsonl")
    event = next(event for event in lines_of(tmp_path / "a.jsonl") if "quality" in event)
    assert event["quality"] == ["damaged_audit_data"]
    assert (event["time"], event["time_basis"]) == ("2026-03-02T10:01:00Z", "inferred")


def test_dates_nothing_decides_stand_without_a_time_until_the_option_is_given(run, tmp_path):
    record = audit_data(1)
    text = cmdlet_csv([record], lambda _: "02/03/2026 10:01:00").replace(
        json.dumps(record).replace('"', '""').encode(), b""
    )
    (tmp_path / "x.csv").write_bytes(text)
    done = run("convert", "x.csv", "-o", "a.jsonl")
    assert b"--date-order" in done.stderr
    (event,) = lines_of(tmp_path / "a.jsonl")
    assert "time" not in event
    assert event["time_raw"] == "02/03/2026 10:01:00"
    assert event["time_basis"] == "ambiguous"
    assert event["quality"] == ["wrapper_only", "ambiguous_time"]
    run("convert", "x.csv", "-o", "b.jsonl", "--date-order", "dmy")
    assert lines_of(tmp_path / "b.jsonl")[0]["time"] == "2026-03-02T10:01:00Z"


def test_show_prints_the_exact_bytes_and_verify_says_what_changed(run, tmp_path, export):
    run("convert", export, "-o", "a.jsonl")
    event = lines_of(tmp_path / "a.jsonl")[1]
    shown = run("show", "a.jsonl.manifest.json", event["event_id"], "--raw")
    data = (export / "AuditLog.csv").read_bytes()
    assert shown.stdout == data[event["offset"] : event["offset"] + event["length"]]
    assert run("show", "a.jsonl.manifest.json", "0123").returncode == 3
    assert run("verify", "a.jsonl.manifest.json").returncode == 0
    (export / "AuditLog.csv").write_bytes(data + b"\r\n")
    changed = run("verify", "a.jsonl.manifest.json")
    assert changed.returncode == 3
    assert b"CHANGED  input   delivery/AuditLog.csv" in changed.stdout
    assert b"bytes then" in changed.stdout
    assert run("show", "a.jsonl.manifest.json", event["event_id"]).returncode == 3


def test_a_case_folder_is_read_once_and_extended(run, tmp_path, export):
    assert run("convert", export, "-o", "a.jsonl", "--case", "case").returncode == 0
    segments = sorted((tmp_path / "case" / "segments").glob("*.parquet"))
    stamps = [path.stat().st_mtime_ns for path in segments]
    (export / "more.csv").write_bytes(purview_csv([audit_data(7)]))
    assert run("convert", export, "-o", "b.jsonl", "--case", "case").returncode == 0
    assert [path.stat().st_mtime_ns for path in segments] == stamps
    assert len(lines_of(tmp_path / "b.jsonl")) == 4
    assert run("convert", export, "-o", "c.jsonl").returncode == 0
    assert (tmp_path / "b.jsonl").read_bytes() == (tmp_path / "c.jsonl").read_bytes()


def test_control_characters_from_files_do_not_reach_the_console(run, tmp_path):
    (tmp_path / "x\x1b[31m\u202e.csv").write_text("a\x1b[2J,b,c\n1,2,3\n4,5,6\n")
    done = run("identify", "x\x1b[31m\u202e.csv")
    assert "\x1b" not in done.stdout.decode()
    assert "\\x1b[31m\\u202e" in done.stdout.decode()


def test_interruption_leaves_nothing(run, tmp_path):
    (tmp_path / "big.csv").write_bytes(purview_csv([audit_data(n) for n in range(60_000)]))
    process = subprocess.Popen(
        [sys.executable, "-m", "m365timeline", "convert", "big.csv", "-o", "a.xlsx"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
    )
    time.sleep(1.5)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Interrupted" in errors
    assert [path.name for path in tmp_path.iterdir()] == ["big.csv"]


def test_formats_and_schema_speak_of_everything(run):
    from m365timeline.parsers import FORMATS
    from m365timeline.schemas.event import PUBLISHED

    listed = json.loads(run("formats", "--json").stdout)
    assert [row["name"] for row in listed] == list(FORMATS)
    assert all(row[key] for row in listed for key in row)
    schema = run("schema").stdout.decode()
    assert all(f"  {name} (" in schema for name in PUBLISHED)
    assert list(json.loads(run("schema", "--json-schema").stdout)["properties"]) == list(PUBLISHED)


def test_every_command_explains_itself(run):
    for command in ("convert", "identify", "formats", "schema", "verify", "show", "reproduce"):
        text = run(command, "--help").stdout.decode()
        assert len(text.splitlines()) > 5
    assert b"m365timeline, version" in run("--version").stdout


def workbook_text(path):
    """Every text of the first Timeline sheet, from the raw XML."""
    import zipfile
    from xml.etree import ElementTree as ET

    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        sheets = [ET.fromstring(archive.read(name)) for name in sorted(names)]
        parts = [archive.read(name) for name in names]
        assert not any(b"<f>" in part or (b"<hyperlink " in part and b"r:id" in part) for part in parts), (
            "no formula, no link to the outside"
        )
    return [
        node.text or ""
        for sheet in sheets
        for node in sheet.iter("{http://schemas.openxmlformats.org/spreadsheetml/2006/main}t")
    ]


MAILBOX_XML = (
    '<?xml version="1.0" encoding="utf-8"?>\r\n<SearchResults>\r\n'
    '  <Event MailboxGuid="6d4fbdae-e3ae-4530-8d0b-f62a14687939" Owner="Amy" LastAccessed="2010-04-30T11:01:55.140625-07:00" Operation="SendAs" '
    'ItemSubject="=1+1" OperationResult="Succeeded" LogonType="Delegate" MailboxOwnerUPN="amy@alderbrook.example" LogonUserDisplayName="Helen Ward" />\r\n'
    '  <Event MailboxGuid="6d4fbdae-e3ae-4530-8d0b-f62a14687939" Owner="Amy" LastAccessed="2010-04-30T11:05:00-07:00" Operation="HardDelete" '
    'FolderPathName="\\Recoverable Items\\Deletions" OperationResult="Succeeded" LogonType="Delegate" MailboxOwnerUPN="amy@alderbrook.example" LogonUserDisplayName="Helen Ward">\r\n'
    '    <SourceItems><Item Id="1" Subject="a" /><Item Id="2" Subject="b" /><Item Id="3" Subject="c" /></SourceItems>\r\n  </Event>\r\n</SearchResults>\r\n'
)


def test_a_time_with_an_offset_stands_in_the_workbook_as_utc(run, tmp_path):
    (tmp_path / "SearchResult.xml").write_text(MAILBOX_XML, encoding="utf-8", newline="")
    assert run("convert", "SearchResult.xml", "-o", "a.xlsx", "-o", "a.jsonl").returncode == 0
    first, second = lines_of(tmp_path / "a.jsonl")
    assert first["time"] == "2010-04-30T18:01:55.140625Z"
    assert (
        second["summary"]
        == "Helen Ward (delegate) purged 3 messages from \\Recoverable Items\\Deletions in amy@alderbrook.example"
    )
    texts = workbook_text(tmp_path / "a.xlsx")
    assert any("18:01:55.140625" in text for text in texts)
    assert "=1+1" in texts


def test_a_doctype_is_refused_and_its_entity_never_read(run, tmp_path):
    (tmp_path / "secret.txt").write_text("CANARY")
    hostile = MAILBOX_XML.replace(
        "<SearchResults>", f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{tmp_path}/secret.txt">]>\r\n<SearchResults>'
    ).replace('Owner="Amy"', 'Owner="&e;"')
    (tmp_path / "SearchResult.xml").write_text(hostile, encoding="utf-8", newline="")
    done = run("convert", "SearchResult.xml", "-o", "a.jsonl", "-o", "a.xlsx")
    assert done.returncode == 3
    assert lines_of(tmp_path / "a.jsonl") == []
    assert b"CANARY" not in (tmp_path / "a.jsonl").read_bytes() + done.stdout + done.stderr
    assert any("forbidden_xml" in text for text in workbook_text(tmp_path / "a.xlsx"))


def test_a_truncated_xml_loses_exactly_the_broken_record_and_says_where(run, tmp_path):
    cut = MAILBOX_XML.encode()[:-60]
    (tmp_path / "SearchResult.xml").write_bytes(cut)
    done = run("convert", "SearchResult.xml", "-o", "a.jsonl")
    assert done.returncode == 3
    assert b"2 records = 1 converted + 1 rejected" in done.stdout
    assert [event["operation"] for event in lines_of(tmp_path / "a.jsonl")] == ["SendAs"]


def test_a_value_of_40000_characters_is_cut_with_a_mark_and_whole_in_jsonl(run, tmp_path):
    long = "x" * 40_000
    (tmp_path / "a.csv").write_bytes(purview_csv([audit_data(1, ObjectId=long, UserId="=HYPERLINK(1)")]))
    assert run("convert", "a.csv", "-o", "a.xlsx", "-o", "a.jsonl").returncode == 0
    (event,) = lines_of(tmp_path / "a.jsonl")
    assert long in event["target"]
    texts = workbook_text(tmp_path / "a.xlsx")
    assert "=HYPERLINK(1)" in texts
    cells = [text for text in texts if text.startswith("x" * 1000)]
    assert cells  # on the timeline, and on the sheets of answers that show it
    for cell in cells:
        assert len(cell) <= 32_767
        assert "more characters" in cell[-120:]


@pytest.mark.parametrize("form", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_encoding_and_delimiter_gives_the_same_events(run, tmp_path, form, delimiter):
    records = [audit_data(n, UserId=f"zoë{n}@alderbrook.example") for n in (1, 2)]
    text = (
        cmdlet_csv(records, lambda data: data["CreationTime"], delimiter=delimiter, type_line=form == "utf-16")
        .decode()
        .replace("\\u00eb", "ë")
    )
    (tmp_path / "a.csv").write_bytes(text.encode(form))
    assert run("convert", "a.csv", "-o", "a.jsonl", "--quiet").returncode == 0
    events = lines_of(tmp_path / "a.jsonl")
    assert [event["actor"] for event in events] == ["zoë1@alderbrook.example", "zoë2@alderbrook.example"]
    assert len({event["event_id"] for event in events}) == 2


def test_the_oldest_portal_form_has_no_record_and_a_local_time(run, tmp_path):
    rows = "Date,IP address,User,Activity,Item,Detail,More\r\n2017-03-13 09:00:00,192.0.2.9,amy@alderbrook.example,Accessed file,plan.docx,Accessed from the web,\r\n"
    (tmp_path / "old.csv").write_text(rows, newline="")
    assert run("convert", "old.csv", "-o", "a.jsonl").returncode == 0
    (event,) = lines_of(tmp_path / "a.jsonl")
    assert (event["operation"], event["ip"], event["actor"]) == ("Accessed file", "192.0.2.9", "amy@alderbrook.example")
    assert "time" not in event
    assert "zone_unknown" in event["quality"]
    assert event["extra"]["wrapper"]["detail"] == "Accessed from the web"
    run("convert", "old.csv", "-o", "b.jsonl", "--source-timezone", "America/New_York")
    assert lines_of(tmp_path / "b.jsonl")[0]["time"] == "2017-03-13T13:00:00Z"
