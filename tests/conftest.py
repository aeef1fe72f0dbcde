"""Options and paths the tests share."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))  # so that test modules can import helpers.py under --import-mode=importlib


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="run the long forms of tests: more random damage, more kills")
    parser.addoption("--update-golden", action="store_true", help="write the goldens anew; then read the diff")


@pytest.fixture
def run(tmp_path):
    """Run the installed command in an empty folder: run("convert", "a.csv", "-o", "b.jsonl", env={...})."""

    def call(*arguments, env=None, stdin=None, cwd=tmp_path, timeout=300):
        return subprocess.run(
            [sys.executable, "-m", "m365timeline", *map(str, arguments)],
            cwd=cwd, input=stdin, capture_output=True, env={**os.environ, "PYTHONUTF8": "1", **(env or {})}, timeout=timeout, check=False,
        )  # fmt: skip

    return call
