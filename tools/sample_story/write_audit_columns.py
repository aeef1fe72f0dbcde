"""The unified audit log split into columns: Sentinel's OfficeActivity, and AuditData taken apart by tools."""

import csv
import io
import json
from pathlib import Path
from typing import Any

from sample_story.audit_data import RECORD_TYPES
from sample_story.ids import at, guid

Record = dict[str, Any]
_TABLE = Path(__file__).resolve().parents[2] / "schemas" / "reference" / "office_activity_columns.csv"
_WORKLOADS = {"Exchange", "SharePoint", "OneDrive", "MicrosoftTeams"}
_USERS = {0: "Regular", 2: "Admin", 3: "DcAdmin", 4: "System", 5: "Application"}
_LOGONS = {0: "Owner", 1: "Admin", 2: "Delegated"}
_SPARROW = "CreationTime Id Operation Organization RecordType ResultStatus LogonError UserKey UserType Version Workload ClientIP ObjectId UserId AzureActiveDirectoryEventType ExtendedProperties ModifiedProperties Actor ActorContextId ActorIpAddress InterSystemsId IntraSystemId SupportTicketId Target TargetContextId ApplicationId"


def files(records: list[Record]) -> dict[str, bytes]:
    """File name to bytes."""
    office = [record for record in records if record["Workload"] in _WORKLOADS]
    entra = [record for record in records if record["Workload"] == "AzureActiveDirectory"]
    cmdlets = [record for record in records if record["RecordType"] == 1]
    return {
        "office_activity_csv/query_data.csv": _portal(office),
        "office_activity_json/log_analytics_api.json": _api(office),
        "unified_audit_flat_csv/sparrow_PSLogin_Operations_Export.csv": _sparrow(entra),
        "unified_audit_flat_csv/hawk_Simple_Exchange_UAL_Audit.csv": _hawk(cmdlets),
    }


def _columns(record: Record) -> Record:
    """A row of OfficeActivity: some members under names of their own, some twice."""
    with _TABLE.open(encoding="utf-8", newline="") as lines:
        renamed = {row["member"]: row["column"] for row in csv.DictReader(lines) if row["use"] == "renamed"}
    row: Record = {
        "TenantId": guid("workspace:sentinel"),
        "TimeGenerated": record["CreationTime"] + "Z",
        "SourceSystem": "OfficeActivityManager",
    }
    for name, value in record.items():
        if name in {"CreationTime", "Version"}:
            continue
        names = {"RecordType": RECORD_TYPES, "UserType": _USERS, "LogonType": _LOGONS}.get(name)
        shown = names[value] if names else value
        row[renamed.get(name, name)] = (
            json.dumps(shown, ensure_ascii=False) if isinstance(shown, (dict, list)) else shown
        )
    row |= {
        "SourceRecordId": record["Id"],
        "UserId_": record["UserId"],
        "OfficeTenantId": "$RestApiTenantId$",
        "Type": "OfficeActivity",
    }
    return row | {"Start_Time": f"{record['CreationTime'][:14]}59:59Z"}


def _portal(records: list[Record]) -> bytes:
    """The portal's CSV: a mark, dates as an American browser writes them, JSON over several lines."""
    rows = []
    for record in records:
        row = _columns(record)
        for name in ("TimeGenerated", "Start_Time"):
            time = at(str(row.pop(name))[:19])
            row[f"{name} [UTC]"] = (
                f"{time.month}/{time.day}/{time.year}, {time.hour % 12 or 12}:{time:%M:%S}.000 {'PM' if time.hour >= 12 else 'AM'}"
            )
        for name, value in row.items():
            if isinstance(value, str) and value[:2] in {"[{", '{"', '["'}:
                row[name] = json.dumps(json.loads(value), indent=2, ensure_ascii=False)
            elif isinstance(value, bool):
                row[name] = str(value).upper()
        rows.append(row)
    return b"\xef\xbb\xbf" + _csv(rows, list(dict.fromkeys(name for row in rows for name in row))).encode()


def _api(records: list[Record]) -> bytes:
    rows = [_columns(record) for record in records]
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = [{"name": name, "type": "datetime" if name == "TimeGenerated" else "string"} for name in names]
    table = {
        "name": "PrimaryResult",
        "columns": columns,
        "rows": [[row.get(name, "") for name in names] for row in rows],
    }
    return json.dumps({"tables": [table]}, ensure_ascii=False, separators=(",", ":")).encode()


def _sparrow(records: list[Record]) -> bytes:
    """Sparrow's columns: lists of one become their object, the organization stays empty."""
    rows = []
    for record in records:
        row = {}
        for name in _SPARROW.split():
            value = record.get(name, "")
            if isinstance(value, list):
                value = json.dumps(value[0] if len(value) == 1 else value, separators=(",", ":"), ensure_ascii=False)
            row[name] = value
        rows.append(row)
    return _csv(rows, _SPARROW.split(), quoting=csv.QUOTE_ALL).encode()


def _hawk(records: list[Record]) -> bytes:
    """Hawk's flat form of cmdlets: a column for each parameter, the whole command in words."""
    rows = []
    for record in records:
        row = {name: value for name, value in record.items() if not isinstance(value, (dict, list))}
        given = {item["Name"]: item["Value"] for item in record["Parameters"]}
        words = " ".join(f'-{name} "{value}"' for name, value in given.items())
        row |= (
            {"ParameterString": words}
            | {f"Param_{name}": value for name, value in given.items()}
            | {"FullCommand": f"{record['Operation']} {words}"}
        )
        rows.append(row)
    return _csv(rows, list(dict.fromkeys(name for row in rows for name in row)), quoting=csv.QUOTE_ALL).encode()


def _csv(rows: list[Record], names: list[str], quoting: Any = csv.QUOTE_MINIMAL) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, names, restval="", lineterminator="\r\n", quoting=quoting)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
