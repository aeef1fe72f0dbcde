"""Clicks on links as the reports on Safe Links list them: one row a click.

Where it comes from: ``Get-SafeLinksDetailReport | Export-Csv``, and until 2021 ``Get-UrlTrace | Export-Csv``.

What it looks like: ``ClickTime``, ``RecipientAddress`` (the person who clicked), ``Url``, ``Action``, ``Flags`` (0 allowed,
1 blocked, 2 gone on in spite of it, 3 gone on during the scan) beside the ids of the message. The URL trace calls the time
``Clicked`` (UTC) and says ``UrlBlocked`` and ``UrlClicked`` (gone on in spite of it), later ``ClickAction``.
"""

from m365timeline.parsers._csv import Table
from m365timeline.parsers._rows import RowParser
from m365timeline.parsers.base import Detection
from m365timeline.schemas.message_columns import squeeze

_TELLING = {"recipientaddress", "action", "flags", "urldomain"}
_TRACE, _OF_TRACE = {"clicked", "url", "recipientaddress"}, {"urlblocked", "urlclicked", "clickaction", "clickid"}


class SafeLinksCsv(RowParser):
    """The report's rows."""

    name = "safe_links_csv"
    title = "Safe Links report or URL trace, CSV"
    origin = "Get-SafeLinksDetailReport | Export-Csv; Get-UrlTrace | Export-Csv, until 2021"
    marks = "a header with ClickTime and Url, or with Clicked, Url, RecipientAddress and one of UrlBlocked, UrlClicked, ClickAction, ClickId"
    time_basis = "UTC by specification (ClickTime beside RecipientAddress and UrlDomain; Clicked of the URL trace); else needs --source-timezone"
    limits = "7 days back; the newest clicks come with a delay; of Get-UrlTrace no genuine file was at hand"
    family = "safe_links"
    kind = "url_click"

    def claim(self, table: Table) -> Detection | None:
        """Claim the report's columns."""
        spelt = {squeeze(key) for key in table.keys}
        if spelt >= _TRACE and spelt & _OF_TRACE:
            return Detection("the header has Clicked, Url and RecipientAddress", "URL trace")
        timed = {"clicktime", "clicktimeutc"} & spelt
        return Detection("the header has ClickTime and Url") if timed and "url" in spelt and spelt & _TELLING else None
