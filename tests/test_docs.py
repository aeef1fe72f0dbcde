"""The documentation says what the program does."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import make_docs  # noqa: E402 (found through the line above)

from m365timeline.cli import cli  # noqa: E402
from m365timeline.schemas.record import Code  # noqa: E402


def test_generated_pages_are_current():
    for path, text in make_docs.pages().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is out of date: python tools/make_docs.py"


def test_every_code_has_a_paragraph():
    page = (ROOT / "docs" / "exit-codes.md").read_text(encoding="utf-8")
    assert [code for code in Code if f"| `{code}` |" not in page] == []


def test_every_dependency_is_justified():
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = settings.partition("\ndependencies = [")[2].partition("]")[0]
    for name in re.findall(r'"([a-z0-9-]+)>=', listed):
        assert f"| {name} |" in page, name


def test_every_command_of_the_readme_exists():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in re.findall(r"m365timeline ([a-z]+)", readme):
        assert name in cli.commands, name


def test_the_readme_shows_the_marked_commands():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for mark in ("demo", "tests"):
        assert re.search(rf"<!-- {mark} -->\n```sh\npython3 -m venv", readme)
    assert "TRANSCRIPT" not in readme


def test_rows_of_a_table_have_the_cells_of_its_head():
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        cells = 0
        for line in path.read_text(encoding="utf-8").splitlines():
            found = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
            cells = cells if found and cells else found
            assert found == cells, f"{path.name}: a bar ends a cell early: {line}"
