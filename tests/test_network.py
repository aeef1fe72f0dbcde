"""No network, ever: nothing in the package can use one, no run asks for one, and a run without one is the same run."""

import ast
import hashlib
import json
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT

SAMPLES = ROOT / "sample_exports"
MAPS = [
    SAMPLES / "mapped_table" / "vpn_sessions.toml",
    SAMPLES / "mapped_json" / "web_proxy.toml",
]  # for what no format knows
NETWORK = {
    "socket",
    "ssl",
    "http",
    "urllib.request",
    "ftplib",
    "smtplib",
    "imaplib",
    "poplib",
    "telnetlib",
    "xmlrpc",
    "asyncio",
    "requests",
    "httpx",
    "aiohttp",
    "webbrowser",
    "socketserver",
}
SHELLS = {"os.system", "os.popen", "os.exec", "os.spawn", "os.posix_spawn", "subprocess.Popen", "subprocess.run"}
PACKAGE = [
    path
    for path in sorted(ROOT.rglob("*.py"))
    if path.relative_to(ROOT).parts[0]
    in {
        "analysis",
        "case",
        "commands",
        "normalizers",
        "parsers",
        "pipeline",
        "schemas",
        "sources",
        "writers",
        "cli.py",
        "__init__.py",
        "__main__.py",
    }
]

AUDITED = """
import sys
seen = []
WATCHED = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "urllib.", "ftplib.", "smtplib.", "http.", "webbrowser.", "pty.")
def hook(event, arguments):
    if event.startswith(WATCHED):
        seen.append(event)
sys.addaudithook(hook)
from m365timeline.cli import main
try:
    main()
finally:
    print("SEEN", sorted(set(seen)), file=sys.stderr)
    ours = sorted(name for name in sys.modules if name.startswith("m365timeline"))
    network = ("socket", "ssl", "http.client", "urllib.request")
    held = [name for name in ours for other in network if any(value is sys.modules.get(other) and value is not None for value in vars(sys.modules[name]).values())]
    print("HELD", held, file=sys.stderr)
"""


def _imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


@pytest.mark.parametrize("path", PACKAGE, ids=[str(path.relative_to(ROOT)) for path in PACKAGE])
def test_R24_no_module_imports_a_network_library(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for name in _imports(tree):
        assert not any(name == other or name.startswith(f"{other}.") for other in NETWORK), name
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
        ):
            assert not any(f"{node.func.value.id}.{node.func.attr}".startswith(name) for name in SHELLS)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"eval", "exec", "__import__", "compile"}


def test_R36_nothing_is_unpickled_or_evaluated():
    for path in PACKAGE:
        names = set(_imports(ast.parse(path.read_text(encoding="utf-8"))))
        text_only = {"yaml"} if path.name == "sigma_rules.py" else set()  # looks for aliases in it and builds nothing
        assert not (names - text_only) & {"pickle", "marshal", "shelve", "yaml", "code", "runpy"}, path


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (
            (
                "convert",
                "IN",
                "--map",
                "MAP",
                "--map",
                "JSON_MAP",
                "-o",
                "x.xlsx",
                "-o",
                "x.jsonl",
                "-o",
                "x.parquet",
                "-o",
                "x.csv",
                "--jobs",
                "1",
            ),
            0,
        ),
        (("identify", "IN"), 3),  # one table is read by a map only
        (("formats",), 0),
        (("schema",), 0),
    ],
    ids=["convert", "identify", "formats", "schema"],
)
def test_R24_no_call_for_a_network_or_a_program_in_a_run(arguments, code, tmp_path):
    words = [{"IN": str(SAMPLES), "MAP": str(MAPS[0]), "JSON_MAP": str(MAPS[1])}.get(word, word) for word in arguments]
    done = subprocess.run(
        [sys.executable, "-c", AUDITED, *words], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    assert "SEEN []" in done.stderr
    assert "HELD []" in done.stderr


def test_R24_the_hook_sees_what_it_looks_for():
    code = AUDITED.replace(
        "from m365timeline.cli import main",
        "def main():\n    import socket; socket.socket(); import subprocess; subprocess.run(['true'])",
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "socket.__new__" in done.stderr
    assert "subprocess.Popen" in done.stderr


def _without_network(*command, **options):
    return subprocess.run(
        ["unshare", "-rn", *map(str, command)], capture_output=True, text=True, check=False, **options
    )


def _can_unshare():
    return shutil.which("unshare") is not None and _without_network("true").returncode == 0


@pytest.mark.skipif(not _can_unshare(), reason="this machine does not let a user make an empty network namespace")
def test_R24_a_run_in_an_empty_network_namespace_is_the_same_run(tmp_path):
    made = []
    for name, call in (
        (
            "with",
            lambda *command, **options: subprocess.run(command, capture_output=True, text=True, check=False, **options),
        ),
        ("without", _without_network),
    ):
        folder = tmp_path / name
        folder.mkdir()
        done = call(
            sys.executable,
            "-m",
            "m365timeline",
            "convert",
            str(SAMPLES),
            "--map",
            str(MAPS[0]),
            "--map",
            str(MAPS[1]),
            "-o",
            "x.xlsx",
            "-o",
            "x.jsonl",
            "--jobs",
            "2",
            cwd=folder,
        )
        assert done.returncode == 0, done.stderr
        made.append(
            {
                path.name: hashlib.sha256(path.read_bytes()).hexdigest()
                for path in folder.iterdir()
                if "manifest" not in path.name
            }
        )
        assert json.loads((folder / "x.xlsx.manifest.json").read_text(encoding="utf-8"))["totals"]["timeline"] > 100
    assert made[0] == made[1]


@pytest.mark.skipif(shutil.which("strace") is None or not _can_unshare(), reason="strace is not installed")
def test_R24_no_system_call_of_the_network_family(tmp_path):
    done = subprocess.run(
        ["strace", "-f", "-qq", "-e", "trace=network", "-o", str(tmp_path / "calls"), sys.executable, "-m", "m365timeline", "convert", str(SAMPLES / "mailbox_audit_xml"), "-o", "x.xlsx", "--jobs", "1"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "ptrace" in done.stderr or not (tmp_path / "calls").exists():
        pytest.skip("this machine does not let a process be traced")
    assert done.returncode == 0, done.stderr
    calls = [line for line in (tmp_path / "calls").read_text().splitlines() if "+++" not in line and "---" not in line]
    assert calls == []
