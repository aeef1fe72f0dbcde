"""The way of one message, as it stands in the workbook."""

import msgspec


class MessageJourney(msgspec.Struct, kw_only=True):
    """All trace events of one network message id, folded. Times in microseconds UTC."""

    network_message_id: str
    first: int | None
    last: int | None
    sender: str | None
    recipients: list[str]
    subject: str | None
    message_id: str | None
    sentence: str
    events: int
    sources: list[str]
