"""What was done in mailboxes (record types 2, 3 and 50 of the unified audit log)."""

import json

import pytest
from exchange_records import INBOX, OTHER_SID, access, bind

from m365timeline.schemas.event import Change


def test_bind_names_every_message_and_folder():
    sent = {"Path": "\\Sent", "FolderItems": [{"InternetMessageId": "<three@x.test>", "SizeInBytes": 7}]}
    event = bind(INBOX, sent, OperationCount=3)
    assert event.access_type == "bind"
    assert event.throttled is False
    assert event.message_ids == ["one@x.test", "two@x.test", "three@x.test"]
    assert event.folder == "\\Inbox | \\Sent"
    assert (event.item_count, event.size_bytes, event.subject) == (3, 157, "Plans")
    assert (event.category, event.actor_is_owner, event.time_end) == ("message_read", True, None)
    assert event.summary == "amy@contoso.test accessed 3 messages in \\Inbox | \\Sent in their own mailbox"
    assert event.server == "AM6PR04MB0001 (15.20.4200.000)"


def test_a_size_missing_once_makes_no_sum():
    assert bind({"Path": "\\A", "FolderItems": [{"SizeInBytes": 5}, {}]}).size_bytes is None


def test_sync_is_the_whole_folder_named_even_without_a_path():
    event = access(
        record_type=2,
        OperationProperties=[{"Name": "MailAccessType", "Value": "Sync"}],
        Item={"Id": "LgAA7", "ParentFolder": {"Id": "LgAA7", "Name": "Invoices", "Path": "Not Available"}},
        ClientInfoString="Client=MSExchangeRPC",
        ClientProcessName="OUTLOOK.EXE",
    )
    assert (event.access_type, event.folder, event.item_count, event.throttled) == ("sync", "Invoices", None, None)
    assert event.client_app == "Outlook desktop"
    assert "synchronized the folder Invoices" in event.summary
    assert "Not Available" in event.extra


def test_throttling_is_said_aloud():
    event = bind(INBOX, throttled="True")
    assert event.throttled is True
    assert "throttled" in event.summary


def test_an_application_is_not_called_the_owner():
    event = bind(
        INBOX, ClientInfoString="Client=REST;Client=RESTSystem;;", ClientAppId="3c8e478f-21ca-493a-b87c-c7366d664d54"
    )
    assert event.actor_is_owner is None
    assert "application" in event.client_app
    assert event.user_agent is None
    assert event.summary == (
        "An application (id 3c8e478f-21ca-493a-b87c-c7366d664d54), logged as amy@contoso.test, "
        "accessed 2 messages in \\Inbox in amy@contoso.test"
    )


@pytest.mark.parametrize(
    ("more", "owner"),
    [
        ({}, True),
        ({"LogonType": "Owner"}, True),
        ({"UserId": "AMY@contoso.test"}, True),
        ({"LogonType": 2, "UserId": "helen@contoso.test", "LogonUserSid": OTHER_SID}, False),
        ({"LogonType": "Delegated", "UserId": "helen@contoso.test", "LogonUserSid": None}, False),
        ({"LogonType": 2}, None),
        ({"UserId": "helen@contoso.test"}, None),
        ({"LogonUserSid": OTHER_SID}, None),
        ({"LogonUserSid": OTHER_SID, "MailboxOwnerMasterAccountSid": OTHER_SID}, True),
        ({"LogonUserSid": "S-1-5-10", "MailboxOwnerMasterAccountSid": "S-1-5-10"}, None),
        ({"LogonType": None, "UserId": None, "LogonUserSid": None}, None),
        ({"LogonType": None, "UserId": None, "LogonUserSid": OTHER_SID}, None),
        ({"LogonType": None, "UserId": None}, True),
    ],
)
def test_ownership_needs_evidence_without_contradiction(more, owner):
    assert bind(INBOX, **more).actor_is_owner is owner


