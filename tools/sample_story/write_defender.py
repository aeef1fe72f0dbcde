"""What Defender knows of the mails: hunting tables, Threat Explorer, quarantine, Safe Links, a data-loss report."""

import json
from datetime import datetime, timedelta
from typing import Any

from sample_story.cast import PEOPLE, TENANT, TENANT_ID
from sample_story.ids import at, digest, fraction, guid, number
from sample_story.mails import Mail
from sample_story.write_audit_csv import lines, plain, quoted
from sample_story.write_trace import american

LURE = "https://sharedocs-notify.example/s/remittance?id=ab41"
_FIRST, _LAST = at("2026-03-09T00:00:00"), at("2026-03-12T12:00:00")
_ACTIONS = {
    "Delivered": ("Delivered", "Inbox/folder"), "FilteredAsSpam": ("Junked", "Junk folder"), "Quarantined": ("Blocked", "Quarantine"),
    "Failed": ("Blocked", "Failed"),
}  # fmt: skip
Row = dict[str, Any]


def iso(time: datetime, label: str) -> str:
    """Write a time as Defender does: seven digits of a second, UTC."""
    return f"{time:%Y-%m-%dT%H:%M:%S}.{fraction(label)}Z"


def email_events(mails: list[Mail]) -> list[Row]:
    """Make EmailEvents of some days: one row a message and recipient, groups left out as Defender does."""
    return [
        _email(mail, address, status)
        for mail in sorted(mails, key=lambda mail: (mail.time, mail.key))
        if _FIRST <= mail.time < _LAST
        for address, status in mail.deliveries
        if status in _ACTIONS
    ]


def _email(mail: Mail, address: str, status: str) -> Row:
    action, location = _ACTIONS[status]
    if status == "Delivered" and mail.is_outside(address):
        location = "On-premises/external"
    bad = mail.key == "phish"
    inside = mail.author and not mail.is_outside(address)
    return {
        "Timestamp": iso(mail.time, mail.key), "NetworkMessageId": mail.network_id, "InternetMessageId": mail.message_id,
        "SenderMailFromAddress": mail.sender, "SenderFromAddress": mail.sender, "SenderDisplayName": mail.author.name if mail.author else "",
        "SenderIPv4": mail.ip, "RecipientEmailAddress": address, "Subject": mail.subject,
        "EmailClusterId": str(number(f"cluster:{mail.key}", 1 << 62, (1 << 63) - 1)),
        "EmailDirection": "Intra-org" if inside else "Outbound" if mail.author else "Inbound", "DeliveryAction": action,
        "DeliveryLocation": location, "ThreatTypes": "Phish" if bad else "",
        "DetectionMethods": '{"Phish":["URL malicious reputation"]}' if bad else "", "ConfidenceLevel": '{"Phish":"High"}' if bad else "",
        "AuthenticationDetails": '{"SPF":"none","DKIM":"none","DMARC":"none"}' if bad else '{"SPF":"pass","DKIM":"pass","DMARC":"pass"}',
        "AttachmentCount": 1 if mail.attachments else 0, "UrlCount": 1 if bad else 0, "EmailLanguage": "en",
        "LatestDeliveryLocation": "Quarantine" if bad else location, "LatestDeliveryAction": "Moved to quarantine" if bad else action,
        "ReportId": f"{mail.network_id}-{number(f'report:{mail.key}:{address}', 1 << 62, (1 << 63) - 1)}-1", "EmailSize": mail.size,
    }  # fmt: skip


def hunting_csv(rows: list[Row]) -> bytes:
    """Write rows as the portal exports them: ISO times, every cell quoted."""
    columns = list(rows[0])
    return (
        b"\xef\xbb\xbf"
        + lines([quoted(columns), *(quoted([str(row[name]) for name in columns]) for row in rows)]).encode()
    )


def stream(table: str, rows: list[Row]) -> bytes:
    """Write rows as the streaming API stores them: one object a line, the row in properties."""
    written = [
        {
            "time": iso(at(row["Timestamp"][:19]) + timedelta(minutes=3), "stream"), "tenantId": TENANT_ID, "operationName": "Publish",
            "category": f"AdvancedHunting-{table}", "_TimeReceivedBySvc": row["Timestamp"], "properties": row, "Tenant": "DefaultTenant",
        }
        for row in rows
    ]  # fmt: skip
    return "".join(f"{json.dumps(row, ensure_ascii=False, separators=(',', ':'))}\n" for row in written).encode()


