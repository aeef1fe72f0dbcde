"""Lists of states a collector made on 13 March: inbox rules, permissions and devices. None of them has a time of its own."""

import json

from sample_story.cast import PEOPLE, TENANT
from sample_story.ids import guid, number
from sample_story.write_audit_csv import lines, quoted

_RULES = [
    "UserName",
    "RuleName",
    "Enabled",
    "Priority",
    "RuleIdentity",
    "StopProcessingRules",
    "CopyToFolder",
    "MoveToFolder",
    "RedirectTo",
    "ForwardTo",
    "ForwardAsAttachmentTo",
    "ApplyCategory",
    "MarkImportance",
    "MarkAsRead",
    "DeleteMessage",
    "SoftDeleteMessage",
    "From",
    "SubjectContainsWords",
    "SubjectOrBodyContainsWords",
    "BodyContainsWords",
    "HasAttachment",
    "Description",
    "InError",
    "ErrorType",
]
_DEVICES = [
    "FirstSyncTime",
    "LastPolicyUpdateTime",
    "LastSyncAttemptTime",
    "LastSuccessSync",
    "DeviceType",
    "DeviceID",
    "DeviceUserAgent",
    "DeviceModel",
    "DeviceFriendlyName",
    "DeviceOS",
    "UserPrincipalName",
    "DeviceAccessState",
    "ClientType",
]
_EXPORTED = [
    "Item Identity", "Document ID", "Original Path", "Location", "Location Name", "Target Path", "Subject or Title", "Sender or Created by",
    "Recipients in To line", "Recipients in Cc line", "Recipients in Bcc line", "Sent", "Has Attachments", "Received or Created", "Modified Date", "Size (KB)",
]  # fmt: skip
_WORDS = ["invoice", "payment", "bank", "ALB-"]


def files() -> dict[str, bytes]:
    """Write every list: name to bytes."""
    return {
        "state_list_csv/InboxRules.csv": inbox_rules(),
        "state_list_csv/MailboxPermissions.csv": permissions(),
        "state_list_csv/MobileDevices.csv": devices(),
        "state_list_csv/Results.csv": exported(),
        "state_list_json/InboxRules_Tom.json": thief_rule_json(),
    }


def inbox_rules() -> bytes:
    """Write the rules of all mailboxes as a collection script does; the thief's rule among two harmless ones."""
    tom, priya, amy = PEOPLE["tom"].upn, PEOPLE["priya"].upn, PEOPLE["amy"].upn
    found: list[dict[str, str]] = [
        {"UserName": tom, "RuleName": ".", "MoveToFolder": "RSS Feeds", "MarkAsRead": "True", "StopProcessingRules": "True",
         "SubjectOrBodyContainsWords": ";".join(_WORDS), "RuleIdentity": str(number("rule:thief", 10**18, 9 * 10**18))},
        {"UserName": priya, "RuleName": "Newsletters", "MoveToFolder": "Newsletters", "From": "news@stanmorefenn.example",
         "RuleIdentity": str(number("rule:priya", 10**18, 9 * 10**18))},
        {"UserName": amy, "RuleName": "Board papers", "ApplyCategory": "Board", "From": "chair@alderbrook-board.example", "Enabled": "False",
         "RuleIdentity": str(number("rule:amy", 10**18, 9 * 10**18))},
    ]  # fmt: skip
    fixed = {
        "Enabled": "True",
        "Priority": "1",
        "StopProcessingRules": "False",
        "MarkAsRead": "False",
        "DeleteMessage": "False",
        "SoftDeleteMessage": "False",
    }
    fixed |= {"HasAttachment": "False", "InError": "False", "ErrorType": "NoError"}
    rows = [quoted(_RULES), *(quoted([(fixed | rule).get(name, "") for name in _RULES]) for rule in found)]
    return b"\xef\xbb\xbf" + lines(rows).encode()


