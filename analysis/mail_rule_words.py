"""What a rule would have done, in words, from the parameters of its cmdlet or the properties a client logged."""

import re
from collections.abc import Mapping
from functools import cache

from m365timeline.analysis.commands import members
from m365timeline.analysis.mail_folders import leads_to, unseen_folders
from m365timeline.analysis.mail_rule_steps import FORWARDING, INBOX
from m365timeline.analysis.people import bare
from m365timeline.schemas.reference import rows

_ACTIONS = {
    "forwardto": "forward to {}", "forwardasattachmentto": "forward as attachment to {}", "redirectto": "redirect to {}",
    "redirectmessageto": "redirect to {}", "blindcopyto": "send a blind copy to {}", "copyto": "send a copy to {}",
    "addtorecipients": "add the recipient {}", "addmanagerasrecipienttype": "add the sender's manager as {}",
    "sendtextmessagenotificationto": "notify {}", "movetofolder": "move to the folder {}", "copytofolder": "copy to the folder {}",
    "deletemessage": "delete", "softdeletemessage": "delete (recoverable)", "markasread": "mark as read", "pinmessage": "pin to the top", "quarantine": "quarantine",
    "stopprocessingrules": "apply no further rule", "stopruleprocessing": "apply no further rule", "rejectmessagereasontext": "reject: {}",
    "setscl": "set the spam confidence level to {}", "prependsubject": "put {} before the subject", "setheadername": "set the header {}",
    "setheadervalue": "… to {}", "removeheader": "remove the header {}", "applycategory": "set the category {}", "markimportance": "mark as {}",
    "journalemailaddress": "send a copy to {}", "ruleactions": "{}", "applyhtmldisclaimertext": "add the text {}", "modifysubject": "change the subject to {}",
    "routemessageoutboundconnector": "send through the connector {}",
}  # fmt: skip
SENDING = frozenset({
    "forwardto", "forwardasattachmentto", "redirectto", "redirectmessageto", "blindcopyto", "copyto", "addtorecipients", "journalemailaddress",
    "forwardingsmtpaddress", "forwardingaddress", "sendtextmessagenotificationto",
})  # fmt: skip
_NO_CONDITION = frozenset({
    "name", "identity", "mailbox", "force", "confirm", "alwaysdeleteoutlookrulesblob", "priority", "enabled", "comments", "mode", "erroraction",
    "warningaction", "domaincontroller", "ruleerroraction", "senderaddresslocation", "setauditseverity", "organization", "whatif", "rulesubtype",
    "activationdate", "expirydate", "donotaudit", "valuefromtemplate",
})  # fmt: skip
_ADDRESS = re.compile(r"[\w.+'&=-]+@[\w-]+(?:\.[\w-]+)+")


def does(kind: str, settings: Mapping[str, str], *, whole: bool = True) -> str | None:
    """One sentence: for which mail, and what. ``None`` where the log does not say.

    ``whole``: whether the settings are all of the rule; of a rule that was only changed, conditions may stand elsewhere.
    """
    if kind == FORWARDING:
        return _forwards(settings)
    actions = [
        words.format(_shown(settings[name]))
        for name, words in _ACTIONS.items()
        if settings.get(name) not in {None, "", "False"}
    ]
    conditions = [
        _condition(name, value)
        for name, value in settings.items()
        if name not in _ACTIONS and name not in _NO_CONDITION and value not in {"", "False"}
    ]
    if not actions and not conditions:
        return None
    whose = "mail to this mailbox" if kind == INBOX else "mail of the organization"
    which = f"For {whose} where {' and '.join(conditions)}" if conditions else f"For all {whose}"
    if not whole:
        which = f"{which.replace('For all', 'For', 1)} (what was set before is not in the logs)"
    return f"{which}: {', '.join(actions) or 'no action named in the log'}"


def known_settings(settings: Mapping[str, str]) -> dict[str, str]:
    """Of all properties a list gives a rule, the conditions and actions there are words for."""
    return {name: value for name, value in settings.items() if name in _ACTIONS or name in _WORDS}


def _forwards(settings: Mapping[str, str]) -> str | None:
    targets = [bare(settings[name]) for name in ("forwardingsmtpaddress", "forwardingaddress") if settings.get(name)]
    both = settings.get("delivertomailboxandforward")
    if not targets:
        return None
    kept = {"True": "; the mailbox keeps a copy", "False": "; the mailbox keeps none"}.get(
        both or "", "; whether the mailbox keeps a copy is not logged"
    )
    return f"All mail to this mailbox is sent on to {' and '.join(targets)}{kept}"


def _shown(value: str) -> str:
    return "; ".join(bare(entry) for entry in members(value)) if ";" in value else bare(value)


_WORDS = {
    "rulecondition": "the client's condition is", "mynameintobox": "the owner is named in To:", "from": "the sender is",
    "subjectorbodycontainswords": "subject or body contains", "subjectcontainswords": "the subject contains", "bodycontainswords": "the body contains",
    "fromaddresscontainswords": "the sender's address contains", "recipientaddresscontainswords": "a recipient's address contains",
    "sentto": "it is sent to", "hasattachment": "it has an attachment", "headercontainswords": "the header contains", "recipient": "the recipient is",
}  # fmt: skip


def _condition(name: str, value: str) -> str:
    if value == "True":
        return _WORDS.get(name) or f"{name} is set"
    return f"{_WORDS.get(name) or f'{name} is'} {_shown(value)}"


def targets(settings: Mapping[str, str]) -> list[str]:
    """The addresses mail is sent on to, in lower case."""
    texts = [settings[name] for name in sorted(SENDING) if settings.get(name)]
    texts += (
        [settings["ruleactions"]]
        if "forward" in settings.get("ruleactions", "").lower() or "redirect" in settings.get("ruleactions", "").lower()
        else []
    )
    return list(dict.fromkeys(address.lower() for text in texts for address in _ADDRESS.findall(text)))


def is_unseen(folder: str) -> bool:
    """Whether a path leads to a folder in which nobody looks for mail, in any language the table has."""
    return _unseen().search(folder) is not None


@cache
def _unseen() -> re.Pattern[str]:
    return re.compile(leads_to(unseen_folders()), re.IGNORECASE)


def signs(name: str, kind: str, settings: Mapping[str, str], own: set[str]) -> list[str]:
    """What about a rule deserves a look, each with its reason."""
    found = []
    outside = [address for address in targets(settings) if address.partition("@")[2] not in own]
    if outside:
        found.append(f"sends mail outside the organization ({', '.join(outside)})")
    if kind == INBOX:
        if len(re.findall(r"\w", name)) <= 1:
            found.append("its name is blank or a single character")
        if is_unseen(settings.get("movetofolder", "")):
            found.append(f"moves mail where nobody looks ({settings['movetofolder']})")
    if settings.get("deletemessage") == "True" or settings.get("softdeletemessage") == "True":
        found.append("deletes mail")
    if settings.get("delivertomailboxandforward") == "False" and targets(settings):
        found.append("the owner does not get the mail")
    words = " ".join(value.lower() for key, value in settings.items() if "contains" in key or key == "rulecondition")
    money = [row["word"] for row in rows("rule_words") if row["word"] in words]
    if money:
        found.append(f"looks for words of payments and security ({', '.join(money)})")
    if settings.get("setauditseverity", "").lower() == "donotaudit":
        found.append("asks not to be audited")
    return found
