"""The 20 columns that the scripts ours is measured against keep of a unified-audit record."""

NAMES = (
    "CreationTime", "Id", "Operation", "RecordType", "Workload", "UserId", "UserType", "ResultStatus", "ClientIP", "ObjectId", "LogonType",
    "MailboxOwnerUPN", "ClientInfoString", "SessionId", "OriginatingServer", "ExternalAccess", "AppId", "SourceFileName", "SiteUrl", "UserAgent",
)  # fmt: skip
