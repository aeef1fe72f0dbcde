"""What a record of the administrator audit says, and nothing more."""

import json
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from helpers import read_events

from m365timeline.normalizers import exchange
from m365timeline.normalizers.times import parse_iso
from m365timeline.parsers.admin_audit_xml import AdminAuditXml
from m365timeline.schemas.event import CATEGORIES, Change
from m365timeline.schemas.reference import rows

SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "samples"
real = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder of real exports is not beside the project")

BASE = {
    "Caller": "corp.example/Users/Helen Ward",
    "Cmdlet": "Set-Mailbox",
    "ObjectModified": "corp.example/Users/amy",
    "RunDate": "2024-03-01T15:48:15-07:00",
    "Succeeded": "true",
    "Error": "None",
}


def event(parameters=None, properties=(), **changes):
    attributes = {key: value for key, value in {**BASE, **changes}.items() if value is not None}
    text = " ".join(f"{key}={quoteattr(value)}" for key, value in attributes.items())
    inner = "".join(
        f"<Parameter Name={quoteattr(key)} Value={quoteattr(value)}/>" for key, value in (parameters or {}).items()
    )
    changed = "".join(
        f"<Property Name={quoteattr(n)} OldValue={quoteattr(o)} NewValue={quoteattr(v)}/>" for n, o, v in properties
    )
    children = f"<CmdletParameters>{inner}</CmdletParameters>" + (
        f"<ModifiedProperties>{changed}</ModifiedProperties>" if changed else ""
    )
    _, issues, events = read_events(
        f"<SearchResults><Event {text}>{children}</Event></SearchResults>".encode(), AdminAuditXml
    )
    assert not issues
    return events[0]


def test_a_setting_before_and_after():
    made = event(
        {"Identity": "amy", "ProhibitSendQuota": "10 GB"},
        [("ProhibitSendQuota", "35 GB", "10 GB")],
        OriginatingServer="EX (15.1)",
    )
    assert made.changes == [Change("ProhibitSendQuota", "35 GB", "10 GB")]
    assert made.command == "Set-Mailbox -Identity amy -ProhibitSendQuota '10 GB'"
    assert (made.actor, made.mailbox, made.target, made.server) == (
        "Helen Ward",
        "amy",
        "corp.example/Users/amy",
        "EX (15.1)",
    )
    assert (made.outcome, made.outcome_raw, made.error_text) == ("success", "true", None)
    assert (made.time, made.time_meaning) == (parse_iso("2024-03-01T22:48:15Z").us, "run")
    assert made.summary == "Helen Ward changed settings of the mailbox of amy (ProhibitSendQuota: 10 GB)"
    assert json.loads(made.extra)["Caller"] == BASE["Caller"]


def test_forwarding():
    made = event(
        {
            "DeliverToMailboxAndForward": "True",
            "Identity": "amy@contoso.example",
            "ForwardingSmtpAddress": "smtp:x@evil.example",
        }
    )
    assert (made.category, made.severity, made.mailbox) == ("forwarding", "high", "amy@contoso.example")
    assert made.changes == [
        Change("ForwardingSmtpAddress", None, "smtp:x@evil.example"),
        Change("DeliverToMailboxAndForward", None, "True"),
    ]
    assert (
        "forwarding of mail of amy (ForwardingSmtpAddress: smtp:x@evil.example, DeliverToMailboxAndForward: True)"
        in made.summary
    )
    ended = event({"Identity": "amy", "ForwardingSmtpAddress": ""})
    assert ended.category == "forwarding"
    assert "ForwardingSmtpAddress: (empty)" in ended.summary


