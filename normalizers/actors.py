"""Who did it: the forms in which exports name an actor, and what kind of actor that is."""

import re
from functools import lru_cache

import msgspec

from m365timeline.schemas.reference import user_type

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_SID = re.compile(r"S-1-[0-9-]+", re.IGNORECASE)
_SYSTEM = re.compile(
    r"nt (authority|service)\\.*|autorite nt\\.*|nt-autorität\\.*|microsoft\\serviceoperator|securitycompliancealerts|airinvestigation|dlpagent|"
    r"threatintel|sharepoint\\system|app@sharepoint|ffoservicepartneruser|service account|microsoft teams sync|system release|"
    r"microsoft security|spoolsprovisioning-applicationaccount@.*",
    re.IGNORECASE,
)
_MICROSOFT = re.compile(r".+@[a-z0-9]+\.prod\.outlook\.com", re.IGNORECASE)
_ON_BEHALF = re.compile(r'"?(?P<actor>[^"]+?)"? on behalf of "?(?P<principal>[^"]+?)"?', re.IGNORECASE)
_NOBODY = frozenset({"", "unknown", "not available", "not-found", "__null__", "unknownuser", "<null>"})

ACTOR_TYPES: dict[int | None, str] = {
    0: "regular", 2: "admin", 3: "microsoft", 4: "system", 5: "application", 6: "service_principal",
    7: "policy", 8: "policy", 9: "partner", 10: "guest", 11: "agent",
}  # fmt: skip


class Actor(msgspec.Struct, frozen=True):
    """An actor as named in a record: ``name`` the best human form, ``kind`` a value of ``Event.actor_type``."""

    name: str | None
    kind: str
    on_behalf_of: str | None = None


NOBODY = Actor(None, "unknown")


@lru_cache(maxsize=16384)
def read_actor(text: str, kind: str = "") -> Actor:
    """Name and kind of an actor from its text and, where the log has one, its user type ``kind`` (number or name).

    The text wins over the user type for service accounts: Microsoft logs them under several types. A canonical name
    (``.../Users/Administrator``) is shortened to its last part; the full text stays in the record.
    """
    text = text.strip()
    if text.casefold() in _NOBODY:
        return Actor(None, _kind_of_type(kind))
    behalf = _ON_BEHALF.fullmatch(text)
    if behalf:
        return Actor(short_name(behalf["actor"]), _kind(behalf["actor"], kind), short_name(behalf["principal"]))
    return Actor(short_name(text), _kind(text, kind))


def _kind(text: str, type_text: str) -> str:
    if _SYSTEM.fullmatch(text) or text.upper() == "S-1-5-18":
        return "system"
    if _MICROSOFT.fullmatch(text):
        return "microsoft"
    if text.startswith("ServicePrincipal_"):
        return "service_principal"
    if "#EXT#" in text.upper():
        return "guest"
    return _kind_of_type(type_text)


def _kind_of_type(text: str) -> str:
    return ACTOR_TYPES.get(user_type(text), "unknown")


@lru_cache(maxsize=16384)
def short_name(text: str) -> str:
    """The part a person recognizes: the last part of a canonical name, else the text itself."""
    text = text.strip()
    if "/" in text and not text.lower().startswith(("http:", "https:")):
        return text.rpartition("/")[2] or text
    return text


def is_guid(text: str) -> bool:
    """Whether the text is a GUID, without braces."""
    return _GUID.fullmatch(text) is not None


def is_sid(text: str) -> bool:
    """Whether the text is a Windows security identifier."""
    return _SID.fullmatch(text) is not None
