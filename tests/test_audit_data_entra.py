"""Changes in the directory, as the unified audit log records them."""

import msgspec
import pytest

from m365timeline.normalizers.audit_data import normalize
from m365timeline.normalizers.context import Context
from m365timeline.schemas.event import Change
from m365timeline.schemas.record import Record

POWERSHELL = "1b730954-1685-4b74-9bfd-dac224a7b894"
AMY_ID = "11111111-2222-4333-8444-555555555555"


def event_of(**data):
    data = {
        "CreationTime": "2024-03-05T10:00:00",
        "Id": "r1",
        "Workload": "AzureActiveDirectory",
        "UserId": "amy@contoso.com",
        **data,
    }
    record = Record(kind="audit_data", fields={}, number=1, line=1, offset=0, length=0, raw="", data=data)
    return normalize(record, Context(source_type="test", family="unified_audit"))[0]


def pairs(**values):
    return [{"Name": name.replace("__", "."), "Value": value} for name, value in values.items()]


def changed(**values):
    return [{"Name": name.replace("__", "."), "OldValue": old, "NewValue": new} for name, (old, new) in values.items()]


def directory(operation, target, **data):
    kind, name, type_ = target
    identities = [
        {"ID": f"{kind}_{AMY_ID}", "Type": 2},
        {"ID": AMY_ID, "Type": 2},
        {"ID": kind, "Type": 2},
        {"ID": name, "Type": type_},
    ]
    data = {
        "RecordType": 8,
        "Operation": operation,
        "ResultStatus": "Success",
        "ObjectId": "Not Available",
        "Target": identities,
        **data,
    }
    return event_of(**data)


def test_a_role_is_named_in_the_sentence_and_the_operation_stays_as_logged():
    event = directory(
        "Add member to role.",
        ("User", "bob@contoso.com", 5),
        ModifiedProperties=changed(Role__DisplayName=("", "Global Administrator")),
    )
    assert event.operation == "Add member to role."
    assert event.summary == "amy@contoso.com added bob@contoso.com to the role Global Administrator"
    assert (event.category, event.target, event.target_type) == ("role", "bob@contoso.com", "user")
    assert event.changes == [Change("Role.DisplayName", None, "Global Administrator")]


def test_a_role_taken_away_is_named_by_its_old_value():
    event = directory(
        "Remove member from role.",
        ("User", "bob@contoso.com", 5),
        ModifiedProperties=changed(Role__DisplayName=('"Helpdesk"', "")),
    )
    assert event.summary == "amy@contoso.com removed bob@contoso.com from the role Helpdesk"


def test_failure_says_tried_and_failed_and_keeps_the_reason():
    event = directory(
        "Update user.", ("User", "bob@contoso.com", 5), ResultStatus="Failure",
        ModifiedProperties=[{"Name": "MethodExecutionResult.", "OldValue": "", "NewValue": "Microsoft.Online.Denied"}],
    )  # fmt: skip
    assert event.outcome == "failure"
    assert event.summary == "amy@contoso.com tried and failed to change the user bob@contoso.com"
    assert event.error_text == "Microsoft.Online.Denied"


def test_consent_names_the_permissions_and_for_whom():
    granted = "[] => [[Id: x, ClientId: c, ConsentType: AllPrincipals, Scope: Mail.Read User.Read], [Id: y, Scope: Files.Read.All, CreatedDateTime: z]]; "
    event = directory(
        "Consent to application.", ("ServicePrincipal", "Evil App", 1),
        ModifiedProperties=changed(ConsentContext__OnBehalfOfAll=("", "True"), ConsentAction__Permissions=("", granted)),
    )  # fmt: skip
    assert event.category == "oauth"
    assert event.summary == (
        "amy@contoso.com gave consent to the application Evil App for everyone in the organization: Mail.Read, User.Read, Files.Read.All"
    )
    assert event.target_type == "service_principal"


def test_changed_grants_show_before_and_after_and_claim_no_direction():
    event = directory(
        "Remove delegated permission grant.", ("ServicePrincipal", "Microsoft Graph", 1),
        ModifiedProperties=changed(DelegatedPermissionGrant__Scope=(" openid", " openid Mail.Read"), ServicePrincipal__DisplayName=("", "Evil App")),
    )  # fmt: skip
    assert event.summary.endswith(
        "removed delegated permissions of Evil App on Microsoft Graph: openid before, openid, Mail.Read after"
    )


