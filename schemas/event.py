"""The event: one flat row for everything that was logged, whatever file it came in.

This module is the single source of field names, order, types and descriptions. The Parquet and CSV columns, the JSON
keys, ``m365timeline schema`` and docs/schema.md are all made from it.

Unknown stays ``None``: never an invented ``success``, never the epoch, never an empty text for an absent value.
"""

from typing import Annotated, Any, get_args, get_type_hints

import msgspec
from msgspec import Meta

CATEGORIES = (
    "mailbox_access", "message_read", "message_send", "message_delete", "message_modify", "rule", "forwarding",
    "permission", "role", "mail_flow_config", "audit_config", "oauth", "signin", "signin_failed", "directory_change",
    "file_access", "sharing", "search", "ediscovery", "mail_trace", "alert", "other",
)  # fmt: skip
OUTCOMES = ("success", "failure", "partial", "unknown")
SEVERITIES = ("high", "medium", "low", "info")
TIME_BASES = ("offset_stated", "utc_by_specification", "zone_given", "inferred", "ambiguous", "none")
TIME_MEANINGS = ("performed", "received", "recorded", "run")

Text = str | None
Whole = int | None
Flag = bool | None


class Change(msgspec.Struct, frozen=True):
    """One property before and after. ``old`` is ``None`` where the log does not say what stood before."""

    name: str
    old: str | None
    new: str | None


def _is(description: str) -> Meta:
    return Meta(description=description)


