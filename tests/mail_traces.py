"""Small invented message traces for tests: the columns of each form, one row of it, and the bytes of a file."""

import csv
import io

from helpers import read_events

from m365timeline.parsers.message_trace_csv import MessageTraceCsv
from m365timeline.parsers.message_trace_detail_csv import MessageTraceDetailCsv
from m365timeline.parsers.message_trace_extended import MessageTraceExtended
from m365timeline.parsers.message_trace_summary import MessageTraceSummary

GUID = "05ea21ab-14de-4cdb-f80f-08d402c33fe2"
V1 = [
    "PSComputerName", "RunspaceId", "PSShowComputerName", "Organization", "MessageId", "Received", "SenderAddress", "RecipientAddress",
    "Subject", "Status", "ToIP", "FromIP", "Size", "MessageTraceId", "StartDate", "EndDate", "Index",
]  # fmt: skip
V2 = [
    "MessageTraceId",
    "MessageId",
    "Received",
    "SenderAddress",
    "RecipientAddress",
    "FromIP",
    "ToIP",
    "Subject",
    "Status",
    "Size",
]
DETAIL = [
    "MessageId",
    "MessageTraceId",
    "Date",
    "Event",
    "Action",
    "Detail",
    "Data",
    "SenderAddress",
    "RecipientAddress",
]
SUMMARY = [
    "origin_timestamp_utc", "sender_address", "recipient_status", "message_subject", "total_bytes", "message_id", "network_message_id",
    "original_client_ip", "directionality", "connector_id", "delivery_priority",
]  # fmt: skip
EXTENDED = [
    "date_time_utc", "client_ip", "client_hostname", "server_ip", "server_hostname", "source_context", "connector_id", "source", "event_id",
    "internal_message_id", "message_id", "network_message_id", "recipient_address", "recipient_status", "total_bytes", "recipient_count",
    "related_recipient_address", "reference", "message_subject", "sender_address", "return_path", "message_info", "directionality", "tenant_id",
    "original_client_ip", "original_server_ip", "custom_data",
]  # fmt: skip
TRACE = {
    "Organization": "alderbrook.onmicrosoft.com", "MessageId": "<m1@mail.example>", "Received": "8/15/2025 3:28:54 PM",
    "SenderAddress": "amy@alderbrook.example", "RecipientAddress": "bob@other.example", "Subject": "Invoice 7", "Status": "Delivered",
    "FromIP": "192.0.2.7", "ToIP": "", "Size": "30660", "MessageTraceId": GUID, "PSComputerName": "outlook.office365.com",
    "RunspaceId": "1", "PSShowComputerName": "False", "StartDate": "8/10/2025 12:00:00 AM", "EndDate": "8/16/2025 12:00:00 AM", "Index": "0",
}  # fmt: skip
REPORT = {
    "origin_timestamp_utc": "2025-08-15T15:28:54.1234567Z", "date_time_utc": "2025-08-15T15:28:54.1234567Z", "sender_address": "amy@alderbrook.example",
    "message_subject": "Invoice 7", "total_bytes": "30660", "message_id": "<m1@mail.example>", "network_message_id": GUID.upper(),
    "original_client_ip": "192.0.2.7", "directionality": "Originating", "connector_id": "c", "delivery_priority": "Normal",
}  # fmt: skip


def table(columns, *rows, delimiter=",", encoding="utf-8", before=""):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return (before + text.getvalue()).encode(encoding)


def trace(columns=V2, **changes):
    return read_events(table(columns, {**TRACE, **changes}), MessageTraceCsv)[2][0]


def summary(**changes):
    return read_events(table(SUMMARY, {**REPORT, **changes}), MessageTraceSummary)[2]


def extended(**changes):
    return read_events(table(EXTENDED, {**REPORT, "source": "SMTP", **changes}), MessageTraceExtended)[2]


def detail(**changes):
    return read_events(table(DETAIL, {**TRACE, "Date": "8/15/2025 3:28:54 PM", **changes}), MessageTraceDetailCsv)[2][0]
