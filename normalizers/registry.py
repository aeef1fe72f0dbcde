"""Which normalizer understands which kind of record, and what every event gets whatever its kind."""

from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from importlib import import_module
from typing import cast

import msgspec

from m365timeline.normalizers.context import Context, Normalizer
from m365timeline.normalizers.long_values import LARGE, shorten
from m365timeline.schemas.event import Event
from m365timeline.schemas.record import Record

_SAYS = (
    "actor", "actor_id", "mailbox", "mailbox_id", "target", "folder", "sender", "recipients", "subject", "message_ids", "network_message_id", "ip_raw",
    "user_agent", "session_id", "app_id", "app_name", "correlation_id", "outcome_raw", "error_code",
)  # fmt: skip
_MOST_REPEATED = 1 << 20  # characters that the events of one record repeat of it
_LONG = 4096
_encoder = msgspec.json.Encoder(order="sorted")


KINDS = (
    "audit_data",
    "mailbox_audit",
    "admin_audit",
    "message_trace",
    "message_trace_detail",
    "message_tracking",
    "entra_signin",
    "entra_auth_step",
    "entra_audit",
    "entra_risk",
    "entra_other",
    "cloud_app_activity",
    "sharepoint_audit",
    "mapped",
    "email_event",
    "email_action",
    "email_content",
    "url_click",
    "identity_logon",
    "submission",
    "activity_explorer",
    "defender_report",
    "quarantine",
    "dlp_report",
)


@cache
def normalizer_for(kind: str) -> Normalizer:
    """The normalizer of a kind of record, imported late: a run needs one or two. Raises KeyError for an unknown kind."""
    if kind not in KINDS:
        raise KeyError(kind)
    return cast("Normalizer", import_module(f"m365timeline.normalizers.{kind}").normalize)


def events_of(records: list[Record], context: Context) -> list[list[Event]]:
    """The events of each record; of AuditData, which there is most of, all records are read together."""
    if all(record.kind == "audit_data" for record in records):
        return _together()(records, context)
    return [normalizer_for(record.kind)(record, context) for record in records]


@cache
def _together() -> Callable[[list[Record], Context], list[list[Event]]]:
    from m365timeline.normalizers.audit_data import normalize_all

    return normalize_all


def complete(events: list[Event], record: Record, context: Context) -> None:
    """Fill what every event has: where it stands, its ids, its flags.

    ``event_id`` is a hash of family and record id, else of family and canonical content; ``content`` a hash of the
    canonical content, by which exact copies are told from records that only share an id.
    """
    canonical = record.canonical if record.canonical is not None else _encoder.encode(record.fields)
    whole = blake2b(canonical, digest_size=16)  # once a record: a trace summary row gives thousands of events
    digest = whole.digest()
    family, flags = context.family.encode() + b"\0", record.quality
    for part, event in enumerate(events):
        suffix = b""
        if part:
            suffix = b"#%d" % part
            content = whole.copy()
            content.update(suffix)
            digest = content.digest()
        own = (event.record_id or "").strip().casefold()
        event.event_id = blake2b(family + (own.encode() or digest) + suffix, digest_size=12).hexdigest()
        event.content, event.part, event.source_type = digest, part, context.source_type
        event.record_number, event.line = record.number, record.line
        event.offset, event.length, event.raw = record.offset, record.length, record.raw
        if flags:
            event.quality = [*flags, *(event.quality or [])]
        if event.time is None and event.time_raw and event.time_basis == "none":
            event.quality = [*(event.quality or []), "unreadable_time"]
    if len(record.raw) > LARGE:
        shorten(events)
    if len(events) > 1 and len(record.raw) * len(events) > _MOST_REPEATED:
        _tell_once(events)


def is_hollow(events: list[Event]) -> bool:
    """Whether the events of a record say nothing at all: no time, no act, nobody and nothing it was done to."""
    for event in events:
        if event.operation or event.time_raw or event.record_id or any(getattr(event, name) for name in _SAYS):
            return False
    return True


def _tell_once(events: list[Event]) -> None:
    """Leave what thousands of events would repeat to the first of them: the record itself and its long values."""
    first = events[0]
    long = [name for name in Event.__struct_fields__ if type(text := getattr(first, name)) is str and len(text) > _LONG]
    for event in events[1:]:
        event.raw = None
        for name in long:
            if getattr(event, name) == getattr(first, name):
                setattr(event, name, None)
        event.quality = [*(event.quality or []), "raw_in_first_event"]
