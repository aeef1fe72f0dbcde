"""Write invented unified-audit CSVs of any size, deterministically: ``python benchmarks/make_input.py 100000 ual.csv``.

The records have the shapes and sizes of real ones (about 1.4 kB of AuditData on average): mailbox items read and sent,
admin cmdlets, sign-ins, file accesses; ids, users, addresses and times vary.
"""

import csv
import json
import random
import sys
from datetime import datetime, timedelta
from pathlib import Path

START = datetime(2026, 3, 1)  # noqa: DTZ001 (CreationTime is written without a zone)
HEADER = [
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
TENANT = "aaaaaaaa-1111-4000-8000-000000000001"


def guid(rng):
    text = f"{rng.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def base(rng, moment, user, record_type, operation, workload):
    return {
        "CreationTime": moment.isoformat(timespec="seconds"), "Id": guid(rng), "Operation": operation, "OrganizationId": TENANT,
        "RecordType": record_type, "UserKey": f"100320{rng.getrandbits(40):010X}", "UserType": 0, "Version": 1, "Workload": workload, "UserId": user,
    }  # fmt: skip


def mailbox(rng, user):
    return {
        "ClientIPAddress": f"198.51.100.{rng.randrange(250)}", "ClientInfoString": "Client=OWA;Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36",
        "ExternalAccess": False, "InternalLogonType": 0, "LogonType": rng.choice([0, 0, 0, 2]), "LogonUserSid": f"S-1-5-21-1-2-3-{rng.randrange(9999)}",
        "MailboxGuid": guid(rng), "MailboxOwnerSid": f"S-1-5-21-1-2-3-{rng.randrange(9999)}", "MailboxOwnerUPN": user, "OrganizationName": "alderbrook.onmicrosoft.com",
        "OriginatingServer": "AM6PR04MB6470 (15.20.4200.000)\r\n", "SessionId": guid(rng), "ResultStatus": "Succeeded",
    }  # fmt: skip


def accessed(rng, moment, user):
    items = [
        {
            "InternetMessageId": f"<{rng.getrandbits(64):x}@alderbrook.example>",
            "Id": "RgAAAA" + f"{rng.getrandbits(300):x}",
            "SizeInBytes": rng.randrange(200_000),
        }
        for _ in range(rng.randrange(1, 5))
    ]
    return {
        **base(rng, moment, user, 50, "MailItemsAccessed", "Exchange"), **mailbox(rng, user),
        "OperationProperties": [{"Name": "MailAccessType", "Value": "Bind"}, {"Name": "IsThrottled", "Value": "False"}],
        "Folders": [{"FolderItems": items, "Id": "LgAAAA" + f"{rng.getrandbits(200):x}", "Path": "\\Inbox"}], "OperationCount": len(items),
        "AppAccessContext": {"AADSessionId": guid(rng), "UniqueTokenId": f"{rng.getrandbits(90):x}"},
    }  # fmt: skip


def moved(rng, moment, user):
    items = [
        {
            "Id": f"RgAAAA{rng.getrandbits(300):x}",
            "InternetMessageId": f"<{rng.getrandbits(64):x}@alderbrook.example>",
            "ParentFolder": {"Id": "LgAAAA", "Path": "\\Inbox"},
            "Subject": f'Re: plan {rng.randrange(999)} "final"',
        }
        for _ in range(rng.randrange(1, 4))
    ]
    return {
        **base(rng, moment, user, 3, "MoveToDeletedItems", "Exchange"),
        **mailbox(rng, user),
        "AffectedItems": items,
        "CrossMailboxOperation": False,
        "Folder": {"Id": "LgAAAA", "Path": "\\Inbox"},
    }


def cmdlet(rng, moment, _user):
    names = [
        "RecoverableItemsQuota",
        "Force",
        "Arbitration",
        "ProhibitSendQuota",
        "HiddenFromAddressListsEnabled",
        "IssueWarningQuota",
        "Identity",
    ]
    system = "NT AUTHORITY\\SYSTEM (Microsoft.Exchange.ServiceHost)"
    return {
        **base(rng, moment, system, 1, "Set-Mailbox", "Exchange"), "UserType": 3, "ResultStatus": "True", "ObjectId": f"EURPR04A009.PROD.OUTLOOK.COM/Hosted Organizations/alderbrook/Shard{rng.randrange(99)}",
        "AppId": "", "ClientAppId": "", "ExternalAccess": True, "OrganizationName": "alderbrook.onmicrosoft.com", "OriginatingServer": "DB6PR04MB3206 (15.20.4129.032)",
        "Parameters": [{"Name": name, "Value": f"{rng.randrange(100)} GB ({rng.randrange(10**12):,} bytes)"} for name in names],
    }  # fmt: skip


def signin(rng, moment, user):
    return {
        **base(rng, moment, user, 15, rng.choice(["UserLoggedIn"] * 4 + ["UserLoginFailed"]), "AzureActiveDirectory"), "ResultStatus": "Success", "ClientIP": f"203.0.113.{rng.randrange(250)}",
        "ObjectId": guid(rng), "AzureActiveDirectoryEventType": 1,
        "ExtendedProperties": [{"Name": "ResultStatusDetail", "Value": "Success"}, {"Name": "UserAgent", "Value": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/122.0"}, {"Name": "RequestType", "Value": "OAuth2:Authorize"}],
        "ModifiedProperties": [], "Actor": [{"ID": guid(rng), "Type": 0}, {"ID": user, "Type": 5}], "ActorContextId": TENANT, "ActorIpAddress": "203.0.113.5", "InterSystemsId": guid(rng), "IntraSystemId": guid(rng),
        "SupportTicketId": "", "Target": [{"ID": guid(rng), "Type": 0}], "TargetContextId": TENANT, "ApplicationId": guid(rng),
        "DeviceProperties": [{"Name": "OS", "Value": "Windows 10"}, {"Name": "BrowserType", "Value": "Chrome"}, {"Name": "SessionId", "Value": guid(rng)}], "ErrorNumber": "0",
    }  # fmt: skip


def file(rng, moment, user):
    name = f"plan-{rng.randrange(9999)}.docx"
    return {
        **base(rng, moment, user, 6, rng.choice(["FileAccessed", "FileDownloaded", "FilePreviewed"]), "SharePoint"), "ClientIP": f"203.0.113.{rng.randrange(250)}", "CorrelationId": guid(rng), "EventSource": "SharePoint", "ItemType": "File",
        "ListId": guid(rng), "ListItemUniqueId": guid(rng), "Site": guid(rng), "UserAgent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36", "WebId": guid(rng), "SourceFileExtension": "docx",
        "SiteUrl": "https://alderbrook.sharepoint.example/sites/plans/", "SourceFileName": name, "SourceRelativeUrl": "Shared Documents/2026",
        "ObjectId": f"https://alderbrook.sharepoint.example/sites/plans/Shared Documents/2026/{name}", "HighPriorityMediaProcessing": False, "FileSizeBytes": rng.randrange(10**7),
    }  # fmt: skip


def write(count, path, seed=1):
    """Write ``count`` records; about 4 % of them come twice, as in real exports."""
    rng = random.Random(seed)
    users = [f"user{n}@alderbrook.example" for n in range(300)]
    moment, previous = START, None
    with Path(path).open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        out.writerow(HEADER)
        for index in range(count):
            if previous is None or rng.random() > 0.04:
                moment += timedelta(seconds=rng.randrange(3))
                data = rng.choice((accessed, accessed, moved, cmdlet, cmdlet, signin, file))(
                    rng, moment, rng.choice(users)
                )
                date = f"{moment.month}/{moment.day}/{moment.year} {moment.hour % 12 or 12}:{moment:%M:%S} {'AM' if moment.hour < 12 else 'PM'}"
                previous = [
                    str(data["RecordType"]),
                    date,
                    data["UserId"],
                    data["Operation"],
                    json.dumps(data, separators=(",", ":")),
                ]
                identity = data["Id"]
            out.writerow([*previous, index + 1, count, identity, "True", "Unchanged"])


if __name__ == "__main__":
    write(int(sys.argv[1]), sys.argv[2])
