"""Message trace as the cmdlets give it: both versions, and the events of chosen messages."""

from datetime import datetime, timedelta
from html import escape

from sample_story.cast import FORWARD_TO, PEOPLE, TENANT
from sample_story.ids import at, guid, number
from sample_story.mails import Mail
from sample_story.write_audit_csv import lines, quoted

V1_WINDOW = (at("2026-03-05T00:00:00"), at("2026-03-15T00:00:00"))
V2_WINDOW = (at("2026-03-09T00:00:00"), at("2026-03-18T00:00:00"))
SESSION = ["outlook.office365.com", guid("runspace:trace"), "False"]
Row = tuple[Mail, str, str]


def in_window(mails: list[Mail], window: tuple[datetime, datetime]) -> list[Mail]:
    """Choose the mails of a window, newest first."""
    chosen = [mail for mail in mails if window[0] <= mail.time < window[1]]
    return sorted(chosen, key=lambda mail: (mail.time, mail.key), reverse=True)


def american(time: datetime) -> str:
    """Write a time as an American machine does."""
    return f"{time.month}/{time.day}/{time.year} {time.hour % 12 or 12}:{time:%M:%S %p}"


def _rows(mails: list[Mail]) -> list[Row]:
    return [(mail, address, status) for mail in mails for address, status in mail.deliveries]


def to_ip(mail: Mail, address: str) -> str:
    """Give the address a mail was sent to, which only outgoing mail has."""
    return f"192.0.2.{number(f'mx:{address}', 200, 250)}" if mail.is_outside(address) and not mail.ip else ""


def trace_v1(mails: list[Mail]) -> bytes:
    """Write Get-MessageTrace of a remote session on an American machine, with the window in every row."""
    columns = (
        "PSComputerName RunspaceId PSShowComputerName Organization MessageId Received SenderAddress RecipientAddress "
        "Subject Status ToIP FromIP Size MessageTraceId StartDate EndDate Index"
    )
    rows = ["#TYPE Deserialized.Microsoft.Exchange.Management.FfoReporting.MessageTrace", quoted(columns.split())]
    window = [american(time) for time in V1_WINDOW]
    for index, (mail, address, status) in enumerate(_rows(in_window(mails, V1_WINDOW))):
        what = [TENANT, mail.message_id, american(mail.time), mail.sender, address, mail.subject, status]
        where = [to_ip(mail, address), mail.ip, str(mail.size), mail.network_id]
        rows.append(quoted([*SESSION, *what, *where, *window, str(index)]))
    return b"\xef\xbb\xbf" + lines(rows).encode()


def trace_v2(mails: list[Mail]) -> bytes:
    """Write chosen columns of Get-MessageTraceV2 from a British machine; a page boundary comes twice."""
    columns = "MessageTraceId MessageId Received SenderAddress RecipientAddress FromIP Subject Status Size"
    rows = [quoted(columns.split())]
    found = _rows(in_window(mails, V2_WINDOW))
    boundary = len(found) // 2
    for mail, address, status in [*found[:boundary], *found[boundary - 1 :]]:
        received = f"{mail.time:%d/%m/%Y %H:%M:%S}"
        cells = [mail.network_id, mail.message_id, received, mail.sender, address, mail.ip, mail.subject, status]
        rows.append(quoted([*cells, str(mail.size)]))
    return lines(rows).encode()


def trace_detail(mails: dict[str, Mail]) -> bytes:
    """Write Get-MessageTraceDetail of the mails that matter."""
    columns = (
        "Organization MessageId MessageTraceId Date Event Action Detail Data SenderAddress RecipientAddress "
        "StartDate EndDate Index"
    )
    rows = [quoted(columns.split())]
    window = [american(time) for time in V1_WINDOW]
    index = 0
    keys = "phish fraud_group fraud_fairholt fraud_brindle fraud_kestrel reply_fairholt reply_brindle behalf private"
    for mail in (mails[key] for key in keys.split()):
        for address, status in mail.deliveries:
            for offset, event, detail, data in steps_of(mail, address, status):
                when = american(mail.time + timedelta(seconds=offset))
                what = [TENANT, mail.message_id, mail.network_id, when, event, "", detail, data]
                rows.append(quoted([*what, mail.sender, address, *window, str(index)]))
                index += 1
    return b"\xef\xbb\xbf" + lines(rows).encode()


def steps_of(mail: Mail, address: str, status: str) -> list[tuple[int, str, str, str]]:
    """What the trace says happened to a mail on its way to one recipient: seconds after it was sent, event, detail, data."""
    server = f"{mail.author.server if mail.author else 'DB8PR07MB6122'}.eurprd07.prod.outlook.com"
    base = {"ServerHostName": server, "ReturnPath": mail.sender}
    came = "Message received by: " + server
    steps = [(0, "Receive", came, _data(base | {"ClientIP": mail.ip or "2603:10a6:20b:5a4::11", "RcptCount": "1"}))]
    if mail.author:
        steps.append((1, "Submit", "The message was submitted.", ""))
    reason = (
        "Reason: [{LED=550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup};"
        "{MSG=};{FQDN=mx.kestrelmarine.example};{IP=192.0.2.222};{LRT=3/11/2026 6:19:07 AM}]. "
        "OutboundProxyTargetIP: 192.0.2.222. OutboundProxyTargetHostName: mx.kestrelmarine.example"
    )
    ends = {
        "Expanded": [
            (2, "Expand", "Distribution group was expanded.", ""),
            (2, "Drop", "250 2.1.5 RESOLVER.GRP.Expanded", ""),
        ],
        "Failed": [(3, "Fail", reason, "")],
        "FilteredAsSpam": [(2, "Spam", "The message was marked as spam.", _data({"SCL": "6", "SFV": "SPM"}))],
        "Quarantined": [(2, "Quarantine", "The message was quarantined.", _data({"SCL": "9", "SFV": "SPM"}))],
    }
    if status in ends:
        return steps + ends[status]
    if address == FORWARD_TO:
        steps.append(
            (1, "Redirect", f"The message was redirected to {address}.", _data({"RelatedRecipient": PEOPLE["tom"].upn}))
        )
    if mail.is_outside(address):
        host = f"mx.{address.rpartition('@')[2]}"
        accepted = f"Message transferred to: {host} using TLS1.3 with AES256"
        return [
            *steps,
            (4, "Send external", accepted, _data({"OutboundProxyTargetHostName": host, "tlsversion": "TLS1_3"})),
        ]
    return [*steps, (3, "Deliver", "The message was successfully delivered.", _data({"TotalLatency": "3"}))]


def _data(values: dict[str, str]) -> str:
    numbers = {"RcptCount", "SCL", "TotalLatency"}
    items = "".join(
        f'<MEP Name="{name}" {"Integer" if name in numbers else "String"}="{escape(value)}"/>'
        for name, value in values.items()
    )
    return f"<root>{items}</root>"
