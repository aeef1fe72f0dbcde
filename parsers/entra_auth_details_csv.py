"""Authentication details of Entra sign-ins: one row a step (password, phone, token claim) of a sign-in.

Where it comes from: the file ``…_AuthDetails_….csv`` that the portal puts beside the downloaded sign-ins.

What it looks like: ``Request ID``, a date, ``Authentication method``, its detail, ``Succeeded``, ``Result detail``,
``Requirement``. Several rows belong to one sign-in; they are its steps, not sign-ins, and become events of their own kind
that name the sign-in's request id.
"""

from m365timeline.parsers._csv import Table
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers.base import Detection
from m365timeline.schemas.entra_columns import has_all
from m365timeline.schemas.message_columns import squeeze


class EntraAuthDetailsCsv(RowParser):
    """Steps of sign-ins."""

    name = "entra_auth_details_csv"
    title = "Entra sign-in log, authentication details"
    origin = "beside the sign-ins of the portal's CSV download (InteractiveSignIns_AuthDetails, NonInteractiveSignIns_AuthDetails)"
    marks = "a header with Request ID, Authentication method and Succeeded"
    time_basis = "UTC where the column says so (Date (UTC)); else the zone is asked for (--source-timezone)"
    limits = "the steps only: who signed in stands in the sign-in with the same request id (Correlation id here, Record id there)"
    family = "entra_auth_step"
    kind = "entra_auth_step"

    def claim(self, table: Table) -> Detection | None:
        """Claim a header that names request, method and success."""
        names = frozenset(map(squeeze, table.keys))
        if not has_all(names, "id", "step_method", "step_succeeded"):
            return None
        return Detection("the header has Request ID, Authentication method and Succeeded")
