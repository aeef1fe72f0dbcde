"""Invented Exchange records of the unified audit log, and the events they become."""

import json

from m365timeline.normalizers.audit_data import normalize
from m365timeline.normalizers.context import Context
from m365timeline.normalizers.registry import complete
from m365timeline.parsers._json import decode_object
from m365timeline.schemas.record import Record

OWNER = "amy@contoso.test"
OWNER_SID, OTHER_SID = "S-1-5-21-7-7-7-1001", "S-1-5-21-7-7-7-1002"
BASE = {
    "CreationTime": "2024-03-05T10:11:12",
    "Id": "5f0c7f7e-0000-4000-8000-00000000000a",
    "Workload": "Exchange",
    "Version": 1,
}


def event_of(data):
    decoded = decode_object(json.dumps(data))
    record = Record(
        kind="audit_data",
        fields={},
        number=1,
        line=1,
        offset=0,
        length=1,
        raw="",
        data=decoded.data,
        canonical=decoded.canonical,
    )
    context = Context(source_type="unified_audit_csv", family="unified_audit_log")
    events = normalize(record, context)
    complete(events, record, context)
    (event,) = events
    return event


def cmdlet(operation, parameters, **more):
    listed = (
        [{"Name": name, "Value": value} for name, value in parameters.items()]
        if isinstance(parameters, dict)
        else parameters
    )
    return event_of(
        BASE
        | {
            "RecordType": 1,
            "Operation": operation,
            "UserId": "helen@contoso.test",
            "UserType": 2,
            "ResultStatus": "True",
            "Parameters": listed,
        }
        | more
    )


def access(operation="MailItemsAccessed", record_type=50, **more):
    return event_of(
        BASE
        | {
            "RecordType": record_type, "Operation": operation, "UserId": OWNER, "UserType": 0, "ResultStatus": "Succeeded",
            "LogonType": 0, "LogonUserSid": OWNER_SID, "MailboxOwnerSid": OWNER_SID, "MailboxOwnerUPN": OWNER,
            "MailboxGuid": "2c1c0000-0000-4000-8000-000000000001", "ClientInfoString": "Client=OWA;Action=ViaProxy",
            "OriginatingServer": "AM6PR04MB0001 (15.20.4200.000)\r\n", "ExternalAccess": False,
        }
        | more
    )  # fmt: skip


def bind(*folders, throttled="False", **more):
    properties = [{"Name": "MailAccessType", "Value": "Bind"}, {"Name": "IsThrottled", "Value": throttled}]
    return access(OperationProperties=properties, Folders=list(folders), **more)


INBOX = {
    "Path": "\\Inbox", "Id": "LgAA1",
    "FolderItems": [{"InternetMessageId": "<one@x.test>", "SizeInBytes": 100, "Subject": "Plans"}, {"InternetMessageId": "<two@x.test>", "SizeInBytes": 50}],
}  # fmt: skip
