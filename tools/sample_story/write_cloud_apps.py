"""Defender for Cloud Apps: the thief's sign-ins and downloads as its SIEM agent and its portal write them."""

from typing import Any

from sample_story.cast import THIEF, THIEF_LATER
from sample_story.ids import at, guid
from sample_story.write_audit_csv import lines, quoted

Record = dict[str, Any]
_LEFT_OUT = "/Bank statements/"  # the search named the folders of suppliers and customers
_KINDS = {
    "UserLoggedIn": ("EVENT_CATEGORY_LOGIN", "Log on"),
    "UserLoginFailed": ("EVENT_CATEGORY_FAILED_LOGIN", "Failed log on"),
    "FileDownloaded": ("EVENT_CATEGORY_DOWNLOAD_FILE", "Download file"),
}


def files(records: list[Record]) -> dict[str, bytes]:
    """Write both forms: name to bytes."""
    addresses = {THIEF.ip, THIEF_LATER.ip}
    chosen = [
        record
        for record in records
        if record.get("ClientIP") in addresses
        and record["Operation"] in _KINDS
        and _LEFT_OUT not in str(record.get("ObjectId"))
    ]
    return {"cloud_apps_cef/siem_agent.cef.log": _cef(chosen), "cloud_apps_csv/activity_log.csv": _csv(chosen)}


def _milliseconds(record: Record) -> int:
    return int(at(record["CreationTime"]).timestamp()) * 1000


def _name(record: Record) -> str:
    return str(record["ObjectId"]).rpartition("/")[2] if record["Operation"] == "FileDownloaded" else ""


def _app(record: Record) -> str:
    return "Microsoft SharePoint Online" if record["Operation"] == "FileDownloaded" else "Microsoft 365"


def _agent(record: Record) -> str:
    extended = {pair["Name"]: pair["Value"] for pair in record.get("ExtendedProperties", [])}
    return str(record.get("UserAgent") or extended.get("UserAgent", ""))


def _activity_id(record: Record) -> str:
    return f"{_milliseconds(record)}_{guid('cloud-app:' + record['Id'])}"


def _said(record: Record) -> str:
    words = _KINDS[record["Operation"]][1]
    return f"{words}: file {_name(record)}" if _name(record) else words


def _cef(records: list[Record]) -> bytes:
    rows = []
    for record in records:
        kind, words = _KINDS[record["Operation"]]
        ip, time = record["ClientIP"], _milliseconds(record)
        fields = {
            "externalId": _activity_id(record), "rt": time, "start": time, "end": time, "msg": _said(record), "suser": record["UserId"].lower(),
            "destinationServiceName": _app(record), "dvc": "" if ":" in ip else ip, "requestClientApplication": _agent(record), "cs1Label": "portalURL",
            "cs1": "https://alderbrook.example/#/audits?activity.id\\=eq(1,)", "cs3Label": "targetObjects", "cs3": _name(record),
            "c6a1Label": '"Device IPv6 Address"', "c6a1": ip if ":" in ip else "",
        }  # fmt: skip
        extension = " ".join(f"{key}={value}" for key, value in fields.items())
        rows.append(
            f"<14>1 {record['CreationTime']}.000Z log01 CEF:0|MCAS|SIEM_Agent|0.291.10|{kind}|{words}|0|{extension}"
        )
    return "".join(f"{row}\n" for row in rows).encode()


def _csv(records: list[Record]) -> bytes:
    header = [
        "Date (UTC)",
        "Activity type",
        "Description",
        "User",
        "App",
        "IP address",
        "Device type",
        "User agent",
        "Activity ID",
    ]
    rows = [quoted(header)]
    for record in reversed(records):
        cells = [
            f"{record['CreationTime']}Z",
            _KINDS[record["Operation"]][1],
            _said(record),
            record["UserId"],
            _app(record),
            record["ClientIP"],
            "Desktop",
        ]
        rows.append(quoted([*cells, _agent(record), _activity_id(record)]))
    return b"\xef\xbb\xbf" + lines(rows).encode()
