"""`m365timeline selftest` tells an installation that does what was released from one that does not."""

import tomllib
from pathlib import Path

import msgspec

from m365timeline.pipeline import selftest as module
from m365timeline.pipeline.selftest import FOLDERS, GOLDEN, Expected, measure

ROOT = Path(__file__).resolve().parents[1]


class Quiet:
    def stage(self, name, total, unit):
        pass

    def advance(self, amount):
        pass


def test_the_samples_give_what_was_released(tmp_path, request):
    found = measure(tmp_path, Quiet())
    if request.config.getoption("--update-golden"):
        GOLDEN.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
    assert msgspec.json.decode(GOLDEN.read_bytes(), type=Expected) == found
    assert found.outputs["selftest.parquet"] == found.outputs["selftest.jsonl"], "the same rows, whatever the output"
    assert list(tmp_path.iterdir()) == []


def test_every_sample_it_needs_ships():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    shipped = settings["package-data"]["m365timeline"]
    assert {f"sample_exports/{name}/*" for name in FOLDERS} | {"py.typed"} == set(shipped)


def test_an_installation_that_differs_is_not_trusted(run, monkeypatch, tmp_path):
    result = run("selftest", "--temp-dir", tmp_path)
    assert result.returncode == 0, result.stdout
    assert b"This installation can be trusted" in result.stdout

    bent = tmp_path / "bent.json"
    bent.write_bytes(GOLDEN.read_bytes().replace(b'"records": ', b'"records": 9'))
    monkeypatch.setattr(module, "GOLDEN", bent)
    differing = [item.name for item in module.selftest(tmp_path, Quiet()) if not item.same]
    assert differing == ["records read"]