def url_info(phish: Mail) -> list[Row]:
    """Make EmailUrlInfo of the lure."""
    row = {"Timestamp": iso(phish.time, phish.key), "NetworkMessageId": phish.network_id, "Url": LURE}
    return [{**row, "UrlDomain": "sharedocs-notify.example", "UrlLocation": "Body", "ReportId": guid("report:url")}]


def attachment_info(mails: list[Mail]) -> list[Row]:
    """Make EmailAttachmentInfo of the fraud mails."""
    return [
        {
            "Timestamp": iso(mail.time, mail.key), "NetworkMessageId": mail.network_id, "SenderFromAddress": mail.sender,
            "RecipientEmailAddress": address, "FileName": mail.attachments.partition(" (")[0], "FileType": "Pdf",
            "SHA256": digest("file:New account.pdf", 32).hex(), "FileSize": 30112, "ThreatTypes": "", "ReportId": guid(f"report:{mail.key}:{address}"),
        }
        for mail in mails
        for address, status in mail.deliveries
        if status in _ACTIONS
    ]  # fmt: skip


def post_delivery(phish: Mail) -> list[Row]:
    """Make EmailPostDeliveryEvents: the lure is found too late, and moved out of two mailboxes."""
    return [
        {
            "Timestamp": iso(at("2026-03-09T10:02:41"), f"zap:{address}"), "NetworkMessageId": phish.network_id,
            "InternetMessageId": phish.message_id, "Action": "Moved to quarantine", "ActionType": "Phish ZAP", "ActionTrigger": "SpecialAction",
            "ActionResult": "Success", "RecipientEmailAddress": address, "DeliveryLocation": "Quarantine", "ThreatTypes": "Phish",
            "DetectionMethods": '{"Phish":["URL malicious reputation"]}', "ReportId": guid(f"report:zap:{address}"),
            "SenderFromAddress": phish.sender, "EmailDirection": "Inbound",
        }
        for address, status in phish.deliveries
        if status != "Quarantined"
    ]  # fmt: skip


def clicks(phish: Mail) -> list[Row]:
    """Make UrlClickEvents: Tom gets through before the link is known as bad, Priya is stopped."""
    told = (
        ("tom", "2026-03-09T08:27:19", "ClickAllowed", ""),
        ("priya", "2026-03-09T09:58:03", "ClickBlocked", '["Phish"]'),
    )
    return [
        {
            "Timestamp": iso(at(time), f"click:{key}"), "Url": LURE, "ActionType": action, "AccountUpn": PEOPLE[key].upn, "Workload": "Email",
            "NetworkMessageId": phish.network_id, "ThreatTypes": threats, "IPAddress": "192.0.2.10", "IsClickedThrough": False,
            "UrlChain": json.dumps([LURE]), "ReportId": guid(f"report:click:{key}"), "AppName": "Email",
        }
        for key, time, action, threats in told
    ]  # fmt: skip


def threat_explorer(mails: list[Mail]) -> bytes:
    """Write the portal's list of one day; the portal is set to the time of New York."""
    columns = (
        "Email date (UTC-04:00),Subject,Recipients,Sender address,Sender display name,Sender IP,Delivery action,Latest delivery location,"
        "Original delivery location,Internet message ID,Network message ID,Threats,Detection technologies,Attachment Count,URL Count,Email size,Directionality"
    )
    rows = [columns]
    for row in email_events(mails):
        time = at(row["Timestamp"][:19]) - timedelta(hours=4)
        if not row["Timestamp"].startswith("2026-03-09"):
            continue
        action = {"Junked": "Delivered to junk"}.get(row["DeliveryAction"], row["DeliveryAction"])
        found = "URL malicious reputation" if row["ThreatTypes"] else ""
        cells = [
            f"{time:%Y-%m-%d %H:%M:%S}",
            row["Subject"],
            row["RecipientEmailAddress"],
            row["SenderFromAddress"],
            row["SenderDisplayName"],
        ]
        cells += [
            row["SenderIPv4"],
            action,
            row["LatestDeliveryLocation"],
            row["DeliveryLocation"],
            row["InternetMessageId"],
        ]
        cells += [
            row["NetworkMessageId"],
            row["ThreatTypes"],
            found,
            str(row["AttachmentCount"]),
            str(row["UrlCount"]),
            str(row["EmailSize"]),
        ]
        rows.append(plain([*cells, row["EmailDirection"]]))
    return b"\xef\xbb\xbf" + lines(rows).encode()