@pytest.mark.parametrize(
    ("cmdlet", "target", "parameters", "category", "words"),
    [
        ("New-InboxRule", "joey\\ ", {"Name": "", "DeleteMessage": "True"}, "rule", "created the inbox rule with a blank name in the mailbox of joey (DeleteMessage: True)"),
        ("New-InboxRule", "joey\\.", {"Name": ".", "ForwardTo": "x@y.example"}, "forwarding", 'created the inbox rule "." in the mailbox of joey (ForwardTo: x@y.example)'),
        ("New-InboxRule", "joey\\a", {"Name": "a", "ForwardTo": "", "MarkAsRead": "True"}, "rule", 'created the inbox rule "a" in the mailbox of joey (MarkAsRead: True)'),
        ("Remove-InboxRule", "a/b/joey\\Old \\ rule", {}, "rule", 'removed the inbox rule "Old \\ rule" in the mailbox of joey'),
        ("New-TransportRule", None, {"Name": ".", "BlindCopyTo": "x@y.example"}, "forwarding", 'created the transport rule "." (BlindCopyTo: x@y.example)'),
        ("Add-MailboxPermission", "amy", {"User": "a/b/eve", "AccessRights": "FullAccess"}, "permission", "gave eve permission on the mailbox of amy (AccessRights: FullAccess)"),
        ("add-mailboxpermission", "amy", {"AccessRights": "FullAccess"}, "permission", "ran add-mailboxpermission on amy (AccessRights: FullAccess)"),
        ("Set-MailboxFolderPermission", None, {"Identity": "amy:\\Inbox", "User": "Default", "AccessRights": "Reviewer"}, "permission",
         "changed the permissions of Default on the folder amy:\\Inbox (AccessRights: Reviewer)"),
        ("Set-AdminAuditLogConfig", "t\\Admin Audit Log Settings", {"AdminAuditLogEnabled": "False"}, "audit_config",
         "changed the configuration of the audit log (AdminAuditLogEnabled: False)"),
        ("Set-Mailbox", "amy", {"AuditEnabled": "False"}, "audit_config", "changed the auditing of the mailbox of amy (AuditEnabled: False)"),
        ("New-ManagementRoleAssignment", "x", {"Role": "ApplicationImpersonation", "User": "eve"}, "role", "assigned the management role ApplicationImpersonation (User: eve)"),
        ("New-MailboxExportRequest", None, {"Mailbox": "amy", "FilePath": "\\\\127.0.0.1\\c$\\x.aspx"}, "ediscovery",
         "started an export of the mailbox of amy (FilePath: \\\\127.0.0.1\\c$\\x.aspx)"),
        ("Set-RemoteDomain", "Default", {"AutoForwardEnabled": "True"}, "mail_flow_config", "ran Set-RemoteDomain on Default (AutoForwardEnabled: True)"),
        ("Do-Something", "x", {"Odd": "1", "Confirm": "False"}, "other", "ran Do-Something on x (Odd: 1)"),
        ("Do-Something", None, {}, "other", "ran Do-Something"),
    ],
)  # fmt: skip
def test_sentences_and_categories(cmdlet, target, parameters, category, words):
    made = event(parameters, Cmdlet=cmdlet, ObjectModified=target)
    assert made.category == category
    assert made.summary == f"Helen Ward {words}"
    assert exchange.cmdlet_category(cmdlet, parameters) == category


def test_long_names_are_shortened_in_the_sentence_alone():
    name = "EURPR04.PROD.OUTLOOK.COM/Microsoft Exchange Hosted Organizations/x.onmicrosoft.com/eve"
    made = event({"Identity": "amy", "GrantSendOnBehalfTo": name})
    assert made.summary == "Helen Ward changed who may send on behalf of amy (GrantSendOnBehalfTo: eve)"
    assert made.changes == [Change("GrantSendOnBehalfTo", None, name)]


def test_a_rule_named_with_one_blank_keeps_it():
    made = event({"Name": ""}, Cmdlet="New-InboxRule", ObjectModified="joey\\ ")
    assert (made.target, made.target_type, made.mailbox) == ("joey\\ ", "rule", "joey")


@pytest.mark.parametrize(
    ("caller", "actor", "kind", "behalf"),
    [
        ("corp.example/Users/Administrator", "Administrator", "unknown", None),
        (
            "EURPR04A009.PROD.OUTLOOK.COM/Microsoft Exchange Hosted Organizations/x.onmicrosoft.com/A.Thulile",
            "A.Thulile",
            "unknown",
            None,
        ),
        ("a@x.example", "a@x.example", "unknown", None),
        (
            "NT AUTHORITY\\SYSTEM (Microsoft.Exchange.Servicehost)",
            "NT AUTHORITY\\SYSTEM (Microsoft.Exchange.Servicehost)",
            "system",
            None,
        ),
        (
            "BOXServiceAccount@eurprd04.prod.outlook.com",
            "BOXServiceAccount@eurprd04.prod.outlook.com",
            "microsoft",
            None,
        ),
        ('"a/b/c/Ann" on behalf of "a/b/c/Bob"', "Ann", "unknown", "Bob"),
        ("", None, "unknown", None),
        ("UnknownUser", None, "unknown", None),
    ],
)
def test_callers(caller, actor, kind, behalf):
    made = event(Caller=caller)
    assert (made.actor, made.actor_type, made.on_behalf_of) == (actor, kind, behalf)
    assert actor == caller or not caller or json.loads(made.extra)["Caller"] == caller


