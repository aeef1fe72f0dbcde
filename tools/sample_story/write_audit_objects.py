"""The unified audit log as JSON, CLIXML and printed list: the same records of the story in what tools wrap them."""

import csv
import io
import json
import textwrap
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from sample_story import write_audit_columns
from sample_story.audit_data import RECORD_TYPES, text_of
from sample_story.cast import TENANT_ID
from sample_story.ids import at, guid
from sample_story.write_audit_csv import lines, plain

Record = dict[str, Any]
_TOLD = {"New-InboxRule", "UpdateInboxRules", "AlertTriggered", "Consent to application."}
_EVERY = 25
_IN_CSV: set[int | str] = {
    14,
    "Shared Documents/Bank statements",
}  # links and the folder taken whole: the CSV exports tell them
_GRAPH_USERS = {0: "Regular", 2: "Admin", 3: "DcAdmin", 4: "System", 5: "Application", 6: "ServicePrincipal"}
_CLIXML = "http://schemas.microsoft.com/powershell/2004/04"


def files(records: list[Record]) -> dict[str, bytes]:
    """File name to bytes. All hold the same records, except the glued and the streamed ones, which hold some of them twice."""
    told = [record for record in records if _IN_CSV.isdisjoint((record["RecordType"], _folder(record)))]
    chosen = [record for number, record in enumerate(told) if number % _EVERY == 0 or record["Operation"] in _TOLD]
    return {
        **write_audit_columns.files(chosen),
        "unified_audit_json/auditdata.jsonl": "".join(f"{text_of(record)}\n" for record in chosen).encode(),
        "unified_audit_json/management_api_blob.json": _compact(chosen),
        "unified_audit_json/windows_powershell.json": b"\xff\xfe" + lines(_powershell(chosen)).encode("utf-16-le"),
        "unified_audit_json/powershell7.json": json.dumps({"value": [_wrapped(r) | {"AuditData": r} for r in chosen], "Count": len(chosen)}, indent=2, ensure_ascii=False).encode(),
        "unified_audit_json/extractor_suite_glued.json": _glued(chosen),
        "unified_audit_json/graph_page.json": json.dumps(_page(chosen), indent=2, ensure_ascii=False).encode(),
        "unified_audit_json/cloud_app_events_streamed.jsonl": "".join(json.dumps(_streamed(r), ensure_ascii=False) + "\n" for r in chosen).encode(),
        "unified_audit_json/splunk.json": "".join(json.dumps({"preview": False, "result": {"_raw": text_of(r), "sourcetype": "o365:management:activity"}}) + "\n" for r in chosen).encode(),
        "unified_audit_json/wazuh_alerts.jsonl": "".join(json.dumps({"timestamp": f"{r['CreationTime']}.000+0000", "agent": {"id": "000"}, "data": {"integration": "office365", "office365": r}, "decoder": {"name": "json"}}) + "\n" for r in chosen).encode(),
        "unified_audit_csv/graph_query.csv": _graph_csv(chosen),
        "unified_audit_csv/cloud_app_events.csv": _cloud_csv(chosen),
        "unified_audit_clixml/search.xml": b"\xff\xfe" + _clixml(chosen).encode("utf-16-le"),
        "unified_audit_list/search.txt": b"\xff\xfe" + lines(list(_printed(chosen))).encode("utf-16-le"),
        "unified_audit_queue_log/AUDIT20260309-1.LOG": _queue(chosen),
        "json_empty/no_records.json": b"[",
    }  # fmt: skip


def _folder(record: Record) -> str:
    return str(record.get("SourceRelativeUrl", ""))


