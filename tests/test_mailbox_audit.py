"""What a record of the mailbox audit says, and nothing more."""

import json
from datetime import timedelta, timezone
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from helpers import read_events

from m365timeline.normalizers import exchange
from m365timeline.normalizers.times import parse_iso
from m365timeline.parsers.mailbox_audit_xml import MailboxAuditXml
from m365timeline.schemas.event import CATEGORIES, Event
from m365timeline.schemas.reference import rows

SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "samples"
real = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder of real exports is not beside the project")

BASE = {
    "MailboxGuid": "6d4fbdae-0000-4000-8000-f62a14687939",
    "Owner": "Amy Stone",
    "LastAccessed": "2024-03-01T11:01:55.1406251-07:00",
    "Operation": "HardDelete",
    "OperationResult": "Succeeded",
    "LogonType": "Delegate",
    "MailboxOwnerUPN": "amy@contoso.example",
    "MailboxOwnerSid": "S-1-5-21-1-2-3-1151",
    "LogonUserDisplayName": "Helen Ward",
    "LogonUserSid": "S-1-5-21-1-2-3-1149",
}


def event(children="", zone=None, **changes):
    attributes = {key: value for key, value in {**BASE, **changes}.items() if value is not None}
    text = " ".join(f"{key}={quoteattr(value)}" for key, value in attributes.items())
    _, issues, events = read_events(
        f"<SearchResults><Event {text}>{children}</Event></SearchResults>".encode(), MailboxAuditXml, zone
    )
    assert not issues
    return events[0]


def items(*subjects, folder="\\Inbox"):
    return (
        "<SourceItems>"
        + "".join(f'<Item Id="id{s}" Subject={quoteattr(s)} FolderPathName={quoteattr(folder)}/>' for s in subjects)
        + "</SourceItems>"
    )


def test_a_purge_by_a_delegate():
    made = event(
        items("One", " Two", "Three"),
        FolderPathName="\\Recoverable Items\\Deletions",
        ClientIPAddress="192.0.2.9",
        ClientMachineName="PC7",
    )
    assert (
        made.summary
        == "Helen Ward (delegate) purged 3 messages from \\Recoverable Items\\Deletions in amy@contoso.example"
    )
    assert (made.category, made.outcome, made.outcome_raw, made.severity) == (
        "message_delete",
        "success",
        "Succeeded",
        "medium",
    )
    assert (made.actor, made.actor_id, made.logon_type, made.actor_is_owner) == (
        "Helen Ward",
        "S-1-5-21-1-2-3-1149",
        "Delegate",
        False,
    )
    assert (made.mailbox, made.mailbox_id, made.target) == ("amy@contoso.example", BASE["MailboxGuid"], None)
    assert (made.subject, made.item_count, made.folder) == ("One | Two | Three", 3, "\\Recoverable Items\\Deletions")
    assert (made.ip, made.device_name) == ("192.0.2.9", "PC7")
    assert (made.time, made.time_basis, made.time_meaning) == (
        parse_iso("2024-03-01T18:01:55.140625Z").us,
        "offset_stated",
        "recorded",
    )
    assert made.time_raw == "2024-03-01T11:01:55.1406251-07:00"
    extra = json.loads(made.extra)
    assert [item["Subject"] for item in extra["SourceItems"]] == ["One", " Two", "Three"]
    assert extra["Owner"] == "Amy Stone"


