"""AuditData and what it comes wrapped in: shared by all formats of the unified audit log.

Every tool puts the same object into a wrapper of its own: columns around it, an envelope of a log collector, a text inside
a text. What is found here is always the object and, beside it, the wrapper's own values under lower-cased names.
"""

import csv
import io
import json
from typing import Any

from m365timeline.parsers._json import Decoded, decode_object, storable, too_deep
from m365timeline.parsers._salvage import Salvaged, salvage
from m365timeline.parsers._slices import Slice
from m365timeline.parsers._spill import CELL, units
from m365timeline.schemas.record import Code, Issue, Record

_CELL = range(32_759, 32_768)  # characters: what an Excel cell holds, down to where tools cut to stay below it
_SAYS_WHAT = ("operation", "operations", "action", "activity", "actiontype")
_HOLDERS = ("AuditData", "auditData", "RawEventData")  # members that hold the object, or its text
# What log collectors put around it; `properties` only as streamed by Defender, `data` only as Wazuh writes it.
_ENVELOPES = ("office365", "o365audit", "result", "_source", "properties", "data", "event", "original", "event.original", "message", "_raw", "value", "o365")  # fmt: skip
_DEEPEST = 6
_NO_RECORD = "The object holds no AuditData and no operation: nothing says what was done."
_REASONS = {
    Code.NO_CONTENT: "The row holds no AuditData and no operation: nothing says what was done.",
    Code.NESTED_TOO_DEEP: "AuditData is nested more than 200 levels deep, as no real record is, and no other column says what was done.",
    Code.BROKEN_JSON: "AuditData is not a readable JSON object and no other column says what was done. Ask for this record again, as JSON if possible.",
}


def is_audit_data(data: dict[str, Any]) -> bool:
    """Whether an object is AuditData itself (Sentinel's rows have the same names and two of their own)."""
    if "Operation" not in data or "OfficeWorkload" in data or "TimeGenerated" in data:
        return False
    return ("CreationTime" in data or "Id" in data) and (
        "Workload" in data or "RecordType" in data or "OrganizationId" in data
    )


def unwrap(data: dict[str, Any], depth: int = 0) -> tuple[dict[str, Any], Any, tuple[str, ...]] | None:
    """Find AuditData in an object: (the wrapper's values, the object or its text, the names that lead to it); ``None`` if it holds none."""
    if is_audit_data(data):
        return {}, data, ()
    for name in _HOLDERS:
        if name in data:
            return {key: value for key, value in data.items() if key != name}, data[name], (name,)
    for name in _ENVELOPES if depth < _DEEPEST else ():
        inner = data.get(name)
        if isinstance(inner, str) and inner.lstrip().startswith("{"):
            decoded = decode_object(inner)
            inner = decoded.data if decoded else None
        if isinstance(inner, dict) and (found := unwrap(inner, depth + 1)) is not None:
            outer = {key: value for key, value in data.items() if key != name}
            return {**outer, **found[0]}, found[1], (name, *found[2])
    return None


def wrapper_fields(values: dict[str, Any]) -> dict[str, Any]:
    """The wrapper's values under lower-cased names, as texts where they are plain; Graph's names say what they mean.

    Graph's ``userId`` is the user key and its ``userPrincipalName`` the user; that it is so was seen in every live record.
    """
    fields: dict[str, Any] = {}
    for name, value in values.items():
        if value is None or value in ("", [], {}, [""]) or "@odata." in name:
            continue
        key = name.casefold()
        fields[key if key not in fields else name] = (
            value if isinstance(value, (str, dict, list)) else json.dumps(value)
        )
    if "auditlogrecordtype" in fields:
        for graph, plain in (
            ("userid", "userkey"),
            ("userprincipalname", "userid"),
            ("auditlogrecordtype", "recordtype"),
            ("id", "recordid"),
        ):
            if graph in fields:
                fields[plain] = fields.pop(graph)
    return fields


