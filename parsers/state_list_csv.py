"""Lists of states as CSV: inbox rules, transport rules, mailbox permissions, mobile devices, exported items.

Where it comes from: ``Get-InboxRule``, ``Get-TransportRule``, ``Get-MailboxPermission``, ``Get-RecipientPermission``,
``Get-MobileDeviceStatistics`` through ``Export-Csv``, and the collection tools that call them; ``Results.csv`` of an eDiscovery
or content search export (what an attacker with that role took, or an investigator collected).

What it looks like: the properties of the object as columns. There is no time at which a state came to be (the times of
devices are properties of the device), so rows are context, not events.
"""

from m365timeline.parsers._csv import Table
from m365timeline.parsers._csv_block import Row
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers.base import Detection
from m365timeline.schemas.message_columns import squeeze
from m365timeline.schemas.record import Issue, Record
from m365timeline.schemas.state_columns import kind_of_list

WORDS = {
    "inbox_rule": "inbox rules", "transport_rule": "transport rules", "mailbox_permission": "mailbox permissions", "mobile_device": "mobile devices",
    "exported_item": "exported items",
}  # fmt: skip


class StateListCsv(RowParser):
    """Rows that say how things stand."""

    name = "state_list_csv"
    title = "List of inbox rules, transport rules, permissions, devices or exported items, CSV"
    origin = "Get-InboxRule, Get-TransportRule, Get-MailboxPermission, Get-RecipientPermission, Get-MobileDeviceStatistics | Export-Csv; Results.csv of an eDiscovery or content search export; Microsoft-Extractor-Suite, Hawk and other collectors"
    marks = "a header with the properties of a rule (name, an action, an identity), a right (AccessRights and a holder), a device (DeviceId and its synchronization) or an exported item (Subject or Title, Sender or Created by, its identity)"
    time_basis = "there is no time: states are context, on a sheet of their own, never on the timeline"
    limits = "how things stood when the list was made, which the file does not say; nothing on when, or by whom, a state was brought about"
    family = "state"
    kind = "state"

    def claim(self, table: Table) -> Detection | None:
        """Claim a header with the properties of one kind of state."""
        kind = kind_of_list(map(squeeze, table.keys))
        return None if kind is None else Detection(f"the header has the properties of {WORDS[kind]}", WORDS[kind])

    def read_row(self, table: Table, row: Row, number: int) -> Record | Issue:
        """A row is of the kind its header says."""
        record = super().read_row(table, row, number)
        if isinstance(record, Record):
            record.kind = kind_of_list(map(squeeze, table.keys)) or self.kind
            record.fields = dict(zip(table.columns, row.cells, strict=False))  # shown under the list's own names
        return record
