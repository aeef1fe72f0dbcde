"""Fuzz the reader of delimited text: every byte of a table belongs to one range, whatever follows a good header.

See fuzz_kit.py for how to install Atheris and run this.
"""

from fuzz_kit import fuzz

HEADERS = (
    b"RecordId,CreationDate,RecordType,Operation,UserId,AuditData\r\n",
    b'"Received","SenderAddress","RecipientAddress","Subject","Status"\r\n',
    b"",
)


def one_input(data: bytes) -> None:
    """The first byte chooses the header."""
    from mutations import check

    if data:
        check(HEADERS[data[0] % len(HEADERS)] + data[1:])


if __name__ == "__main__":
    fuzz(
        one_input, "m365timeline.parsers._csv", "m365timeline.parsers.unified_audit_csv", "m365timeline.pipeline.ranges"
    )
