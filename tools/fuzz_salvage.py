"""Fuzz the salvage of damaged AuditData: rows of the portal around any text.

See fuzz_kit.py for how to install Atheris and run this.
"""

from fuzz_kit import fuzz


def one_input(data: bytes) -> None:
    """The text stands in one quoted cell of one row."""
    from exports import purview_csv
    from mutations import check

    text = data.decode("utf-8", "replace").replace("\r", "").replace("\n", " ")
    found = check(purview_csv(['{"CreationTime":"2026-03-02T10:01:00","Id":"1","Operation":"x",' + text]))
    assert found is not None
    assert found[1] + found[2] >= 1, "a row is neither an event nor a reject"


if __name__ == "__main__":
    fuzz(
        one_input,
        "m365timeline.parsers._salvage",
        "m365timeline.parsers.unified_audit_csv",
        "m365timeline.normalizers.audit_data",
    )