def test_a_delegate_purging_is_said_with_names():
    items = [
        {"Id": f"RgAA{n}", "InternetMessageId": f"<{n}@x.test>", "ParentFolder": {"Path": "\\Inbox"}} for n in range(3)
    ]
    event = access(
        "HardDelete", 3, UserId="helen@contoso.test", LogonType=2, LogonUserSid=OTHER_SID, AffectedItems=items,
        Folder={"Id": "LgAA2", "Path": "\\Recoverable Items\\Deletions"}, CrossMailboxOperation=False,
    )  # fmt: skip
    assert (event.category, event.severity, event.logon_type) == ("message_delete", "medium", "Delegate")
    assert event.folder == "\\Recoverable Items\\Deletions"
    assert event.message_ids == ["0@x.test", "1@x.test", "2@x.test"]
    assert event.item_count == 3
    assert (
        event.summary
        == "helen@contoso.test (delegate) purged 3 messages from \\Recoverable Items\\Deletions in amy@contoso.test"
    )


def test_a_move_into_another_mailbox_names_it():
    event = access(
        "Move", 3, AffectedItems=[{"Id": "R", "Subject": "Budget"}], Folder={"Path": "\\Inbox"}, DestFolder={"Path": "\\Loot"},
        CrossMailboxOperation=True, DestMailboxOwnerUPN="bob@contoso.test",
    )  # fmt: skip
    assert (event.dest_folder, event.target, event.target_type) == ("\\Loot", "bob@contoso.test", "mailbox")
    assert "bob@contoso.test" in event.summary


def test_send_as_and_on_behalf_name_whom():
    item = {
        "Id": "R",
        "Subject": "Invoice",
        "InternetMessageId": "<s@x.test>",
        "SizeInBytes": 12,
        "ParentFolder": {"Path": "\\Drafts"},
    }
    sent = access("SendAs", 2, Item=item, SendAsUserSmtp="ceo@contoso.test")
    assert (sent.sender, sent.subject, sent.message_ids, sent.size_bytes) == (
        "ceo@contoso.test",
        "Invoice",
        ["s@x.test"],
        12,
    )
    assert sent.summary == "amy@contoso.test sent the message “Invoice” as ceo@contoso.test"
    behalf = access("SendOnBehalf", 2, Item=item, SendOnBehalfOfUserSmtp="ceo@contoso.test")
    assert behalf.on_behalf_of == "ceo@contoso.test"
    assert behalf.summary == "amy@contoso.test on behalf of ceo@contoso.test sent the message “Invoice”"


def test_folder_permissions_say_who_may_what():
    parent = {"Id": "L", "Path": "\\Calendar", "MemberUpn": "Everyone", "MemberRights": "ReadAny"}
    event = access("ModifyFolderPermissions", 2, Item={"Id": "L", "ParentFolder": parent})
    assert (event.category, event.target, event.target_type) == ("permission", "Everyone", "user")
    assert event.changes == [Change("MemberRights", None, "ReadAny")]
    assert "ReadAny" in event.summary


def test_updated_properties_are_listed():
    event = access(
        "Update", 2, Item={"Id": "R", "Subject": "Plan"}, ModifiedProperties=["AttachmentCollection", "Body"]
    )
    assert event.changes == [Change("AttachmentCollection", None, None), Change("Body", None, None)]
    assert (event.item_count, event.category) == (1, "message_modify")


@pytest.mark.parametrize(
    ("operation", "category"),
    [
        ("MessageBind", "message_read"), ("FolderBind", "mailbox_access"), ("MailboxLogin", "mailbox_access"),
        ("SoftDelete", "message_delete"), ("Create", "message_modify"), ("Send", "message_send"),
        ("SearchQueryInitiatedExchange", "search"), ("AttachmentAccess", "message_read"),
    ],
)  # fmt: skip
def test_operations_have_their_category(operation, category):
    event = access(operation, 2)
    assert event.category == category
    assert event.quality is None


def test_an_unknown_operation_is_kept_and_flagged():
    event = access("SomethingNew", 2)
    assert (event.category, event.quality) == ("other", ["unknown_operation"])
    assert "SomethingNew" in event.summary


