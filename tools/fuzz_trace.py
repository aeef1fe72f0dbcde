"""Fuzz the small languages inside message traces: recipient_status, custom_data, the MEP elements of Data.

See fuzz_kit.py for how to install Atheris and run this.
"""

from fuzz_kit import fuzz


def one_input(data: bytes) -> None:
    """Nothing raises, and no address is lost."""
    from m365timeline.normalizers.trace_properties import read_properties
    from m365timeline.normalizers.transport import decode_custom_data, split_recipient_status

    text = data.decode("utf-8", "surrogateescape")
    decode_custom_data(text)
    for address, statuses in split_recipient_status(text):
        assert address is None or address.strip() == address
        assert all(statuses)
    found = read_properties(text)
    assert found is None or "<!" not in text.partition(">")[0]


if __name__ == "__main__":
    fuzz(one_input, "m365timeline.normalizers.transport", "m365timeline.normalizers.trace_properties")
