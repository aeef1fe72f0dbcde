"""What the severities mean: the rules by which events are rated, in words for the workbook's Legend."""

RULES = (
    ("high", "Forwarding of mail set or changed; auditing switched off or changed; a rule, permission or role changed by someone acting in another's mailbox"),
    ("medium", "Inbox and transport rules; permissions, roles, consents to applications; eDiscovery; alerts; cmdlets of people whose parameters an export lost; mail with threats that reached a mailbox or was taken out of it; a non-owner reading, sending or deleting"),
    ("low", "Mail with threats that was stopped; owner reading, sending, deleting; a non-owner opening a mailbox or changing items; failed sign-ins; sharing; searches; changes in the directory"),
    ("info", "Everything else, and whatever Microsoft's own service accounts do (but not the alerts they raise)"),
)  # fmt: skip
