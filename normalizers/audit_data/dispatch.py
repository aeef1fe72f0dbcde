"""Which workload module speaks for a record: by record type first, by workload and content where the type is unknown."""

from functools import cache, lru_cache
from importlib import import_module
from typing import Any, Protocol, cast

from m365timeline.schemas.event import Event
from m365timeline.schemas.reference import rows


class Workload(Protocol):
    """What a workload module offers: the keys it stores whole in event fields, and the filling of those fields."""

    __name__: str
    KEYS: frozenset[str]

    def fill(self, event: Event, data: dict[str, Any]) -> None:
        """Fill category, target, sentence and whatever else this workload knows."""


def module_for(event: Event, data: dict[str, Any]) -> Workload:
    """The module that understands this record; ``generic`` where none does."""
    module = _of_type(event.record_type or "")
    return module or _module(_by_workload((event.workload or "").casefold(), event.operation or "", data))


def _by_workload(workload: str, operation: str, data: dict[str, Any]) -> str:
    if workload == "exchange":
        if "MailboxGuid" in data or "MailboxOwnerUPN" in data:
            return "exchange_item"
        return "exchange_admin" if "Parameters" in data else "generic"
    if workload == "azureactivedirectory" and ("ErrorNumber" in data or operation.startswith("UserLog")):
        return "signin"
    return _modules_of_workloads().get(workload, "generic")


@lru_cache(maxsize=1024)
def _of_type(record_type: str) -> Workload | None:
    name = _by_type().get(record_type.partition(" ")[0])
    return None if name is None else _module(name)


@cache
def _by_type() -> dict[str, str]:
    return {row["record_type"]: row["module"] for row in rows("audit_modules") if row["record_type"]}


@cache
def _modules_of_workloads() -> dict[str, str]:
    return {row["workload"].casefold(): row["module"] for row in rows("audit_modules") if row["workload"]}


@cache
def _module(name: str) -> Workload:
    return cast("Workload", import_module(f"m365timeline.normalizers.audit_data.{name}"))
