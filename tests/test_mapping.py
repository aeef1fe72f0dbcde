"""The user's map makes any table a source of the timeline, with the same accounting and the same proof."""

import json
from pathlib import Path

import pytest
from exports import audit_data, purview_csv

from m365timeline.schemas.mapping import BadMappingError, read_mapping

SAMPLE = Path(__file__).resolve().parents[1] / "sample_exports" / "mapped_table"
GOOD = 'name = "door"\n[time]\ncolumn = "When"\nzone = "Europe/Berlin"\norder = "dmy"\n[fields]\nactor = "Who"\noperation = "What"\n'
TABLE = "Who;What;When;Where\r\namy;opened;03/04/2026 09:15:00;north\r\nbob;closed;05/13/2026 09:15:00;south\r\n"


def files(folder, table=TABLE, mapping=GOOD):
    (folder / "door.csv").write_text(table, encoding="utf-8", newline="")
    (folder / "door.toml").write_text(mapping, encoding="utf-8")
    return "door.csv", "--map", "door.toml"


def events_in(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_the_documented_example_is_the_sample(run, tmp_path):
    page = (SAMPLE.parents[1] / "docs" / "maps.md").read_text(encoding="utf-8")
    block = page.partition("```toml\n")[2].partition("```")[0]
    shown = read_mapping(block)
    shipped = read_mapping((SAMPLE / "vpn_sessions.toml").read_text(encoding="utf-8"))
    assert [getattr(shown, name) for name in ("name", "time", "fields", "constants", "categories", "outcomes")] == [
        getattr(shipped, name) for name in ("name", "time", "fields", "constants", "categories", "outcomes")
    ]
    done = run("convert", SAMPLE, "--map", SAMPLE / "vpn_sessions.toml", "-o", "vpn.jsonl")
    assert done.returncode == 0, done.stderr
    failed = [event for event in events_in(tmp_path / "vpn.jsonl") if event["category"] == "signin_failed"]
    assert [(event["time"], event["ip"], event["outcome_raw"]) for event in failed] == [
        ("2026-03-09T08:37:44Z", "203.0.113.77", "Kennwort falsch"),
        ("2026-03-09T08:38:20Z", "203.0.113.77", "Kennwort falsch"),
    ]


def test_order_and_zone_of_the_map_hold_and_a_date_against_it_stays_empty(run, tmp_path):
    done = run("convert", *files(tmp_path), "-o", "out.jsonl")
    assert done.returncode == 0, done.stderr
    first, second = events_in(tmp_path / "out.jsonl")
    assert (first["time"], first["time_basis"], first["actor"]) == ("2026-04-03T07:15:00Z", "zone_given", "amy")
    assert first["extra"] == {"where": "north"}
    assert "time" not in second
    assert second["quality"] == ["unreadable_time"]


def test_without_a_zone_times_stay_open_until_one_is_given(run, tmp_path):
    given = files(tmp_path, mapping=GOOD.replace('zone = "Europe/Berlin"\n', ""))
    run("convert", *given, "-o", "open.jsonl")
    assert all("time" not in event for event in events_in(tmp_path / "open.jsonl"))
    run("convert", *given, "-o", "given.jsonl", "--source-timezone", "UTC")
    assert events_in(tmp_path / "given.jsonl")[0]["time"] == "2026-04-03T09:15:00Z"


@pytest.mark.parametrize(
    ("pattern", "text", "time", "basis"),
    [
        ("epoch", "1772440511", "2026-03-02T08:35:11Z", "zone_given"),
        ("epoch_ms", "1772440511250", "2026-03-02T08:35:11.250000Z", "zone_given"),
        ("%d-%b-%y %I:%M %p", "02-Mar-26 09:35 AM", "2026-03-02T08:35:00Z", "zone_given"),
        ("%Y%m%d%H%M%S%z", "20260302093511+0500", "2026-03-02T04:35:11Z", "offset_stated"),
        ("epoch", "soon", None, "none"),
    ],
)
def test_time_patterns(run, tmp_path, pattern, text, time, basis):
    given = files(
        tmp_path,
        f"Who,When\r\namy,{text}\r\n",
        GOOD.replace('order = "dmy"', f'format = "{pattern}"').replace('operation = "What"\n', ""),
    )
    done = run("convert", *given, "-o", "out.jsonl")
    assert done.returncode == 0, done.stderr
    (event,) = events_in(tmp_path / "out.jsonl")
    assert (event.get("time"), event["time_basis"], event["time_raw"]) == (time, basis, text)


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ("name = ", "it is no TOML"),
        ('[time]\ncolumn = "When"', "name: give the map a name"),
        ('name = "x"', "time.column: say which column holds the time"),
        (GOOD.replace("Europe/Berlin", "Berlin"), "time.zone: there is no time zone 'Berlin'"),
        (GOOD.replace("dmy", "ymd"), "time.order: 'ymd' is none of dmy, mdy"),
        (GOOD.replace('order = "dmy"', 'format = "%q"'), "time.format: %q is not known"),
        (GOOD.replace('order = "dmy"', 'format = "%H:%M"'), "names no whole date"),
        (GOOD + 'colour = "Where"\n', "fields.colour: no event field of this name"),
        (GOOD + 'event_id = "Where"\n', "fields.event_id: no event field of this name"),
        (GOOD + "target = 7\n", "fields.target: the name of a column"),
        (GOOD + 'user = "Where"\n', "fields.user: actor is mapped twice"),
        (GOOD + '[category]\nopened = "door"\n', "category.opened: 'door' is none of"),
        (GOOD + '[constants]\nsize_bytes = "7"\n', "constants.size_bytes: only fields that hold a text"),
        (GOOD + "[colour]\n", "colour: there is no such key"),
    ],
)
def test_a_wrong_map_is_wrong_usage_and_names_file_and_key(run, tmp_path, mapping, words):
    with pytest.raises(BadMappingError):
        read_mapping(mapping)
    done = run("convert", *files(tmp_path, mapping=mapping), "-o", "out.jsonl")
    assert done.returncode == 2
    assert "door.toml" in done.stderr.decode()
    assert words in " ".join(done.stderr.decode().split())
    assert not (tmp_path / "out.jsonl").exists()


