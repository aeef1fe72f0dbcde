"""The tables of Defender's advanced hunting that speak of mail and logons: which table a set of columns is, in whatever wrapping."""

from collections.abc import Iterable

import msgspec

from m365timeline.schemas.message_columns import squeeze

_TIMES = frozenset(
    {"timestamp", "timegenerated", "timestamputc", "timegeneratedutc", "timestamplocaltime", "timegeneratedlocaltime"}
)


class HuntingTable(msgspec.Struct, frozen=True):
    """A table, the kind of its records, and the columns that mark it: all of ``needs``, one of ``tells``."""

    name: str
    kind: str
    needs: frozenset[str]
    tells: frozenset[str]


def _table(name: str, kind: str, needs: str, tells: str) -> HuntingTable:
    return HuntingTable(name, kind, frozenset(needs.split()), frozenset(tells.split()))


# In this order: the first that fits.
TABLES = (
    _table("UrlClickEvents", "url_click", "url actiontype", "accountupn isclickedthrough urlchain"),
    _table("EmailPostDeliveryEvents", "email_action", "networkmessageid", "actiontrigger actionresult"),
    _table("EmailAttachmentInfo", "email_content", "networkmessageid filename", "sha256 filetype filesize"),
    _table("EmailUrlInfo", "email_content", "networkmessageid url", "urldomain urllocation reportid"),
    _table("IdentityLogonEvents", "identity_logon", "logontype actiontype application", "accountupn accountname accountsid accountobjectid"),
    _table("EmailEvents", "email_event", "networkmessageid recipientemailaddress", "deliveryaction deliverylocation emaildirection emailaction"),
)  # fmt: skip


def table_of(names: Iterable[str]) -> HuntingTable | None:
    """The table these columns are of, ``None`` if they are of none known here or have no time."""
    spelt = {squeeze(name) for name in names}
    if not spelt & _TIMES or spelt & {"auditdata", "operation", "clicktime"}:
        return None
    return next((table for table in TABLES if spelt >= table.needs and spelt & table.tells), None)