@pytest.mark.parametrize(
    ("changes", "children", "words"),
    [
        ({"Operation": "SendAs", "ItemSubject": " Invoice"}, "", 'Helen Ward (delegate) sent the message "Invoice" as amy@contoso.example'),
        ({"Operation": "SendOnBehalf"}, "", "Helen Ward (delegate) sent an unstated number of messages on behalf of amy@contoso.example"),
        ({"Operation": "FolderBind", "FolderPathName": "\\Inbox"}, "", "Helen Ward (delegate) opened the folder \\Inbox in amy@contoso.example"),
        ({"Operation": "MessageBind", "ItemSubject": "Pay", "LogonType": "Admin"}, "", 'Helen Ward (administrator access) opened the message "Pay" in amy@contoso.example'),
        ({"Operation": "Move", "DestFolderPathName": "\\RSS", "OperationResult": "PartiallySucceeded"}, items("A", "B"),
         "Helen Ward (delegate) moved 2 messages from \\Inbox in amy@contoso.example to \\RSS, with partial success"),
        ({"Operation": "Copy", "DestFolderPathName": "\\In", "CrossMailboxOperation": "true", "DestMailboxOwnerUPN": "bo@contoso.example"}, items("A"),
         'Helen Ward (delegate) copied the message "A" from \\Inbox in amy@contoso.example to \\In of bo@contoso.example'),
        ({"Operation": "MoveToDeletedItems"}, '<SourceFolders><Folder Id="f" PathName="\\Old"/></SourceFolders>',
         "Helen Ward (delegate) deleted the folder \\Old in amy@contoso.example (moved to Deleted Items)"),
        ({"Operation": "Update", "ItemId": "x", "DirtyProperties": "Subject, Body"}, "",
         "Helen Ward (delegate) changed an item in amy@contoso.example (changed: Subject, Body)"),
        ({"Operation": "HardDelete", "OperationResult": "Failed", "ItemId": "x"}, "", "Helen Ward (delegate) tried and failed to purge a message in amy@contoso.example"),
        ({"Operation": "NewThing"}, "", "Helen Ward (delegate) performed NewThing in amy@contoso.example"),
        ({"Operation": "UpdateInboxRules"}, "", "Helen Ward (delegate) changed inbox rules in amy@contoso.example from an Outlook client"),
        ({"Operation": "ModifyFolderPermissions", "FolderPathName": "\\Calendar", "MemberUpn": "eve@x.example", "MemberRights": "ReadAny"}, "",
         "Helen Ward (delegate) changed the permissions of eve@x.example on \\Calendar in amy@contoso.example (ReadAny)"),
    ],
)  # fmt: skip
def test_sentences(changes, children, words):
    assert event(children, **changes).summary == words


def test_the_owner():
    made = event(
        Operation="MailboxLogin", LogonType="Owner", LogonUserDisplayName=None, LogonUserSid="S-1-5-21-1-2-3-1151"
    )
    assert (made.actor, made.actor_is_owner, made.severity) == ("amy@contoso.example", True, "info")
    assert made.summary == "amy@contoso.example signed in to the mailbox"
    assert event(LogonType="Admin", LogonUserSid="s-1-5-21-1-2-3-1151").actor_is_owner is True
    assert event(LogonType=None).actor_is_owner is None
    assert (
        event(LogonType=None, LogonUserSid="S-1-5-10", MailboxOwnerMasterAccountSid="S-1-5-10").actor_is_owner is None
    )
    assert event(LogonType="BestAccess").actor_is_owner is None


@pytest.mark.parametrize(
    ("written", "read", "owner"),
    [("Delegated", "Delegate", False), ("2", "Delegate", False), ("External", "External", False), ("Odd", "Odd", None)],
)
def test_logon_types(written, read, owner):
    made = event(LogonType=written)
    assert (made.logon_type, made.actor_is_owner) == (read, owner)


def test_services_are_told_from_people():
    assert event(LogonUserSid="S-1-5-18", LogonUserDisplayName=None, LogonType="Admin").actor_type == "system"
    assert event(LogonType="Transport").actor_type == "system"
    assert event(ExternalAccess="True").external_access is True
    assert event().external_access is None


def test_names_of_other_versions():
    made = event(
        LogonUserDisplayName=None, LogonUserDN="Old Name", CientIPAddress="192.0.2.1", CientMachineName="M", Owner=None, MailboxOwnerUPN=None,
        MailboxResolvedOwnerName="Amy", Subject="S", Brand="new",
    )  # fmt: skip
    assert (made.actor, made.ip, made.device_name, made.mailbox, made.subject) == (
        "Old Name",
        "192.0.2.1",
        "M",
        "Amy",
        "S",
    )
    assert json.loads(made.extra)["Brand"] == "new"


def test_both_addresses_are_kept():
    made = event(ClientIPAddress="10.0.0.1", ClientIP="[2603:10a6::9]:30943")
    assert made.ip == "10.0.0.1"
    assert json.loads(made.extra)["ClientIP"] == "[2603:10a6::9]:30943"


