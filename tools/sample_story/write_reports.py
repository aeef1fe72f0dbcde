"""The two message-trace reports: enhanced summary (one row a message) and extended (one row an event), UTF-16 without a mark."""

from datetime import datetime, timedelta

from sample_story.cast import FORWARD_TO, PEOPLE, TENANT_ID, THIEF_LATER, VICTOR_HOME
from sample_story.ids import at, digest, fraction, number, pick
from sample_story.mails import Mail
from sample_story.write_audit_csv import lines

SUMMARY_COLUMNS = (
    "origin_timestamp_utc,sender_address,recipient_status,message_subject,total_bytes,message_id,network_message_id,"
    "original_client_ip,directionality,connector_id,delivery_priority"
)
DETAIL_COLUMNS = (
    "date_time_utc,client_ip,client_hostname,server_ip,server_hostname,source_context,connector_id,source,event_id,"
    "internal_message_id,message_id,network_message_id,recipient_address,recipient_status,total_bytes,recipient_count,"
    "related_recipient_address,reference,message_subject,sender_address,return_path,message_info,directionality,"
    "tenant_id,original_client_ip,original_server_ip,custom_data"
)
_RUN = at("2026-03-16T11:30:12")
_STATUS = {
    "Expanded": "Receive, Expand",
    "Failed": "Receive, Fail",
    "Quarantined": "Receive, Quarantine",
    "FilteredAsSpam": "Receive, Deliver",
}


def csv_line(cells: list[str]) -> str:
    """Write a line as the service does: quotes only where they are needed."""
    return ",".join(
        '"' + cell.replace('"', '""') + '"' if any(mark in cell for mark in '",\r\n') else cell for cell in cells
    )


def _stamp(time: datetime, label: str) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S}.{fraction(label)}Z"


def _client_ip(mail: Mail) -> str:
    """Give the address the author sent from; the service keeps it for ten days."""
    if mail.time < _RUN - timedelta(days=10):
        return ""
    if mail.ip or not mail.author:
        return mail.ip
    if mail.key.startswith("fraud"):
        return THIEF_LATER.ip
    return VICTOR_HOME.ip if mail.key in {"behalf", "private"} else "192.0.2.10"


def summary(mails: list[Mail]) -> bytes:
    """Write the enhanced summary of the two accounts payable mailboxes and the group, unsorted as it comes."""
    wanted = {PEOPLE["tom"].upn, PEOPLE["payable"].upn}
    chosen = [mail for mail in mails if wanted & {mail.sender, *dict(mail.deliveries)} and mail.time < _RUN]
    rows = [SUMMARY_COLUMNS]
    for mail in sorted(chosen, key=lambda mail: digest(f"unsorted:{mail.key}", 4)):
        packed = ";".join(f"{address}##{_summary_status(mail, address, status)}" for address, status in mail.deliveries)
        cells = [_stamp(mail.time, mail.key), mail.sender, packed, mail.subject, str(mail.size), mail.message_id]
        rows.append(csv_line([*cells, mail.network_id, _client_ip(mail), mail.direction, "", "Normal"]))
    return lines(rows).encode("utf-16-le")


def _summary_status(mail: Mail, address: str, status: str) -> str:
    return _STATUS.get(status, "Receive, Send" if mail.is_outside(address) else "Receive, Deliver")


def extended(mails: dict[str, Mail]) -> bytes:
    """Write every transport event of the mails that matter."""
    keys = "phish fraud_group fraud_fairholt fraud_brindle fraud_kestrel reply_fairholt reply_brindle behalf private"
    rows = [DETAIL_COLUMNS]
    for key in keys.split():
        rows += [
            csv_line([cells.get(column, "") for column in DETAIL_COLUMNS.split(",")])
            for cells in transport_events(mails[key])
        ]
    return lines(rows).encode("utf-16-le")


