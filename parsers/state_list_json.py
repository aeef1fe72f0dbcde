"""Lists of states as JSON: the same objects as ``state_list_csv``, as ``ConvertTo-Json`` and collection tools write them."""

from m365timeline.parsers._objects import JsonParser
from m365timeline.parsers._slices import Found, Look
from m365timeline.parsers.base import Detection
from m365timeline.parsers.state_list_csv import WORDS
from m365timeline.schemas.message_columns import squeeze
from m365timeline.schemas.record import Code, Issue, Record
from m365timeline.schemas.state_columns import kind_of_list


class StateListJson(JsonParser):
    """Objects that say how things stand."""

    name = "state_list_json"
    title = "List of inbox rules, transport rules, permissions or devices, JSON"
    origin = "Get-InboxRule and its kin | ConvertTo-Json; Hawk, untitledgoosetool and other collectors"
    marks = "objects with the properties of a rule, a right or a device and without the members of a log"
    time_basis = "there is no time: states are context, on a sheet of their own, never on the timeline"
    limits = "how things stood when the list was made, which the file does not say; values below the depth of the export are lost"
    family = "state"
    kind = "state"

    def claim(self, look: Look) -> Detection | None:
        """Claim a file whose first object is a state."""
        kind = kind_of_list(map(squeeze, look.first))
        return None if kind is None else Detection(f"its objects have the properties of {WORDS[kind]}", WORDS[kind])

    def read_object(self, found: Found, number: int) -> Record | Issue:
        """A state of the kind its members say; an object that is none is rejected."""
        record = self.record(found, number)
        kind = kind_of_list(map(squeeze, record.fields))
        if kind is None:
            reason = "This object has not the properties of the others in the list: no rule, right or device can be told from it."
            return Issue(code=Code.NO_CONTENT, reason=reason, record_number=number, line=record.line, offset=record.offset, length=record.length, raw=record.raw)  # fmt: skip
        record.kind = kind
        return record
