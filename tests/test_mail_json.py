"""Message trace and Exchange's two audits as JSON: the same records as in the other wrappings."""

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from helpers import read_events

from m365timeline.parsers.admin_audit_clixml import AdminAuditClixml
from m365timeline.parsers.admin_audit_json import AdminAuditJson
from m365timeline.parsers.admin_audit_list import AdminAuditList
from m365timeline.parsers.admin_audit_xml import AdminAuditXml
from m365timeline.parsers.mailbox_audit_clixml import MailboxAuditClixml
from m365timeline.parsers.mailbox_audit_json import MailboxAuditJson
from m365timeline.parsers.mailbox_audit_list import MailboxAuditList
from m365timeline.parsers.mailbox_audit_xml import MailboxAuditXml
from m365timeline.parsers.message_trace_csv import MessageTraceCsv
from m365timeline.parsers.message_trace_detail_json import MessageTraceDetailJson
from m365timeline.parsers.message_trace_json import MessageTraceJson

OWN = Path(__file__).resolve().parents[1] / "sample_exports"
TRACE = {
    "MessageTraceId": "05ea21ab-14de-4cdb-f80f-08d402c33fe2", "MessageId": "<m1@mail.example>", "Received": "2026-03-09T08:12:04",
    "SenderAddress": "eve@bad.example", "RecipientAddress": "amy@alderbrook.example", "FromIP": "198.51.100.9", "ToIP": None, "Subject": "Invoice",
    "Status": "Delivered", "Size": 38114,
}  # fmt: skip


def traced(data):
    _, issues, events = read_events(json.dumps(data).encode(), MessageTraceJson)
    assert issues == []
    return events


@pytest.mark.parametrize(
    "received",
    [
        "2026-03-09T08:12:04",
        "2026-03-09T08:12:04Z",
        "2026-03-09T08:12:04.0000000Z",
        "/Date(1773043924000)/",
        "/Date(1773043924000+0200)/",
    ],
)
@pytest.mark.parametrize(
    "wrap",
    [
        lambda row: row,
        lambda row: [row],
        lambda row: {"d": {"results": [row]}},
        lambda row: {"EWS": {"MessageTrace": [row]}},
        lambda row: {"value": [row]},
    ],
)
def test_every_spelling_of_the_time_is_the_same_instant(received, wrap):
    (event,) = traced(wrap({**TRACE, "Received": received}))
    (other,) = traced([TRACE])
    assert event.time == other.time
    assert event.event_id == other.event_id
    assert event.time_basis in {"offset_stated", "utc_by_specification"}


def test_table_and_object_are_one_row():
    header = [name for name in TRACE if name != "ToIP"]
    cells = [f'"{TRACE[name]}"' for name in header]
    _, _, (row,) = read_events(f"{','.join(header)}\r\n{','.join(cells)}\r\n".encode(), MessageTraceCsv)
    (event,) = traced([TRACE])
    assert row.event_id == event.event_id
    for name in ("summary", "size_bytes", "ip", "network_message_id", "recipients", "outcome", "time"):
        assert getattr(row, name) == getattr(event, name)


def test_graph_spells_the_members_its_own_way():
    (event,) = traced(
        {"value": [{"id": "x", "senderAddress": "a@x.example", "recipientAddress": "b@x.example", "messageId": "<m@x>", "receivedDateTime": "2026-03-09T08:12:04Z", "status": "filteredAsSpam", "fromIP": "198.51.100.9"}]}
    )  # fmt: skip
    assert event.summary.endswith("was filtered as spam")
    assert event.ip == "198.51.100.9"


def test_members_that_name_types_are_left_out():
    (event,) = traced([{**TRACE, "Received@data.type": "System.DateTime", "Carrier": "pigeon"}])
    assert json.loads(event.extra) == {"Carrier": "pigeon"}


def test_details_as_objects():
    row = {
        "MessageTraceId": TRACE["MessageTraceId"],
        "MessageId": "<m1@x>",
        "Date": "/Date(1773043924000)/",
        "Event": "Fail",
        "Action": "",
        "Detail": "550 5.1.10 No such user",
        "Data": "",
    }
    _, issues, (event,) = read_events(json.dumps([row]).encode(), MessageTraceDetailJson)
    assert issues == []
    assert (event.outcome, event.error_code, event.network_message_id) == (
        "failure",
        "550 5.1.10",
        TRACE["MessageTraceId"],
    )


