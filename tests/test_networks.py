"""A local database names country and owner of an address where the log does not, and only there."""

import json
from ipaddress import ip_network

import pytest
from sheets import ROOT

pytest.importorskip("maxminddb")
mmdb_writer = pytest.importorskip("mmdb_writer")
from netaddr import IPSet  # noqa: E402 (the database writer brings it)

from m365timeline.normalizers.networks import Networks, look_at  # noqa: E402
from m365timeline.schemas.event import Event  # noqa: E402

THIEF, SECOND = "203.0.113.77", "2001:db8:77aa:19::e3"


def make(path, rows, kind="GeoLite2-City"):
    writer = mmdb_writer.MMDBWriter(ip_version=6, ipv4_compatible=True, database_type=kind)
    for network, row in rows.items():
        writer.insert_network(IPSet([str(ip_network(network))]), row)
    writer.to_db_file(str(path))
    return path


@pytest.fixture
def databases(tmp_path):
    city = make(
        tmp_path / "city.mmdb",
        {"203.0.113.0/24": {"country": {"iso_code": "LV"}}, "2001:db8:77aa::/48": {"country": {"iso_code": "NL"}}},
    )
    owner = make(
        tmp_path / "asn.mmdb",
        {"203.0.113.0/24": {"autonomous_system_number": 64500, "autonomous_system_organization": "Invented Hosting"}},
        "GeoLite2-ASN",
    )
    return city, owner


def test_country_and_owner_come_from_several_databases(databases):
    networks = Networks([look_at(path) for path in databases])
    events = [Event(ip=THIEF), Event(ip=SECOND), Event(ip="198.51.100.1"), Event(ip=None), Event(ip="not an address")]
    networks.name(events)
    assert [(event.country, event.asn, event.as_org) for event in events] == [
        ("LV", 64500, "Invented Hosting"), ("NL", None, None), (None, None, None), (None, None, None), (None, None, None),
    ]  # fmt: skip


def test_what_the_log_says_stands(databases):
    event = Event(ip=THIEF, country="DE", as_org="as logged")
    Networks([look_at(path) for path in databases]).name([event])
    assert (event.country, event.asn, event.as_org) == ("DE", None, "as logged")


def test_ipinfo_writes_it_its_own_way(tmp_path):
    path = make(
        tmp_path / "ipinfo.mmdb",
        {"203.0.113.0/24": {"country_code": "LV", "country": "Latvia", "asn": "AS64500", "as_name": "Invented"}},
        "ipinfo lite",
    )
    event = Event(ip=THIEF)
    Networks([look_at(path)]).name([event])
    assert (event.country, event.asn, event.as_org) == ("LV", 64500, "Invented")


def test_through_the_command_line_with_its_hash_on_record(databases, run, tmp_path):
    source = ROOT / "sample_exports" / "unified_audit_csv" / "resaved_semicolon_utf16.csv"
    options = [part for path in databases for part in ("--networks", path)]
    result = run("convert", source, "-o", "a.jsonl", *options)
    assert result.returncode == 0, result.stderr
    events = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert {event.get("as_org") for event in events if event.get("ip") == THIEF} == {"Invented Hosting"}
    manifest = json.loads((tmp_path / "a.jsonl.manifest.json").read_text())
    said = " ".join(manifest["inputs"][0]["decisions"])
    assert "city.mmdb (GeoLite2-City, built " in said
    assert look_at(databases[1]).sha256 in said
    assert run("reproduce", "a.jsonl.manifest.json").returncode == 0


def test_what_is_no_database_is_refused(run, tmp_path):
    (tmp_path / "a.mmdb").write_bytes(b"no database")
    result = run("convert", ROOT / "sample_exports" / "mailbox_audit_xml", "-o", "a.jsonl", "--networks", "a.mmdb")
    assert result.returncode == 2
    assert b"no database of networks" in result.stderr