def transport_events(mail: Mail) -> list[dict[str, str]]:
    """Make every transport event of a mail, in order: the cells by the column names of the extended report."""
    inside = [address for address, status in mail.deliveries if status == "Delivered" and not mail.is_outside(address)]
    outside = [address for address, status in mail.deliveries if status == "Delivered" and mail.is_outside(address)]
    groups = [address for address, status in mail.deliveries if status == "Expanded"]
    first = groups or [address for address, _ in mail.deliveries if address != FORWARD_TO]
    if mail.author:
        client = f"ClientType:OWA, SubmissionAssistant:MailboxTransportSubmissionEmailAssistant, Mailbox:{mail.author.mailbox_guid}"
        events = [
            _event(mail, 0, "STOREDRIVER", "SUBMIT", first, context=client),
            _event(mail, 0, "SMTP", "RECEIVE", first, status="To"),
        ]
    else:
        events = [_event(mail, 0, "SMTP", "RECEIVE", first, status=";".join(["To"] * len(first)))]
    events.append(_event(mail, 1, "AGENT", "AGENTINFO", first, custom=_agents(mail)))
    if groups:
        events.append(_event(mail, 1, "ROUTING", "EXPAND", inside, related=groups[0], reference=groups[0]))
    if FORWARD_TO in outside:
        events.append(_event(mail, 1, "RESOLVER", "REDIRECT", [FORWARD_TO], related=PEOPLE["tom"].upn))
    events += [_event(mail, 2, "STOREDRIVER", "DELIVER", [address]) for address in inside]
    events += [
        _event(mail, 3, "SMTP", "SENDEXTERNAL", [address], status="250 2.1.5 Recipient OK") for address in outside
    ]
    for address, status in mail.deliveries:
        if status == "Failed":
            error = "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"
            events.append(_event(mail, 2, "SMTP", "FAIL", [address], status=error))
            events.append(_event(mail, 3, "DSN", "DSN", [mail.sender], reference=mail.message_id))
        elif status == "Quarantined":
            events.append(
                _event(
                    mail,
                    2,
                    "AGENT",
                    "FAIL",
                    [address],
                    status="550 5.2.1 Content Filter agent quarantined this message",
                )
            )
        elif status == "FilteredAsSpam":
            events.append(_event(mail, 2, "STOREDRIVER", "DELIVER", [address]))
    return events


def _agents(mail: Mail) -> str:
    score = "SFV=SPM|SCL=6|SCORE=6" if mail.key == "phish" else "SFV=NSPM|SCL=1|SCORE=0"
    source = "Internet" if mail.ip else "Hosted"
    return f"S:SFA=SUM|{score}|CIP={mail.ip or '255.255.255.255'}|DI=SN|LANG=en;S:FromEntity={source};S:MsgRecipCount={len(mail.deliveries)}"


def _event(
    mail: Mail,
    offset: int,
    source: str,
    event: str,
    recipients: list[str],
    *,
    context: str = "",
    status: str = "",
    related: str = "",
    reference: str = "",
    custom: str = "",
) -> dict[str, str]:
    label = f"{mail.key}:{event}:{recipients}"
    server = f"{pick(label, ('AM9PR07MB4411', 'DB8PR07MB6122', 'VI1PR07MB5530'))}.eurprd07.prod.outlook.com"
    return {
        "date_time_utc": _stamp(mail.time + timedelta(seconds=offset), mail.key),
        "client_ip": mail.ip if event == "RECEIVE" else "",
        "server_hostname": server,
        "source_context": context,
        "source": source,
        "event_id": event,
        "internal_message_id": str(number(label, 1_000_000, 99_999_999)),
        "message_id": mail.message_id,
        "network_message_id": mail.network_id,
        "recipient_address": ";".join(recipients),
        "recipient_status": status,
        "total_bytes": str(mail.size),
        "recipient_count": str(len(recipients)),
        "related_recipient_address": related,
        "reference": reference,
        "message_subject": mail.subject,
        "sender_address": mail.sender,
        "return_path": mail.sender,
        "directionality": mail.direction,
        "tenant_id": TENANT_ID,
        "original_client_ip": _client_ip(mail),
        "custom_data": custom,
    }