class Event(msgspec.Struct, kw_only=True):
    """One thing that was logged. Times are whole microseconds since 1970-01-01T00:00:00Z."""

    event_id: Annotated[
        Text,
        _is(
            "Stable id of the event: the same record gives the same id in every run, on every machine, in every wrapping."
        ),
    ] = None
    record_id: Annotated[Text, _is("The id the source itself gives the record (AuditData.Id), as written.")] = None
    source_type: Annotated[Text, _is("The export format the record was read from; see `m365timeline formats`.")] = None
    workload: Annotated[Text, _is("The service that logged it: Exchange, AzureActiveDirectory, SharePoint, ...")] = None
    record_type: Annotated[
        Text,
        _is("Record type of the unified audit log, number and name; a name Microsoft's sources dispute ends in '?'."),
    ] = None

    time: Annotated[Whole, _is("When, in UTC. Empty if the source does not say it or says it ambiguously.")] = None
    time_end: Annotated[Whole, _is("End of the window of an aggregated record, in UTC.")] = None
    time_raw: Annotated[Text, _is("The time exactly as written in the export.")] = None
    time_basis: Annotated[Text, _is("Why the time is UTC: " + ", ".join(TIME_BASES) + ".")] = None
    time_meaning: Annotated[Text, _is("What happened at that time: " + ", ".join(TIME_MEANINGS) + ".")] = None

    operation: Annotated[Text, _is("The operation exactly as logged.")] = None
    category: Annotated[Text, _is("What kind of thing it is: " + ", ".join(CATEGORIES) + ".")] = None
    severity: Annotated[Text, _is("How much it deserves a look (not guilt): " + ", ".join(SEVERITIES) + ".")] = None
    summary: Annotated[Text, _is("One plain English sentence.")] = None
    outcome: Annotated[Text, _is("Whether it worked, as far as the log says: " + ", ".join(OUTCOMES) + ".")] = None
    outcome_raw: Annotated[Text, _is("The outcome exactly as logged.")] = None
    error_code: Annotated[Text, _is("Error number as logged.")] = None
    error_text: Annotated[Text, _is("Error text as logged, or the documented meaning of the number.")] = None

    actor: Annotated[Text, _is("Who did it: the best human name the record holds.")] = None
    actor_id: Annotated[Text, _is("The actor's id: object id, PUID, SID or user key.")] = None
    actor_type: Annotated[
        Text,
        _is(
            "What the actor is: regular, admin, microsoft, system, application, service_principal, guest, partner, policy, agent, unknown."
        ),
    ] = None
    actor_is_owner: Annotated[
        Flag, _is("Whether the actor owns the mailbox acted on; empty if the record does not tell.")
    ] = None
    on_behalf_of: Annotated[Text, _is("For whom the actor acted.")] = None
    logon_type: Annotated[
        Text, _is("Owner, Admin, Delegate, Transport, SystemService, BestAccess, DelegatedAdmin, External.")
    ] = None
    external_access: Annotated[
        Flag, _is("True: done by Microsoft datacenter staff or service, or by a delegated administrator.")
    ] = None

    mailbox: Annotated[Text, _is("The mailbox acted on, by its owner's name.")] = None
    mailbox_id: Annotated[Text, _is("Id of that mailbox as logged.")] = None
    target: Annotated[Text, _is("The object acted on, where it is not a mailbox or more precise than it.")] = None
    target_type: Annotated[
        Text,
        _is(
            "What the target is: mailbox, rule, user, group, role, application, file, site, message, team, policy, ..."
        ),
    ] = None

    ip: Annotated[Text, _is("Address of the client, cleaned of port, brackets and ::ffff:.")] = None
    port: Annotated[Whole, _is("Port that stood with the address.")] = None
    ip_raw: Annotated[Text, _is("The address exactly as logged.")] = None
    client_app: Annotated[
        Text,
        _is("Kind of client in plain words: Outlook desktop, Outlook on the web, ActiveSync, EWS, REST, IMAP4, ..."),
    ] = None
    client_info: Annotated[Text, _is("Client text as logged.")] = None
    user_agent: Annotated[Text, _is("Browser or program text.")] = None
    app_id: Annotated[Text, _is("Application id of the client.")] = None
    app_name: Annotated[
        Text, _is("Name of that application, from the log or from the table of Microsoft's own applications.")
    ] = None
    device_id: Annotated[Text, _is("Device id.")] = None
    device_name: Annotated[Text, _is("Device name.")] = None
    device_os: Annotated[Text, _is("Operating system of the device.")] = None
    server: Annotated[Text, _is("Server that logged or handled it.")] = None
    country: Annotated[Text, _is("Country of the address, only if the log or a local database says so.")] = None
    asn: Annotated[Whole, _is("Autonomous system number, only if the log or a local database says so.")] = None
    as_org: Annotated[Text, _is("Owner of the network, only if the log or a local database says so.")] = None

    session_id: Annotated[Text, _is("Session id, lower case, without braces.")] = None
    token_id: Annotated[Text, _is("Unique token id.")] = None
    correlation_id: Annotated[Text, _is("Correlation or request id.")] = None

    folder: Annotated[Text, _is("Mail folder or site path acted in.")] = None
    dest_folder: Annotated[Text, _is("Where it was moved or copied to.")] = None
    message_ids: Annotated[list[str] | None, _is("Internet message ids, without angle brackets.")] = None
    subject: Annotated[Text, _is("Subject of the message or messages.")] = None
    sender: Annotated[Text, _is("Sender of the message.")] = None
    recipients: Annotated[list[str] | None, _is("Recipients of the message.")] = None
    direction: Annotated[Text, _is("incoming, outgoing, or as logged.")] = None
    delivery_status: Annotated[Text, _is("What became of the message, as logged.")] = None
    network_message_id: Annotated[
        Text, _is("Network message id (= MessageTraceId), lower case: the key that joins message-trace reports.")
    ] = None
    size_bytes: Annotated[Whole, _is("Size in bytes.")] = None
    access_type: Annotated[
        Text, _is("bind: these messages were opened; sync: the whole folder was copied to a client.")
    ] = None
    throttled: Annotated[
        Flag, _is("True: logging of mail access stopped for up to 24 hours; nothing can be ruled out.")
    ] = None
    item_count: Annotated[Whole, _is("How many items the record speaks of.")] = None

    changes: Annotated[list[Change] | None, _is("What changed: name, old value, new value.")] = None
    command: Annotated[
        Text, _is("The cmdlet as it could be run again (for reading; cut or masked values stay as logged).")
    ] = None

    tenant_id: Annotated[Text, _is("Tenant id.")] = None
    tenant: Annotated[Text, _is("Tenant name.")] = None
    source_file: Annotated[
        Text, _is("File the record was read from, with the chain of archives: outer.zip!inner.csv.")
    ] = None
    source_sha256: Annotated[Text, _is("SHA-256 of the very bytes that were parsed.")] = None
    record_number: Annotated[Whole, _is("Number of the record in its file, from 1.")] = None
    line: Annotated[Whole, _is("Physical line at which the record begins, from 1.")] = None
    offset: Annotated[Whole, _is("Byte offset of the record in its file.")] = None
    length: Annotated[Whole, _is("Length of the record in bytes.")] = None
    duplicates: Annotated[Whole, _is("How many identical copies were folded into this row.")] = None
    also_in: Annotated[list[str] | None, _is("Where the folded copies stand: file#record.")] = None
    quality: Annotated[
        list[str] | None,
        _is(
            "What limits this row: wrapper_only, salvaged, details_lost, ambiguous_time, truncated_value, conflicting_duplicate, ..."
        ),
    ] = None
    extra: Annotated[Text, _is("JSON of every source field that has no column of its own.")] = None
    raw: Annotated[
        Text,
        _is("The record as it stood in the file. Of a record that gives very many events, in the first of them only."),
    ] = None

    # Not published: what the case store needs to settle times and duplicates.
    time_day_first: Whole = None  # the other reading of a date whose day/month order the file has yet to prove
    content: bytes | None = None  # hash of the canonical content
    part: int = 0  # which event of its record, from 0


