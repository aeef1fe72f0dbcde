"""Services without a module of their own, and Copilot."""

from m365timeline.normalizers.audit_data import normalize
from m365timeline.normalizers.context import Context
from m365timeline.schemas.record import Record


def event_of(data=None, **more):
    data = {"CreationTime": "2024-03-05T10:00:00", "Id": "r1", "UserId": "amy@contoso.com", **(data or {}), **more}
    record = Record(kind="audit_data", fields={}, number=1, line=1, offset=0, length=0, raw="", data=data)
    return normalize(record, Context(source_type="test", family="unified_audit"))[0]


def test_copilot_names_program_and_documents():
    event = event_of(
        RecordType=261, Workload="Copilot", Operation="CopilotInteraction",
        CopilotEventData={"AppHost": "Word", "AccessedResources": [{"Name": "Plan.docx"}, {"Name": "B.docx"}], "Contexts": []},
    )  # fmt: skip
    assert (event.target, event.item_count, event.category) == ("Plan.docx", 2, "file_access")
    assert (
        event.summary == "amy@contoso.com used Copilot in Word; 2 resources accessed; first document named: Plan.docx"
    )


def test_a_service_without_a_module_still_tells_target_success_and_cmdlet():
    event = event_of(
        RecordType=20,
        Workload="PowerBI",
        Operation="ViewReport",
        ReportName="Sales",
        IsSuccess=True,
        UserAgent="Mozilla/5.0",
    )
    assert (event.target, event.target_type, event.outcome, event.client_app) == (
        "Sales",
        "report",
        "success",
        "Browser",
    )
    event = event_of(RecordType=23, Operation="Set-CsTenant", Parameters=[{"Name": "Identity", "Value": "Global"}])
    assert (event.command, event.summary) == (
        'Set-CsTenant -Identity "Global"',
        "amy@contoso.com ran Set-CsTenant on Global",
    )
    assert event_of(RecordType=9999, Operation="Thing", ActorIP="198.51.100.7").ip == "198.51.100.7"
    assert event_of(RecordType=9999, Operation="Thing").outcome == "unknown"
