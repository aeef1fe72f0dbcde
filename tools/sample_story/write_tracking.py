"""The tracking log of the company's hybrid server, as the file itself and as the cmdlet gives it."""

from datetime import datetime, timedelta

from sample_story.ids import at, guid
from sample_story.mails import Mail
from sample_story.write_audit_csv import lines, quoted
from sample_story.write_reports import DETAIL_COLUMNS, csv_line, transport_events

_SERVER, _VERSION = "MAIL01", "15.02.1748.010"
_COLUMNS = [column.replace("_", "-") for column in DETAIL_COLUMNS.split(",")]
_FIELDS = ["date-time", *_COLUMNS[1:], "transport-traffic-type", "log-id", "schema-version"]
_SINCE_2010 = [name for name in _FIELDS[:-3] if name != "network-message-id"]
_CAMEL = (
    "Timestamp ClientIp ServerHostname Source EventId MessageId NetworkMessageId Recipients RecipientStatus TotalBytes "
    "RecipientCount RelatedRecipientAddress Reference MessageSubject Sender OriginalClientIp"
)
_HOUR = timedelta(hours=1)
_LOST = "System.String[]"


def rows_of(mails: list[Mail]) -> list[dict[str, str]]:
    """Make the events of the mails that passed this server: one place wrote all of them, in order of time."""
    rows = [cells | _place(cells) for mail in mails for cells in transport_events(mail)]
    return sorted(rows, key=lambda cells: (cells["date_time_utc"], cells["message_id"]))


def _place(cells: dict[str, str]) -> dict[str, str]:
    """Name the server: of a sending, the log's server is where the message went, and the client is the server itself."""
    if cells["event_id"] != "SENDEXTERNAL":
        return {"server_hostname": _SERVER}
    return {"client_hostname": _SERVER, "server_hostname": f"mx.{cells['recipient_address'].rpartition('@')[2]}"}


def _cells(row: dict[str, str], fields: list[str]) -> list[str]:
    time = row["date_time_utc"]
    own = {
        "date-time": f"{time[:23]}Z",
        "transport-traffic-type": "Email",
        "log-id": guid(f"log:{time}:{row['event_id']}:{row['recipient_address']}"),
        "schema-version": _VERSION,
    }
    return [own.get(name, row.get(name.replace("-", "_"), "")) for name in fields]


def log_file(mails: list[Mail]) -> bytes:
    """Write one day's log of Exchange 2019: a new hour repeats the first lines, because its file was joined to the last."""
    rows = rows_of(mails)
    written: list[str] = []
    for hour in sorted({row["date_time_utc"][:13] for row in rows}):
        written += _preamble(_VERSION, f"{hour}:00:00.104Z", _FIELDS)
        written += [csv_line(_cells(row, _FIELDS)) for row in rows if row["date_time_utc"].startswith(hour)]
    return b"\xef\xbb\xbf" + lines(written).encode()


def log_file_2010(mails: list[Mail]) -> bytes:
    """Write the same mails as a server of Exchange 2010 would: 26 columns, no network message id."""
    rows = rows_of(mails)
    written = _preamble("14.0.0.0", f"{rows[0]['date_time_utc'][:23]}Z", _SINCE_2010)
    return lines([*written, *(csv_line(_cells(row, _SINCE_2010)) for row in rows)]).encode()


def _preamble(version: str, date: str, fields: list[str]) -> list[str]:
    software = ["#Software: Microsoft Exchange Server", f"#Version: {version}", "#Log-type: Message Tracking Log"]
    return [*software, f"#Date: {date}", f"#Fields: {','.join(fields)}"]


def cmdlet(mails: list[Mail]) -> bytes:
    """Write Get-MessageTrackingLog of a German server: local time, the recipients joined, their statuses lost."""
    rows = [quoted(_CAMEL.split())]
    for row in rows_of(mails):
        time = _german(at(row["date_time_utc"][:19]) + _HOUR)
        where = [
            row["client_ip"],
            row["server_hostname"],
            row["source"],
            row["event_id"],
            row["message_id"],
            row["network_message_id"],
        ]
        whom = [
            row["recipient_address"],
            _LOST,
            row["total_bytes"],
            row["recipient_count"],
            row["related_recipient_address"],
        ]
        rows.append(
            quoted(
                [time, *where, *whom, _LOST, row["message_subject"], row["sender_address"], row["original_client_ip"]]
            )
        )
    return b"\xef\xbb\xbf" + lines(rows).encode()


def _german(time: datetime) -> str:
    return f"{time:%d.%m.%Y %H:%M:%S}"