def thief_rule_json() -> bytes:
    """Write the same rule as ``Get-InboxRule | ConvertTo-Json`` shows it: one object, no list around it."""
    tom = PEOPLE["tom"]
    rule = {
        "Description": 'If the message:\r\n\tthe message includes specific words in the subject or body: "invoice" or "payment" or "bank" or "ALB-"\r\nTake the following actions:\r\n\tmove the message to folder "RSS Feeds" and mark the message as Read and stop processing more rules on this message',
        "Enabled": True,
        "Identity": f"{tom.mailbox_guid}\\{number('rule:thief', 10**18, 9 * 10**18)}",
        "Name": ".",
        "Priority": 1,
        "RuleIdentity": number("rule:thief", 10**18, 9 * 10**18),
        "SupportedByTask": True,
        "SubjectOrBodyContainsWords": _WORDS,
        "MoveToFolder": "RSS Feeds",
        "MarkAsRead": True,
        "StopProcessingRules": True,
        "MailboxOwnerId": tom.upn,
        "IsValid": True,
        "ObjectState": "Unchanged",
    }
    return json.dumps(rule, indent=4).encode()


def permissions() -> bytes:
    """Write who may do what in three mailboxes on 13 March: Victor's right is already gone."""
    amy, payable = PEOPLE["amy"].upn, PEOPLE["payable"].upn
    rows = [quoted(["Identity", "User", "AccessRights", "IsInherited", "Deny", "InheritanceType", "RunspaceId"])]
    given = (
        (amy, "NT AUTHORITY\\SELF", "FullAccess, ReadPermission", "False", "False"),
        (amy, PEOPLE["helen"].upn, "FullAccess", "False", "False"),
        (payable, PEOPLE["tom"].upn, "FullAccess", "False", "False"),
        (payable, PEOPLE["priya"].upn, "FullAccess", "False", "False"),
        (payable, f"{TENANT}\\Domain Admins", "FullAccess", "True", "True"),
    )
    rows += [quoted([*row, "All", guid("runspace:lists")]) for row in given]
    return lines(rows).encode()


def devices() -> bytes:
    """Write the telephones that synchronize: American dates without a zone."""
    rows = [quoted(_DEVICES)]
    for key, model, system in (("amy", "iPhone15C2", "iOS 26.2"), ("tom", "SM-S921B", "Android 16")):
        person = PEOPLE[key]
        agent = f"Outlook-{system.partition(' ')[0]}/2.0"
        cells = [
            "8/17/2025 10:50:16 PM",
            "3/12/2026 5:02:11 AM",
            "3/13/2026 9:08:42 AM",
            "3/13/2026 9:08:43 AM",
            "Outlook",
            guid(f"phone:{key}").replace("-", "")[:16].upper(),
        ]
        rows.append(
            quoted(
                [
                    *cells,
                    agent,
                    model,
                    f"Outlook for {system.partition(' ')[0]}",
                    system,
                    person.upn,
                    "Allowed",
                    "Outlook",
                ]
            )
        )
    return lines(rows).encode()


def exported() -> bytes:
    """Write the report of the investigators' own export from Amy's mailbox: what Victor had opened."""
    amy = PEOPLE["amy"].upn
    rows = [quoted(_EXPORTED)]
    for index, (subject, sender, folder, sent, received) in enumerate(
        (
            ("Board pack 12 March", "chair@alderbrook-board.example", "Inbox\\Board", "3/9/2026 8:30:00 AM", "3/9/2026 8:30:04 AM"),
            ("RE: Project Larch - valuation model v6 (confidential)", amy, "Sent Items", "3/6/2026 9:02:37 AM", "3/6/2026 9:02:37 AM"),
        ),
        1,
    ):  # fmt: skip
        identity = guid(f"exported:{index}").replace("-", "").upper()
        path = f"{amy}, Primary\\Top of Information Store\\{folder}"
        rows.append(
            quoted(
                [
                    identity,
                    f"{index}",
                    path,
                    amy,
                    amy,
                    "Exchange\\Amy Lindqvist.pst",
                    subject,
                    sender,
                    amy,
                    "",
                    "",
                    sent,
                    "False",
                    received,
                    received,
                    "48",
                ]
            )
        )
    return lines(rows).encode("utf-8-sig")
