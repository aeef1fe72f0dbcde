"""What a bad input is, and the small good exports that bad ones are made from."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from exports import audit_data, purview_csv

CANARY = "CANARY-7f3a9c-must-never-be-read"
Data = bytes | Callable[[], bytes]


@dataclass(frozen=True, kw_only=True)
class Bad:
    """Files, and what must become of them.

    ``codes`` are the codes of everything that is not read. ``must`` are texts that have to stand in the events, the
    issues or the report; ``never`` texts that may stand in no event. ``seconds`` is the longest it may take.
    """

    name: str
    files: dict[str, Data] = field(default_factory=dict)
    make: Callable[[Path], None] | None = None
    exit: int = 3
    records: int | None = None
    rejected: int = 0
    codes: frozenset[str] = frozenset()
    must: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    seconds: float = 5.0
    pending: str = ""  # why it does not stand yet
    large: bool = False  # only run alone, with its memory measured


def bad(
    name,
    data=None,
    codes="",
    *,
    records=None,
    rejected=None,
    exit=None,
    must=(),
    never=(),
    file="input",
    files=None,
    **options,
):
    """One row of the corpus. Codes are separated by blanks; the exit code and the rejects follow from the rest if not given."""
    found = frozenset(codes.split())
    if rejected is None:
        rejected = 1 if found - {"no_export", "unreadable_archive", "limit_reached"} and records else 0
    if exit is None:
        exit = 2 if not records else 3 if found - {"no_export"} else 0  # noqa: A001
    return Bad(
        name=name, files=files if files is not None else {} if data is None else {file: data}, records=records, rejected=rejected, codes=found, exit=exit,
        must=(must,) if isinstance(must, str) else tuple(must), never=(never,) if isinstance(never, str) else tuple(never), **options,
    )  # fmt: skip


def write_files(case, folder):
    """Write the files of a case into an empty folder; the folder as the input."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in case.files.items():
        (folder / name).write_bytes(data() if callable(data) else data)
    if case.make is not None:
        case.make(folder)


def ual(*records, **options):
    """A unified audit log of the portal; numbers are made into records."""
    return purview_csv([audit_data(item) if isinstance(item, int) else item for item in records], **options)


def ual_text(text):
    """A unified audit log whose only AuditData is this text."""
    return purview_csv([text])


def ual_object(number=1, **changes):
    return json.dumps(audit_data(number, **changes))


V2 = '"MessageTraceId","MessageId","Received","SenderAddress","RecipientAddress","FromIP","Subject","Status","Size"\r\n'
V1 = '"Organization","MessageId","Received","SenderAddress","RecipientAddress","Subject","Status","ToIP","FromIP","Size","MessageTraceId","StartDate","EndDate","Index"\r\n'
DETAIL = '"Organization","MessageId","MessageTraceId","Date","Event","Action","Detail","Data","SenderAddress","RecipientAddress","StartDate","EndDate","Index"\r\n'
SUMMARY = "origin_timestamp_utc,sender_address,recipient_status,message_subject,total_bytes,message_id,network_message_id,original_client_ip,directionality,connector_id,delivery_priority\r\n"
EXTENDED = (
    "date_time_utc,client_ip,client_hostname,server_ip,server_hostname,source_context,connector_id,source,event_id,internal_message_id,message_id,"
    "network_message_id,recipient_address,recipient_status,total_bytes,recipient_count,related_recipient_address,reference,message_subject,sender_address,"
    "return_path,message_info,directionality,tenant_id,original_client_ip,original_server_ip,custom_data\r\n"
)


def v2(n=1, subject="Hello", received="2026-03-17T13:30:14"):
    return f'"00000000-0000-4000-8000-{n:012d}","<m{n}@a.example>","{received}","ann@a.example","bob@b.example","192.0.2.1","{subject}","Delivered","1234"\r\n'


def v1(n=1):
    return f'"o","<m{n}@a.example>","3/17/2026 1:30:14 PM","ann@a.example","bob@b.example","Hi","Delivered","","192.0.2.1","12","00000000-0000-4000-8000-{n:012d}","3/16/2026 1:30:14 PM","3/18/2026 1:30:14 PM","{n}"\r\n'


def detail(n=1, data='<root><MEP Name=""ConnectorId"" String=""x""/></root>'):
    return f'"o","<m{n}@a.example>","00000000-0000-4000-8000-{n:012d}","3/17/2026 1:30:14 PM","Receive","","Message received","{data}","ann@a.example","bob@b.example","3/16/2026 1:30:14 PM","3/18/2026 1:30:14 PM","{n}"\r\n'


def summary(n=1, status="bob@b.example##Receive, Deliver"):
    return f'2026-03-17T13:30:{n % 60:02d}.1234567Z,ann@a.example,"{status}",Hello,1234,<m{n}@a.example>,00000000-0000-4000-8000-{n:012d},192.0.2.1,Incoming,,Normal\r\n'


def extended(n=1, custom="S:PCFA=x;S:E2ELatency=1"):
    return (
        f"2026-03-17T13:30:{n % 60:02d}.1234567Z,192.0.2.1,host,192.0.2.2,server,ctx,conn,SMTP,RECEIVE,{n},<m{n}@a.example>,00000000-0000-4000-8000-{n:012d},"
        f'bob@b.example,250 OK,1234,1,,,Hello,ann@a.example,ann@a.example,,Incoming,tenant,192.0.2.1,192.0.2.2,"{custom}"\r\n'
    )


XML = '<?xml version="1.0" encoding="utf-8"?>\r\n<SearchResults>\r\n'
END = "</SearchResults>\r\n"


def box(n=1, extra="", inside=""):
    begin = f'  <Event MailboxGuid="00000000-0000-4000-8000-{n:012d}" Owner="Amy" LastAccessed="2026-03-01T10:00:{n % 60:02d}.1234567-07:00" Operation="SoftDelete" OperationResult="Succeeded" LogonType="Delegate"{extra}'
    return f"{begin}>{inside}</Event>\r\n" if inside else f"{begin} />\r\n"


def admin(n=1, extra="", value="user"):
    return (
        f'  <Event Caller="corp.example/Users/admin{n}" Cmdlet="Set-Mailbox" RunDate="2026-03-0{n % 9 + 1}T10:00:00-07:00" Succeeded="true" Error="None" ObjectModified="amy"{extra}>\r\n'
        f'    <CmdletParameters>\r\n      <Parameter Name="Identity" Value="{value}" />\r\n    </CmdletParameters>\r\n  </Event>\r\n'
    )


def xml(*events, head=XML, end=END):
    return (head + "".join(events) + end).encode()
