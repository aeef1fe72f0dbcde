"""Messages in quarantine as a text of ``Name : value`` lines.

Where it comes from: ``Get-QuarantineMessage | Format-List > file``, console transcripts.

What it looks like: one block a message; recipients in braces; ``ReceivedTime`` is in the culture and the zone of the machine
that printed it, which it does not name.
"""

from m365timeline.parsers._mail_objects import QuarantineObjects
from m365timeline.parsers._objects import ListParser
from m365timeline.parsers._slices import Found
from m365timeline.schemas.record import Issue, Record


class QuarantineList(QuarantineObjects, ListParser):
    """The quarantine list as Format-List prints it."""

    name = "quarantine_list"
    title = "Quarantine list, printed as a list (Format-List)"
    origin = "Get-QuarantineMessage | Format-List > file; console transcripts"
    marks = "blocks of 'Name : value' lines with Identity, ReceivedTime and QuarantineTypes or ReleaseStatus"
    time_basis = "local time of the machine that printed it, in its culture, without a zone: needs --source-timezone"
    limits = "a picture for reading: lists are cut after four items, long values wrapped; what has expired or was deleted is gone"

    def read_object(self, found: Found, number: int) -> Record | Issue:
        """One block; lists lose the braces they are printed in."""
        record = self.record(found, number)
        for name, value in record.fields.items():
            if isinstance(value, str) and value[:1] == "{" and value[-1:] == "}":
                record.fields[name] = value[1:-1].split(", ") if value != "{}" else []
        return record