def test_values_are_unwrapped_one_level_and_the_original_stays_in_extra():
    written = '[\r\n  "x",\r\n  true\r\n]'
    event = directory(
        "Update group.",
        ("Group", "Sales", 1),
        ModifiedProperties=changed(Mail=("[]", written), Included__Updated=("", "")),
    )
    assert event.changes == [Change("Mail", None, "x, True")]
    assert event.summary == "amy@contoso.com changed the group Sales (Mail)"
    assert msgspec.json.decode(event.extra)["ModifiedProperties"][0]["NewValue"] == written


def test_secrets_of_an_application_make_it_a_matter_of_access():
    for dash in ("–", "-", "?"):
        event = directory(
            f"Update application {dash} Certificates and secrets management ", ("Application", "Backup", 1)
        )
        assert (event.category, event.summary) == (
            "oauth",
            "amy@contoso.com changed certificates or secrets of the application Backup",
        )
    event = directory(
        "Update service principal.",
        ("ServicePrincipal", "Backup", 1),
        ModifiedProperties=changed(Credential=("[]", '[{"KeyId": "k"}]')),
    )
    assert event.category == "oauth"
    assert directory("Update service principal.", ("ServicePrincipal", "Backup", 1)).category == "directory_change"


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ("Reset user password.", "reset the password of bob@contoso.com"),
        ("Disable Strong Authentication.", "disabled per-user multifactor authentication for bob@contoso.com"),
        ("Delete user.", "deleted the user bob@contoso.com"),
        ("Add User.", "created the user bob@contoso.com"),
    ],
)
def test_what_happened_to_a_user_in_words(operation, words):
    assert directory(operation, ("User", "bob@contoso.com", 5)).summary == f"amy@contoso.com {words}"


def test_an_operation_nobody_knows_is_named_and_nothing_more():
    event = directory("Frobnicate tenant.", ("Directory", "Contoso", 1))
    assert event.summary == "amy@contoso.com performed Frobnicate tenant on Contoso"
    assert (event.category, event.target_type) == ("directory_change", "tenant")


def test_a_program_is_named_and_the_program_a_user_acted_through_is_kept_apart():
    actor = [
        {"ID": "Sync Service", "Type": 1},
        {"ID": POWERSHELL, "Type": 2},
        {"ID": f"ServicePrincipal_{AMY_ID}", "Type": 2},
        {"ID": AMY_ID, "Type": 2},
    ]
    event = directory(
        "Add user.",
        ("User", "bob@contoso.com", 5),
        UserId=f"ServicePrincipal_{AMY_ID}",
        UserKey="Not Available",
        UserType=4,
        Actor=actor,
    )
    assert (event.actor, event.actor_id, event.actor_type) == ("Sync Service", AMY_ID, "service_principal")
    assert (event.app_id, event.app_name) == (POWERSHELL, "Sync Service")
    event = directory(
        "Add user.",
        ("User", "bob@contoso.com", 5),
        Actor=[{"ID": "amy@contoso.com", "Type": 5}, *actor[:2], {"ID": f"User_{AMY_ID}", "Type": 2}],
    )
    assert (event.actor, event.app_name, event.actor_id) == ("amy@contoso.com", "Sync Service", AMY_ID)


def test_the_user_agent_comes_from_the_additional_details():
    event = directory(
        "Add user.", ("User", "b", 5), ExtendedProperties=pairs(additionalDetails='{"User-Agent":"azurehound/1"}')
    )
    assert (event.user_agent, event.client_app) == ("azurehound/1", "AzureHound")


def test_damaged_shapes_lose_nothing_and_break_nothing():
    event = event_of(
        RecordType=8,
        Operation="Add user.",
        Target="x",
        Actor=[None, {"ID": {}}],
        ModifiedProperties=["Name only", {"NewValue": 1}],
        ExtendedProperties="{",
    )
    assert event.changes == [Change("Name only", None, None)]
    assert event.summary == "amy@contoso.com created the user (not named)"
    assert msgspec.json.decode(event.extra)["Target"] == "x"