def test_a_map_that_fits_nothing_is_said_and_says_what_is_missing(run, tmp_path):
    source, *mapped = files(tmp_path, "Who;What;When;Where;Door\r\namy;opened;x;y;z\r\n", GOOD.replace("Who", "Person"))
    done = run("convert", SAMPLE.parent / "admin_audit_xml", source, *mapped, "-o", "out.jsonl")
    assert done.returncode == 3
    assert b"The map 'door' fits none of the inputs" in done.stdout
    words = " ".join(done.stderr.decode().split())
    assert "The map 'door' does not fit: it has no column person." in words


def test_format_and_map_are_checked_against_each_other(run, tmp_path):
    source, *mapped = files(tmp_path)
    alone = run("convert", source, "--format", "mapped_table", "-o", "out.jsonl")
    assert (alone.returncode, b"needs --map FILE" in alone.stderr) == (2, True)
    both = run("convert", source, *mapped, "--format", "unified_audit_csv", "-o", "out.jsonl")
    assert (both.returncode, b"contradict" in both.stderr) == (2, True)
    assert run("convert", source, *mapped, "--format", "mapped_table", "-o", "out.jsonl").returncode == 0


def test_the_map_is_in_the_manifest_and_another_map_reads_anew(run, tmp_path):
    (tmp_path / "in").mkdir()
    source, *_ = files(tmp_path / "in")
    given = [f"in/{source}", "--map", "in/door.toml"]
    assert run("convert", *given, "-o", "out.jsonl", "--case", "case").returncode == 0
    manifest = json.loads((tmp_path / "out.jsonl.manifest.json").read_bytes())
    assert manifest["arguments"]["map_text"] == [GOOD.split("\n")]
    event = events_in(tmp_path / "out.jsonl")[0]
    (tmp_path / "in" / "door.toml").write_text(GOOD.replace('actor = "Who"', 'device_name = "Who"'), encoding="utf-8")
    assert b"amy" in run("show", "out.jsonl.manifest.json", event["event_id"]).stdout
    again = run("reproduce", "out.jsonl.manifest.json")
    assert again.returncode == 0, again.stdout + again.stderr
    assert run("convert", *given, "-o", "out.jsonl", "--case", "case", "--force").returncode == 0
    assert events_in(tmp_path / "out.jsonl")[0]["device_name"] == "amy"


NESTED = 'name = "proxy"\n[time]\ncolumn = "at"\n[fields]\nactor = "user.name"\naddress = "client.address"\ntarget = ["url", "host"]\nsize_bytes = "bytes"\n'


