"""SharePoint, OneDrive and Teams in the unified audit log."""

import msgspec
import pytest

from m365timeline.normalizers.audit_data import normalize
from m365timeline.normalizers.audit_data.operations import find
from m365timeline.normalizers.context import Context
from m365timeline.schemas.event import CATEGORIES, Change
from m365timeline.schemas.record import Record
from m365timeline.schemas.reference import rows

SITE = "https://contoso-my.sharepoint.com/personal/amy_contoso_com/"
LINK_GROUP = "SharingLinks.1a52bbc5-1502-4cd9-b6fa-1bf0216afd6b.AnonymousEdit.6dd8014e-76e2-4687-9ffe-f076931289f5"


def event_of(**data):
    data = {"CreationTime": "2024-03-05T10:00:00", "Id": "r1", "UserId": "amy@contoso.com", **data}
    record = Record(kind="audit_data", fields={}, number=1, line=1, offset=0, length=0, raw="", data=data)
    return normalize(record, Context(source_type="test", family="unified_audit"))[0]


def file(operation, **data):
    return event_of(**{
        "RecordType": 6, "Workload": "OneDrive", "Operation": operation, "ItemType": "File", "ObjectId": SITE + "Documents/Plan.docx", "SiteUrl": SITE,
        "SourceRelativeUrl": "Documents", "SourceFileName": "Plan.docx", **data,
    })  # fmt: skip


def sharing(operation, **data):
    return file(
        operation, **{"RecordType": 14, "SourceRelativeUrl": "Documents/Plan.docx", "SiteUrl": SITE[:-1], **data}
    )


def teams(operation, **data):
    return event_of(RecordType=25, Workload="MicrosoftTeams", Operation=operation, **data)


PLAN = f"Plan.docx (in {SITE}Documents)"


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ("FileDownloaded", f"downloaded {PLAN}"),
        ("FilePreviewed", f"previewed {PLAN}"),
        ("FileSyncDownloadedFull", f"downloaded {PLAN} with a sync client"),
        ("FileRecycled", f"moved {PLAN} to the recycle bin"),
        ("FileAccessed", f"accessed {PLAN}"),
    ],
)
def test_files_are_named_with_their_folder(operation, words):
    event = file(operation, FileSizeBytes="11206", UserAgent="Microsoft SkyDriveSync 21.1 ship")
    assert event.summary == f"amy@contoso.com {words}"
    assert (event.category, event.target_type, event.outcome) == ("file_access", "file", "unknown")
    assert (event.target, event.folder) == (SITE + "Documents/Plan.docx", SITE + "Documents")
    assert (event.size_bytes, event.client_app) == (11206, "OneDrive sync client")
    assert event.user_agent == "Microsoft SkyDriveSync 21.1 ship"


def test_a_failed_operation_is_told_as_an_attempt():
    assert (
        file("FileDownloaded", ResultStatus="Failed").summary == f"amy@contoso.com tried and failed to download {PLAN}"
    )


def test_moving_and_renaming_say_where_to():
    event = file("FileRenamed", DestinationRelativeUrl="Documents", DestinationFileName="Secret.docx")
    assert event.dest_folder == SITE + "Documents"
    assert event.summary == f"amy@contoso.com renamed {PLAN} to {SITE}Documents/Secret.docx"


def test_item_types_come_as_words_or_numbers():
    assert [file("FileAccessed", ItemType=kind).target_type for kind in ("Folder", 5, "7", "Web", "DocumentLibrary", 99)] == [
        "folder", "folder", "site", "site", "list", "99",
    ]  # fmt: skip


def test_anonymous_links_say_that_anyone_gets_in():
    event = sharing(
        "AnonymousLinkCreated", EventData="<Type>Edit</Type><MembersCanShareApplied>False</MembersCanShareApplied>"
    )
    assert event.category == "sharing"
    assert event.summary == f"amy@contoso.com created an anonymous link (anyone who has it gets in) to {PLAN} (Edit)"


def test_sharing_names_the_guest_and_the_rights_from_text_that_only_looks_like_xml():
    event = sharing(
        "SharingSet", EventData="<Permissions granted>Contribute</Permissions granted><Broken>",
        TargetUserOrGroupType="Guest", TargetUserOrGroupName="bob_mail.example#ext#@contoso.com",
    )  # fmt: skip
    assert (
        event.summary == f"amy@contoso.com shared {PLAN} with the guest bob_mail.example#ext#@contoso.com (Contribute)"
    )


def test_groups_behind_links_say_what_the_link_allows():
    event = event_of(
        RecordType=4,
        Workload="OneDrive",
        Operation="GroupAdded",
        ItemType="Site",
        ObjectId=SITE,
        ModifiedProperties=[{"Name": "Name", "NewValue": LINK_GROUP}],
    )
    assert (
        event.summary
        == f"amy@contoso.com created the group of a sharing link (anyone with the link can edit) on the site {SITE}"
    )
    assert event.changes == [Change("Name", None, LINK_GROUP)]
    event = sharing("SharingSet", TargetUserOrGroupType="SharePointGroup", TargetUserOrGroupName=LINK_GROUP)
    assert event.summary.endswith("with the group of a sharing link (anyone with the link can edit)")


