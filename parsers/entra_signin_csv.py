"""Sign-in logs of Entra (Azure AD) as the portal downloads them: one row a sign-in.

Where it comes from: Entra admin center > Sign-in logs > Download > CSV; one file each for interactive and non-interactive
sign-ins of people, service principals and managed identities.

What it looks like: 22 to 57 columns, ``Date (UTC)``, ``Request ID`` and ``Sign-in error code`` or ``Status`` among them, in
the language of the portal. Two columns end in a blank, one name comes twice. Times are UTC whatever the browser shows.
"""

from m365timeline.parsers._csv import Table
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers.base import Detection
from m365timeline.schemas.entra_columns import has_all
from m365timeline.schemas.message_columns import squeeze


class EntraSigninCsv(RowParser):
    """Portal sign-ins, whatever language their header is in."""

    name = "entra_signin_csv"
    title = "Entra sign-in log, portal CSV"
    origin = "Entra admin center > Monitoring > Sign-in logs > Download > CSV (InteractiveSignIns, NonInteractiveSignIns, ApplicationSignIns, MSISignIns)"
    marks = "a header with Date (UTC), Request ID and Sign-in error code or Status, in English, Spanish, German, French or Japanese"
    time_basis = "UTC, by the column's name (Date (UTC)), also where a spreadsheet has rewritten the values"
    limits = "100,000 rows a download; 30 days back (7 without a premium licence); interactive and non-interactive sign-ins are separate files; no policy details"
    family = "entra"
    kind = "entra_signin"

    def claim(self, table: Table) -> Detection | None:
        """Claim a header with the time in UTC, the request and what became of it."""
        names = frozenset(map(squeeze, table.keys))
        people, programs = has_all(names, "upn", "app_name"), has_all(names, "principal_id")
        if not has_all(names, "time", "id", "ip") or not (people or programs) or "resulttype" in names:
            return None
        if not (has_all(names, "error_code") or has_all(names, "status")) or not any(
            name.endswith("utc") for name in names
        ):
            return None
        kind = "people" if people else "managed identities" if has_all(names, "identity_kind") else "service principals"
        english = squeeze("Request ID") in names
        return Detection(
            "the header has a time in UTC, a request id and the result of a sign-in",
            kind if english else f"{kind}, localized header",
        )
