"""The columns of the Timeline sheet, in the order an investigator reads them."""

from functools import reduce
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from m365timeline.schemas.event import PUBLISHED
from m365timeline.schemas.notes import Notes
from m365timeline.writers.xlsx.grid import Column
from m365timeline.writers.xlsx.moments import Zone, exact, moments

TAGS = ("Relevant", "Follow up", "Benign", "Reviewed", "Exclude")
REST = "whole in the JSONL/Parquet output under this event id"


def timeline_columns(zone: str | None, notes: Notes | None = None) -> tuple[Column, ...]:
    """The columns; the time in the case zone only where a zone was given. ``notes`` fill the analyst's own columns."""
    own = {} if notes is None else {"Tag": _kept(notes.tags), "Note": _kept(notes.notes)}
    rest = tuple(
        msgspec.structs.replace(column, values=own.get(column.title, column.values)) for column in _REST_OF_COLUMNS
    )
    if zone is None:
        return (_TIME, *rest)
    found = Zone(zone)
    local = Column(
        title=f"Time ({zone})", kind="date", fields=("time",), values=lambda batch: moments(batch.column("time"), found),
        about=f"The same instant on the clocks of {zone}, daylight saving time included. The zone given for the case.",
    )  # fmt: skip
    return (_TIME, local, *rest)


def severities(batch: Any) -> Any:
    """What the style of a row follows from."""
    return batch.column("severity")


def _kept(texts: dict[str, str]) -> Any:
    """What was written beside each event, by its id."""
    keys, values = pa.array(texts.keys(), pa.string()), pa.array(texts.values(), pa.string())
    return lambda batch: values.take(pc.index_in(batch.column("event_id"), keys))


def _field(name: str) -> Any:
    return lambda batch: batch.column(name)


def _first(*names: str) -> Any:
    return lambda batch: pc.coalesce(*(batch.column(name) for name in names))


def _nothing(batch: Any) -> Any:
    return pa.nulls(batch.num_rows, pa.string())


def _joined(*parts: Any, between: str = " | ") -> Any:
    """The parts that are there, joined; absent if none is."""
    there = [part for part in parts if part.null_count < len(part)]
    if not there:
        return parts[0]
    return reduce(
        lambda left, right: pc.coalesce(pc.binary_join_element_wise(left, right, between), left, right), there
    )


def _listed(values: Any, between: str = " | ") -> Any:
    if values.null_count == len(values):
        return pa.nulls(len(values), pa.string())
    text = pc.binary_join(values, between)
    return pc.if_else(pc.equal(text, ""), None, text)


def _mailbox(batch: Any) -> Any:
    mailbox, target = batch.column("mailbox"), batch.column("target")
    return _joined(mailbox, pc.if_else(pc.fill_null(pc.equal(mailbox, target), fill_value=False), None, target))


def _subject(batch: Any) -> Any:
    folders = _joined(batch.column("folder"), batch.column("dest_folder"), between=" → ")
    return _joined(batch.column("subject"), folders)


def _result(batch: Any) -> Any:
    more = pc.coalesce(batch.column("delivery_status"), batch.column("error_code"))
    return _joined(batch.column("outcome"), more, between=" · ")


def _organisation(batch: Any) -> Any:
    number = batch.column("asn")
    return _joined(pc.binary_join_element_wise("AS", number.cast(pa.string()), ""), batch.column("as_org"), between=" ")


def _copies(batch: Any) -> Any:
    copies = batch.column("duplicates")
    return pc.if_else(pc.equal(copies, 0), None, copies)


def _changes(values: Any) -> Any:
    """``name: old → new; …``; a property whose old value the log does not give is ``name: new``."""
    if values.null_count == len(values):
        return pa.nulls(len(values), pa.string())
    every = values.values
    name, old, new = (pc.struct_field(every, part) for part in ("name", "old", "new"))
    before = pc.fill_null(pc.binary_join_element_wise(": ", old, " →", ""), "")
    after = pc.fill_null(pc.binary_join_element_wise(pc.if_else(pc.is_valid(old), " ", ": "), new, ""), "")
    texts = pc.binary_join_element_wise(pc.fill_null(name, "?"), before, after, "")
    joined = pc.binary_join(pa.ListArray.from_arrays(values.offsets, texts), "; ")
    return pc.if_else(pc.and_(pc.is_valid(values), pc.not_equal(joined, "")), joined, None)


