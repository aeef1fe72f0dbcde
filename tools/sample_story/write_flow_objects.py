"""Message tracking and trace details as objects: JSON of PowerShell 5, CLIXML, and the text Format-List prints."""

import json
from datetime import datetime, timedelta, timezone
from typing import Any

from sample_story.ids import at
from sample_story.mails import Mail
from sample_story.write_objects import clixml, listed
from sample_story.write_trace import american, steps_of
from sample_story.write_tracking import rows_of

_BERLIN = timezone(timedelta(hours=1))  # until 29 March 2026
_SHOWN = 4  # entries of a list that Format-List prints


def tracking_json(mails: list[Mail]) -> bytes:
    """Write Get-MessageTrackingLog through ConvertTo-Json of PowerShell 5."""
    rows = [row | {"Timestamp": f"/Date({round(time.timestamp() * 1000)})/"} for time, row in _tracked(mails)]
    return json.dumps(rows, indent=1).replace("/Date(", "\\/Date(").replace(')/"', ')\\/"').encode()


def tracking_clixml(mails: list[Mail]) -> bytes:
    """Write the same through Export-Clixml on a German server."""
    rows = [row | {"Timestamp": time.astimezone(_BERLIN).isoformat()} for time, row in _tracked(mails)]
    return clixml("Microsoft.Exchange.Management.TransportLogSearchTasks.MessageTrackingEvent", rows)


def tracking_list(mails: list[Mail]) -> bytes:
    """Write the same as Format-List prints it there."""
    return listed([
        {name: _braced(value) for name, value in row.items()} | {"Timestamp": f"{time.astimezone(_BERLIN):%d.%m.%Y %H:%M:%S}"}
        for time, row in _tracked(mails)
    ])  # fmt: skip


def detail_clixml(mails: list[Mail]) -> bytes:
    """Write Get-MessageTraceDetailV2 through Export-Clixml."""
    rows = [row | {"Date": f"{time:%Y-%m-%dT%H:%M:%SZ}"} for time, row in _details(mails)]
    return clixml("Microsoft.Exchange.Management.FfoReporting.MessageTraceDetailV2", rows)


def detail_list(mails: list[Mail]) -> bytes:
    """Write the same as Format-List prints it on an American machine."""
    return listed([row | {"Date": american(time)} for time, row in _details(mails)])


def _tracked(mails: list[Mail]) -> list[tuple[datetime, dict[str, Any]]]:
    return [
        (
            at(row["date_time_utc"][:23]),
            {
                "Timestamp": "", "ClientIp": row["client_ip"], "ClientHostname": row.get("client_hostname", ""), "ServerHostname": row["server_hostname"],
                "Source": row["source"], "EventId": row["event_id"], "MessageId": row["message_id"], "NetworkMessageId": row["network_message_id"],
                "Recipients": row["recipient_address"].split(";"), "RecipientStatus": [item for item in row["recipient_status"].split(";") if item],
                "TotalBytes": row["total_bytes"], "RecipientCount": row["recipient_count"], "MessageSubject": row["message_subject"],
                "Sender": row["sender_address"], "OriginalClientIp": row["original_client_ip"],
            },
        )
        for row in rows_of(mails)
    ]  # fmt: skip


def _details(mails: list[Mail]) -> list[tuple[datetime, dict[str, Any]]]:
    return [
        (
            mail.time + timedelta(seconds=offset),
            {
                "MessageId": mail.message_id, "MessageTraceId": mail.network_id, "Date": "", "Event": event, "Action": "", "Detail": detail,
                "Data": data, "SenderAddress": mail.sender, "RecipientAddress": address,
            },
        )
        for mail in mails
        for address, status in mail.deliveries
        for offset, event, detail, data in steps_of(mail, address, status)
    ]  # fmt: skip


def _braced(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return "{" + ", ".join(value[:_SHOWN]) + ("..." if len(value) > _SHOWN else "") + "}"