PUBLISHED = tuple(name for name in Event.__struct_fields__ if name not in {"time_day_first", "content", "part"})
TIME_FIELDS = frozenset({"time", "time_end"})
LIST_FIELDS = frozenset({"message_ids", "recipients", "also_in", "quality"})

GROUPS = {
    "event_id": "identity",
    "time": "time",
    "operation": "what",
    "actor": "who",
    "mailbox": "on what",
    "ip": "from where",
    "session_id": "session",
    "folder": "mail",
    "changes": "change",
    "tenant_id": "evidence",
}  # fmt: skip  (the first field of each group)


def field_rows() -> list[dict[str, str]]:
    """Describe the published fields in order: rows of name, type, group and description."""
    hints: dict[str, Any] = get_type_hints(Event, include_extras=True)
    rows, group = [], ""
    for name in PUBLISHED:
        group = GROUPS.get(name, group)
        shape, meta = get_args(hints[name])
        rows.append(
            {"name": name, "type": _type_word(name, shape), "group": group, "description": str(meta.description)}
        )
    return rows


def _type_word(name: str, shape: Any) -> str:
    if name in TIME_FIELDS:
        return "timestamp (UTC, µs)"
    inner = next(part for part in get_args(shape) if part is not type(None))
    words = {
        str: "text",
        int: "integer",
        bool: "boolean",
        list[str]: "list of text",
        list[Change]: "list of {name, old, new}",
    }
    return words[inner]


def json_schema() -> dict[str, Any]:
    """JSON Schema of one line of the JSONL output, where fields without a value are left out."""
    kinds: dict[str, Any] = {
        "text": {"type": "string"},
        "integer": {"type": "integer"},
        "boolean": {"type": "boolean"},
        "timestamp (UTC, µs)": {"type": "string", "format": "date-time"},
        "list of text": {"type": "array", "items": {"type": "string"}},
        "list of {name, old, new}": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {name: {"type": ["string", "null"]} for name in ("name", "old", "new")},
                "required": ["name"],
            },
        },
    }
    closed = {
        "category": CATEGORIES,
        "severity": SEVERITIES,
        "outcome": OUTCOMES,
        "time_basis": TIME_BASES,
        "time_meaning": TIME_MEANINGS,
    }
    properties: dict[str, Any] = {}
    for row in field_rows():
        shape = {"type": "object"} if row["name"] == "extra" else dict(kinds[row["type"]])
        if row["name"] in closed:
            shape["enum"] = list(closed[row["name"]])
        properties[row["name"]] = {**shape, "description": row["description"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "m365timeline event",
        "type": "object",
        "properties": properties,
        "required": [
            "event_id",
            "source_type",
            "category",
            "summary",
            "source_file",
            "source_sha256",
            "record_number",
            "raw",
        ],
        "additionalProperties": False,
    }
