"""What the names of a record's members tell, worked out once for all records that have the same ones in the same order."""

from functools import lru_cache
from typing import Any

import msgspec

from m365timeline.schemas.known_columns import unknown_among

_APPS = ("ClientAppId", "AppId", "ApplicationId")
_SESSIONS = ("SessionId", "UserSessionId")
_CORRELATIONS = ("CorrelationId", "CorrelationID", "InterSystemsId", "RequestId", "ClientRequestId")
_OWN = frozenset({"ClientAppId", "SessionId", "CorrelationId", "CorrelationID"})  # before what AppAccessContext says
_ADDRESSES = ("ClientIP", "ClientIPAddress", "ActorIpAddress")  # the client's own fields first


class Shape(msgspec.Struct, frozen=True):
    """Which of the names a field is looked for under there are, in the order of preference, and which no table knows."""

    apps: tuple[str, ...]
    sessions: tuple[str, ...]
    correlations: tuple[str, ...]
    own_apps: tuple[str, ...]  # of these, those that come before what AppAccessContext says
    own_sessions: tuple[str, ...]
    own_correlations: tuple[str, ...]
    addresses: tuple[str, ...]
    has_context: bool
    has_odata: bool
    new: tuple[str, ...]
    shown: dict[frozenset[str], tuple[str, ...]]  # by the keys a workload shows: those there are

    def shown_of(self, keys: frozenset[str], data: dict[str, Any]) -> tuple[str, ...]:
        """Which of ``keys`` a record of this shape has."""
        found = self.shown.get(keys)
        if found is None:
            found = self.shown[keys] = tuple(key for key in data if key in keys)
        return found


@lru_cache(maxsize=4096)
def shape_of(names: tuple[str, ...]) -> Shape:
    """The shape of all records that have these members in this order."""
    there = frozenset(names)

    def present(wanted: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in wanted if name in there)

    def own(wanted: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in present(wanted) if name in _OWN)

    return Shape(
        apps=present(_APPS),
        sessions=present(_SESSIONS),
        correlations=present(_CORRELATIONS),
        own_apps=own(_APPS),
        own_sessions=own(_SESSIONS),
        own_correlations=own(_CORRELATIONS),
        addresses=present(_ADDRESSES),
        has_context="AppAccessContext" in there,
        has_odata="@odata.type" in there or "RecordType@odata.type" in there,
        new=unknown_among("audit_data", names),
        shown={},
    )
