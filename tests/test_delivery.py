"""A client's whole delivery: 200 mixed files in nested folders, zips and mails, converted in one command and answered one by one."""

import email.message
import io
import json
import re
import zipfile
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

OWN = Path(__file__).resolve().parents[1] / "sample_exports"
SAMPLES = sorted(path for path in OWN.rglob("*") if path.is_file() and path.suffix not in {".md", ".toml"})
SMALL = [path for path in SAMPLES if path.stat().st_size < 60_000 and not path.parent.name.startswith("mapped_")]
NOT_EXPORTS = {
    "readme.txt": b"Please find our exports attached. Kind regards.\n",
    "logo.png": b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
    "policy.pdf": b"%PDF-1.7\n",
    "empty.csv": b"",
}
UNKNOWN = {
    "inventory.csv": b"Asset,Room,Floor,Owner,Bought\r\n1,2,3,4,5\r\n",
    "config.json": b'{"colour": "blue", "size": 3}',
}


def zipped(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name, (2026, 3, 20, 9, 0, 0)), data)
    return stream.getvalue()


def mailed(files):
    mail = email.message.EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "helpdesk@alderbrook.example", "ir@example.net", "exports"
    mail["Date"] = "Fri, 20 Mar 2026 09:00:00 +0100"
    mail.set_content("as asked")
    for name, data in files:
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def share(number):
    """The next samples for a container, each under a name of its own, so that copies are told from their originals."""
    chosen = [SMALL[(number * 5 + step) % len(SMALL)] for step in range(5)]
    return [(f"{path.parent.name}_{number}_{step}{path.suffix}", path.read_bytes()) for step, path in enumerate(chosen)]


@pytest.fixture(scope="module")
def delivery(tmp_path_factory):
    """Folders in folders, archives in archives, mails with archives: at least 200 files all told. Returns (folder, how many)."""
    root = tmp_path_factory.mktemp("delivery") / "DELIVERY"
    count = 0
    for number in range(20):
        folder = root / f"site {number % 4}" / f"batch_{number}"
        folder.mkdir(parents=True)
        for name, data in share(number):
            (folder / name).write_bytes(data)
        count += 5
    for number in range(20, 30):
        (root / f"archive_{number}.zip").write_bytes(
            zipped([("logs/nested.zip", zipped(share(number))), *share(number + 20)])
        )
        count += 10
    (root / "mail").mkdir()
    for number in range(30, 32):
        (root / "mail" / f"export_{number}.eml").write_bytes(
            mailed([*share(number), ("more.zip", zipped(share(number + 40)))])
        )
        count += 10
    for name, data in {**NOT_EXPORTS, **UNKNOWN}.items():
        (root / name).write_bytes(data)
        count += 1
    return root, count


def test_a_delivery_of_200_files_is_one_command_and_every_file_is_answered(run, tmp_path, delivery):
    root, count = delivery
    assert count > 200
    done = run(
        "convert", root, "-o", "case.xlsx", "--source-timezone", "Europe/Berlin", "--date-order", "dmy", timeout=900
    )
    assert done.returncode == 3, done.stderr  # two files nobody knows
    manifest = json.loads((tmp_path / "case.xlsx.manifest.json").read_bytes())
    inputs = {item["path"]: item for item in manifest["inputs"]}
    answered = [item for path, item in inputs.items() if not path.endswith((".zip", ".eml"))]
    assert len(answered) >= count
    assert Counter(item["status"] for item in answered)["unread"] == len(UNKNOWN)
    for path, item in inputs.items():
        name = next(
            part for part in reversed(re.split("[!/]", path)) if "." in part
        )  # a sheet is named by its workbook
        if name in NOT_EXPORTS:
            assert item["status"] == "skipped", path
            assert item["warnings"], path
        elif name in UNKNOWN:
            assert item["status"] == "unread", path
            assert "no parser knows" in item["warnings"][0], path
        elif item["status"] in {"read", "empty"}:
            assert name.startswith(f"{item['format']}_"), path
            assert item["records"] == item["converted"] + item["rejected"]
            assert sum(item["bytes_by_kind"].values()) == item["bytes"]
    totals = manifest["totals"]
    assert totals["events"] == totals["timeline"] + totals["duplicates"] + totals["out_of_scope"]
    sheet = openpyxl.load_workbook(tmp_path / "case.xlsx", read_only=True)["Sources"]
    listed = {row[0]: row[1] for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert listed == {path: item["status"] for path, item in inputs.items()}