def test_attachments_are_found_by_their_messages():
    event = access(
        "AttachmentAccess",
        OperationProperties=[{"Name": "AttachmentAccessType", "Value": "Bind"}],
        Messages=[{"Path": "\\Inbox", "MessageItems": [{"InternetMessageId": "<a@x.test>"}]}],
    )
    assert (event.message_ids, event.folder, event.item_count) == (["a@x.test"], "\\Inbox", 1)


@pytest.mark.parametrize(
    ("text", "app", "agent"),
    [
        (
            "Client=OWA;Mozilla/5.0 (Windows NT 10.0; Win64; x64) Safari/537.36;",
            "Outlook on the web",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Safari/537.36",
        ),
        ("Client=WebServices;ExchangeServicesClient/15.00[AppId=fe93bfe1];", "EWS", "ExchangeServicesClient/15.00"),
        ("Client=OWA;Action=ViaProxy", "Outlook on the web", None),
        ("Client=REST;;", "REST", None),
        ("Client=OutlookService;Outlook-iOS/2.0;", "Outlook mobile", "Outlook-iOS/2.0"),
        ("Client=Brandnew;x", None, "x"),
    ],
)
def test_client_texts_give_client_and_user_agent(text, app, agent):
    event = bind(INBOX, ClientInfoString=text)
    assert (event.client_info, event.client_app, event.user_agent) == (text, app, agent)


# Rules of the Outlook client


def rule(**properties):
    return access(
        "UpdateInboxRules",
        2,
        OperationProperties=[{"Name": name, "Value": value} for name, value in properties.items()],
    )


def test_an_outlook_rule_that_forwards_is_forwarding():
    actions = json.dumps(
        [{"ActionType": "Forward", "Recipients": ["out@evil.test"]}, {"ActionType": "MoveToFolder", "Folder": "RSS"}]
    )
    event = rule(
        RuleOperation="AddMailboxRule",
        RuleId="77",
        RuleState="Enabled",
        RuleCondition="Subject contains pay",
        RuleName=".",
        RuleActions=actions,
    )
    assert (event.category, event.target, event.target_type) == ("forwarding", ".", "rule")
    assert event.summary == (
        'amy@contoso.test created the inbox rule "." in their own mailbox from an Outlook client: '
        "forward out@evil.test, move to folder RSS; for mail where Subject contains pay"
    )
    assert Change("RuleCondition", None, "Subject contains pay") in event.changes


def test_a_folder_named_forward_does_not_forward():
    actions = json.dumps([{"ActionType": "MoveToFolder", "Folder": "Forward, redirect"}])
    assert rule(RuleOperation="AddMailboxRule", RuleName="a", RuleActions=actions).category == "rule"
    assert rule(RuleOperation="AddMailboxRule", RuleName="a", RuleActions="Move to folder Forward").category == "rule"
    assert (
        rule(RuleOperation="AddMailboxRule", RuleName="a", RuleActions="Delete; Redirect to x@y.test").category
        == "forwarding"
    )


def test_a_rule_logged_by_its_id_alone_claims_nothing():
    event = rule(
        RuleOperation="ModifyMailboxRule",
        RuleId="77",
        RuleState="Enabled",
        RuleCondition="{}",
        RuleName="",
        RuleActions="[]",
    )
    assert (event.category, event.target) == ("rule", "77")
    assert "does not say what the rule does" in event.summary
    removed = rule(RuleOperation="RemoveMailboxRule", RuleId="77", RuleName="Old")
    assert 'removed the inbox rule "Old"' in removed.summary
    assert Change("RuleName", "Old", None) in removed.changes


def test_operation_properties_without_a_value_are_read():
    event = access(
        "UpdateInboxRules",
        2,
        OperationProperties=[{"Name": "RuleName"}, {"Name": "RuleOperation", "Value": "AddMailboxRule"}],
    )
    assert event.summary.startswith("amy@contoso.test created an inbox rule")


def test_a_rule_that_could_not_be_made_changed_nothing():
    properties = [{"Name": "RuleOperation", "Value": "AddMailboxRule"}, {"Name": "RuleName", "Value": "a"}]
    event = access("UpdateInboxRules", 2, OperationProperties=properties, ResultStatus="Failed")
    assert event.changes is None
    assert "tried and failed to create" in event.summary