def _details(batch: Any) -> Any:
    said = pc.coalesce(_changes(batch.column("changes")), batch.column("command"))
    time, written = batch.column("time"), batch.column("time_raw")
    unplaced = _nothing(batch)
    if time.null_count:
        unplaced = pc.if_else(pc.is_null(time), pc.binary_join_element_wise("time as written: ", written, ""), None)
    precise = pc.binary_join_element_wise("exact time: ", exact(time), "")
    flags = _listed(batch.column("quality"), ", ")
    limits = pc.binary_join_element_wise("limits of this row: ", flags, "") if flags.null_count < len(flags) else flags
    return _joined(said, batch.column("error_text"), precise, unplaced, limits)


_TIME = Column(
    title="Time (UTC)", kind="date", fields=("time",), values=lambda batch: moments(batch.column("time")),
    about="When, in UTC, as a real Excel date without zone; finer than a millisecond, its exact text stands in Details. Before 1900-03-01 or after 9999 it is ISO text. Empty: the source does not say when, or says it ambiguously; such rows stand at the end, the time as written in Details.",
)  # fmt: skip

_REST_OF_COLUMNS = (
    Column(title="Severity", fields=("severity",), values=_field("severity")),
    Column(title="Tag", values=_nothing, narrowest=13, choices=TAGS, about="Yours: choose from the list or write what you like."),
    Column(title="Who", fields=("actor", "actor_id"), values=_first("actor", "actor_id"), widest=30, about="Who did it: the best human name the record holds, else the actor's id."),
    Column(title="What", fields=("summary",), values=_field("summary"), widest=60, about="What happened, in one plain sentence that claims nothing more than the log says."),
    Column(title="Category", fields=("category",), values=_field("category")),
    Column(title="Operation", fields=("operation",), values=_field("operation"), widest=30),
    Column(title="Mailbox / target", fields=("mailbox", "target"), values=_mailbox, widest=36, about="The mailbox acted on, by its owner's name, and what else was acted on."),
    Column(title="Subject / object", fields=("subject", "folder", "dest_folder"), values=_subject, widest=44, about="Subject of the message, and the folder or path (from → to)."),
    Column(title="Result", fields=("outcome", "delivery_status", "error_code"), values=_result, widest=24, about="Whether it worked, as far as the log says, with the delivery status or error number."),
    Column(title="IP", fields=("ip",), values=_field("ip"), widest=26),
    Column(title="Country", fields=("country",), values=_field("country"), widest=18),
    Column(title="Organisation", fields=("asn", "as_org"), values=_organisation, widest=30, about="Owner and number of the network, only if the log or a local database says so."),
    Column(title="Client", fields=("client_app", "app_name"), values=_first("client_app", "app_name"), widest=28, about="The program used, else the name of the application."),
    Column(title="User agent", fields=("user_agent", "client_info"), values=_first("user_agent", "client_info"), widest=36, about="What the program said of itself, as logged."),
    Column(title="Session", fields=("session_id",), values=_field("session_id"), widest=38),
    Column(title="Logon type", fields=("logon_type",), values=_field("logon_type")),
    Column(title="Message-ID", fields=("message_ids",), values=lambda batch: _listed(batch.column("message_ids")), widest=44),
    Column(
        title="Details (old → new)", kind="wrapped", fields=("changes", "command", "error_text", "time_raw", "quality"), values=_details, widest=60,
        about="What changed (name: old → new; without the old value where the log does not give it), else the command; then the error, the exact time where it is finer than a millisecond, the time as written where it could not be placed, and what limits the row.",
    ),
    Column(title="Source type", fields=("source_type",), values=_field("source_type"), widest=26),
    Column(title="Source file", fields=("source_file",), values=_field("source_file"), widest=44),
    Column(title="Record", kind="number", fields=("record_number",), values=_field("record_number")),
    Column(title="Record id", fields=("record_id",), values=_field("record_id"), widest=40),
    Column(title="Event id", fields=("event_id",), values=_field("event_id"), widest=36),
    Column(title="Copies", kind="number", fields=("duplicates",), values=_copies, about="How many identical copies were folded into this row; empty if there was none."),
    Column(title="Note", values=_nothing, narrowest=40, about="Yours."),
)  # fmt: skip

COLUMNS = tuple(name for name in PUBLISHED if any(name in column.fields for column in (_TIME, *_REST_OF_COLUMNS)))
