"""What the service logs that this version has no words for: counted for each source, so that its moving on is seen.

A log of the cloud grows by operations, record types, members and columns every few months. None of them is lost; this says which they are.
"""

from functools import cache, lru_cache

from m365timeline.normalizers.audit_data.operations import key_of
from m365timeline.normalizers.context import Context
from m365timeline.schemas.event import Event
from m365timeline.schemas.known_columns import unknown_among
from m365timeline.schemas.record import Record
from m365timeline.schemas.reference import rows

_KINDS = frozenset({"audit_data", "mailbox_audit", "entra_audit"})
_OF_ENTRA = frozenset({"entra_signin", "entra_audit"})
_MOST = 500  # different names kept for one part of a source
_OTHERWISE_KNOWN = frozenset({  # told by the module of their workload, without a row of their own
    "userloggedin", "userloginfailed", "mailitemsaccessed", "updateinboxrules", "alerttriggered", "alertentitygenerated", "alertupdated",
    "dlprulematch", "dlpruleundo", "dlpinfo", "foreignrealmindexlogoninitialauthusingadfsfederatedtoken",
    "passwordlogoninitialauthusingpassword", "passwordlogoninitialauthusingadfsfederatedtoken", "passwordlogoncookiecopyusingdatoken",
})  # fmt: skip


def note_unknown(record: Record, events: list[Event], context: Context) -> None:
    """Count operations without words, record types without a name and members no table has."""
    if record.kind == "audit_data" and record.data is not None:
        for name in record.new_members:
            _count(f"member {name}", context)
    if not context.told_by_header and (context.family != "entra" or record.kind in _OF_ENTRA):
        inner = record.fields.get("properties") if context.family == "entra" else None
        _note_members(context.family, tuple(inner if isinstance(inner, dict) else record.fields), context)
    if record.kind not in _KINDS:
        return
    for event in events:
        if event.operation and not has_words(event.operation):
            _count(f"operation {event.operation.strip()[:80]}", context)
        if event.record_type is not None and event.record_type.isdigit():
            _count(f"record type {event.record_type}", context)


def _note_members(family: str, names: tuple[str, ...], context: Context) -> None:
    for name in unknown_among(family, names):
        _count(f"member {name}", context)


def _count(name: str, context: Context) -> None:
    if name in context.unknown or len(context.unknown) < _MOST:
        context.unknown[name] = context.unknown.get(name, 0) + 1


@lru_cache(maxsize=8192)
def has_words(operation: str) -> bool:
    """Whether a table tells what the operation is. A cmdlet (``Verb-Noun``) is told by its name."""
    key = key_of(operation)
    verb, dash, noun = operation.strip().partition("-")
    return key in _known() or key in _OTHERWISE_KNOWN or bool(dash and verb.isalpha() and noun.isalnum())


@cache
def _known() -> frozenset[str]:
    return frozenset(key_of(row["operation"]) for table in ("operations", "mailbox_operations") for row in rows(table))