def quarantined(phish: Mail) -> list[Row]:
    """Make Get-QuarantineMessage: the lure of all three recipients, after it was taken out of two mailboxes."""
    return [
        {
            "Identity": f"{phish.network_id}\\{guid(f'quarantine:{address}')}", "ReceivedTime": f"{iso(phish.time, phish.key)[:-1]}+00:00",
            "Organization": TENANT_ID, "MessageId": phish.message_id, "SenderAddress": phish.sender, "RecipientAddress": [address],
            "Subject": phish.subject, "Size": phish.size, "Type": "High Confidence Phish", "PolicyType": "HostedContentFilterPolicy",
            "PolicyName": "Default", "Released": False, "ReleaseStatus": "NOTRELEASED",
            "SystemReleased": False, "RecipientCount": 1, "QuarantineTypes": "HighConfPhish", "Expires": "2026-04-08T08:12:04.0000000+00:00",
            "Direction": "Inbound", "ReleasedBy": [],
        }
        for address, _ in phish.deliveries
    ]  # fmt: skip


def quarantine_csv(phish: Mail) -> bytes:
    """Write it through Export-Csv of a Californian machine: lists are lost, the time has no zone."""
    rows = quarantined(phish)
    written = [quoted(list(rows[0]))]
    for row in rows:
        local = american(phish.time - timedelta(hours=7))
        cells = row | {"RecipientAddress": "System.String[]", "ReleasedBy": "System.String[]", "ReceivedTime": local}
        written.append(quoted([str(value) for value in cells.values()]))
    return lines(written).encode()


def safe_links(phish: Mail) -> bytes:
    """Write Get-SafeLinksDetailReport of the two clicks."""
    columns = "ClickTime NetworkMessageId ClientMessageId SenderAddress RecipientAddress Url UrlDomain Action AppName SourceId Organization DetectedBy UrlType Flags"
    rows = [quoted(columns.split())]
    for row in clicks(phish):
        blocked = row["ActionType"] == "ClickBlocked"
        where = [
            american(at(row["Timestamp"][:19])),
            phish.network_id,
            phish.message_id,
            phish.sender,
            row["AccountUpn"],
            LURE,
            "sharedocs-notify.example",
        ]
        rows.append(
            quoted(
                [
                    *where,
                    "Blocked" if blocked else "Allowed",
                    "Email Client",
                    "",
                    TENANT,
                    "EOP",
                    "Phish" if blocked else "",
                    "1" if blocked else "0",
                ]
            )
        )
    return lines(rows).encode()


def data_loss(fraud: Mail) -> bytes:
    """Write Get-DlpDetailReport of the mail with the new bank details."""
    cells = _match(fraud)
    return lines([quoted(list(cells)), quoted(list(cells.values()))]).encode()


def data_loss_list(fraud: Mail) -> bytes:
    """Write it as a script prints it: values wrapped without an indent."""
    rows = [f"{name} : {value}".rstrip() for name, value in _match(fraud).items()]
    return lines([row.replace("outside,Bank", "outside,\r\nBank") for row in rows]).encode()


def _match(fraud: Mail) -> dict[str, str]:
    rule = "Bank details to outside,Bank details to outside"
    return {
        "Organization": TENANT, "Domain": "", "Date": american(fraud.time + timedelta(seconds=31)), "Title": fraud.subject,
        "Location": fraud.message_id, "Severity": "Medium", "Size": str(fraud.size), "Source": "EXCH", "Actor": fraud.sender,
        "DlpCompliancePolicy": "Financial data,Financial data", "DlpComplianceRule": rule, "UserAction": "", "Justification": "",
        "SensitiveInformationType": "International Banking Account Number (IBAN)", "SensitiveInformationCount": "1",
        "SensitiveInformationConfidence": "85", "EventType": "DLPByIncidentIdPolicyHits", "Action": "GenerateIncidentReport,NotifyUser",
        "ObjectId": fraud.network_id, "IncidentId": guid("dlp:incident"),
    }  # fmt: skip


def threat_report(phish: Mail) -> bytes:
    """Write Get-MailDetailATPReport of the phishing mail as Microsoft describes its columns."""
    columns = "Date MessageId MessageTraceId Domain Subject MessageSize Direction SenderAddress RecipientAddress EventType BCL VerdictType Action FileName"
    rows = [quoted(columns.split())]
    for row in email_events([phish]):
        address = str(row["RecipientEmailAddress"])
        found = [address.partition("@")[2], row["Subject"], str(row["EmailSize"]), "Inbound", phish.sender, address]
        what = ["URL malicious reputation", "0", "Phish", row["DeliveryAction"], ""]
        rows.append(quoted([american(phish.time), phish.message_id, phish.network_id, *found, *what]))
    return lines(rows).encode()
