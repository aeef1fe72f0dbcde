"""Values inside values, and which module speaks for a record."""

import pytest

from m365timeline.normalizers.audit_data.dispatch import module_for
from m365timeline.normalizers.audit_data.properties import changes_in, json_in, tags_in, unwrap
from m365timeline.schemas.event import Change, Event


def module_name(**data):
    kind = data.pop("kind", None)
    return module_for(
        Event(record_type=kind, workload=data.get("Workload"), operation=data.get("Operation")), data
    ).__name__.rpartition(".")[2]


# --- values inside values


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('["x"]', "x"), ("[]", None), ("", None), ('"v"', "v"), ('["a", true, 1]', "a, True, 1"), ('[{"a": 1}]', '{"a":1}'), ('[{"a": 1}, {"b": 2}]', '[{"a":1},{"b":2}]'),
        ("plain", "plain"), ("[not json", "[not json"), ('["a", null]', "a, "),
    ],
)  # fmt: skip
def test_unwrapping_one_layer(text, shown):
    assert unwrap(text) == shown


def test_text_that_is_no_json_is_left_alone():
    assert json_in("hello") is None
    assert json_in("[" * 100_000) is None
    assert json_in(5) is None


def test_pseudo_xml_is_read_by_its_tags_and_never_slowly():
    text = "<Permissions granted>Edit</Permissions granted><A>1</A>junk<B>open<A>2</A>"
    assert tags_in(text) == {"Permissions granted": "Edit", "A": "1; 2"}
    assert tags_in("<a>" * 5000) == {}
    assert tags_in("<") == tags_in("<>") == tags_in("") == tags_in("</a>") == {}


def test_changes_without_any_value_say_nothing():
    assert changes_in([{"Name": "a", "OldValue": "", "NewValue": "[]"}, {"Name": "b", "NewValue": "x"}, "c"]) == [
        Change("b", None, "x"),
        Change("c", None, None),
    ]


# --- which module


@pytest.mark.parametrize(
    ("expected", "data"),
    [
        ("signin", {"kind": "15 AzureActiveDirectoryStsLogon"}),
        ("entra", {"kind": "8 AzureActiveDirectory"}),
        ("exchange_item", {"kind": "50 ExchangeItemAggregated"}),
        ("sharepoint", {"kind": "9999", "Workload": "OneDrive"}),
        ("teams", {"Workload": "microsoftteams"}),
        ("signin", {"Workload": "AzureActiveDirectory", "Operation": "UserLoggedIn"}),
        ("entra", {"Workload": "AzureActiveDirectory", "Operation": "Add user."}),
        ("exchange_item", {"Workload": "Exchange", "MailboxGuid": "x"}),
        ("exchange_admin", {"Workload": "Exchange", "Parameters": []}),
        ("generic", {"Workload": "Exchange"}),
        ("generic", {"Workload": "SomethingNew", "kind": "9999"}),
        ("protection", {"kind": "13 ComplianceDLPExchange", "Workload": "Exchange"}),
    ],
)
def test_record_type_first_then_workload_then_content(expected, data):
    assert module_name(**data) == expected
