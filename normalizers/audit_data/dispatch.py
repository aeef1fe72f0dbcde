"""Which workload module speaks for a record: by record type first, by workload where the type is unknown."""

from functools import cache
from importlib import import_module
from typing import Any, Protocol, cast

from m365timeline.schemas.event import Event


class Workload(Protocol):
    """What a workload module offers: the keys it stores whole in event fields, and the filling of those fields."""

    KEYS: frozenset[str]

    def fill(self, event: Event, data: dict[str, Any]) -> None:
        """Fill category, target, sentence and whatever else this workload knows."""


_BY_TYPE = {
    "1": "exchange_admin", "2": "exchange_item", "3": "exchange_item", "19": "exchange_item", "50": "exchange_item",
}  # fmt: skip
_BY_WORKLOAD: dict[str, str] = {}


def module_for(event: Event, data: dict[str, Any]) -> Workload:
    """The module that understands this record; ``generic`` where none does."""
    number = (event.record_type or "").partition(" ")[0]
    name = _BY_TYPE.get(number) or _BY_WORKLOAD.get((event.workload or "").casefold(), "generic")
    return _module(name)


@cache
def _module(name: str) -> Workload:
    return cast("Workload", import_module(f"m365timeline.normalizers.audit_data.{name}"))
