"""The session in the README is one: each command, run again on the samples, prints what stands there."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("mailbox_audit_xml", "admin_audit_xml", "unified_audit_csv", "message_trace_csv")


def session():
    """Each command with the lines shown under it."""
    block = (ROOT / "README.md").read_text(encoding="utf-8").partition("```console\n")[2].partition("```")[0]
    for part in block.split("$ ")[1:]:
        command, _, shown = part.partition("\n")
        yield command, [line for line in shown.splitlines() if line]


def test_the_session_of_the_readme_says_what_the_program_says(tmp_path):
    for name in FOLDERS:
        shutil.copytree(ROOT / "sample_exports" / name, tmp_path / "sample_exports" / name)
    place, compared = tmp_path, 0
    for command, shown in session():
        words = shlex.split(command)
        if words[0] == "cd":
            place = place / words[1]
            continue
        assert words[0] == "m365timeline"
        done = subprocess.run(
            [sys.executable, "-m", "m365timeline", *words[1:]], cwd=place, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        said = (done.stdout + done.stderr).decode().replace("\\", "/").splitlines()
        for line in shown:
            assert any(printed.startswith(line.removesuffix(" …")) for printed in said), (command, line)
            compared += 1
    assert compared > 20
