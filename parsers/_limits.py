"""Limits that hold for every reader of records."""

# Bytes; a longer record is rejected with its place, never cut. The largest real ones have some hundred KiB.
MAX_RECORD = 8 << 20
TOO_LARGE = (
    f"This record takes more than {MAX_RECORD >> 20} MiB and was not read. No export writes such records: a quote, bracket, tag or "
    "line end is missing, or this is no export. Its bytes stand in the file at the offset given."
)