def test_json_lines_are_read_by_a_map_too(run, tmp_path):
    lines = [
        {
            "at": "2026-03-09T09:31:17+01:00",
            "user": {"name": "tom", "id": 7},
            "client": {"address": "203.0.113.77:443"},
            "url": "https://a.example/",
            "bytes": 12,
        },
        {
            "at": "2026-03-09T08:40:00Z",
            "user": {"name": "tom"},
            "client": {"address": "::1"},
            "host": "b.example",
            "bytes": 1.5,
            "tags": ["x"],
        },
    ]
    (tmp_path / "proxy.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    (tmp_path / "proxy.toml").write_text(NESTED, encoding="utf-8")
    done = run("convert", "proxy.jsonl", "--map", "proxy.toml", "-o", "out.jsonl")
    assert done.returncode == 0, done.stderr
    first, second = events_in(tmp_path / "out.jsonl")
    assert (first["time"], first["time_basis"], first["actor"], first["ip"], first["port"], first["size_bytes"]) == (
        "2026-03-09T08:31:17Z", "offset_stated", "tom", "203.0.113.77", 443, 12,
    )  # fmt: skip
    assert first["extra"] == {"user.id": 7}
    assert (second["target"], second["extra"]) == ("b.example", {"bytes": "1.5", "tags": ["x"]})


def test_json_that_lacks_a_member_says_which(run, tmp_path):
    (tmp_path / "proxy.json").write_text('[{"at": "2026-03-09T08:40:00Z", "url": "x"}]', encoding="utf-8")
    (tmp_path / "proxy.toml").write_text(NESTED, encoding="utf-8")
    done = run("convert", "proxy.json", "--map", "proxy.toml", "-o", "out.jsonl")
    assert done.returncode == 2
    assert "it has no column user.name, client.address, bytes" in " ".join(done.stderr.decode().split())


@pytest.mark.parametrize(
    ("name", "data", "forced", "read"),
    [
        ("colours.json", b'[{"colour": "red"}, {"createdDateTime": "2026-03-02T10:00:00Z"}]', "entra_json", 1),
        ("log.csv", purview_csv([audit_data(1), audit_data(2)]), "message_trace_csv", 0),
    ],
)
def test_a_forced_format_makes_no_events_of_records_that_hold_nothing_of_it(run, tmp_path, name, data, forced, read):
    (tmp_path / name).write_bytes(data)
    done = run("convert", name, "--format", forced, "-o", "out.jsonl")
    assert done.returncode == 3, done.stderr
    (source,) = json.loads((tmp_path / "out.jsonl.manifest.json").read_bytes())["inputs"]
    assert (source["records"], source["converted"], source["rejected"]) == (2, read, 2 - read)
    assert sum(source["bytes_by_kind"].values()) == len(data)
    assert len((tmp_path / "out.jsonl.rejects.jsonl").read_bytes().splitlines()) == 2 - read


def test_several_maps_are_asked_and_each_source_names_its_own(run, tmp_path):
    maps = [word for path in sorted(SAMPLE.parent.glob("mapped_*/*.toml")) for word in ("--map", path)]
    done = run("convert", SAMPLE, SAMPLE.parent / "mapped_json", *maps, "-o", "out.jsonl")
    assert done.returncode == 0, done.stderr
    times = {}
    for event in events_in(tmp_path / "out.jsonl"):
        times.setdefault(event["workload"], []).append(event["time"])
    assert times["Web proxy"][0] == "2026-03-09T08:27:19.704000Z"
    assert len(times["Web proxy"]) == 4
    assert len(times["VPN gateway"]) == 86
    manifest = json.loads((tmp_path / "out.jsonl.manifest.json").read_bytes())
    assert sorted(item["format"] for item in manifest["inputs"] if item["format"]) == ["mapped_json", "mapped_table"]
    again = run("reproduce", "out.jsonl.manifest.json")
    assert again.returncode == 0, again.stdout + again.stderr
    event = next(event for event in events_in(tmp_path / "out.jsonl") if event["workload"] == "Web proxy")
    assert b'"verdict": "allowed"' in run("show", "out.jsonl.manifest.json", event["event_id"]).stdout


def test_two_maps_that_fit_one_source_or_share_a_name_are_told(run, tmp_path):
    given = files(tmp_path)
    (tmp_path / "other.toml").write_text(GOOD.replace('"door"', '"gate"'), encoding="utf-8")
    both = run("convert", *given, "--map", "other.toml", "-o", "out.jsonl")
    assert both.returncode == 2
    assert b"The maps 'door' and 'gate' all fit this file" in both.stderr + both.stdout
    same = run("convert", *given, "--map", "door.toml", "-o", "out.jsonl")
    assert (same.returncode, b"Two maps have the name 'door'" in same.stderr) == (2, True)


def test_a_map_that_fits_nothing_beside_one_that_does_is_named(run, tmp_path):
    given = files(tmp_path)
    (tmp_path / "other.toml").write_text(GOOD.replace('"door"', '"gate"').replace("When", "Never"), encoding="utf-8")
    done = run("convert", *given, "--map", "other.toml", "-o", "out.jsonl")
    assert done.returncode == 0
    assert b"The map 'gate' fits none of the inputs" in done.stdout + done.stderr


def test_a_source_no_parser_knows_is_told_of_formats_and_maps(run, tmp_path):
    source, *_ = files(tmp_path)
    done = run("identify", source)
    assert b"--format" in done.stdout
    assert b"(--map FILE)" in done.stdout
