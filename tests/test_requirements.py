"""What the product promises, and the test that shows each promise: tests/requirements.csv."""

import ast
import csv
import importlib.util
import sys
import tomllib
from functools import cache

import pytest
from conftest import ROOT

TESTS = ROOT / "tests"
with (TESTS / "requirements.csv").open(encoding="utf-8", newline="") as stream:
    ROWS = list(csv.DictReader(stream))
FUZZ = sorted(path for path in (ROOT / "tools").glob("fuzz_*.py") if path.name != "fuzz_kit.py")


@cache
def _functions(path):
    return {
        node.name for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef)
    }


def test_R56_every_requirement_has_its_tests():
    assert [row["requirement"] for row in ROWS] == [f"R{number}" for number in range(1, 65)]
    for row in ROWS:
        assert row["sentence"].endswith(".")
        assert row["tests"] or row["note"], f"{row['requirement']} has neither a test nor a word why"
    assert [row["requirement"] for row in ROWS if not row["tests"]] == ["R61", "R62", "R63"]


@pytest.mark.parametrize("row", ROWS, ids=[row["requirement"] for row in ROWS])
def test_R56_every_named_test_exists(row):
    for name in row["tests"].split():
        file, _, function = name.partition("::")
        assert function.startswith("test_")
        assert function in _functions(TESTS / file), f"{name} does not exist"


def test_R55_the_versions_that_matter_are_required():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "lxml>=6.1" in project["dependencies"]
    assert project["requires-python"] == ">=3.11"


@pytest.mark.parametrize("path", FUZZ, ids=[path.stem for path in FUZZ])
def test_R59_every_reader_has_a_fuzz_target_that_takes_any_bytes(path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    target = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(target)
    for data in (b"", b"\0", b"\1x", b'\2"a",b\n', b"\3" + bytes(range(256)), b"\4<Event ", b"\5{}"):
        target.one_input(data)
    sys.modules.pop("fuzz_kit", None)


def test_R59_no_reader_is_without_a_fuzz_target():
    assert {path.stem.removeprefix("fuzz_") for path in FUZZ} == {
        "archives",
        "csv",
        "dates",
        "encodings",
        "formats",
        "json",
        "salvage",
        "samples",
        "trace",
        "xml",
    }