def _compact(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _wrapped(record: Record) -> Record:
    """The columns of the cmdlet around AuditData."""
    return {
        "RecordType": RECORD_TYPES[record["RecordType"]],
        "CreationDate": record["CreationTime"],
        "UserIds": record["UserId"],
        "Operations": record["Operation"],
        "Identity": record["Id"],
    }


def _powershell(records: list[Record]) -> list[str]:
    """ConvertTo-Json of Windows PowerShell: two blanks behind the colon, dates in milliseconds, AuditData as text."""
    rows = ["["]
    for number, record in enumerate(records, 1):
        members: Record = _wrapped(record) | {"AuditData": text_of(record), "IsValid": True}
        members["CreationDate"] = f"/Date({int(at(record['CreationTime']).timestamp()) * 1000})/"
        rows.append("    {")
        shown = [f'        "{name}":  {_escaped(value)}' for name, value in members.items()]
        rows += [line + "," for line in shown[:-1]] + shown[-1:]
        rows.append("    }" + ("," if number < len(records) else ""))
    return [*rows, "]"]


def _escaped(value: Any) -> str:
    return (
        json.dumps(value)
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("'", "\\u0027")
        .replace('"/Date', '"\\/Date')
        .replace(')/"', ')\\/"')
    )


def _glued(records: list[Record]) -> bytes:
    """One list a searched period, one behind the other; the second begins where the first ended."""
    half = len(records) // 2
    parts = [records[: half + 2], records[half:]]
    return "\r\n\r\n".join(
        json.dumps([_wrapped(r) | {"AuditData": text_of(r)} for r in part], indent=4) for part in parts
    ).encode()


def _typed(record: Record) -> Record:
    """AuditData as Graph writes it: the time with its zone, types beside some members."""
    typed: Record = {
        "@odata.type": "#microsoft.graph.security.defaultAuditData",
        "CreationTime": record["CreationTime"] + "Z",
    }
    for name, value in record.items():
        if name in {"RecordType", "UserType"}:
            typed[f"{name}@odata.type"] = "#Int64"
        typed.setdefault(name, value)
    return typed


def _graph(record: Record) -> Record:
    """A record of a Graph query: userId is the user key, userPrincipalName the user."""
    return {
        "id": record["Id"],
        "createdDateTime": record["CreationTime"] + "Z",
        "auditLogRecordType": RECORD_TYPES[record["RecordType"]],
        "operation": record["Operation"],
        "organizationId": TENANT_ID,
        "userType": _GRAPH_USERS[record["UserType"]],
        "userId": record["UserKey"],
        "service": record["Workload"],
        "objectId": record.get("ObjectId"),
        "userPrincipalName": record["UserId"],
        "clientIp": None,
        "administrativeUnits": [""],
        "auditData": _typed(record),
    }


def _page(records: list[Record]) -> Record:
    context = (
        "https://graph.microsoft.com/beta/$metadata#security/auditLog/queries('" + guid("graph:query") + "')/records"
    )
    return {"@odata.context": context, "@odata.count": len(records), "value": list(map(_graph, records))}


def _streamed(record: Record) -> Record:
    """An event of Defender as its streaming API sends it."""
    time = record["CreationTime"] + "Z"
    inner = {
        "ActionType": record["Operation"], "Application": f"Microsoft {record['Workload']}", "Timestamp": time, "AccountDisplayName": record["UserId"],
        "ReportId": f"{len(record['Id'])}_20893_{record['Id']}", "RawEventData": record | {"CreationTime": time},
    }  # fmt: skip
    return {
        "time": time,
        "tenantId": TENANT_ID,
        "operationName": "Publish",
        "category": "AdvancedHunting-CloudAppEvents",
        "properties": inner,
    }


def _graph_csv(records: list[Record]) -> bytes:
    out = io.StringIO(newline="")
    rows = [_graph(record) for record in records]
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    for row in rows:
        writer.writerow(
            row | {"administrativeUnits": "", "auditData": json.dumps(row["auditData"], indent=2, ensure_ascii=False)}
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _cloud_csv(records: list[Record]) -> bytes:
    rows = ["Timestamp,ActionType,Application,AccountDisplayName,IPAddress,RawEventData,ReportId"]
    for record in records:
        inner = _streamed(record)["properties"]
        cells = [
            f"{inner['Timestamp'][:-1]}.000Z",
            inner["ActionType"],
            inner["Application"],
            inner["AccountDisplayName"],
            record.get("ClientIP", ""),
        ]
        rows.append(plain([*cells, json.dumps(inner["RawEventData"], ensure_ascii=False), inner["ReportId"]]))
    return lines(rows).encode()


def _clixml(records: list[Record]) -> str:
    """Export-Clixml: the first object names its types, the others refer to them."""
    rows = [f'<Objs Version="1.1.0.1" xmlns="{_CLIXML}">']
    for number, record in enumerate(records):
        rows.append(f'  <Obj RefId="{number}">')
        if number:
            rows.append('    <TNRef RefId="0" />')
        else:
            types = (
                "Deserialized.Microsoft.Exchange.Data.ApplicationLogic.UnifiedAuditLogEvent",
                "Deserialized.System.Object",
            )
            rows += ['    <TN RefId="0">', *(f"      <T>{name}</T>" for name in types), "    </TN>"]
        members = _wrapped(record)
        rows += [
            "    <Props>",
            f'      <S N="RecordType">{members["RecordType"]}</S>',
            f'      <DT N="CreationDate">{members["CreationDate"]}</DT>',
        ]
        rows += [f'      <S N="{name}">{escape(members[name])}</S>' for name in ("UserIds", "Operations")]
        rows += [
            f'      <S N="AuditData">{escape(text_of(record))}</S>',
            f'      <I32 N="ResultIndex">{number + 1}</I32>',
        ]
        rows += [
            f'      <I32 N="ResultCount">{len(records)}</I32>',
            f'      <S N="Identity">{record["Id"]}</S>',
            '      <B N="IsValid">true</B>',
        ]
        rows += ["    </Props>", "  </Obj>"]
    return "".join(f"{row}\r\n" for row in [*rows, "</Objs>"]).removesuffix("\r\n")


def _printed(records: list[Record]) -> Iterator[str]:
    """Format-List into a file of 120 columns: long texts go on below, indented."""
    for record in records:
        time = at(record["CreationTime"])
        clock = f"{time.month}/{time.day}/{time.year} {time.hour % 12 or 12}:{time:%M:%S} {'PM' if time.hour >= 12 else 'AM'}"
        yield from ("",)
        for name, value in (_wrapped(record) | {"CreationDate": clock, "AuditData": text_of(record)}).items():
            pieces = (
                textwrap.wrap(value, 105, drop_whitespace=False, break_on_hyphens=False)
                if name == "AuditData"
                else [value]
            )
            yield f"{name:<12} : {pieces[0]}"
            yield from (" " * 15 + piece for piece in pieces[1:])
        yield ""


def _queue(records: list[Record]) -> bytes:
    """The queue of a server whose clock shows central European time."""
    rows = [
        "#Fields: Timestamp,Server,TenantId,RecordType,Data,UserKey,RecordId,Operation,Workload,ResultStatus,Version,Scope"
    ]
    for record in records:
        local = (
            f"{at(record['CreationTime']).replace(hour=(at(record['CreationTime']).hour + 1) % 24):%Y-%m-%dT%H:%M:%S}"
        )
        cells = [
            f"{record['CreationTime']}.000Z",
            "EX01",
            "",
            str(record["RecordType"]),
            text_of(record | {"CreationTime": local}),
            record["UserKey"],
        ]
        rows.append(
            plain(
                [
                    *cells,
                    record["Id"],
                    record["Operation"],
                    record["Workload"],
                    record.get("ResultStatus", ""),
                    "1",
                    "Onprem",
                ]
            )
        )
    return lines(rows).encode()