def test_owner_of_the_rule():
    assert event(Caller="a@x.example", Cmdlet="New-InboxRule", ObjectModified="a@x.example\\r").actor_is_owner is True
    assert event(Caller="o/u/joey", Cmdlet="New-InboxRule", ObjectModified="o/u/joey\\r").actor_is_owner is True
    assert event(Caller="joey@x.example", Cmdlet="New-InboxRule", ObjectModified="joey\\r").actor_is_owner is None


@pytest.mark.parametrize(
    ("succeeded", "outcome"), [("true", "success"), ("False", "failure"), (None, "unknown"), ("maybe", "unknown")]
)
def test_outcomes(succeeded, outcome):
    assert event(Succeeded=succeeded).outcome == outcome


def test_a_failure_says_so():
    made = event({"Identity": "amy"}, Succeeded="false", Error="Access denied")
    assert made.summary == "Helen Ward tried and failed to change settings of the mailbox of amy"
    assert made.error_text == "Access denied"


def test_what_the_log_cut_is_flagged():
    assert event({"Comment": "x" * 1024 + "..."}).quality == ["truncated_value"]
    assert event({"FileData": "A" * 86 + "==..."}).quality == ["truncated_value"]
    assert event({}, [("Name", "x" * 1024 + "...", "new")]).quality == ["truncated_value"]
    assert event({"Comment": "wait..."}).quality is None


def test_origin_of_the_cloud():
    made = event(
        ClientIP="[2603:10a6:10:2e:cafe::9]:30943",
        SessionId="{AB}",
        ClientAppId="app",
        ExternalAccess="True",
        Later="1",
    )
    assert (made.ip, made.port, made.session_id, made.app_id, made.external_access) == (
        "2603:10a6:10:2e:cafe::9",
        30943,
        "ab",
        "app",
        True,
    )
    assert json.loads(made.extra)["Later"] == "1"


def test_command_lines_can_be_run_again():
    line = exchange.command_line
    assert line("Set-X", {"A": "True", "B": "x y", "C": "", "D": "it's", "E": "a;b", "F": "$null", "G": "-1"}) == (
        "Set-X -A:$True -B 'x y' -C '' -D 'it''s' -E 'a;b' -F '$null' -G '-1'"
    )
    assert line("Set-X", {"A": "it\u2019s"}) == "Set-X -A 'it\u2019\u2019s'"
    assert line("Set-X", {"A": "smtp:a@b.example", "B": "`$(calc)"}) == "Set-X -A smtp:a@b.example -B '`$(calc)'"


def test_the_table_of_cmdlets_holds_together():
    for row in rows("cmdlets"):
        assert row["category"] in CATEGORIES
        assert bool(row["past"]) == bool(row["attempt"])
        name = row["cmdlet"].replace("*", "Set-Thing" if row["cmdlet"].startswith("*-*") else "Set", 1).replace("*", "")
        assert exchange.cmdlet_category(name, {}) in CATEGORIES


def test_one_file_may_hold_no_parameters():
    made = event(None, ObjectModified=None)
    assert made.summary == "Helen Ward ran Set-Mailbox"
    assert made.command == "Set-Mailbox"
    assert made.mailbox is None


@real
def test_published_examples():
    folder = SAMPLES / "exchange_audit"
    for name in ("msdocs_admin_audit_SearchResult_2013.xml", "msdocs_admin_audit_SearchResult_2016-2019.xml"):
        _, issues, (made,) = read_events(folder / name, AdminAuditXml)
        assert not issues
        assert made.changes[0].name == "ProhibitSendReceiveQuota"
    for name in ("admin_SearchResult_utf16le_nobom.xml", "admin_SearchResult_resaved_utf8bom_but_declares_utf16.xml"):
        _, issues, events = read_events(folder / "synthetic" / name, AdminAuditXml)
        assert not issues
        assert [made.category for made in events] == ["forwarding", "oauth"]
        assert events[1].quality == ["truncated_value"]
