"""What the object forms of the unified audit log share: which objects are its records, and how each is read."""

from typing import Any, ClassVar

from m365timeline.parsers._audit_data import audit_record, object_record, unwrap, wrapper_fields
from m365timeline.parsers._objects import ObjectParser
from m365timeline.parsers._slices import Found, Look
from m365timeline.parsers.base import Detection
from m365timeline.schemas.record import Issue, Record

# Names that lead to AuditData, and what an investigator calls a file that has them; the first that fits.
_VARIANTS = (
    ("RawEventData", "Defender CloudAppEvents"), ("office365", "Wazuh"), ("o365audit", "Elastic"), ("result", "Splunk"), ("_raw", "Splunk"),
    ("_source", "search hits"), ("event", "log collector"), ("event.original", "log collector"), ("message", "log collector"),
)  # fmt: skip
_SAMPLE = 5  # records of the head that may be the first that is one


class UnifiedAuditObjects(ObjectParser):
    """The unified audit log as objects, in whatever container."""

    family: ClassVar[str] = "unified_audit_log"
    kind: ClassVar[str] = "audit_data"
    time_basis = (
        "UTC by specification (AuditData.CreationTime, Graph: offset stated); the wrapper's date (\\/Date(ms)\\/ is UTC) is used only where "
        "AuditData is lost"
    )

    def claim(self, look: Look) -> Detection | None:
        """Claim objects that are AuditData or hold it."""
        for record in look.records[:_SAMPLE]:
            found = unwrap(record)
            if found is not None:
                way = " > ".join(found[2])
                why = (
                    f"its objects hold AuditData in {way}"
                    if way
                    else "its objects are AuditData (CreationTime, Operation, Workload)"
                )
                return Detection(why, _variant(record, found[2], look))
        if look.has("Operations", "UserIds") and look.has("CreationDate"):
            return Detection(
                "its objects have CreationDate, UserIds and Operations", "Search-UnifiedAuditLog without AuditData"
            )
        return None

    def read_object(self, found: Found, number: int) -> Record | Issue:
        """AuditData and the wrapper around it."""
        if found.decoded is None:
            return self.read_damaged(found, number)
        data, flags = found.decoded.data, found.decoded.flags
        self._note_result_set(data)
        if data.keys() == {"value"} and isinstance(data["value"], str):  # a text exported as such
            return audit_record({}, data["value"], found.place, number, list(flags))
        return object_record(data, flags, found.place, number)

    def read_damaged(self, found: Found, number: int) -> Record | Issue:
        """A damaged or cut object is read as far as it goes, if its beginning says what was done."""
        text = found.place.text
        if text.lstrip().startswith("{"):
            from m365timeline.parsers._salvage import salvage

            saved = salvage(text)
            if saved is not None and (within := unwrap(saved.data)) is not None and isinstance(within[1], dict):
                record = audit_record(wrapper_fields(within[0]), within[1], found.place, number, list(saved.flags))
                if (
                    isinstance(record, Record)
                    and isinstance(record.data, dict)
                    and isinstance(record.data.get("Operation"), str)
                ):
                    record.salvage = saved.told
                    return record
        return super().read_damaged(found, number)

    def _note_result_set(self, data: dict[str, Any]) -> None:
        if "ResultIndex" in data:
            self.result_sets.note(data["ResultIndex"], data.get("ResultCount"))


def _variant(record: dict[str, Any], way: tuple[str, ...], look: Look) -> str:
    for name, words in _VARIANTS:
        if name in way:
            return words
    if "auditLogRecordType" in record or "@odata.context" in look.wrapper:
        return "Graph auditLog/queries"
    if "AuditData" in way:
        return "Search-UnifiedAuditLog" + (
            " (Windows PowerShell)" if "/Date(" in str(record.get("CreationDate")) else ""
        )
    if look.lines or len(look.records) == 1:
        return "AuditData, one a line"
    return "AuditData in a list (as the Management Activity API gives it)"
