"""Compliance, protection and whatever else the unified audit log holds."""

import json

import msgspec
import pytest

from m365timeline.normalizers.audit_data import normalize
from m365timeline.normalizers.context import Context
from m365timeline.schemas.event import PUBLISHED, Change
from m365timeline.schemas.record import Record

SECRET = "4111-1111-1111-1111"


def event_of(data=None, **more):
    data = {"CreationTime": "2024-03-05T10:00:00", "Id": "r1", "UserId": "amy@contoso.com", **(data or {}), **more}
    record = Record(kind="audit_data", fields={}, number=1, line=1, offset=0, length=0, raw="", data=data)
    return normalize(record, Context(source_type="test", family="unified_audit"))[0]


def cmdlet(operation, parameters="", **more):
    return event_of(
        RecordType=18,
        Workload="SecurityComplianceCenter",
        Operation=operation,
        ResultStatus="Success",
        Parameters=parameters,
        **more,
    )


def alert(operation, details, **more):
    data = {
        "RecordType": 40,
        "Workload": "SecurityComplianceCenter",
        "UserId": "SecurityComplianceAlerts",
        "Name": "Forwarding rule",
        "Severity": "High",
    }
    return event_of(
        data, Operation=operation, Data=details if isinstance(details, str) else json.dumps(details), **more
    )


# --- compliance


def test_a_compliance_cmdlet_can_be_read_and_run_again():
    event = cmdlet("New-DlpComplianceRule", '-Name "Cards" -Policy "P" -Cut "{"a', ObjectId="id-1")
    assert event.command == 'New-DlpComplianceRule -Name "Cards" -Policy "P" -Cut "{"a'
    assert (event.target, event.summary) == ("id-1", "amy@contoso.com ran New-DlpComplianceRule on Cards")


@pytest.mark.parametrize(
    ("operation", "category"),
    [
        ("New-ComplianceSearch", "ediscovery"), ("Get-ComplianceSearch", "ediscovery"), ("Remove-UnifiedAuditLogRetentionPolicy", "audit_config"),
        ("Get-UnifiedAuditLogRetentionPolicy", "other"), ("Add-RoleGroupMember", "role"), ("Get-SomethingElse", "other"),
    ],
)  # fmt: skip
def test_categories_of_compliance_cmdlets_and_of_merely_looking(operation, category):
    assert cmdlet(operation).category == category


def test_masked_parameters_are_kept_but_never_taken_for_names():
    event = event_of(
        RecordType=18,
        Operation="Remove-DlpCompliancePolicy",
        NonPIIParameters='-Identity "<SNIP-PII>"',
        ResultStatus="Failed",
    )
    assert event.target is None
    assert event.command == 'Remove-DlpCompliancePolicy -Identity "<SNIP-PII>"'
    assert event.summary == "amy@contoso.com tried and failed to run Remove-DlpCompliancePolicy"


def test_ediscovery_names_search_case_query_and_places():
    event = event_of(
        RecordType=24, Workload="SecurityComplianceCenter", Operation="SearchExportDownloaded", ObjectId="All mail", Case="Project X", ExchangeLocations=["bob@contoso.com", "All"],
    )  # fmt: skip
    assert event.category == "ediscovery"
    assert (
        event.summary
        == "amy@contoso.com downloaded an export of the search All mail in the case Project X, in bob@contoso.com, All"
    )
    event = event_of(RecordType=24, Operation="SearchCreated", ObjectId="S", Query="subject:invoice")
    assert event.summary == "amy@contoso.com created the search S for the query subject:invoice"


def test_an_alert_tells_name_severity_entity_cause_and_the_record_behind_it():
    event = alert(
        "AlertTriggered",
        {"f3u": "bob@contoso.com", "op": "MailRedirect", "wl": "Exchange", "reid": "832172e1"},
        Category="ThreatManagement",
    )
    assert (event.category, event.target, event.correlation_id) == ("alert", "bob@contoso.com", "832172e1")
    assert event.summary == (
        "The alert Forwarding rule (severity High, ThreatManagement) was raised for bob@contoso.com; cause: MailRedirect in Exchange; audit record 832172e1"
    )
    assert msgspec.json.decode(event.extra)["Data"].startswith('{"f3u"')


def test_an_alert_whose_data_is_damaged_still_has_its_name():
    event = alert("AlertTriggered", '{"f3u": "cut')
    assert (event.target, event.target_type) == ("Forwarding rule", "alert")


def test_an_investigation_is_an_alert():
    event = event_of(
        RecordType=64,
        Workload="AirInvestigation",
        Operation="AirInvestigationData",
        InvestigationName="Mail with bad URL",
        Status="Running",
    )
    assert (event.category, event.target) == ("alert", "Mail with bad URL")


# --- protection


def dlp(**more):
    found = [
        {
            "SensitiveInformationTypeName": "Credit Card",
            "SensitiveInformationDetections": {"DetectedValues": [{"Name": SECRET, "Value": SECRET}]},
        }
    ]
    rule = {
        "RuleName": "Block cards",
        "Actions": ["BlockAccess", "NotifyUser"],
        "ConditionsMatched": {"SensitiveInformation": found},
    }
    return event_of(
        {
            "RecordType": 13,
            "Workload": "Exchange",
            "Operation": "DlpRuleMatch",
            "PolicyDetails": [{"PolicyName": "PCI", "Rules": [rule]}],
            **more,
        }
    )