def test_a_search_without_details_is_no_operation():
    made = event(**dict.fromkeys(set(BASE) - {"MailboxGuid", "Owner", "LastAccessed"}))
    assert made.operation is None
    assert (made.category, made.actor, made.actor_is_owner, made.outcome) == ("mailbox_access", None, False, "unknown")
    assert made.quality == ["summary_only"]
    assert (
        made.summary
        == "Someone other than the owner last accessed the mailbox of Amy Stone (the export holds no details)"
    )


def test_a_record_without_operation_but_with_details_is_no_summary():
    made = event(Operation=None)
    assert "an unnamed operation" in made.summary
    assert "summary_only" not in made.quality


def test_a_time_without_offset_is_not_guessed():
    made = event(LastAccessed="2024-03-01T11:00:00")
    assert (made.time, made.time_basis) == (None, "ambiguous")
    assert "zone_unknown" in made.quality
    zoned = event(LastAccessed="2024-03-01T11:00:00", zone=timezone(timedelta(hours=1)))
    assert (zoned.time, zoned.time_basis) == (parse_iso("2024-03-01T10:00:00Z").us, "zone_given")
    assert event(LastAccessed=None).time_basis == "none"
    assert event(LastAccessed="someday").time_raw == "someday"


def test_small_matters():
    made = event(
        OriginatingServer="EX01 (15.00)\r\n",
        FolderPathName="Not Available",
        Operation="MailItemsAccessed",
        OperationProperties="MailAccessType:Sync, IsThrottled:True",
    )
    assert made.server == "EX01 (15.00)"
    assert made.folder is None
    assert json.loads(made.extra)["FolderPathName"] == "Not Available"
    assert (made.access_type, made.throttled) == ("sync", True)
    assert "any message in it may have been copied" in made.summary
    assert "unknown_operation" in event(Operation="NewThing").quality


@pytest.mark.parametrize(
    ("info", "process", "words"),
    [
        ("Client=MSExchangeRPC", "OUTLOOK.EXE", "Outlook desktop"),
        ("Client=MSExchangeRPC", "evil.exe", "MAPI client"),
        ("Client=MSExchangeRPC", None, "Outlook desktop (MAPI)"),
        ("Client=OWA;Action=ViaProxy", None, "Outlook on the web"),
        ("Client=REST;Client=RESTSystem;;", None, "REST"),
        ("Client=WebServices;MacOutlook/16.0 (Intel)", None, "Outlook for Mac (EWS)"),
        ("Client=WebServices;Python/3.11", None, "EWS"),
        ("Client=POP3/IMAP4;Protocol=IMAP4", None, "IMAP4"),
        ("Client=Something", None, None),
        (None, None, None),
    ],
)
def test_clients(info, process, words):
    assert exchange.client_app(info, process) == words


def test_user_agents():
    assert exchange.user_agent("Client=OWA;Mozilla/5.0 (X11; Linux)") == "Mozilla/5.0 (X11; Linux)"
    assert exchange.user_agent("Client=OWA;Action=ViaProxy") is None
    assert exchange.user_agent("Client=REST;Client=RESTSystem;;") is None


def test_the_table_of_operations_holds_together():
    every = Event(
        operation="x", actor="a", mailbox="m", folder="f", dest_folder="d", target="t", target_type="user", item_count=2
    )
    for row in rows("mailbox_operations"):
        assert row["category"] in CATEGORIES
        name, _, access = row["operation"].partition("/")
        every.operation, every.access_type = name, access or None
        assert "{" not in exchange.mailbox_sentence(every)
    assert exchange.mailbox_category("SearchQueryInitiatedExchange") == "search"
    assert exchange.mailbox_category("harddelete") == "message_delete"


@real
def test_published_examples():
    folder = SAMPLES / "exchange_audit"
    for name in (
        "msdocs_mailbox_audit_event_2013_MALFORMED.xmlfrag",
        "msdocs_mailbox_audit_event_EXO_MALFORMED.xmlfrag",
    ):
        records, issues, (made,) = read_events(folder / name, MailboxAuditXml)
        assert not issues
        assert records[0].quality == ["repaired_item_element"]
        assert (made.subject, made.item_count, made.logon_type, made.actor_is_owner) == (
            "Notification of litigation hold",
            1,
            "Admin",
            False,
        )
    _, _, events = read_events(folder / "synthetic" / "mailbox_SearchResult_utf16le_nobom.xml", MailboxAuditXml)
    assert [made.operation for made in events] == ["SendAs", "Move"]
    assert events[1].target == "arc@example.org"