def test_membership_of_site_groups_and_site_administration():
    data = {
        "RecordType": 14,
        "Workload": "SharePoint",
        "ItemType": "Web",
        "ObjectId": SITE,
        "TargetUserOrGroupName": "bob@contoso.com",
    }
    event = event_of(
        Operation="AddedToGroup", EventData="<Group>Site Owners</Group>", TargetUserOrGroupType="Member", **data
    )
    assert event.summary == f"amy@contoso.com added bob@contoso.com to the site group Site Owners of the site {SITE}"
    assert event_of(Operation="SiteCollectionAdminAdded", **data).category == "permission"


def test_lists_are_told_by_title_unless_the_title_is_an_id():
    data = {
        "RecordType": 36,
        "Workload": "SharePoint",
        "Operation": "ListViewed",
        "ItemType": "List",
        "ObjectId": "https://c/l",
    }
    assert event_of(**data, ListTitle="Suppliers").summary == "amy@contoso.com viewed the list Suppliers (https://c/l)"
    assert (
        event_of(**data, ListTitle="8cafd2d5-6a51-41bb-ae86-a63c0d78d39b").summary
        == "amy@contoso.com viewed the list https://c/l"
    )


def test_searches_say_what_was_searched():
    event = event_of(
        RecordType=102, Workload="SharePoint", Operation="SearchQueryInitiatedSharePoint", SearchQueryText="password"
    )
    assert (event.category, event.target) == ("search", "password")
    assert event.summary == "amy@contoso.com searched SharePoint for password"


@pytest.mark.parametrize(
    ("operation", "category"),
    [
        ("FileTeleported", "file_access"),
        ("SharingLinkBent", "sharing"),
        ("SomePermissionMoved", "permission"),
        ("Whatever", "other"),
    ],
)
def test_operations_newer_than_the_table_get_a_category_by_name_and_a_plain_sentence(operation, category):
    event = file(operation)
    assert event.category == category
    assert event.summary == f"amy@contoso.com performed {operation} on {PLAN}"


def test_unknown_record_types_go_by_workload_and_names_of_types_count_as_numbers():
    assert file("FileDownloaded", RecordType=9999).summary == f"amy@contoso.com downloaded {PLAN}"
    assert (
        file("FileDownloaded", RecordType="SharePointFileOperation", Workload=None).summary
        == f"amy@contoso.com downloaded {PLAN}"
    )


def test_members_come_with_the_roles_real_records_prove():
    event = teams(
        "MemberAdded",
        TeamName="Sales",
        Members=[
            {"UPN": "b@c.d", "Role": 1},
            {"DisplayName": "Eve", "Role": "2"},
            {"UPN": "g@c.d", "Role": 3},
            {"UPN": "x@c.d", "Role": 0},
        ],
    )
    assert (
        event.summary
        == "amy@contoso.com added b@c.d (member), Eve (owner), g@c.d (guest), x@c.d (role 0) to the team Sales"
    )
    assert (event.target, event.target_type, event.category) == ("Sales", "team", "directory_change")


@pytest.mark.parametrize(
    ("operation", "data", "words"),
    [
        (
            "MessageCreatedHasLink",
            {"ChatThreadId": "19:x@thread.v2", "MessageURLs": ["https://e.example"]},
            "sent a message with a link in the chat 19:x@thread.v2: https://e.example",
        ),
        (
            "MessageSent",
            {"TeamName": "Sales", "ChannelName": "Plans"},
            "sent a message in the channel Plans of the team Sales",
        ),
        (
            "TeamSettingChanged",
            {"TeamName": "Sales", "Name": "Guests", "OldValue": "False", "NewValue": "True"},
            "changed the setting Guests of the team Sales",
        ),
        (
            "AppInstalled",
            {"TeamName": "Sales", "AddOnName": "Helper", "AddOnType": 1},
            "installed the bot Helper in the team Sales",
        ),
        (
            "MeetingParticipantDetail",
            {"Attendees": [{"UPN": "b@c.d", "Role": 1}]},
            "is named as organizer or participant of a meeting or call with b@c.d",
        ),
        ("BrandNewThing", {"TeamName": "Sales"}, "performed BrandNewThing on the team Sales"),
    ],
)
def test_teams_in_words(operation, data, words):
    assert teams(operation, **data).summary == f"amy@contoso.com {words}"


def test_a_changed_team_setting_is_a_change():
    assert teams("TeamSettingChanged", Name="Guests", OldValue="False", NewValue="True").changes == [
        Change("Guests", "False", "True")
    ]


def test_nothing_of_a_damaged_record_is_lost():
    event = event_of(
        RecordType=6,
        Workload="SharePoint",
        Operation="FileAccessed",
        ObjectId={"a": 1},
        ItemType=[],
        SiteUrl=5,
        EventData=["x"],
        ModifiedProperties="y",
    )
    assert event.target is None
    assert event.summary == "amy@contoso.com accessed (not named)"
    assert msgspec.json.decode(event.extra)["ObjectId"] == {"a": 1}


def test_the_table_of_operations_is_sound():
    seen = set()
    for row in rows("operations"):
        assert row["category"] in CATEGORIES, row
        assert row["past"], row
        assert row["attempt"], row
        assert find(row["family"], row["operation"]) is not None
        key = (row["family"], row["operation"].casefold())
        assert key not in seen, row
        seen.add(key)
