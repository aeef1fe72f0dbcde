"""Every real export at hand is read, or is said to be what it is: the whole list of what is not read stands here."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from m365timeline.cli import cli

REAL = Path(__file__).resolve().parents[2] / "shared" / "samples"
HELPERS = ("SOURCE.txt", ".source.txt", "README.md", "LICENSE", "MANIFEST.csv")  # on the samples, none themselves
NOTE = "It is a text without records"
SAID = {
    "entra/elastic_time_corner_cases/time_values.txt": "It is a list of times and nothing else",
    "entra/sentinel_training_lab/signinLogs.csv": "It is the result of a query that counts",
    "exchange_audit/kb2792663_console_output.txt": NOTE,
    "exchange_audit/msdocs_role_group_report_lines.txt": NOTE,
    "exchange_audit/real_issue630_nt_authority_system.txt": NOTE,
    "msgtrace/renisac/inbound_outbound_message_trace.md": "It is a text with a table in Markdown",
    "ual/wazuh/office365.ini": "It is a settings file (INI)",
}


@pytest.mark.skipif(not REAL.exists(), reason="the real samples are not here")
def test_every_sample_is_read_or_said_to_be_what_it_is():
    answer = CliRunner().invoke(cli, ["identify", "--json", str(REAL)])
    sources = json.loads(answer.stdout)
    if isinstance(sources, dict):
        sources = sources["sources"]
    samples = {source["name"].partition("samples/")[2]: source for source in sources}
    samples = {name: source for name, source in samples.items() if not name.endswith(HELPERS)}
    assert len(samples) >= 140
    not_read = {name: source for name, source in samples.items() if not source["format"]}
    assert sorted(not_read) == sorted(SAID)
    for name, source in not_read.items():
        assert source["status"] == "skipped", name
        assert SAID[name] in " ".join(source["warnings"]), name
    without = [name for name, source in samples.items() if source["format"] and not source["records"]]
    assert [name for name in without if "header" not in name.casefold() and "empty" not in name] == []
