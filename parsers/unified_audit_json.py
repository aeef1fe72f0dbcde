r"""Unified audit log as JSON, in every shape that carries the AuditData object.

Where it comes from: ``Search-UnifiedAuditLog | ConvertTo-Json`` of Windows PowerShell and PowerShell 7, content blobs of the
Management Activity API, Graph ``auditLog/queries``, Defender's ``CloudAppEvents``, and the tools that save them.

What it looks like: AuditData itself, one a line or in a list; objects with ``AuditData`` as object or as text in a text
(dates as ``\/Date(1728364117000)\/``); Graph's records with ``auditData``; ``RawEventData``; envelopes of log collectors.
"""

from m365timeline.parsers._objects import JsonParser
from m365timeline.parsers._unified_audit import UnifiedAuditObjects


class UnifiedAuditJson(UnifiedAuditObjects, JsonParser):
    """The JSON forms of the unified audit log."""

    name = "unified_audit_json"
    title = "Unified audit log, JSON and JSON Lines"
    origin = (
        "Search-UnifiedAuditLog | ConvertTo-Json; Management Activity API blobs (O365-InvestigationTooling); Graph auditLog/queries; Defender "
        "CloudAppEvents (hunting, streaming); Microsoft-Extractor-Suite, Hawk, DFIR-O365RC, Untitled Goose; Splunk, Wazuh, Elastic exports"
    )
    marks = "objects with CreationTime, Operation and Workload, or that hold such an object in AuditData, auditData, RawEventData, office365, o365audit, result or message"
    limits = (
        "ConvertTo-Json cuts what is nested deeper than its -Depth (flagged); Microsoft-Extractor-Suite glues several lists together; an "
        "aborted Graph run ends without ]; the Management Activity API repeats records in later blobs"
    )
