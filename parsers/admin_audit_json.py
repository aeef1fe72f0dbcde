"""The administrator audit of Exchange as JSON: one object a cmdlet that was run.

Where it comes from: ``Search-AdminAuditLog`` through ``ConvertTo-Json``, tools that save the cmdlet's answer.

What it looks like: ``Caller``, ``CmdletName``, ``CmdletParameters`` as a list of name and value, ``ModifiedProperties`` with old
and new values. ``RunDate`` is milliseconds since 1970 (PowerShell 5) or ISO with an offset (7).
"""

from m365timeline.parsers._exchange_objects import AdminAuditObjects
from m365timeline.parsers._objects import JsonParser


class AdminAuditJson(AdminAuditObjects, JsonParser):
    """Admin audit as ConvertTo-Json writes it."""

    name = "admin_audit_json"
    title = "Admin audit log, Search-AdminAuditLog as JSON"
    origin = "Search-AdminAuditLog | ConvertTo-Json; tools that save the cmdlet's answer"
    marks = "JSON objects with Caller and CmdletName"
    time_basis = "milliseconds since 1970 UTC, or the offset in every value; without either it needs --source-timezone"
    limits = "a depth of 2 loses the values of the parameters; values are cut at 1,024 characters, files at 64 bytes"
