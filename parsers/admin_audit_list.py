"""The administrator audit of Exchange as a text of ``Name : value`` lines.

Where it comes from: ``Search-AdminAuditLog | Format-List * > file``; Hawk (``.txt``).

What it looks like: one block a cmdlet. ``CmdletParameters`` shows the names of at most four parameters and no value;
``RunDate`` is local time in the culture of the machine that ran it, without a zone.
"""

from m365timeline.parsers._exchange_objects import AdminAuditObjects
from m365timeline.parsers._objects import ListParser


class AdminAuditList(AdminAuditObjects, ListParser):
    """Admin audit as Format-List prints it."""

    name = "admin_audit_list"
    title = "Admin audit log, Search-AdminAuditLog as a list"
    origin = "Search-AdminAuditLog | Format-List * > file; Hawk (text files)"
    marks = "blocks of 'Name : value' lines with Caller and CmdletName"
    time_basis = "local time of the machine that printed it, in its culture, without a zone: needs --source-timezone"
    limits = "a picture for reading: of the parameters only the names of the first four, of changes nothing"