def test_dlp_says_rule_policy_message_and_actions_but_not_the_secret():
    event = dlp(
        ExchangeMetaData={
            "Subject": "Payment",
            "From": "amy@contoso.com",
            "To": ["x@evil.example"],
            "MessageID": "<m1@contoso.com>",
        }
    )
    assert event.category == "alert"
    assert event.summary == (
        'DLP match: the message "Payment" from amy@contoso.com to x@evil.example; the rule Block cards of the DLP policy PCI; '
        "actions: BlockAccess, NotifyUser; user amy@contoso.com"
    )
    assert (event.message_ids, event.recipients, event.subject) == (["m1@contoso.com"], ["x@evil.example"], "Payment")
    assert SECRET in event.extra
    assert all(SECRET not in str(getattr(event, name)) for name in PUBLISHED if name != "extra")


def test_dlp_of_a_file_names_the_file():
    event = dlp(
        RecordType=11,
        Operation="DLPRuleMatch",
        SharePointMetaData={"FileName": "cards.xlsx", "FilePathUrl": "https://c/cards.xlsx"},
    )
    assert (event.target, event.target_type) == ("https://c/cards.xlsx", "file")
    assert event.summary.startswith("DLP match: the file cards.xlsx; the rule Block cards")


def threat(**more):
    return event_of({
        "RecordType": 28, "Workload": "ThreatIntelligence", "Operation": "TIMailData", "Subject": "Invoice", "P2Sender": "x@evil.example", "P1Sender": "y@evil.example",
        "Recipients": ["bob@contoso.com"], "Verdict": "Phish", "InternetMessageId": "<m@e>", "NetworkMessageId": "3B777F33-250B", "Directionality": "Inbound",
        "DeliveryAction": "Blocked", "Policy": "15", "PolicyAction": 5, **more,
    })  # fmt: skip


def test_a_message_judged_bad_can_be_joined_to_a_message_trace():
    event = threat(AttachmentData=[{"FileName": "a.exe", "FileVerdict": 1}, {"FileName": "b.png", "FileVerdict": 0}])
    assert (event.category, event.subject, event.sender, event.direction, event.delivery_status) == (
        "alert",
        "Invoice",
        "x@evil.example",
        "incoming",
        "Blocked",
    )
    assert (event.message_ids, event.network_message_id, event.recipients) == (
        ["m@e"],
        "3b777f33-250b",
        ["bob@contoso.com"],
    )
    assert event.summary == (
        'The filter judged the message "Invoice" from x@evil.example to bob@contoso.com as Phish; '
        "policy Anti-spam, High confidence phish email (HPHISH), action Quarantine; delivery: Blocked; 1 attachment judged bad: a.exe"
    )
    assert "policy SafeLinks, action NoAction" in threat(Policy="SafeLinks", PolicyAction="NoAction").summary


def test_a_click_names_the_link_and_what_safe_links_showed():
    event = event_of(
        RecordType=41,
        Workload="ThreatIntelligence",
        Operation="TIUrlClickData",
        Url="https://evil.example/x",
        UserIp="198.51.100.7",
        AppName="Mail",
        URLClickAction=4,
    )
    assert (event.target, event.target_type, event.ip) == ("https://evil.example/x", "url", "198.51.100.7")
    assert (
        event.summary
        == "amy@contoso.com clicked the link https://evil.example/x in Mail; Safe Links: BlockPageOverride"
    )


def test_a_file_the_filter_looked_at():
    event = event_of(
        RecordType=47,
        Operation="FileMalwareDetected",
        FileData={"FileName": "a.doc", "FileVerdict": 1, "MalwareFamily": "Emo", "FileSize": "12"},
        SourceWorkload="OneDrive",
    )
    assert event.summary == "The filter looked at the file a.doc in OneDrive: verdict Bad, malware family Emo"
    assert event.size_bytes == 12


def test_quarantine_and_submissions():
    event = event_of(
        RecordType=65,
        Workload="Quarantine",
        Operation="QuarantineReleaseMessage",
        NetworkMessageId="ABC-1",
        ReleaseTo="bob@contoso.com",
    )
    assert (
        event.summary
        == "amy@contoso.com released a message (network message id abc-1) from quarantine to bob@contoso.com"
    )
    assert (
        event_of(RecordType=65, Operation="QuarantinePreviewMessage", NetworkMessageId="ABC-1").category
        == "message_read"
    )
    event = event_of(RecordType=29, Operation="UserSubmission", Subject="Win", P2Sender="x@evil.example")
    assert (
        event.summary
        == 'amy@contoso.com reported the message "Win" from x@evil.example to Microsoft or the administrators'
    )


def test_labels_are_changes_with_device_and_program():
    event = event_of(
        RecordType=94, Workload="Aip", Operation="SensitivityLabelUpdated", ObjectId="C:\\a.docx",
        Common={"DeviceName": "PC1", "ApplicationName": "Word add-in", "ApplicationId": "app-1"},
        SensitivityLabelEventData={"OldSensitivityLabelId": "l1", "SensitivityLabelId": "l2"},
    )  # fmt: skip
    assert event.changes == [Change("SensitivityLabelId", "l1", "l2")]
    assert (event.device_name, event.app_name, event.app_id) == ("PC1", "Word add-in", "app-1")
    assert event.summary == "amy@contoso.com changed the sensitivity label of the file C:\\a.docx (device PC1)"


def test_the_portal_of_encrypted_messages_does_not_say_who_of_them_acted():
    event = event_of(
        RecordType=154, Workload="Exchange", Operation="AttachmentReview", ResultStatus="Failure", Sender="amy@contoso.com", Recipient="z@mail.example", MessageId="<m@x>",
        AttachmentName="F.docx", AuthenticationMethod="OTP", OperationProperties=[{"Name": "MailSubject", "Value": "Case 1"}],
    )  # fmt: skip
    assert event.summary == (
        'AttachmentReview (failed) in the encrypted message portal: the message "Case 1" from amy@contoso.com to z@mail.example, '
        "attachment F.docx; authenticated by OTP"
    )
