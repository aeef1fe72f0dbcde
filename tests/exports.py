"""Small invented exports for tests."""

import csv
import io
import json


def audit_data(number=1, **changes):
    """One AuditData object; ``number`` makes id and time its own."""
    return {
        "CreationTime": f"2026-03-{number % 28 + 1:02d}T10:{number % 60:02d}:00",
        "Id": f"00000000-0000-4000-8000-{number:012d}",
        "Operation": "FileAccessed",
        "OrganizationId": "aaaaaaaa-0000-4000-8000-000000000000",
        "RecordType": 6,
        "UserKey": "i:0h.f|membership|1003200000000001@live.com",
        "UserType": 0,
        "Version": 1,
        "Workload": "SharePoint",
        "ClientIP": "192.0.2.7",
        "ObjectId": f"https://alderbrook.example/sites/plans/file{number}.docx",
        "UserId": "amy@alderbrook.example",
        **changes,
    }


def purview_csv(records, bom=False):
    """The 8-column form of the portal."""
    rows = [
        [
            "RecordId",
            "CreationDate",
            "RecordType",
            "Operation",
            "UserId",
            "AuditData",
            "AssociatedAdminUnits",
            "AssociatedAdminUnitsNames",
        ]
    ]
    for data in records:
        text = data if isinstance(data, str) else json.dumps(data)
        known = data if isinstance(data, dict) else {}
        rows.append(
            [
                known.get("Id", ""),
                known.get("CreationTime", "") + ".0000000Z ",
                str(known.get("RecordType", "")),
                known.get("Operation", ""),
                known.get("UserId", ""),
                text,
                "",
                "",
            ]
        )
    return write(rows).encode("utf-8-sig" if bom else "utf-8")


def cmdlet_csv(records, date, delimiter=",", type_line=False):
    """Search-UnifiedAuditLog | Export-Csv; ``date`` makes the CreationDate text from the record."""
    rows = [
        [
            "RecordType",
            "CreationDate",
            "UserIds",
            "Operations",
            "AuditData",
            "ResultIndex",
            "ResultCount",
            "Identity",
            "IsValid",
            "ObjectState",
        ]
    ]
    for index, data in enumerate(records, 1):
        rows.append(
            [
                "SharePointFileOperation",
                date(data),
                data["UserId"],
                data["Operation"],
                json.dumps(data),
                str(index),
                str(len(records)),
                data["Id"],
                "True",
                "Unchanged",
            ]
        )
    first = "#TYPE Deserialized.Microsoft.Exchange.Data.ApplicationLogic.UnifiedAuditLogEvent\r\n" if type_line else ""
    return (first + write(rows, delimiter, csv.QUOTE_ALL)).encode()


def write(rows, delimiter=",", quoting=csv.QUOTE_MINIMAL):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n", quoting=quoting).writerows(rows)
    return text.getvalue()
