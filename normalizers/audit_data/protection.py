"""What filters and label clients saw: DLP, threat intelligence, quarantine, submissions, labels, the encrypted-message portal.

DLP records can hold the matched secrets themselves in clear text. They stay in ``extra`` and ``raw`` and never come into
the sentence.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from m365timeline.normalizers.addresses import clean_address
from m365timeline.normalizers.audit_data.common import known, named, text_of, whole
from m365timeline.normalizers.audit_data.operations import find, say
from m365timeline.normalizers.audit_data.properties import items_of, object_in, texts_of
from m365timeline.normalizers.sentences import cut, listed, who
from m365timeline.schemas.event import Change, Event
from m365timeline.schemas.reference import rows
from m365timeline.schemas.words import counted

KEYS: frozenset[str] = frozenset()

_DIRECTIONS = {"inbound": "incoming", "incoming": "incoming", "outbound": "outgoing", "outgoing": "outgoing"}


def fill(event: Event, data: dict[str, Any]) -> None:
    """Fill by record type, else by operation, else by what the record holds."""
    number = (event.record_type or "").partition(" ")[0]
    kind = _BY_TYPE.get(number) or _BY_OPERATION.get(event.operation or "")
    if kind is None:
        kind = next((function for key, function in _BY_KEY if key in data), _fill_other)
    kind(event, data)


def _fill_message(event: Event, data: dict[str, Any]) -> None:
    """The message a record speaks of, under whatever names the service gave its parts."""
    get = data.get
    event.subject = text_of(get("Subject"))
    event.sender = (
        text_of(get("P2Sender"))
        or text_of(get("P1Sender"))
        or text_of(get("Sender"))
        or text_of(get("SenderAddress"))
        or text_of(get("From"))
    )
    names = [text for key in ("Recipients", "Recipient", "To", "CC", "BCC") for text in texts_of(get(key))]
    event.recipients = list(dict.fromkeys(names)) or None
    message_id = known(get("InternetMessageId")) or known(get("MessageID")) or known(get("MessageId"))
    event.message_ids = [message_id.strip("<>")] if message_id else None
    network_id = known(get("NetworkMessageId"))
    event.network_message_id = network_id.lower() if network_id else None
    way = text_of(get("Directionality"))
    event.direction = _DIRECTIONS.get(way.casefold(), way) if way else None
    event.delivery_status = text_of(get("DeliveryAction")) or text_of(get("Delivery Action"))


def _message(event: Event) -> str:
    """The message in a sentence: ``the message "Invoice" from a@x to b@y``."""
    text = f'the message "{cut(event.subject)}"' if event.subject else "a message"
    if event.sender:
        text += f" from {cut(event.sender)}"
    if event.recipients:
        text += f" to {cut(listed(event.recipients))}"
    if not event.subject and not event.sender and event.network_message_id:
        text += f" (network message id {event.network_message_id})"
    return text


def _fill_dlp(event: Event, data: dict[str, Any]) -> None:
    """A DLP rule that matched: policy, rule, actions and the message or file."""
    mail, file = object_in(data.get("ExchangeMetaData")), object_in(data.get("SharePointMetaData"))
    _fill_message(event, mail)
    if mail:
        event.target, event.target_type = event.subject or known(data.get("ObjectId")), "message"
        what = _message(event)
    else:
        event.target = text_of(file.get("FilePathUrl")) or text_of(file.get("FileName")) or known(data.get("ObjectId"))
        event.target_type = "file"
        what = f"the file {cut(text_of(file.get('FileName')) or event.target or '(not named)', 160)}"
        event.device_name = text_of(object_in(data.get("EndpointMetaData")).get("DeviceName"))
    policies, rules, actions = [], [], []
    for policy in items_of(data.get("PolicyDetails")):
        policies += texts_of(policy.get("PolicyName"))
        for rule in items_of(policy.get("Rules")):
            rules += texts_of(rule.get("RuleName"))
            actions += texts_of(rule.get("Actions"))
    event.category = "alert"
    by = f"the rule {cut(listed(rules))} " if rules else ""
    by += f"of the DLP policy {cut(listed(policies))}" if policies else "of a DLP policy"
    done = f"; actions: {cut(listed(list(dict.fromkeys(actions)), 6))}" if actions else ""
    event.summary = f"{_DLP.get((event.operation or '').casefold(), event.operation or 'DLP')}: {what}; {by}{done}; user {who(event)}"


_DLP = {
    "dlprulematch": "DLP match",
    "dlpruleundo": "DLP match undone",
    "dlpinfo": "DLP false positive or override reported",
}


def _fill_mail_threat(event: Event, data: dict[str, Any]) -> None:
    """A message the filter judged bad."""
    _fill_message(event, data)
    event.category, event.target, event.target_type = "alert", event.subject or known(data.get("ObjectId")), "message"
    verdict = text_of(data.get("Verdict")) or "a threat (verdict not logged)"
    by = text_of(data.get("DetectionMethod"))
    policy, action = _name("ThreatPolicy", data.get("Policy")), _name("ThreatPolicyAction", data.get("PolicyAction"))
    parts = [f"The filter judged {_message(event)} as {cut(verdict)}" + (f" ({cut(by)})" if by else "")]
    if policy or action:
        parts.append(f"policy {policy or '(not named)'}, action {action or '(not named)'}")
    if event.delivery_status:
        parts.append(f"delivery: {event.delivery_status}")
    bad = [
        text_of(item.get("FileName")) or ""
        for item in items_of(data.get("AttachmentData"))
        if text_of(item.get("FileVerdict")) in {"1", "Bad"}
    ]
    if bad:
        parts.append(f"{counted(len(bad), 'attachment')} judged bad: {cut(listed(bad))}")
    event.summary = "; ".join(parts)


def _fill_click(event: Event, data: dict[str, Any]) -> None:
    """A click on a link that Safe Links looked at."""
    url = text_of(data.get("Url")) or text_of(data.get("URL"))
    event.category, event.target, event.target_type = "alert", url, "url"
    raw = text_of(data.get("UserIp"))
    if raw and event.ip is None:
        address = clean_address(raw)
        event.ip, event.port, event.ip_raw = address.ip, address.port, raw
    event.client_app = text_of(data.get("AppName"))
    shown = _name("URLClickAction", data.get("UrlClickAction", data.get("URLClickAction")))
    app = f" in {cut(event.client_app)}" if event.client_app else ""
    event.summary = f"{who(event)} clicked the link {cut(url or '(not named)')}{app}" + (
        f"; Safe Links: {shown}" if shown else ""
    )


def _fill_file_threat(event: Event, data: dict[str, Any]) -> None:
    """A file in SharePoint, OneDrive or Teams that the filter looked at."""
    file = object_in(data.get("FileData"))
    path, name = text_of(file.get("FilePath")), text_of(file.get("FileName"))
    event.category, event.target, event.target_type = "alert", path or name or known(data.get("ObjectId")), "file"
    event.size_bytes = whole(file.get("FileSize"))
    verdict, family = _name("FileVerdict", file.get("FileVerdict")), text_of(file.get("MalwareFamily"))
    found = ", ".join(
        text for text in (verdict and f"verdict {verdict}", family and f"malware family {cut(family)}") if text
    )
    where = f" in {cut(text_of(data.get('SourceWorkload')) or '')}" if text_of(data.get("SourceWorkload")) else ""
    event.summary = f"The filter looked at the file {cut(name or event.target or '(not named)', 160)}{where}" + (
        f": {found}" if found else ""
    )


def _fill_label(event: Event, data: dict[str, Any]) -> None:
    """A labelled or protected file, as the labelling client saw it."""
    common, label = object_in(data.get("Common")), object_in(data.get("SensitivityLabelEventData"))
    event.app_id, event.app_name = (
        event.app_id or known(common.get("ApplicationId")),
        event.app_name or text_of(common.get("ApplicationName")),
    )
    event.device_name = text_of(common.get("DeviceName"))
    event.target = text_of(data.get("ObjectId")) or event.device_name
    event.target_type = "file" if text_of(data.get("ObjectId")) else "device"
    old, new = known(label.get("OldSensitivityLabelId")), known(label.get("SensitivityLabelId"))
    if old or (new and (event.operation or "").startswith("SensitivityLabel")):
        event.changes = [Change("SensitivityLabelId", old, new)]
    _say(event, f"the file {cut(event.target)}" if event.target_type == "file" and event.target else "")


def _fill_portal(event: Event, data: dict[str, Any]) -> None:
    """An encrypted message in the message portal. The log names sender and recipient, not which of them acted."""
    _fill_message(event, data)
    event.subject = named(data.get("OperationProperties")).get("MailSubject")
    file = text_of(data.get("AttachmentName"))
    event.category, event.target, event.target_type = (
        "message_read",
        file or event.subject,
        "file" if file else "message",
    )
    method = text_of(data.get("AuthenticationMethod"))
    failed = " (failed)" if event.outcome == "failure" else ""
    what = (
        _message(event)
        + (f", attachment {cut(file)}" if file else "")
        + (f"; authenticated by {cut(method)}" if method else "")
    )
    event.summary = f"{event.operation}{failed} in the encrypted message portal: {what}"


def _fill_other(event: Event, data: dict[str, Any]) -> None:
    """Quarantine, submissions and whatever else names a message, file or label."""
    get = data.get
    if "NetworkMessageId" in data or "InternetMessageId" in data or "Subject" in data:
        _fill_message(event, data)
        event.target, event.target_type = event.subject or known(get("ObjectId")) or event.network_message_id, "message"
        what = _message(event)
    else:
        event.target = text_of(get("ItemName")) or text_of(get("FileName")) or known(get("ObjectId"))
        what = cut(event.target, 160) if event.target else ""
    event.device_name = event.device_name or text_of(get("DeviceName"))
    old, new = (
        text_of(get("OldSensitivityLabelId")),
        text_of(get("LabelName")) or text_of(get("LabelId")) or text_of(get("SensitivityLabelId")),
    )
    if new:
        event.changes = [Change("SensitivityLabel", old, new)]
    _say(event, what, release=f" to {cut(text_of(get('ReleaseTo')) or '')}" if text_of(get("ReleaseTo")) else "")


def _say(event: Event, what: str, **places: str) -> None:
    operation = find("protection", event.operation or "")
    number = (event.record_type or "").partition(" ")[0]
    event.category = operation.category if operation else "alert" if number in {"28", "29", "41", "47"} else "other"
    event.target_type = event.target_type or (operation.target_type if operation else None)
    device = f" (device {cut(event.device_name)})" if event.device_name else ""
    if what:
        places["target"] = what
    event.summary = say(event, operation, **places) + device


@lru_cache(maxsize=256)
def _meaning(table: str, text: str) -> str:
    return next((row["name"] for row in rows("audit_codes") if row["list"] == table and row["value"] == text), text)


def _name(table: str, value: Any) -> str:
    """A code in words; real records often hold the words themselves."""
    text = text_of(value)
    return "" if text is None else _meaning(table, text)


_Kind = Callable[[Event, dict[str, Any]], None]
_BY_TYPE: dict[str, _Kind] = {"28": _fill_mail_threat, "41": _fill_click, "47": _fill_file_threat, "154": _fill_portal}
_BY_OPERATION: dict[str, _Kind] = {
    "TIMailData": _fill_mail_threat,
    "TIUrlClickData": _fill_click,
    "AtpDetection": _fill_file_threat,
}
_BY_KEY: tuple[tuple[str, _Kind], ...] = (
    ("PolicyDetails", _fill_dlp), ("SensitivityLabelEventData", _fill_label), ("Common", _fill_label),
)  # fmt: skip
