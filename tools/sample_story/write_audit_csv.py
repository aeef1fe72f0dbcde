"""The unified audit log as CSV: the portal's export, the cmdlet's, and a re-save of a slice."""

import json
from typing import Any

from sample_story.audit_data import RECORD_TYPES, text_of
from sample_story.ids import at, guid

Record = dict[str, Any]
LOST = ("Set-MailboxAuditBypassAssociation", "2026-03-11T21:50:02")  # the row that is missing from the cmdlet's export
END = "ResultIndex ResultCount Identity"
_RESAVED = ("2026-03-09T08:00:00", "2026-03-10T07:00:00")
_SLICE = ("2026-03-09T00:00:00", "2026-03-12T12:00:00")


def quoted(cells: list[str], separator: str = ",") -> str:
    """Write a row as PowerShell does: every cell quoted."""
    return separator.join('"' + cell.replace('"', '""') + '"' for cell in cells)


def plain(cells: list[str]) -> str:
    """Write a row with quotes only where they are needed."""
    return ",".join(
        '"' + cell.replace('"', '""') + '"' if any(mark in cell for mark in '",\r\n ') else cell for cell in cells
    )


def lines(rows: list[str]) -> str:
    """Join rows with the line ends of Windows."""
    return "".join(f"{row}\r\n" for row in rows)


def purview(records: list[Record]) -> bytes:
    """Write the portal's export of 2026: eight columns, newest first."""
    rows = [
        "RecordId,CreationDate,RecordType,Operation,UserId,AuditData,AssociatedAdminUnits,AssociatedAdminUnitsNames"
    ]
    for record in reversed(records):
        created = f"{record['CreationTime']}.0000000Z "
        cells = [record["Id"], created, str(record["RecordType"]), record["Operation"], record["UserId"]]
        rows.append(plain([*cells, text_of(record), "", ""]))
    return lines(rows).encode()


def cmdlet_remoting(records: list[Record]) -> bytes:
    """Write the export of a remote session on an Australian machine: a slice that overlaps, with one record missing."""
    chosen = [record for record in records if _SLICE[0] <= record["CreationTime"] < _SLICE[1]]
    columns = "PSComputerName RunspaceId PSShowComputerName RecordType CreationDate UserIds Operations AuditData"
    rows = [
        "#TYPE Deserialized.Microsoft.Exchange.Data.ApplicationLogic.UnifiedAuditLogEvent",
        quoted([*columns.split(), *END.split(), "IsValid", "ObjectState"]),
    ]
    session = ["outlook.office365.com", guid("runspace:audit"), "False"]
    for index, record in enumerate(chosen, 1):
        if (record["Operation"], record["CreationTime"]) == LOST:
            continue
        end = [str(index), str(len(chosen)), record["Id"], "True", "Unchanged"]
        rows.append(quoted([*session, *_cells(record, "{0.day}/{0:%m/%Y} {1}:{0:%M:%S} {2}"), *end]))
    return b"\xef\xbb\xbf" + lines(rows).encode()


def resaved(records: list[Record]) -> bytes:
    """Write what concerns one account, saved again on a German machine: semicolons, UTF-16 with a mark."""
    needle, columns = "tom.okafor@", "RecordType CreationDate UserIds Operations AuditData"
    chosen = [
        record
        for record in records
        if needle in json.dumps(record).casefold() and _RESAVED[0] <= record["CreationTime"] < _RESAVED[1]
    ]
    rows = [quoted([*columns.split(), *END.split()], ";")]
    for index, record in enumerate(chosen, 1):
        end = [str(index), str(len(chosen)), record["Id"]]
        rows.append(quoted([*_cells(record, "{0:%d.%m.%Y %H:%M:%S}"), *end], ";"))
    return b"\xff\xfe" + lines(rows).encode("utf-16-le")


def _cells(record: Record, pattern: str) -> list[str]:
    time = at(record["CreationTime"])
    created = pattern.format(time, time.hour % 12 or 12, "pm" if time.hour >= 12 else "am")
    return [RECORD_TYPES[record["RecordType"]], created, record["UserId"], record["Operation"], text_of(record)]