def audit_record(fields: dict[str, Any], value: Any, place: Slice, number: int, quality: list[str]) -> Record | Issue:
    """The record of AuditData given as object or as text; without readable AuditData it keeps what the wrapper says."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        value = value[0]
    text = value if isinstance(value, str) else json.dumps(value) if value and not isinstance(value, dict) else ""
    decoded: Decoded | Salvaged | None
    decoded = _plain_lists(value) if isinstance(value, dict) else decode_object(text) if text else None
    if decoded is not None and _says_nothing(decoded.data) and any(fields.get(key) for key in _SAYS_WHAT):
        if decoded.data:
            fields["auditdata"] = text or decoded.data
        return _record(fields, None, place, number, [*quality, "wrapper_only"])
    if decoded is not None and "actiontype" in fields and not is_audit_data(decoded.data):
        fields["raweventdata"] = decoded.data  # of a service whose records are not those of the unified audit log
        return _record(fields, None, place, number, quality)
    if decoded is None:
        decoded, text, flags = _read_damaged(text, str(fields.get("_raw", "")))
        quality = quality + flags
        if text and decoded is None:
            fields["auditdata"] = text
        known = decoded is not None and isinstance(decoded.data.get("Operation"), str)
        if not known and not any(fields.get(key) for key in _SAYS_WHAT):
            return reject(
                place,
                number,
                Code.NO_CONTENT if not text.strip() else Code.NESTED_TOO_DEEP if too_deep(text) else Code.BROKEN_JSON,
            )
    return _record(fields, decoded, place, number, quality)


def _says_nothing(data: dict[str, Any]) -> bool:
    """Whether an object names neither itself nor what was done: then the columns around it are all there is to tell records apart."""
    operation, own = data.get("Operation"), data.get("Id")
    return not (isinstance(operation, str) and operation.strip()) and not (isinstance(own, str) and own.strip())


def _record(
    fields: dict[str, Any], decoded: Decoded | Salvaged | None, place: Slice, number: int, quality: list[str]
) -> Record:
    return Record(
        kind="audit_data",
        fields=fields,
        data=decoded.data if decoded else None,
        canonical=decoded.canonical if decoded else None,
        number=number,
        line=place.line,
        offset=place.offset,
        length=place.length,
        raw=place.text,
        quality=quality + (decoded.flags if decoded else []),
        salvage=decoded.told if isinstance(decoded, Salvaged) else None,
    )


def reject(place: Slice, number: int, code: Code, reason: str = "") -> Issue:
    """A row or object without a readable record."""
    return Issue(
        code=code, reason=reason or _REASONS[code], record_number=number, line=place.line, offset=place.offset, length=place.length,
        column="AuditData", raw=place.text,
    )  # fmt: skip


def object_record(data: dict[str, Any], flags: list[str], place: Slice, number: int) -> Record | Issue:
    """The record of one object, whatever it is wrapped in."""
    found = unwrap(data)
    if found is None:
        fields = wrapper_fields(data)
        if not any(fields.get(key) for key in _SAYS_WHAT):
            return reject(place, number, Code.NO_CONTENT, _NO_RECORD)
        return audit_record(fields, "", place, number, list(flags))
    return audit_record(wrapper_fields(found[0]), found[1], place, number, list(flags))


def _plain_lists(value: dict[str, Any]) -> Decoded:
    """AuditData that came as an object; lists Windows PowerShell wrote as ``{"value": […], "Count": n}`` are lists again."""
    data, canonical, mended = storable(_without_count(value))
    return Decoded(data, canonical, ["lone_surrogate"] if mended else [])


def _without_count(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"value", "Count"} and isinstance(value["value"], list):
            return [_without_count(item) for item in value["value"]]
        return {key: _without_count(item) for key, item in value.items()}
    return [_without_count(item) for item in value] if isinstance(value, list) else value


def _read_damaged(text: str, raw: str) -> tuple[Decoded | Salvaged | None, str, list[str]]:
    """What can be read of damaged AuditData, or of the copy in Splunk's ``_raw``; the text it was read from; flags."""
    if text.strip():
        flags = ["cell_limit"] if len(text) in _CELL or units(text) == CELL else []
        salvaged = salvage(text)
        if salvaged is None:
            flags.append("nested_too_deep" if too_deep(text) else "damaged_audit_data")
        return salvaged, text, flags
    copy = _record_in(raw)
    decoded = (decode_object(copy) or salvage(copy)) if copy else None
    return (decoded, copy, ["read_from_raw"]) if decoded else (None, text, ["wrapper_only"])


def _record_in(raw: str) -> str:
    """The AuditData in Splunk's ``_raw``: that text itself, or a cell of it, which may be cut."""
    if not raw or raw.lstrip().startswith("{"):
        return raw
    cells = next(csv.reader(io.StringIO(raw, newline="")), [])
    return next((cell for cell in cells if cell.lstrip().startswith("{")), "")
