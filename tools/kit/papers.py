"""What a kit says of its parts: the bill of materials (CycloneDX) and everyone's licence texts, read from the wheels."""

import email.message
import hashlib
import uuid
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

_LICENCE_WORDS = ("licen", "copying", "notice", "copyright", "authors")


def bill_of_materials(wheels: Iterable[Path], own: Path, moment: int) -> str:
    """A CycloneDX 1.6 document of all wheels; its serial number follows from their hashes, its time is the commit's."""
    bom = Bom()
    digest = hashlib.sha256()
    for wheel in sorted(wheels):
        content = hashlib.sha256(wheel.read_bytes()).hexdigest()
        digest.update(f"{wheel.name} {content}\n".encode())
        component = _component(wheel, content)
        if wheel == own:
            component.type = ComponentType.APPLICATION
            bom.metadata.component = component
        else:
            bom.components.add(component)
    bom.register_dependency(bom.metadata.component, bom.components)
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_URL, digest.hexdigest())
    bom.metadata.timestamp = datetime.fromtimestamp(moment, UTC)
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _component(wheel: Path, content: str) -> Component:
    facts = metadata_of(wheel)
    name, version = str(facts["Name"]), str(facts["Version"])
    licence = facts.get("License-Expression") or facts.get("License") or ""
    words = licence.strip().splitlines()[0][:80] if licence.strip() else "see licenses/"
    return Component(
        type=ComponentType.LIBRARY, name=name, version=version, bom_ref=wheel.name, description=facts.get("Summary"),
        purl=PackageURL("pypi", None, name.lower(), version, {"file_name": wheel.name}),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=content)], licenses=[DisjunctiveLicense(name=words)],
    )  # fmt: skip


def metadata_of(wheel: Path) -> email.message.Message:
    """The METADATA of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (item for item in archive.namelist() if item.endswith(".dist-info/METADATA") and item.count("/") == 1)
        return email.message_from_bytes(archive.read(name))


def licence_texts(wheels: Iterable[Path]) -> dict[str, bytes]:
    """Licence files of all wheels, by ``name-version/path``; a wheel without one gives the licence its metadata names."""
    found: dict[str, bytes] = {}
    for wheel in sorted(wheels):
        folder = "-".join(wheel.name.split("-")[:2])
        with zipfile.ZipFile(wheel) as archive:
            names = [
                name for name in archive.namelist()
                if ".dist-info/" in name and any(word in name.rpartition("/")[2].lower() for word in _LICENCE_WORDS)
            ]  # fmt: skip
            for name in names:
                found[f"{folder}/{name.partition('.dist-info/')[2].removeprefix('licenses/')}"] = archive.read(name)
        if not names:
            facts = metadata_of(wheel)
            said = facts.get("License-Expression") or facts.get("License") or "; ".join(
                line for line in facts.get_all("Classifier", []) if line.startswith("License")
            )  # fmt: skip
            found[f"{folder}/LICENSE-as-named-in-METADATA.txt"] = f"{said or 'not named'}\n".encode()
    return found
