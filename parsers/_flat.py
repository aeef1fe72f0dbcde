"""AuditData that a service or tool split into columns, put together again."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from m365timeline.parsers._audit_data import audit_record, reject
from m365timeline.parsers._json import decode_object
from m365timeline.parsers._slices import Slice
from m365timeline.schemas.record import Code, Issue, Record
from m365timeline.schemas.reference import rows

_NOTHING = ("", None, "$RestApiTenantId$")
_PARAMETER = "Param_"  # Hawk gives each parameter of a cmdlet a column
_NO_OPERATION = "The row names no operation: nothing says what was done."


@cache
def office_activity() -> dict[str, tuple[str, str]]:
    """The columns of OfficeActivity that are not simply members of AuditData: lower-cased column to (member, use)."""
    return {row["column"].casefold(): (row["member"], row["use"]) for row in rows("office_activity_columns")}


def flat_record(
    cells: Iterable[tuple[str, Any]], names: dict[str, tuple[str, str]], place: Slice, number: int, quality: list[str]
) -> Record | Issue:
    """The record of one row: (column as written, value) pairs under their AuditData names; what is around them stays around.

    A time that is no ISO time goes to the wrapper, where the day/month order of its file is decided.
    """
    data: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    copies: list[tuple[str, str, Any]] = []
    given: list[dict[str, Any]] = []
    for column, value in cells:
        if value in _NOTHING:
            continue
        bare, _, zone = column.partition(" [")
        member, use = names.get(bare.casefold(), (column, ""))
        if use == "time" or member == "CreationTime":
            _place_time(data, fields, str(value), utc=zone in {"", "UTC]"}, own=use == "time")
        elif column.startswith(_PARAMETER):
            given.append({"Name": column.removeprefix(_PARAMETER), "Value": value})
        elif use == "around":
            fields[column.casefold()] = value
        elif use == "copy":
            copies.append((column, member, value))
        else:
            data[member] = _nested(value)
    for column, member, value in copies:
        if data.get(member) != _nested(value):
            fields[column.casefold()] = value
    if given:
        data.setdefault("Parameters", given)
    if not isinstance(data.get("Operation"), str):
        return reject(place, number, Code.NO_CONTENT, _NO_OPERATION)
    return audit_record(fields, data, place, number, ["flattened", *quality])


def _place_time(data: dict[str, Any], fields: dict[str, Any], text: str, *, utc: bool, own: bool) -> None:
    iso = len(text) >= len("2026-03-02T08:00:00") and text[4:5] == "-" and text[10:11] in {"T", " "}
    if iso and utc:
        data["CreationTime"] = text
    else:
        fields["time" if not utc else "timegenerated" if own else "creationdate"] = text


def _nested(value: Any) -> Any:
    """The list or object a cell holds as JSON, else the cell."""
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        decoded = decode_object(f'{{"cell":{value}}}')
        return decoded.data["cell"] if decoded else value
    return value