@pytest.mark.parametrize(
    ("objects", "other", "parsers"),
    [
        (
            "mailbox_audit_json/MailboxAuditLog_alderbrook_2026-03-17.json",
            "mailbox_audit_xml/SearchResult.xml",
            (MailboxAuditJson, MailboxAuditXml),
        ),
        (
            "admin_audit_json/search_adminauditlog_ps5.json",
            "admin_audit_xml/SearchResult.xml",
            (AdminAuditJson, AdminAuditXml),
        ),
    ],
)
def test_an_audit_entry_is_one_in_xml_and_json(objects, other, parsers):
    _, issues, made = read_events(OWN / objects, parsers[0])
    _, _, xml = read_events(OWN / other, parsers[1])
    assert issues == []
    assert [event.event_id for event in made] == [event.event_id for event in xml]
    assert len({event.event_id for event in made}) == len(made)
    same = (
        "time", "operation", "category", "severity", "summary", "outcome", "actor", "actor_id", "actor_type", "actor_is_owner", "logon_type", "mailbox",
        "mailbox_id", "target", "target_type", "ip", "client_app", "folder", "dest_folder", "subject", "item_count", "changes", "command", "external_access",
    )  # fmt: skip
    for one, two in zip(made, xml, strict=True):
        left, right = ({name: getattr(event, name) for name in same} for event in (one, two))
        if two.external_access is None:  # SearchResult.xml does not have it for mailboxes, nor the address of a cmdlet
            left["external_access"] = None
        assert left == right


@pytest.mark.parametrize(
    ("objects", "other", "parsers"),
    [
        (
            "mailbox_audit_clixml/Exchange_Mailbox_Audit.xml",
            "mailbox_audit_xml/SearchResult.xml",
            (MailboxAuditClixml, MailboxAuditXml),
        ),
        ("admin_audit_clixml/admin_audit.xml", "admin_audit_xml/SearchResult.xml", (AdminAuditClixml, AdminAuditXml)),
    ],
)
def test_an_audit_entry_is_one_in_xml_and_clixml(objects, other, parsers):
    _, issues, made = read_events(OWN / objects, parsers[0])
    _, _, xml = read_events(OWN / other, parsers[1])
    assert issues == []
    known = {event.event_id: event for event in xml}
    assert len(made) > 10
    for event in made:
        twin = known[event.event_id]
        assert (event.time, event.summary, event.changes, event.command) == (
            twin.time,
            twin.summary,
            twin.changes,
            twin.command,
        )
        assert event.quality is None


def test_what_a_printed_list_still_says():
    _, issues, made = read_events(
        OWN / "mailbox_audit_list/mailbox_audit_2026-03-11.txt", MailboxAuditList, ZoneInfo("America/Los_Angeles")
    )
    assert issues == []
    _, _, xml = read_events(OWN / "mailbox_audit_xml/SearchResult.xml", MailboxAuditXml)
    told = {(event.time // 1_000_000, event.operation, event.folder): event for event in xml}
    for event in made:
        twin = told[
            (event.time if event.time // 1_000_000 in {key[0] for key in told} else event.time_day_first) // 1_000_000,
            event.operation,
            event.folder,
        ]
        assert (event.actor, event.mailbox, event.ip, event.item_count, event.outcome) == (
            twin.actor,
            twin.mailbox,
            twin.ip,
            twin.item_count,
            twin.outcome,
        )
    _, issues, ran = read_events(OWN / "admin_audit_list/admin_audit.txt", AdminAuditList)
    assert issues == []
    assert all(event.time is None and event.command is None for event in ran)
    assert any(
        "parameters Identity, ForwardingSmtpAddress, DeliverToMailboxAndForward; their values were lost"
        in event.summary
        for event in ran
    )


def test_children_that_became_texts_are_lost():
    entry = {
        "LastAccessed": "2026-03-09T08:12:04.1234567+01:00",
        "Operation": "HardDelete",
        "MailboxGuid": "g",
        "SourceItems": ["Microsoft.Exchange.X", "Y"],
    }
    _, _, (event,) = read_events(json.dumps([entry]).encode(), MailboxAuditJson)
    assert event.quality == ["details_lost"]


def test_a_wrapped_date_is_read():
    run = {
        "Caller": "x",
        "CmdletName": "Set-Mailbox",
        "RunDate": {"value": "\\/Date(1773043924000)\\/", "DateTime": "Monday"},
        "CmdletParameters": {"Name": "Identity", "Value": "amy"},
    }
    _, _, (event,) = read_events(json.dumps(run).encode(), AdminAuditJson)
    assert event.time == 1773043924000000
    assert event.command == "Set-Mailbox -Identity amy"
