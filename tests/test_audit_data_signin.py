"""Sign-ins, as the unified audit log records them."""

import msgspec
import pytest

from m365timeline.normalizers.audit_data import normalize
from m365timeline.normalizers.context import Context
from m365timeline.schemas.record import Record

GRAPH = "00000003-0000-0000-c000-000000000000"
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


def signin(operation="UserLoggedIn", **data):
    data = {
        "RecordType": 15,
        "Operation": operation,
        "ResultStatus": "Success",
        "ObjectId": GRAPH,
        "ApplicationId": POWERSHELL,
        **data,
    }
    return event_of(**data)


@pytest.mark.parametrize(
    ("operation", "status", "number", "error", "outcome", "category"),
    [
        ("UserLoggedIn", "Success", "0", None, "success", "signin"),
        ("UserLoggedIn", "Succeeded", None, None, "success", "signin"),
        ("UserLoginFailed", "Success", "50126", "InvalidUserNameOrPassword", "failure", "signin_failed"),
        ("UserLoginFailed", "Failed", "50126", "InvalidUserNameOrPassword", "failure", "signin_failed"),
        ("UserLoginFailed", "Failed", None, None, "failure", "signin_failed"),
        ("UserLoginFailed", "Success", "999999", "SomethingNew", "failure", "signin_failed"),
        ("UserLoggedIn", "Success", "50140", None, "unknown", "signin"),
        ("UserLoginFailed", "Success", "50058", "UserInformationNotProvided", "unknown", "signin"),
        ("UserLoginFailed", "Success", "50072", "UserStrongAuthEnrollmentRequiredInterrupt", "unknown", "signin"),
        ("UserLoggedIn", "Success", "50126", None, "unknown", "signin"),
        ("UserLoggedIn", "Success", "0", "None", "success", "signin"),
        ("UserLoggedIn", "Failed", "0", None, "unknown", "signin"),
        ("SomethingElse", "Success", None, None, "unknown", "signin"),
    ],
)
def test_operation_and_error_number_decide_the_outcome_not_the_result_status(
    operation, status, number, error, outcome, category
):
    data = {"ResultStatus": status}
    if number is not None:
        data["ErrorNumber"] = number
    if error is not None:
        data["LogonError"] = error
    event = signin(operation, **data)
    assert (event.outcome, event.category) == (outcome, category)
    assert event.outcome_raw == status
    assert event.error_code == number


def test_a_failed_sign_in_explains_its_error_and_blames_nobody():
    event = signin(
        "UserLoginFailed", ErrorNumber="50126", LogonError="InvalidUserNameOrPassword", ResultStatus="Success"
    )
    assert event.error_text == "InvalidUserNameOrPassword: wrong user name or password"
    assert event.summary.startswith(
        "A sign-in as amy@contoso.com to Microsoft Graph with the application Azure Active Directory PowerShell failed"
    )
    assert "50126" in event.summary


def test_an_interrupt_is_called_an_interrupt():
    event = signin(ErrorNumber="50140")
    assert (
        "was interrupted; error 50140 (the page 'keep me signed in' was shown), logged as UserLoggedIn" in event.summary
    )


def test_sign_in_names_resource_client_device_session_and_method():
    event = signin(
        ErrorNumber="0",
        ExtendedProperties=pairs(
            UserAgent="Mozilla/5.0 (X11) Firefox/99", UserAuthenticationMethod="17", RequestType="Login:login"
        ),
        DeviceProperties=pairs(
            Id="dev-1", DisplayName="LAPTOP", OS="Windows 10", BrowserType="Firefox", SessionId="{ABCD-1}"
        ),
    )
    assert (event.target, event.target_type) == ("Microsoft Graph", "application")
    assert (event.app_id, event.app_name) == (POWERSHELL, "Azure Active Directory PowerShell")
    assert (event.device_id, event.device_name, event.device_os, event.session_id) == (
        "dev-1",
        "LAPTOP",
        "Windows 10",
        "abcd-1",
    )
    assert (event.user_agent, event.client_app) == ("Mozilla/5.0 (X11) Firefox/99", "Browser")
    assert event.summary.endswith("authenticated by Password in the cloud + Password hash sync")


def test_an_undocumented_method_bit_is_not_given_a_name():
    event = signin(ErrorNumber="0", ExtendedProperties=pairs(UserAuthenticationMethod="33"))
    assert event.summary.endswith("authenticated by Password in the cloud + undocumented method 32")


def test_powershell_that_calls_itself_mozilla_is_powershell():
    event = signin(
        ErrorNumber="0", ExtendedProperties=pairs(UserAgent="Mozilla/5.0 (Windows NT; en-US) WindowsPowerShell/5.1")
    )
    assert event.client_app == "PowerShell"


def test_both_addresses_of_a_sign_in_are_kept():
    event = signin(ErrorNumber="0", ClientIP="198.51.100.7", ActorIpAddress="203.0.113.9")
    assert event.ip == "198.51.100.7"
    assert "203.0.113.9" in event.summary
    assert msgspec.json.decode(event.extra)["ActorIpAddress"] == "203.0.113.9"
    assert (
        "second address" not in signin(ErrorNumber="0", ClientIP="198.51.100.7", ActorIpAddress="198.51.100.7").summary
    )


def test_unknown_resource_stays_empty_and_the_actor_list_fills_a_missing_key():
    event = signin(
        ErrorNumber="0",
        ObjectId="Unknown",
        UserKey="Not Available",
        UserId="",
        Actor=[{"ID": AMY_ID, "Type": 0}, {"ID": "a@x.y", "Type": 5}],
    )
    assert event.target is None
    assert (event.actor, event.actor_id) == ("a@x.y", AMY_ID)


@pytest.mark.parametrize(("status", "outcome"), [(0, "success"), (-2147217390, "failure")])
def test_the_old_account_logon_record_is_judged_by_its_login_status(status, outcome):
    event = event_of(
        RecordType=9, Operation="PasswordLogonInitialAuthUsingPassword", ResultStatus="success", LoginStatus=status,
        ObjectId="amy@contoso.com", ExtendedProperties=pairs(LoginError="-2147217390;PP_E_BAD_PASSWORD;The passwords do not match."),
    )  # fmt: skip
    assert event.outcome == outcome
    assert event.target is None
    assert (event.error_code, event.error_text) == ("-2147217390", "PP_E_BAD_PASSWORD;The passwords do not match.")
